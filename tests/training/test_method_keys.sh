#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The keys that choose between what the paper says, what its authors' code does and what this
# project does, at the programs that have them.
#
#     test_method_keys.sh TAP_FUNCTIONS DALI_TOYWORLD DALI_EXTRACT STAGES
#
# STAGES is the folder of dali-align and the others; DALI_MODEL_DIR the model that they start from,
# which has a prefix and a projector for sound alone.
set -u
# shellcheck source=../pipelines/tap.sh
. "$1"
toyworld=$2
extract=$3
stages=$4
new_folder
clips=$folder/clips

makes_clips() {
  "$toyworld" --clips 4 --seed 3 --out "$folder/world" &&
    "$extract" --manifest "$folder/world/manifest.jsonl" --frames 2 --out "$clips"
}

# evaluate OUT [KEY=VALUE...]: the captions of sound and picture go to OUT.captions, sorted by clip.
evaluate() {
  out=$1
  shift
  "$stages/dali-evaluate" --out "$folder/$out" model="${model:-$DALI_MODEL_DIR}" \
    manifest="$clips/${manifest:-manifest.jsonl}" modalities=audiovisual bootstrap=0 "$@" &&
    sed 's/,"mean_log_probability.*//; s/\("caption":.*\),"id":\("[^"]*"\)/\2 \1/' \
      "$folder/$out/captions.jsonl" | sort > "$folder/$out.captions" &&
    cat "$folder/$out.captions"
}

# overlay NAME KEYS: the model with another configuration.
overlay() {
  mkdir -p "$folder/$1"
  printf '{"base": "%s", %s}\n' "$DALI_MODEL_DIR" "$2" > "$folder/$1/config.json"
}

differs() {
  ! cmp -s "$1" "$2"
}

# From the overlay's config.json and from the key: the same captions, which probabilities show too.
uses_what_the_key_says() {
  name=$1 json=$2
  shift 2
  overlay "$name" "$json"
  evaluate "$name-key" "$@" && model=$folder/$name evaluate "$name-folder" || return 1
  for run in "$name-key" "$name-folder" greedy; do
    sed 's/.*"mean_log_probability":\([^,}]*\).*/\1/' "$folder/$run/captions.jsonl" \
      > "$folder/$run.figures"
  done
  same "$folder/$name-key.captions" "$folder/$name-folder.captions" &&
    same "$folder/$name-key.figures" "$folder/$name-folder.figures" &&
    differs "$folder/$name-key.figures" "$folder/greedy.figures"
}

# The likeliest word alone is what greedy decoding takes, however hot.
draws_from_the_likeliest() {
  evaluate one temperature=2 top_k=1 && same "$folder/one.captions" "$folder/greedy.captions" &&
    evaluate few temperature=2 top_p=1e-9 top_k=0 &&
    same "$folder/few.captions" "$folder/greedy.captions"
}

draws_by_seed_and_clip() {
  evaluate hot temperature=3 top_k=0 || return 1
  differs "$folder/hot.captions" "$folder/greedy.captions" || return 1
  tac "$clips/manifest.jsonl" > "$clips/reversed.jsonl"
  manifest=reversed.jsonl evaluate reversed temperature=3 top_k=0 seed=7 &&
    same "$folder/reversed.captions" "$folder/hot.captions" &&
    evaluate other temperature=3 top_k=0 sampling_seed=2 &&
    differs "$folder/other.captions" "$folder/hot.captions"
}

ends_when_it_is_told() {
  evaluate short max_new_tokens=1 && differs "$folder/short.captions" "$folder/greedy.captions"
}

refuses() {
  words=$1
  shift
  fails_with 1 "$words" "$stages/dali-evaluate" --out "$folder/refused" \
    model="$DALI_MODEL_DIR" manifest="$clips/manifest.jsonl" "$@" &&
    [ ! -e "$folder/refused/captions.jsonl" ]
}

# Before anything is captioned by the model in front of it.
refuses_models_that_it_does_not_fit() {
  overlay before '"has_audio_projector": false, "prefix_tokens": 0'
  refuses "before: audiovisual must be original" model="$DALI_MODEL_DIR,$folder/before" \
    audiovisual=tuned-both &&
    refuses "before: prefix_use must be auto or never" model="$DALI_MODEL_DIR,$folder/before" \
      prefix=always
}

makes_labels() {
  sed 's/.*"id":"\([^"]*\)".*/{"id":"\1","caption":"a dog barks"}/' "$clips/manifest.jsonl" \
    > "$folder/labels.jsonl"
}

# distill OUT [KEY=VALUE...]
distill() {
  out=$1
  shift
  "$stages/dali-distill" --out "$folder/$out" model="$DALI_MODEL_DIR" \
    manifest="$clips/manifest.jsonl" labels="$folder/labels.jsonl" batch_size=2 "$@"
}

# The folder says so, and nothing but the projector and that is in it.
distils_for_both() {
  makes_labels
  distill tuned audiovisual=tuned-both && cat "$folder/tuned/config.json" &&
    grep '"audiovisual": *"tuned-both"' "$folder/tuned/config.json" &&
    distill as-before && ! grep audiovisual "$folder/as-before/config.json"
}

refuses_to_distil() {
  fails_with 1 "audiovisual 'both' is none of original, tuned-audio, tuned-both" \
    distill wrong audiovisual=both &&
    fails_with 1 "grouped_batches is -1, but must be at least 0" distill wrong2 grouped_batches=-1
}

# align OUT [KEY=VALUE...]
align() {
  out=$1
  shift
  "$stages/dali-align" --out "$folder/$out" model="$DALI_MODEL_DIR" \
    manifest="$clips/manifest.jsonl" batch_size=2 epochs=2 max_steps=3 "$@"
}

# The one that is named, whatever the mode says. Two steps of the second epoch are enough: in the
# first nobody follows the entropy.
follows_an_objective() {
  for objective in distance eq6 authors; do
    align "$objective" objective=$objective max_steps=4 || return 1
  done
  for pair in distance:eq6 distance:authors eq6:authors; do
    differs "$folder/${pair%:*}/model.safetensors" "$folder/${pair#*:}/model.safetensors" ||
      return 1
  done
  align default max_steps=4 &&
    cmp "$folder/default/model.safetensors" "$folder/distance/model.safetensors" &&
    align free max_steps=4 scale_free_lambda=true &&
    differs "$folder/free/scorers/weights.safetensors" "$folder/default/scorers/weights.safetensors"
}

keeps_the_best() {
  align best loss=ot keep=best validation_manifest="$clips/manifest.jsonl" 2> "$folder/said" ||
    return 1
  cat "$folder/said"
  grep "the weights after step [0-9]* in epoch [12] are kept: their held-out distance is" \
    "$folder/said" && [ -e "$folder/best/best/weights.safetensors" ]
}

# logs_figures OUT FIGURE...: each of the run's four steps has a number for each.
logs_figures() {
  log=$folder/$1/metrics.jsonl
  shift
  for figure in "$@"; do
    [ "$(grep '"kind":"step"' "$log" | grep -c "\"$figure\":-\{0,1\}[0-9]")" = 4 ] && continue
    echo "$figure is not in $log"
    return 1
  done
}

# Where distances are measured, by which kernels and of which pairs: each makes another tower.
measures_as_it_is_told() {
  align plain loss=mmd max_steps=4 || return 1
  for keys in space=normalised space=decoder kernel_bandwidth=median kernel_multiples=0.1,0.3; do
    align "by-$keys" loss=mmd max_steps=4 $keys || return 1
    differs "$folder/by-$keys/model.safetensors" "$folder/plain/model.safetensors" || return 1
  done
  align share loss=mmd max_steps=4 space=decoder raw_share=0 &&
    differs "$folder/share/model.safetensors" "$folder/by-space=decoder/model.safetensors"
}

says_how_transport_fared() {
  align unbalanced loss=unbalanced-sinkhorn max_steps=4 &&
    logs_figures unbalanced loss iterations unfinished mass &&
    align hasty loss=unbalanced-sinkhorn max_steps=4 iterations=1 tolerance=1e-9 &&
    [ "$(grep -c '"unfinished":1.0' "$folder/hasty/metrics.jsonl")" = 4 ] &&
    align energy loss=energy max_steps=4 && logs_figures energy loss
}

# What attention made of lambda.
says_how_many_weights_are_at_the_floor() {
  logs_figures default entropy "floor of audio" "floor of image"
}

# shows OUT SHARE: the mean share of a picture's 49 tokens, which the lines of the captions add up to.
shows() {
  python3 -B - "$folder/$1" "$2" << 'END'
import json, pathlib, sys
folder, expected = pathlib.Path(sys.argv[1]), sys.argv[2]
(scores,) = json.loads((folder / "scores.json").read_text()).values()
for modality, of_modality in scores.items():
    lines = [json.loads(line) for line in (folder / "captions.jsonl").read_text().splitlines()]
    shares = [line["image_tokens"] / 49 for line in lines if line["modality"] == modality]
    found = of_modality["image_tokens"]["mean_share"]
    print(modality, shares, found)
    assert len(shares) == 4 and abs(found - sum(shares) / 4) < 1e-12, (shares, found)
    assert found == 1 if expected == "all" else 0 < found < 1, found
END
}

# Scorers after three steps have told next to no token from another, and all are above the floor; with
# nothing that holds them, at a high rate, they leave few there.
captions_pictures_from_tokens_above_the_floor() {
  align level max_steps=3 && align sharp lambda=0 learning_rate=0.05 epochs=4 max_steps=8 || return 1
  for scorers in level sharp; do
    for tokens in all above-floor; do
      run=$scorers-$tokens
      model=$folder/$scorers evaluate "$run" modalities=image,audiovisual image_tokens=$tokens \
        2> "$folder/$run.said" || return 1
      sed 's/,"image_tokens":[0-9]*//' "$folder/$run/captions.jsonl" > "$folder/$run.lines"
    done
  done
  same "$folder/level-all.lines" "$folder/level-above-floor.lines" &&
    differs "$folder/sharp-all.lines" "$folder/sharp-above-floor.lines" &&
    shows level-above-floor all && shows sharp-above-floor some &&
    ! grep image_tokens "$folder/sharp-all/captions.jsonl" "$folder/sharp-all/scores.json" &&
    grep '^4 of 4 clips captioned from image by .*, shown [0-9.]* % of a picture.s tokens$' \
      "$folder/sharp-above-floor.said"
}

# What says which tokens matter hears the clip, too.
leaves_out_pictures_without_sound() {
  sed '1s/"audio":"[^"]*",//' "$clips/manifest.jsonl" > "$clips/one-silent.jsonl"
  manifest=one-silent.jsonl model=$folder/sharp evaluate silent modalities=image \
    image_tokens=above-floor 2> "$folder/said" &&
    grep '^3 of 4 clips captioned from image by' "$folder/said" &&
    manifest=one-silent.jsonl model=$folder/sharp evaluate silent-all modalities=image 2> "$folder/said" &&
    grep '^4 of 4 clips captioned from image by' "$folder/said"
}

refuses_tokens_that_nobody_weighs() {
  refuses "image_tokens 'few' is none of all, above-floor" image_tokens=few &&
    refuses "image_tokens=above-floor wants a picture" modalities=audio image_tokens=above-floor &&
    refuses "$DALI_MODEL_DIR/scorers/weights.safetensors: is not there" \
      model="$folder/sharp,$DALI_MODEL_DIR" image_tokens=above-floor
}

chooses_pairs() {
  align trimmed loss=ot trim=0.5 max_steps=4 && logs_figures trimmed "kept pairs" &&
    align anew loss=ot pairing=partial-transport max_steps=4 &&
    logs_figures anew "kept pairs" && grep '"new pairs":[01]' "$folder/anew/metrics.jsonl"
}

refuses_to_align() {
  fails_with 1 "objective 'eq7' is none of auto, distance, eq6, authors" align w1 objective=eq7 &&
    fails_with 1 "lambda must be 0 or more" align w2 lambda=-1 &&
    fails_with 1 "keep=best chooses by what is held out" align w3 keep=best &&
    fails_with 1 "keep 'first' is none of last, best" align w4 keep=first &&
    fails_with 1 "space 'reading' is none of tokens, normalised, decoder" align w5 space=reading &&
    fails_with 1 "kernel_multiples 'x' must be numbers above 0" align w6 kernel_multiples=x &&
    fails_with 1 "rho_audio and rho_image must be above 0" align w7 rho_audio=0 &&
    fails_with 1 "trim must be above 0 and at most 1" align w8 trim=0 &&
    fails_with 1 "pairing 'any' is neither given nor partial-transport" align w9 pairing=any &&
    fails_with 1 "space must be tokens" align w10 loss=contrastive space=decoder &&
    fails_with 1 "the nearest is 'energy'" align w11 loss=enegry &&
    fails_with 1 "micro_batch_size must be 0" align w12 loss=ot trim=0.5 micro_batch_size=1 &&
    fails_with 1 "trim 0.75 leaves out none of a batch of 2" align w13 loss=ot trim=0.75 &&
    fails_with 1 "loss=contrastive compares clips, and a batch of 1 has no other" \
      align w14 loss=contrastive batch_size=1
}

it the_toy_world_makes_clips makes_clips
it the_model_is_greedy_by_itself evaluate greedy
it both_go_through_the_tuned_projector uses_what_the_key_says tuned-both \
  '"audiovisual": "tuned-both"' audiovisual=tuned-both
it sound_goes_through_the_tuned_projector uses_what_the_key_says tuned-audio \
  '"audiovisual": "tuned-audio"' audiovisual=tuned-audio
it the_prefix_can_be_left_out uses_what_the_key_says no-prefix \
  '"prefix_use": "never"' prefix=never
it sampling_takes_the_likeliest draws_from_the_likeliest
it sampling_is_by_seed_and_clip draws_by_seed_and_clip
it captions_end_when_they_are_told ends_when_it_is_told
it an_unknown_projection_is_refused refuses "audiovisual 'both' is none of" audiovisual=both
it an_unknown_use_of_the_prefix_is_refused refuses "prefix 'on' is none of" prefix=on
it a_temperature_below_0_is_refused refuses "temperature must be 0 or more, or -1" temperature=-2
it a_share_above_1_is_refused refuses "top_p must be from 0 to 1" top_p=1.5
it fewer_than_no_words_are_refused refuses "top_k must be 0 or more, or -1" top_k=-2
it models_that_it_does_not_fit_are_refused refuses_models_that_it_does_not_fit
it distillation_says_what_both_go_through distils_for_both
it distillation_refuses_what_it_does_not_know refuses_to_distil
it the_tower_follows_the_objective_that_is_named follows_an_objective
it distances_are_measured_as_it_is_told measures_as_it_is_told
it transport_says_how_it_fared says_how_transport_fared
it weights_at_the_floor_are_told says_how_many_weights_are_at_the_floor
it pictures_are_captioned_from_tokens_above_the_floor captions_pictures_from_tokens_above_the_floor
it a_picture_without_sound_has_no_floor leaves_out_pictures_without_sound
it a_floor_that_nobody_knows_is_refused refuses_tokens_that_nobody_weighs
it pairs_are_chosen_by_the_keys chooses_pairs
it the_best_epoch_is_kept keeps_the_best
it alignment_refuses_what_it_does_not_know refuses_to_align
finish
