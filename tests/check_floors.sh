#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Who includes what: an #include that goes up a floor, or past the door that its folder may use.
# Meson's dependencies catch most of it when compiling; <ATen/...> and our own headers are always on
# the include path, so they are looked for here. Usage: check_floors.sh SOURCE_ROOT
set -u
cd "$1" || exit 2
status=0

# forbid FOLDERS PATTERN WHY: no line of a source file under FOLDERS may match the include PATTERN.
forbid() {
  folders=""
  for folder in $1; do
    [ -e "$folder" ] && folders="$folders $folder"
  done
  [ -n "$folders" ] || return 0
  # shellcheck disable=SC2086
  found=$(grep -rnE --include='*.h' --include='*.cpp' "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]($2)" $folders)
  if [ -n "$found" ]; then
    printf '%s\n%s\n' "$3:" "$found"
    status=1
  fi
}

torch='torch/|ATen/|c10/'
gstreamer='gst/|glib|gio/'
upper='gst-plugin/|training/|import/|pipelines/|tests/'

forbid 'model/base' "$torch|$gstreamer|sentencepiece|nlohmann/|model/(tensor|audio|vision|language|weights|captioner)/" \
  'model/base includes the standard library alone'
forbid 'model/tensor model/audio model/vision model/language model/weights' 'model/captioner/' \
  'tensor maths does not know the captioner'
forbid 'model' "$gstreamer|$upper" 'model/ knows neither GStreamer nor a higher floor'
forbid 'model training import gst-plugin tests' 'torch/(torch|script)\.h' \
  'torch/torch.h and torch/script.h cost 12 s a file'
forbid 'media' "$torch|$upper|toyworld/|command/|model/[^b]" \
  'media/ stands on floor 0, below all that reads or writes media'
forbid 'media/clips' "$gstreamer|media/(viewing|decoding)/" 'clips are files, read without GStreamer'
forbid 'media/viewing' 'media/(clips|decoding)/' 'what is seen of a picture has nothing to do with files'
forbid 'gst-plugin/session' "$torch|$gstreamer|model/(tensor|audio|vision|language|weights)/|media/(viewing|decoding)/|gst-plugin/gst" \
  'the session is plain C++ over the captioner interface and files of clips'
forbid 'gst-plugin' "$torch|sentencepiece|training/|pipelines/|tests/|model/(tensor|audio|vision|language|weights)/|model/captioner/captioning_model|media/decoding/" \
  'the elements see floor 0, the captioner headers of model/, and clips and pictures of media/'
forbid 'training' 'gst-plugin/|pipelines/|tests/' 'training/ stands beside the elements'
forbid 'import' "$gstreamer|gst-plugin/|pipelines/|tests/|training/[^c]" \
  'import/ stands on model/ and takes no more from training/ than its command line'
forbid 'pipelines' "$torch|sentencepiece|gst-plugin/gst|training/" \
  'pipelines know elements by name and property'
forbid 'tests/model tests/golden tests/training tests/plugin tests/pipelines' 'check\.h|gst/check/' \
  'tests include tests/support/check_for_cpp.h or gstcheck_for_cpp.h'

# What reads formats of files is free of LibTorch, so that tests/fuzz can run it by the million.
parsers=$(for name in mapped_file stored_tensor safetensors_header zip_archive pickle_value \
  pickle_reader torch_objects torch_archive strict_json model_config_json; do
  ls "model/weights/$name".*
done)
# shellcheck disable=SC2086
if found=$(grep -nE "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]($torch)" $parsers); then
  printf '%s\n%s\n' 'the readers of file formats know no LibTorch:' "$found"
  status=1
fi

# Headers that others include show no sentencepiece; those of the captioner that the elements
# include show no LibTorch.
found=$(grep -rnE --include='*.h' '^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"]sentencepiece' model training)
if [ -n "$found" ]; then
  printf '%s\n%s\n' 'sentencepiece is for .cpp files alone:' "$found"
  status=1
fi
for header in model/captioner/caption_engine.h model/captioner/captioner.h; do
  [ -e "$header" ] || continue
  if found=$(grep -nE "include[[:space:]]*[<\"]($torch|model/(tensor|audio|vision|language|weights)/|model/captioner/captioning_model)" "$header"); then
    printf '%s\n%s: %s\n' 'the captioner shows no LibTorch type:' "$header" "$found"
    status=1
  fi
done
exit $status
