#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# What the programs say of clips that they cannot use: how many of how many and why, in the last line
# too, and with their exit status; and that what changes under them is done anew.
#
#     test_left_out.sh TAP_FUNCTIONS DALI_TOYWORLD DALI_EXTRACT STAGES
#
# STAGES is the folder of dali-align and the others; DALI_MODEL_DIR the model that they start from.
set -u
# shellcheck source=../pipelines/tap.sh
. "$1"
toyworld=$2
extract=$3
stages=$4
new_folder
export XDG_CACHE_HOME="$folder/cache"
clips=$folder/clips
bounded="timeout --verbose --kill-after=10 90"

makes_clips() {
  $bounded "$toyworld" --clips 4 --seed 3 --out "$folder/world" &&
    $bounded "$extract" --manifest "$folder/world/manifest.jsonl" --frames 2 --out "$clips"
}

# said_by COMMAND...: shows what it says on standard error, and keeps it in the file `said`.
said_by() {
  status=0
  $bounded "$@" > "$folder/printed" 2> "$folder/said" || status=$?
  cat "$folder/said"
  return "$status"
}

last_line_is() {
  tail -n 1 "$folder/said" | grep -x "$1"
}

# A shard of the clips' files: NAME gets what stands in the folder `members`.
makes_shard() {
  (cd "$folder/members" && tar -cf "$folder/$1.tar" -- *)
}

members() {
  rm -rf "$folder/members"
  mkdir "$folder/members"
}

evaluate() {
  out=$1
  manifest=$2
  shift 2
  said_by "$stages/dali-evaluate" --out "$folder/$out" model="$DALI_MODEL_DIR" \
    manifest="$manifest" "$@"
}

evaluates_sound_alone() {
  members
  for clip in 0 1 2; do
    cp "$clips/audio/train-00000$clip.wav" "$folder/members/$clip.wav"
    echo "a dog barks" > "$folder/members/$clip.txt"
  done
  makes_shard sounds
  evaluate sounds "$folder/sounds.tar" modalities=audio && last_line_is "3 of 3 clips captioned from audio by .*" &&
    evaluate sounds-by-default "$folder/sounds.tar" &&
    grep "^3 of 3 clips captioned from audio by" "$folder/said" &&
    last_line_is "0 of 3 clips captioned from audiovisual by .*" &&
    fails_with 1 "none of 3 clips has what image looks at" "$stages/dali-evaluate" \
      --out "$folder/images" model="$DALI_MODEL_DIR" manifest="$folder/sounds.tar" modalities=image
}

# One is broken, one is shorter than a frame of the spectrogram, one has no sound.
evaluates_what_is_left() {
  members
  cp "$clips/audio/train-000000.wav" "$folder/members/0.wav"
  head -c 100 "$clips/audio/train-000001.wav" > "$folder/members/1.wav"
  ffmpeg -v error -y -f lavfi -i sine=d=0.02:r=16000 "$folder/members/2.wav" || return 1
  cp "$clips/frames/train-000003-0.ppm" "$folder/members/3.ppm"
  makes_shard broken
  evaluate broken "$folder/broken.tar" modalities=audio || return 1
  grep "^1 of 4 clips are left out of modality audio: they have no sound or no frames" \
    "$folder/said" &&
    grep "^clip '1' is skipped: .*1.wav: is cut short" "$folder/said" &&
    grep "^clip '2' is skipped: .* samples are shorter than one frame" "$folder/said" &&
    grep "^1 of 3 clips captioned from audio, 2 left out" "$folder/said" &&
    last_line_is "1 of 4 clips captioned from audio by .*" &&
    grep -c '"caption"' "$folder/broken/captions.jsonl" | grep -x 1 &&
    tr -d ' \n' < "$folder/broken/scores.json" | grep '"ids":\["0"\],"left_out":\[{"id":"3"'
}

# One of two has words alone.
lists_all_that_are_left_out() {
  printf '%s\n' '{"id": "words", "audio_captions": ["rain"]}' \
    "{\"id\": \"heard\", \"audio\": \"$clips/audio/train-000000.wav\"}" > "$folder/listed.jsonl"
  evaluate listed "$folder/listed.jsonl" modalities=audio || return 1
  last_line_is "1 of 2 clips captioned from audio by .*" &&
    tr -d ' \n' < "$folder/listed/scores.json" |
    grep '"ids":\["heard"\],"left_out":\[{"id":"words","reason":"hasneithersoundnorframes"}\],"listed":2'
}

# The folder's name stands over its panel, with or without a slash behind it.
names_models_by_their_folders() {
  for slash in "" /; do
    said_by "$stages/dali-plot" tokens --out "$folder/plot" models="$DALI_MODEL_DIR$slash" \
      manifest="$clips/manifest.jsonl" &&
      grep ">$(basename "$DALI_MODEL_DIR")<" "$folder/plot/tokens.svg" > /dev/null || return 1
  done
}

fails_when_all_are_broken() {
  members
  echo rubbish > "$folder/members/0.wav"
  makes_shard rubbish
  evaluate rubbish "$folder/rubbish.tar" modalities=audio
  [ $? -eq 1 ] && tail -n 1 "$folder/said" | grep "rubbish.tar: of the clips none can be captioned from audio"
}

# The sound is broken, but what the picture gave is not lost.
keeps_the_scores_of_another_modality() {
  members
  echo rubbish > "$folder/members/0.wav"
  cp "$clips/frames/train-000000-0.ppm" "$folder/members/0.ppm"
  makes_shard halves
  evaluate halves "$folder/halves.tar" modalities=audio,image
  [ $? -eq 1 ] && grep "^1 of 1 clips captioned from image by" "$folder/said" &&
    grep '"image"' "$folder/halves/scores.json"
}

# Under the name of the one that was captioned before.
sees_a_replaced_shard() {
  members
  cp "$clips/audio/train-000000.wav" "$folder/members/0.wav"
  makes_shard replaced
  evaluate before "$folder/replaced.tar" modalities=audio || return 1
  cp "$clips/audio/train-000002.wav" "$folder/members/0.wav"
  makes_shard replaced
  evaluate after "$folder/replaced.tar" modalities=audio &&
    ! cmp "$folder/before/captions.jsonl" "$folder/after/captions.jsonl"
}

# Distillation hears, prefix tuning sees: neither misses what it does not use.
trains_on_what_a_stage_uses() {
  members
  for clip in 0 1 2; do
    cp "$clips/audio/train-00000$clip.wav" "$folder/members/s$clip.wav"
    cp "$clips/frames/train-00000$clip-0.ppm" "$folder/members/p$clip.ppm"
    echo "a dog barks" > "$folder/members/p$clip.txt"
    echo "{\"id\": \"s$clip\", \"caption\": \"a dog barks\"}"
  done > "$folder/labels.jsonl"
  echo '{"id": "nobody", "caption": "rain"}' >> "$folder/labels.jsonl"
  makes_shard parts
  said_by "$stages/dali-distill" --out "$folder/distilled" model="$DALI_MODEL_DIR" \
    manifest="$folder/parts.tar" labels="$folder/labels.jsonl" batch_size=3 || return 1
  grep "parts.tar: 3 clips without sound are left out, of 6" "$folder/said" &&
    grep "^3 of 3 clips have a label; 1 labels are of no clip that is used" "$folder/said" &&
    said_by "$stages/dali-distill" --out "$folder/from-disk" model="$DALI_MODEL_DIR" \
      manifest="$folder/parts.tar" labels="$folder/labels.jsonl" batch_size=3 clip_memory_gib=0 &&
    said_by "$stages/dali-tune-prefix" --out "$folder/prefix" model="$DALI_MODEL_DIR" \
      manifest="$folder/parts.tar" pairs=3 batch_size=3 epochs=1 &&
    said_by "$stages/dali-tune-prefix" --out "$folder/prefix-from-disk" model="$DALI_MODEL_DIR" \
      manifest="$folder/parts.tar" pairs=3 batch_size=3 epochs=1 clip_memory_gib=0 &&
    grep "parts.tar: 3 clips without frames are left out, of 6" "$folder/said" &&
    fails_with 1 "parts.tar: holds no clips with sound and frames, 6 without" \
      "$stages/dali-align" --out "$folder/aligned" model="$DALI_MODEL_DIR" \
      manifest="$folder/parts.tar"
}

refuses_two_labels_of_one_clip() {
  printf '{"id":"a","caption":"x"}\n\n{"id":"a","caption":"y"}\n' > "$folder/twice.jsonl"
  said_by "$stages/dali-distill" --out "$folder/twice" model="$DALI_MODEL_DIR" \
    manifest="$clips/manifest.jsonl" labels="$folder/twice.jsonl"
  [ $? -eq 1 ] && grep 'twice.jsonl:3: the id "a" has two different captions' "$folder/said"
}

labels_and_says_how_many() {
  cp -r "$clips" "$folder/some"
  echo rubbish > "$folder/some/audio/train-000002.wav"
  said_by "$stages/dali-label" --out "$folder/labels" model="$DALI_MODEL_DIR" \
    manifest="$folder/some/manifest.jsonl" temperature=0 max_new_tokens=8 || return 1
  grep "^3 of 4 clips labelled, 1 left out" "$folder/said" &&
    last_line_is ".*labels.jsonl: 3 of 4 clips labelled" &&
    said_by "$stages/dali-filter" --out "$folder/filtered" model="$DALI_MODEL_DIR" \
      manifest="$folder/some/manifest.jsonl" keep=9 &&
    last_line_is ".*manifest.jsonl: 4 of the 4 clips with a score, of 4 listed" &&
    cmp "$folder/filtered/classes.json" "$folder/world/classes.json"
}

# extract_again OPTION...: from `media` into `again`.
extract_again() {
  said_by "$extract" "$folder/media/a.mp4" --frames 1 --out "$folder/again" "$@"
}

extracts_anew_what_has_changed() {
  mkdir "$folder/media"
  cp "$folder/world/media/train-000000.mp4" "$folder/media/a.mp4"
  extract_again && cp "$folder/again/audio/a.wav" "$folder/first.wav" &&
    extract_again && last_line_is "1 of 1 clips in .*, 1 of them from an earlier run" || return 1
  cp "$folder/world/media/train-000001.mp4" "$folder/media/a.mp4"
  extract_again && last_line_is "1 of 1 clips in .*, 0 of them from an earlier run" &&
    ! cmp -s "$folder/again/audio/a.wav" "$folder/first.wav" &&
    extract_again --down-mix && last_line_is ".* 0 of them from an earlier run"
}

shards_anew_what_has_changed() {
  cp "$folder/world/media/train-000000.mp4" "$folder/media/a.mp4"
  cp "$folder/world/media/train-000001.mp4" "$folder/media/b.mp4"
  shard() {
    said_by "$extract" "$folder/media/a.mp4" "$folder/media/b.mp4" --frames 1 --shard 2 \
      --out "$folder/sharded"
  }
  shard && shard && last_line_is "2 of 2 clips in 1 shards in .*, 2 of them from an earlier run" ||
    return 1
  cp "$folder/world/media/train-000002.mp4" "$folder/media/b.mp4"
  shard && last_line_is "2 of 2 clips in 1 shards in .*, 0 of them from an earlier run" || return 1
  echo rubbish > "$folder/media/b.mp4"
  shard && last_line_is "1 of 2 clips in 1 shards in .*" && shard &&
    grep "b.mp4: " "$folder/said" && last_line_is "1 of 2 clips in 1 shards in .*, 1 of them .*"
}

# The first channel is silent, which is said of a clip when it is made.
shards_anew_what_can_be_read_by_now() {
  ffmpeg -v error -y -f lavfi -i 'aevalsrc=0|sin(2000*t):d=2' -c:a flac "$folder/media/b.flac" ||
    return 1
  shard() {
    said_by "$extract" "$folder/media/a.mp4" "$folder/media/c.flac" --frames 1 --shard 2 \
      --out "$folder/later"
  }
  echo rubbish > "$folder/media/c.flac"
  shard && last_line_is "1 of 2 clips in 1 shards in .*" || return 1
  cp "$folder/media/b.flac" "$folder/media/c.flac"
  shard && grep "c.flac: .*channel" "$folder/said" &&
    last_line_is "2 of 2 clips in 1 shards in .*, 0 of them from an earlier run, .*" && shard &&
    last_line_is "2 of 2 clips in 1 shards in .*, 2 of them from an earlier run, .*"
}

# Larger shards are fewer, and so are fewer clips. What others have made in the folder stays.
leaves_no_shard_of_an_earlier_run() {
  shards() {
    said_by "$extract" --manifest "$folder/world/manifest.jsonl" --frames 1 --out "$folder/fewer" "$@"
  }
  shards --shard 1 && last_line_is "4 of 4 clips in 4 shards in .*" || return 1
  members
  cp "$clips/audio/train-000000.wav" "$folder/members/0.wav"
  makes_shard theirs
  cp "$folder/theirs.tar" "$folder/fewer/000009.tar"
  cp "$folder/theirs.tar" "$folder/fewer/train.tar"
  mkdir "$folder/fewer/000007.files"
  shards --shard 3 && last_line_is "4 of 4 clips in 2 shards in .*" &&
    (cd "$folder/fewer" && ls -d -- *.tar *.files 2> /dev/null) > "$folder/left"
  printf '000000.tar\n000001.tar\n000009.tar\ntrain.tar\n' | cmp - "$folder/left"
}

names_no_two_clips_alike() {
  mkdir -p "$folder/names/x"
  cp "$folder/world/media/train-000000.mp4" "$folder/names/a.mp4"
  cp "$folder/world/media/train-000001.mp4" "$folder/names/a_5.000.mp4"
  cp "$folder/world/media/train-000002.mp4" "$folder/names/x/a.mp4"
  long=$(printf '%0240d' 7)
  cp "$folder/world/media/train-000002.mp4" "$folder/names/$long.mp4"
  said_by "$extract" "$folder/names/a.mp4" "$folder/names/a_5.000.mp4" "$folder/names/x/a.mp4" \
    "$folder/names/$long.mp4" --clip 5 --frames 1 --out "$folder/named" &&
    [ "$(find "$folder/named/audio" -name '*.wav' | wc -l)" -eq 8 ] &&
    last_line_is "8 of 8 clips in .*"
}

says_what_clips_lack() {
  ffmpeg -v error -y -f lavfi -i sine=d=2 "$folder/media/sound.flac" &&
    ffmpeg -v error -y -f lavfi -i testsrc=d=2 -c:v libx264 "$folder/media/mute.mp4" &&
    said_by "$extract" "$folder/media/sound.flac" "$folder/media/mute.mp4" --frames 1 \
      --out "$folder/lacking" &&
    last_line_is "2 of 2 clips in .*, 1 without sound, 1 without pictures"
}

# A data set of films in shards, as others publish them.
extracts_from_a_shard() {
  members
  cp "$folder/world/media/train-000000.mp4" "$folder/members/0.mp4"
  echo "a dog barks" > "$folder/members/0.txt"
  makes_shard films
  said_by "$extract" --manifest "$folder/films.tar" --frames 1 --out "$folder/films" &&
    grep '"audio_captions":\["a dog barks"\]' "$folder/films/manifest.jsonl" || return 1
  cp "$clips/frames/train-000000-0.ppm" "$folder/members/1.ppm"
  makes_shard films
  said_by "$extract" --manifest "$folder/films.tar" --frames 1 --out "$folder/films-again" &&
    grep "^dali-extract: clip '1' names no media" "$folder/said" && last_line_is "1 of 2 clips in .*"
}

it the_toy_world_makes_clips makes_clips
it sounds_alone_are_evaluated evaluates_sound_alone
it an_evaluation_counts_what_it_captioned evaluates_what_is_left
it an_evaluation_lists_what_it_left_out lists_all_that_are_left_out
it a_plot_names_models_by_their_folders names_models_by_their_folders
it an_evaluation_of_nothing_fails fails_when_all_are_broken
it what_one_modality_gave_is_kept keeps_the_scores_of_another_modality
it a_replaced_shard_is_captioned_anew sees_a_replaced_shard
it a_stage_needs_no_more_than_it_uses trains_on_what_a_stage_uses
it two_labels_of_one_clip_are_refused refuses_two_labels_of_one_clip
it labels_and_scores_are_counted labels_and_says_how_many
it changed_media_are_extracted_anew extracts_anew_what_has_changed
it changed_media_make_new_shards shards_anew_what_has_changed
it media_that_can_be_read_by_now_make_new_shards shards_anew_what_can_be_read_by_now
it larger_shards_leave_none_of_the_smaller_ones leaves_no_shard_of_an_earlier_run
it clips_of_one_name_lie_apart names_no_two_clips_alike
it clips_that_lack_a_part_are_counted says_what_clips_lack
it films_in_shards_are_extracted extracts_from_a_shard
finish
