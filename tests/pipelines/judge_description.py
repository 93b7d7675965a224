# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a description track sounds like, judged by the samples that ffmpeg decodes of it.

    judge_description.py exact FILE SPOKEN [PROGRAMME]      sample by sample the programme's track, but
                                                            for what is spoken and its soft edges
    judge_description.py near FILE SPOKEN [PROGRAMME]       the same within what AAC loses
    judge_description.py alone FILE SPOKEN                  digital silence there
    judge_description.py centre FILE SPOKEN                 of 5.1, speech in the centre alone
    judge_description.py ducked FILE SPOKEN DB              the programme is so much lower under speech

SPOKEN has lines START TAB END TAB TEXT. The description is the last sound track; PROGRAMME is the
number of the other (default: 0). Says what is wrong; the exit status is 1 then.
"""

import array
import json
import math
import subprocess
import sys

EDGE_S = 0.21  # of the ducking, and a sample's rounding


def run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout


def tracks(file):
    shown = json.loads(run("ffprobe", "-v", "error", "-select_streams", "a", "-show_streams", "-of",
                           "json", file))
    return [(int(s["sample_rate"]), int(s["channels"])) for s in shown["streams"]]


def samples(file, track):
    """From the file's zero on, with silence where there is nothing."""
    return array.array("f", run("ffmpeg", "-v", "error", "-i", file, "-map", f"0:a:{track}", "-af",
                                "aresample=async=1:first_pts=0", "-f", "f32le", "-"))


def aligned(moved, fixed, rate, channels):
    """Without the fraction of a millisecond that Matroska rounds a track's times by."""
    first = rate * channels

    def difference(shift):
        return sum((fixed[first + i] - moved[first + i + shift * channels]) ** 2
                   for i in range(0, 3000 * channels, channels // 2 + 1))

    shift = min(range(-rate // 1000, rate // 1000 + 1), key=difference)
    print("shifted by", shift, "samples")
    return moved[shift * channels:] if shift >= 0 else array.array("f", [0] * -shift * channels) + moved


def level_db(values):
    power = sum(v * v for v in values) / max(len(values), 1)
    return 10 * math.log10(power) if power > 0 else -math.inf


def main():
    kind, file, spoken_file = sys.argv[1:4]
    with open(spoken_file, encoding="utf-8") as lines:
        spoken = [tuple(float(field) for field in line.split("\t")[:2]) for line in lines]
    forms = tracks(file)
    rate, channels = forms[-1]
    described = samples(file, len(forms) - 1)
    frames = len(described) // channels

    def outside(frames):
        """The stretches between the descriptions, as slices of interleaved samples."""
        begin = 0
        for start, end in [*spoken, (frames / rate + 2 * EDGE_S, 0.0)]:
            behind = min(max(math.floor((start - EDGE_S) * rate), begin), frames)
            yield slice(begin * channels, behind * channels)
            begin = math.ceil((end + EDGE_S) * rate)

    def said(start, end):
        """The middle of what is spoken, interleaved."""
        return described[round((start + 0.1) * rate) * channels:round((end - 0.1) * rate) * channels]

    faults = []
    if kind == "centre":
        for start, end in spoken:
            levels = [level_db(said(start, end)[channel::channels]) for channel in range(channels)]
            print("levels", levels)
            if any((level > -60) != (channel == 2) for channel, level in enumerate(levels)):
                faults.append(f"speech at {start} is in other channels than the centre: {levels}")
    elif kind == "alone":
        for stretch in outside(frames):
            if any(described[stretch]):
                faults.append(f"there is sound after {stretch.start / channels / rate} s")
    else:
        programme = samples(file, int(sys.argv[4]) if kind != "ducked" and len(sys.argv) > 4 else 0)
        if kind == "near":
            described = aligned(described, programme, rate, channels)
            frames = len(described) // channels
        shared = min(frames, len(programme) // channels)
        kept = array.array("f")
        lost = array.array("f")
        for stretch in outside(shared):
            kept += programme[stretch]
            if kind == "exact" and programme[stretch] != described[stretch]:
                faults.append(f"samples differ after {stretch.start / channels / rate} s")
            lost.extend(a - b for a, b in zip(programme[stretch], described[stretch]))
        if not kept:
            faults.append("nothing is outside of the descriptions")
        if kind == "exact":
            if any(any(described[max(stretch.start, shared * channels):stretch.stop])
                   for stretch in outside(frames)):
                faults.append("there is sound behind the programme's end")
        elif kind == "near":
            # A second generation of AAC leaves some 20 dB of noise, its worst case.
            print("programme", level_db(kept), "dB, difference", level_db(lost), "dB")
            if level_db(lost) > level_db(kept) - 15:
                faults.append("the programme is another")
        elif kind == "ducked":
            for start, end in spoken:
                first, behind = round((start + 0.1) * rate), round((end - 0.1) * rate)
                # What the tone of the voice is not: the difference of a period's two neighbours.
                period = rate // 1000
                def rest(of):
                    return [of[(i + period) * channels] - of[i * channels]
                            for i in range(first, behind - period)]
                lower = level_db(rest(programme)) - level_db(rest(described))
                print("ducked by", lower, "dB")
                if abs(lower - float(sys.argv[4])) > 1.0:
                    faults.append(f"the programme is ducked by {lower} dB")
    for start, end in spoken:
        if level_db(said(start, end)) < -45:
            faults.append(f"nothing is heard at {start} s: {level_db(said(start, end))} dB")
    for fault in faults:
        print(fault)
    sys.exit(1 if faults else 0)


main()
