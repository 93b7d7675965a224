#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Model directories that are cut, forged or incomplete: one line that names the file, and status 1.
# Each is a copy of the embedded model with one fault.
#
#     test_broken_models.sh DALI_CAPTION
set -u
. "$(dirname "$0")/tap.sh"
caption=$1
new_folder

if [ ! -f "$DALI_MODEL_DIR/model.safetensors" ]; then
  skip broken_models "no embedded model in $DALI_MODEL_DIR"
  finish
  exit 0
fi

ffmpeg -v error -f lavfi -i sine=sample_rate=16000:duration=2 "$folder/beep.wav"

model=$folder/model
mend() {
  rm -rf "$model"
  cp -r "$DALI_MODEL_DIR" "$model"
}

# NAME WORDS: what dali-caption says begins with the file of that name and holds the words.
is_refused() {
  fails_with 1 "$2" "$caption" -q --model "$model" "$folder/beep.wav" || return 1
  case $said in
    "dali-caption: $model/$1: "*) return 0 ;;
    *) return 1 ;;
  esac
}

# Writes standard input into FILE at byte AT.
overwrite() {
  dd of="$1" seek="$2" bs=1 conv=notrunc 2> /dev/null
}

weights=$model/model.safetensors
# Other words of the same length in the header of the weights.
forge_header() {
  LC_ALL=C sed -i "$1" "$weights"
}

mend
truncate -s 1000 "$weights"
it a_weight_file_cut_in_its_header_is_named is_refused model.safetensors 'beyond the file'
mend
truncate -s -1 "$weights"
it a_weight_file_cut_in_its_data_is_named is_refused model.safetensors 'cut short'
mend
printf '\377\377\377\377\377\377\377\377' | overwrite "$weights" 0
it a_header_length_beyond_the_file_is_named is_refused model.safetensors 'beyond the file'
mend
printf '\377\377\377\377' | overwrite "$weights" $(($(wc -c < "$weights") - 4))
it weights_that_are_not_numbers_are_named is_refused model.safetensors 'NaN'
mend
forge_header 's/"decoder\.final_norm\.weight"/"decoder.final_norm.wEight"/'
it a_missing_tensor_is_named \
  fails_with 1 "missing 'decoder.final_norm.weight'" \
  "$caption" -q --model "$model" "$folder/beep.wav"
mend
forge_header 's/"data_offsets":\[0,/"data_offsets":[1,/'
it offsets_that_do_not_fit_are_named is_refused model.safetensors "tensor '"
mend
forge_header 's/"dtype":"BF16"/"dtype":"XF16"/'
it an_unknown_number_format_is_named is_refused model.safetensors 'unknown dtype'
mend
sed -i 's/"mlp_width": *[0-9]*/"mlp_width": 7/' "$model/config.json"
it a_tensor_of_another_shape_is_named is_refused model.safetensors 'the configuration wants'
mend
echo '{"decoder": {' > "$model/config.json"
it bad_json_is_named is_refused config.json 'not valid JSON'
mend
head -c 5000 "$DALI_MODEL_DIR/tokenizer.model" > "$model/tokenizer.model"
it a_tokenizer_that_is_cut_is_named is_refused tokenizer.model 'no sentencepiece model'
mend
rm "$model/config.json"
it a_model_without_a_configuration_is_named is_refused config.json 'no such file'
finish
