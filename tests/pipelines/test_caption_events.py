# SPDX-License-Identifier: LGPL-2.1-or-later
"""Captions of events, from a file with the embedded model: a bell, silence, and a drum.

    test_caption_events.py DALI_CAPTION DALI_TOYWORLD
"""
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from tap_cases import run_cases, skip_cases

DALI_CAPTION, DALI_TOYWORLD = sys.argv[1:3]
MODEL = os.environ["DALI_MODEL_DIR"]


def make_programme(folder):
    """Two clips in which one thing alone sounds, each twice, with five seconds of nothing between them."""
    subprocess.run([DALI_TOYWORLD, "--clips", "12", "--split", "test", "--seed", "21", "--out", folder + "/world"],
                   check=True, capture_output=True)
    with open(folder + "/world/manifest.jsonl") as file:
        clips = [json.loads(line) for line in file]
    chosen = []
    for clip in clips:
        if len(clip["sounds"]) == 1 and clip["sounds"] not in [each["sounds"] for each in chosen]:
            chosen.append(clip)
    inputs = []
    for clip in chosen[:2]:
        inputs += 2 * ["-i", folder + "/world/" + clip["media"]]
    silence = ["-f", "lavfi", "-t", "5", "-i", "anullsrc=r=16000:cl=mono"]
    programme = folder + "/programme.mkv"
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error"] + inputs[:4] + silence + inputs[4:]
                   + ["-filter_complex", "[0:a][1:a][2:a][3:a][4:a]concat=n=5:v=0:a=1[a]", "-map", "[a]",
                      "-c:a", "flac", programme], check=True)
    return programme, [clip["sounds"][0] for clip in chosen[:2]]


def captions(*arguments):
    ran = subprocess.run([DALI_CAPTION, "-q", PROGRAMME, "-f", "json", "-o", "-", *arguments], capture_output=True,
                         text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def written(place, ending, *arguments):
    file = f"{place}/captions.{ending}"
    subprocess.run([DALI_CAPTION, "-q", PROGRAMME, "--events", "-o", file, *arguments], check=True, timeout=120)
    return file


def events_of(told):
    return [event for caption in told for event in caption["events"]]


def what_sounds_is_said_when_it_starts(_place):
    told = captions("--events")
    for name, time in zip(SOUNDS, (0, 25)):
        starts = [each["time"] for each in events_of(told) if each["name"] == name and each["event"] == "starts"]
        assert starts and abs(starts[0] - time) < 5, (name, told)


def captions_are_labels_that_stay_for_as_long_as_they_take_to_read(_place):
    told = captions("--events")
    for caption in told:
        assert re.fullmatch(r"\[[a-z][a-z, ]*\]", caption["text"]), caption
        shown = caption["end"] - caption["start"]
        assert shown >= min(2, len(caption["text"]) / 15) - 0.002, caption
    for before, after in zip(told, told[1:]):
        assert before["end"] <= after["start"], told


def nothing_is_said_twice_within_the_refresh(_place):
    last = {}
    for event in events_of(captions("--events", "--refresh", "15")):
        assert event["time"] - last.get(event["name"], -15) >= 15, (event, last)
        last[event["name"]] = event["time"]
    assert last


def a_refresh_says_again_what_goes_on(_place):
    assert "continues" in [event["event"] for event in events_of(captions("--events", "--refresh", "5"))]
    assert "continues" not in [event["event"] for event in events_of(captions("--events"))]


def stops_are_said_when_asked_for(_place):
    assert any("stops" in caption["text"] for caption in captions("--events", "--tell-stops"))
    assert not any("stops" in caption["text"] for caption in captions("--events"))


def a_file_gives_the_same_events_each_time(_place):
    assert captions("--events", "--tell-stops") == captions("--events", "--tell-stops")


def every_format_has_the_same_words(place):
    labels = [caption["text"] for caption in captions("--events")]
    files = [written(place, ending) for ending in ("vtt", "srt", "ttml")]
    track = place + "/track.srt"
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-i", written(place, "mkv"), "-map", "0:s", track], check=True)
    for file in files + [track]:
        with open(file) as text:
            words = text.read()
        for label in labels:
            assert label in words, (file, label)


def spans_say_from_when_to_when_each_source_is_there(_place):
    told = captions("--events", "--tell-stops", "--refresh", "600")
    spans = {span["source"]: span for caption in told for span in caption["spans"]}
    assert sum(len(caption.get("spans", [])) for caption in told) == len(spans), told
    for event in events_of(told):
        span = spans[event["source"]]
        assert span["name"] == event["name"] and 0 < span["confidence"] <= 1, (event, span)
        assert {"starts": span["start"], "stops": span["end"]}[event["event"]] == event["time"], (event, span)
    assert {event["source"] for event in events_of(told)} <= set(spans)
    assert "spans" not in str(captions("--modality", "audio"))


def a_picture_has_a_bar_for_each_span(place):
    told = captions("--events")
    root = ElementTree.parse(written(place, "svg")).getroot()
    shapes = [element for element in root.iter() if element.get("class") in ("bar", "mark", "grid", "heading")]
    by_class = {name: [each for each in shapes if each.get("class") == name] for name in ("bar", "mark", "grid", "heading")}
    assert "".join(by_class["heading"][0].itertext()) == "programme.mkv"
    # The axis by its own lines: the first is 0:00, and the numbers say the step.
    numbers = [element.text for element in root.iter() if element.get("class") == "quiet" and ":" in element.text
               and "," not in element.text]
    step = [60 * int(minutes) + int(seconds) for minutes, seconds in (number.split(":") for number in numbers)][1]
    left, second = (float(line.get("x1")) for line in by_class["grid"][:2])
    def seconds_at(x):
        return (x - left) / (second - left) * step
    bars = sorted((seconds_at(float(bar.get("x"))), seconds_at(float(bar.get("x")) + float(bar.get("width"))))
                  for bar in by_class["bar"])
    spans = sorted((span["start"], span["end"]) for caption in told for span in caption["spans"])
    assert len(bars) == len(spans), (bars, spans)
    for bar, span in zip(bars, spans):
        assert abs(bar[0] - span[0]) < 0.05 and abs(bar[1] - span[1]) < 0.2, (bars, spans)
    marks = [seconds_at(float(mark.get("x"))) for mark in by_class["mark"]]
    assert all(abs(mark - caption["start"]) < 0.05 for mark, caption in zip(marks, told)), (marks, told)


def a_model_folders_classes_name_the_sources(place):
    shutil.copytree(MODEL, place + "/model")
    with open(place + "/model/classes.json", "w") as file:
        json.dump({"THING": SOUNDS}, file)
    told = captions("--events", "--model", place + "/model")
    assert {event["name"] for event in events_of(told)} == {"THING"}, told


def broken_classes_are_an_error_that_names_them(place):
    shutil.copytree(MODEL, place + "/model")
    with open(place + "/model/classes.json", "w") as file:
        file.write('{"dog": 1}')
    ran = subprocess.run([DALI_CAPTION, "-q", PROGRAMME, "--events", "-m", place + "/model"], capture_output=True,
                         text=True, timeout=120)
    assert ran.returncode == 1 and ran.stdout == "", ran
    assert len(ran.stderr.splitlines()) == 1 and "classes.json: class 'dog' is not an array of words" in ran.stderr, ran


def words_that_sound_have_times(_place):
    told = captions("--locate-words", "--modality", "audio")
    words = [(word, caption) for caption in told for word in caption.get("words", [])]
    assert words
    for word, caption in words:
        assert caption["start"] <= word["start"] <= word["end"] <= caption["end"], (word, caption)
        assert word["text"] in caption["text"], (word, caption)
    assert not any("words" in caption for caption in captions("--modality", "audio"))


def what_belongs_to_events_wants_them(_place):
    for option in (["--refresh", "5"], ["--tell-stops"]):
        ran = subprocess.run([DALI_CAPTION, PROGRAMME] + option, capture_output=True, text=True, timeout=60)
        assert ran.returncode == 2 and f"{option[0]} requires --events" in ran.stderr, ran


CASES = [
    what_sounds_is_said_when_it_starts,
    captions_are_labels_that_stay_for_as_long_as_they_take_to_read,
    nothing_is_said_twice_within_the_refresh,
    a_refresh_says_again_what_goes_on,
    stops_are_said_when_asked_for,
    a_file_gives_the_same_events_each_time,
    every_format_has_the_same_words,
    spans_say_from_when_to_when_each_source_is_there,
    a_picture_has_a_bar_for_each_span,
    a_model_folders_classes_name_the_sources,
    broken_classes_are_an_error_that_names_them,
    words_that_sound_have_times,
    what_belongs_to_events_wants_them,
]


if not os.path.exists(os.path.join(MODEL, "config.json")):
    skip_cases(CASES, f"no embedded model in {MODEL}")
    sys.exit(0)
with contextlib.ExitStack() as stack:
    PROGRAMME, SOUNDS = make_programme(stack.enter_context(tempfile.TemporaryDirectory()))
    run_cases(CASES, tempfile.TemporaryDirectory)
