# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes a Matroska file whose sound and picture lie far apart:

    interleave_badly.py MEDIA OUT.mkv SECONDS

All the sound of the first SECONDS, then all their pictures, then the sound of the next ones, and so
on: MJPEG and PCM, as no muxer would write them but cameras and editors do.
"""
import json
import struct
import subprocess
import sys

MILLISECONDS_PER_BLOCK = 100
SAMPLE_RATE_HZ = 16000
BLOCKS_PER_CLUSTER = 10


def output_of(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout


def size_field(size):
    for length in range(1, 9):
        if size < (1 << (7 * length)) - 1:
            return ((1 << (7 * length)) | size).to_bytes(length, "big")
    raise ValueError(size)


def element(identifier, payload):
    return bytes.fromhex(identifier) + size_field(len(payload)) + payload


def number(value):
    return value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big")


def track(index, kind, codec, *details):
    return element("AE", element("D7", number(index)) + element("73C5", number(index))
                   + element("83", number(kind)) + element("86", codec) + b"".join(details))


def picture_blocks(media):
    probed = json.loads(output_of("ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries",
                                  "stream=width,height,r_frame_rate", "-of", "json", media))["streams"][0]
    rate = [int(part) for part in probed["r_frame_rate"].split("/")]
    stream = output_of("ffmpeg", "-v", "error", "-i", media, "-an", "-c:v", "mjpeg", "-q:v", "3",
                       "-f", "image2pipe", "-")
    frames = [b"\xff\xd8\xff" + rest for rest in stream.split(b"\xff\xd8\xff")[1:]]
    blocks = [(1000 * rate[1] * index // rate[0], 1, frame) for index, frame in enumerate(frames)]
    return probed["width"], probed["height"], blocks


def sound_blocks(media):
    samples = output_of("ffmpeg", "-v", "error", "-i", media, "-vn", "-ac", "1", "-ar",
                        str(SAMPLE_RATE_HZ), "-f", "s16le", "-")
    size = 2 * SAMPLE_RATE_HZ * MILLISECONDS_PER_BLOCK // 1000
    return [(MILLISECONDS_PER_BLOCK * index, 2, samples[index * size:(index + 1) * size])
            for index in range(len(samples) // size)]


def clusters(blocks):
    written = b""
    for first in range(0, len(blocks), BLOCKS_PER_CLUSTER):
        together = blocks[first:first + BLOCKS_PER_CLUSTER]
        start_ms = together[0][0]
        written += element("1F43B675", element("E7", number(start_ms)) + b"".join(
            element("A3", size_field(index) + struct.pack(">h", time_ms - start_ms) + b"\x80" + data)
            for time_ms, index, data in together))
    return written


def main():
    media, path, seconds = sys.argv[1:]
    width, height, pictures = picture_blocks(media)
    sound = sound_blocks(media)
    end_ms = max(pictures[-1][0], sound[-1][0]) + MILLISECONDS_PER_BLOCK
    body = element("1549A966", element("2AD7B1", number(1000000))
                   + element("4489", struct.pack(">d", float(end_ms)))
                   + element("4D80", b"test") + element("5741", b"test"))
    body += element("1654AE6B",
                    track(1, 1, b"V_MJPEG",
                          element("E0", element("B0", number(width)) + element("BA", number(height))))
                    + track(2, 2, b"A_PCM/INT/LIT",
                            element("E1", element("B5", struct.pack(">d", float(SAMPLE_RATE_HZ)))
                                    + element("9F", number(1)) + element("6264", number(16)))))
    step_ms = int(1000 * float(seconds))
    for start_ms in range(0, end_ms, step_ms):
        for blocks in (sound, pictures):
            body += clusters([block for block in blocks
                              if start_ms <= block[0] < start_ms + step_ms])
    header = element("1A45DFA3", element("4282", b"matroska") + element("4287", number(4))
                     + element("4285", number(2)))
    with open(path, "wb") as out:
        out.write(header + element("18538067", body))


main()
