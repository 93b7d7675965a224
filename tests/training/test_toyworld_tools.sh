#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# dali-toyworld and dali-extract together: from a seed to sound, frames and a manifest.
#
#     test_toyworld_tools.sh TAP_FUNCTIONS DALI_TOYWORLD DALI_EXTRACT
set -u
# shellcheck source=../pipelines/tap.sh
. "$1"
toyworld=$2
extract=$3
new_folder
world=$folder/world
out=$folder/out

makes_both_splits() {
  "$toyworld" --clips 4 --seed 3 --split both --format mixed --out "$world" &&
    [ "$(cat "$world"/train/manifest.jsonl "$world"/test/manifest.jsonl | wc -l)" -eq 8 ] &&
    [ -s "$world/train/media/train-000000.mp4" ] && [ -s "$world/test/media/test-000003.webm" ] &&
    grep -q '"siren"' "$world/test/classes.json"
}

makes_the_same_clips_again() {
  "$toyworld" --clips 4 --seed 3 --format mixed --out "$folder/again" &&
    "$extract" --manifest "$folder/again/manifest.jsonl" --out "$folder/again-out" &&
    "$extract" --manifest "$world/train/manifest.jsonl" --out "$out" &&
    same "$folder/again/manifest.jsonl" "$world/train/manifest.jsonl" &&
    diff -r "$folder/again-out/audio" "$out/audio" &&
    diff -r "$folder/again-out/frames" "$out/frames"
}

makes_single_sounds() {
  "$toyworld" --clips 12 --single-sound --out "$folder/single" &&
    ! grep '"sounds":\["[a-z]*",' "$folder/single/manifest.jsonl"
}

# Every confined sound has its line, with times within the clip.
tells_when_confined_sounds_are_heard() {
  "$toyworld" --world large --split valid --confined --unseen-share 0.3 --clips 8 --seed 3 \
    --out "$folder/confined" && python3 - "$folder/confined" << 'END'
import json, pathlib, sys

def lines_of(name):
    return [json.loads(line) for line in (pathlib.Path(sys.argv[1]) / name).read_text().splitlines()]

clips, events = lines_of("manifest.jsonl"), lines_of("events.jsonl")
assert [clip["id"] for clip in clips] == [line["id"] for line in events] and len(clips) == 8
sounds = 0
for clip, line in zip(clips, events):
    assert [event["sound"] for event in line["events"]] == clip.get("sounds", []), line
    for event in line["events"]:
        sounds += 1
        assert 0 <= event["start"] < event["end"] <= 10, line
        assert 0.5 < event["end"] - event["start"] < 5.1, line
assert sounds > 4, sounds
END
}

refuses_a_split_that_the_world_lacks() {
  fails_with 1 "dali-toyworld: --split: the small world has no valid" \
    "$toyworld" --split valid --clips 1 --out "$folder/lacking" && [ ! -e "$folder/lacking" ]
}

# Files of a clip that is not done again keep their time.
goes_on_where_it_was_interrupted() {
  touch -d '2001-01-01' "$out/audio/train-000000.wav"
  rm "$out/frames/train-000001-3.ppm"
  head -n 2 "$out/manifest.jsonl" > "$out/manifest.jsonl.journal"
  printf '{"id": "tra' >> "$out/manifest.jsonl.journal"
  rm "$out/manifest.jsonl"
  "$extract" --manifest "$world/train/manifest.jsonl" --out "$out" &&
    [ -s "$out/frames/train-000001-3.ppm" ] && [ "$(wc -l < "$out/manifest.jsonl")" -eq 4 ] &&
    [ -z "$(find "$out/audio" -name train-000000.wav -newermt 2001-01-02)" ] &&
    [ ! -e "$out/manifest.jsonl.journal" ]
}

# extract_kill_and_repeat REACHED OUT [OPTION...]: kills an extraction as soon as REACHED, a command,
# says so, and does it again to the end.
extract_kill_and_repeat() {
  reached=$1
  killed=$2
  shift 2
  "$extract" --manifest "$folder/many/manifest.jsonl" --frames 3 --out "$killed" "$@" &
  child=$!
  until $reached; do
    kill -0 "$child" || return 1
    sleep 0.01
  done
  kill -KILL "$child"
  wait "$child"
  [ $? -eq 137 ] &&
    "$extract" --manifest "$folder/many/manifest.jsonl" --frames 3 --out "$killed" "$@" \
      2> "$folder/said" && cat "$folder/said"
}

has_two_clips() {
  [ "$(cat "$folder/killed/manifest.jsonl.journal" 2> /dev/null | wc -l)" -ge 2 ]
}

ends_as_if_it_had_not_been_killed() {
  "$toyworld" --clips 9 --seed 5 --out "$folder/many" &&
    "$extract" --manifest "$folder/many/manifest.jsonl" --frames 3 --threads 1 \
      --out "$folder/straight" &&
    extract_kill_and_repeat has_two_clips "$folder/killed" --threads 3 &&
    grep ' [1-9] of them from an earlier run' "$folder/said" &&
    diff -r "$folder/straight" "$folder/killed"
}

has_a_shard() {
  [ -e "$folder/shards/000000.tar" ]
}

writes_shards() {
  extract_kill_and_repeat has_a_shard "$folder/shards" --shard 4 &&
    grep '^9 of 9 clips in 3 shards' "$folder/said" &&
    [ "$(tar -tf "$folder/shards/000002.tar")" = "00000008.json
00000008.wav
00000008.frame_000.ppm
00000008.frame_001.ppm
00000008.frame_002.ppm" ] &&
    [ "$(find "$folder/shards" -type f ! -name classes.json | wc -l)" -eq 3 ] || return 1
  mkdir "$folder/unpacked" && tar -xf "$folder/shards/000001.tar" -C "$folder/unpacked" &&
    cmp "$folder/unpacked/00000005.wav" "$folder/straight/audio/train-000005.wav" &&
    cmp "$folder/unpacked/00000005.frame_002.ppm" "$folder/straight/frames/train-000005-2.ppm"
}

keeps_the_captions() {
  grep -q '"audio_captions":\["' "$out/manifest.jsonl" && grep -q '"frames":\["' "$out/manifest.jsonl"
}

lists_broken_files_and_goes_on() {
  head -c 9000 "$world/train/media/train-000000.mp4" > "$folder/broken.mp4"
  "$extract" "$folder/broken.mp4" "$world/train/media/train-000001.webm" "$folder/missing.mp4" \
    --out "$folder/some" 2> "$folder/said" || return 1
  cat "$folder/said"
  grep -q "^dali-extract: .*broken.mp4: " "$folder/said" &&
    grep -q "^dali-extract: .*missing.mp4: " "$folder/said" &&
    [ "$(wc -l < "$folder/some/manifest.jsonl")" -eq 1 ]
}

fails_when_nothing_can_be_read() {
  "$extract" "$folder/missing.mp4" --out "$folder/none" 2> /dev/null
  [ $? -eq 1 ]
}

cuts_files_into_clips() {
  "$extract" "$world/train/media/train-000001.webm" --clip 4 --frames 2 --out "$folder/cut" &&
    grep -q '"start":8.0,"duration":2.0' "$folder/cut/manifest.jsonl" &&
    [ "$(find "$folder/cut/frames" -name '*.ppm' | wc -l)" -eq 6 ]
}

bytes_below() {
  find "$1" -type f -exec cat {} + | wc -c
}

# The same sounds in less, and frames in much less.
writes_flac_and_jpeg() {
  small=$folder/small
  "$extract" --manifest "$world/train/manifest.jsonl" --flac --jpeg 90 --out "$small" &&
    [ "$(find "$small/audio" -name '*.flac' | wc -l)" -eq 4 ] &&
    ffmpeg -v error -y -i "$small/audio/train-000001.flac" -bitexact "$folder/of-flac.wav" &&
    ffmpeg -v error -y -i "$out/audio/train-000001.wav" -bitexact "$folder/of-wav.wav" &&
    same "$folder/of-flac.wav" "$folder/of-wav.wav" || return 1
  echo "frames: $(bytes_below "$small/frames") of $(bytes_below "$out/frames") bytes," \
    "sounds: $(bytes_below "$small/audio") of $(bytes_below "$out/audio")"
  [ "$(find "$small/frames" -name '*.jpg' | wc -l)" -eq 40 ] &&
    [ $((8 * $(bytes_below "$small/frames"))) -lt "$(bytes_below "$out/frames")" ] &&
    [ "$(bytes_below "$small/audio")" -lt "$(bytes_below "$out/audio")" ]
}

# A run with other options does not take what an earlier one has made.
changes_its_formats() {
  "$extract" --manifest "$world/train/manifest.jsonl" --out "$folder/small" 2> "$folder/said" &&
    grep ", 0 of them from an earlier run" "$folder/said" &&
    grep '"audio":"audio/train-000000.wav"' "$folder/small/manifest.jsonl"
}

writes_small_shards() {
  "$extract" --manifest "$world/train/manifest.jsonl" --flac --jpeg 90 --frames 2 --shard 4 \
    --out "$folder/small-shards" && tar -tf "$folder/small-shards/000000.tar" > "$folder/members" &&
    grep -x 00000003.flac "$folder/members" && grep -x 00000003.frame_001.jpg "$folder/members" &&
    "$extract" --manifest "$world/train/manifest.jsonl" --flac --jpeg 90 --frames 2 --shard 4 \
      --out "$folder/small-shards" 2> "$folder/said" &&
    grep ", 4 of them from an earlier run" "$folder/said"
}

# A table as DCASE has it, of what the media hold, the same each time.
makes_programmes() {
  for take in one two; do
    "$toyworld" --world large --split test --programme-minutes 0.75 --clips 2 --seed 3 \
      --format mixed --out "$folder/programmes-$take" || return 1
    for file in "$folder/programmes-$take"/media/*; do
      ffmpeg -v error -i "$file" -f md5 - || return 1
    done > "$folder/programmes-$take.md5"
  done
  cmp "$folder/programmes-one.md5" "$folder/programmes-two.md5" &&
    cmp "$folder/programmes-one/events.tsv" "$folder/programmes-two/events.tsv" &&
    python3 - "$folder/programmes-one" << 'END'
import csv, json, pathlib, subprocess, sys

folder = pathlib.Path(sys.argv[1])
classes = json.loads((folder / "classes.json").read_text())
media = sorted((folder / "media").iterdir())
assert [file.name for file in media] == ["test-000000.mp4", "test-000001.webm"], media
for file in media:
    length = float(subprocess.run(
        ["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", file],
        capture_output=True, check=True, text=True).stdout)
    assert abs(length - 45) < 0.2, length
with open(folder / "events.tsv", newline="") as table:
    rows = list(csv.DictReader(table, delimiter="\t"))
assert {row["filename"] for row in rows} == {file.name for file in media}
for row in rows:
    assert 0 <= float(row["onset"]) < float(row["offset"]) <= 45, row
    assert row["event_label"] in classes, row
END
}

it toyworld_makes_both_splits_in_both_formats makes_both_splits
it a_seed_gives_the_same_captions_sounds_and_pixels makes_the_same_clips_again
it single_sound_clips_have_one_sound makes_single_sounds
it confined_sounds_have_their_times tells_when_confined_sounds_are_heard
it programmes_have_a_table_of_their_events makes_programmes
it programmes_are_not_of_confined_sounds fails_with 2 "dali-toyworld: " \
  "$toyworld" --programme-minutes 5 --confined --out x
it a_split_that_the_world_lacks_is_refused refuses_a_split_that_the_world_lacks
it extraction_keeps_the_captions keeps_the_captions
it extraction_goes_on_where_it_was_interrupted goes_on_where_it_was_interrupted
it a_killed_extraction_ends_as_if_it_had_not_been ends_as_if_it_had_not_been_killed
it shards_hold_the_same_clips_also_after_a_kill writes_shards
it broken_files_are_listed_and_left_out lists_broken_files_and_goes_on
it extraction_fails_when_nothing_can_be_read fails_when_nothing_can_be_read
it flac_and_jpeg_hold_the_same_in_less writes_flac_and_jpeg
it other_formats_are_extracted_anew changes_its_formats
it shards_hold_flac_and_jpeg writes_small_shards
it a_quality_beyond_100_is_refused fails_with 2 "dali-extract: --jpeg" \
  "$extract" x.mp4 --jpeg 101 --out "$folder/none"
it long_files_are_cut_into_clips cuts_files_into_clips
it a_folder_that_cannot_be_made_is_named \
  fails_with 1 "dali-toyworld: $folder/broken.mp4/media: " \
  "$toyworld" --clips 1 --out "$folder/broken.mp4"
it a_wrong_number_of_clips_is_refused fails_with 2 "dali-toyworld: --clips" "$toyworld" --clips 0 --out x
it extraction_without_media_is_refused fails_with 2 "dali-extract: name media" "$extract" --out x
it a_manifest_is_never_written_over \
  fails_with 2 "dali-extract: --out must be another folder" \
  "$extract" --manifest "$world/train/manifest.jsonl" --out "$world/train"
finish
