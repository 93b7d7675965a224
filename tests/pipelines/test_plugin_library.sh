#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The plugin without LibTorch, and what is said when libdali-model is missing, damaged or of another
# gst-dali.
#
#     test_plugin_library.sh BUILD_ROOT
set -u
. "$(dirname "$0")/tap.sh"
build_root=$1
new_folder
# As the build folder has them, so that the plugin's RUNPATH fits.
plugin=$folder/gst-plugin
model=$folder/model
library=$model/libdali-model.so.0
mkdir "$plugin" "$model"
cp "$build_root/gst-plugin/libgstdali.so" "$plugin"
export GST_PLUGIN_PATH="$plugin" GST_REGISTRY="$folder/registry.bin"

# Meson names the build folder's libraries there.
unset LD_LIBRARY_PATH

# What the loader brings with the plugin, others' libraries too.
links_no_model() {
  ldd "$plugin/libgstdali.so" > "$folder/linked" && grep -q libgstreamer "$folder/linked" &&
    ! grep -E 'torch|dali-model|openblas|dnnl|protobuf' "$folder/linked"
}

# GStreamer 1.22's gst-launch may wait for ever on a pipeline without the live source: see
# pipelines/launch.sh.
run_captioner() {
  timeout 60 gst-launch-1.0 fakesrc is-live=true num-buffers=0 ! fakesink async=false \
    audiotestsrc num-buffers=20 ! audio/x-raw,rate=16000 \
    ! dalicaptioner name=captioner captioner.text_src ! fakesink
}

# The pipeline ends with one message of the element's, which names the library and holds WORDS.
says() {
  run_captioner > "$folder/said" 2>&1
  status=$?
  grep 'GstDaliCaptioner:captioner: ' "$folder/said" > "$folder/errors"
  cat "$folder/said"
  [ "$status" -eq 1 ] && [ "$(grep -c '^ERROR: from' "$folder/errors")" -eq 1 ] &&
    grep -q "libdali-model.so.0.*; install gst-dali" "$folder/errors" &&
    grep -q "$1" "$folder/errors"
}

# A library of other contents: its C++ on standard input, what it links in the arguments.
compile_library() {
  g++ -std=c++20 -shared -fPIC -x c++ - -x none -o "$library" "$@"
}

without_libtorch() {
  echo 'int in_libtorch() { return 1; }' |
    g++ -shared -fPIC -x c++ - -Wl,-soname,libtorch_gone.so.1 -o "$folder/libtorch_gone.so" &&
    echo 'int in_libtorch(); int uses() { return in_libtorch(); }' |
    compile_library "$folder/libtorch_gone.so" &&
    rm "$folder/libtorch_gone.so" &&
    says 'libtorch_gone.so.1: cannot open'
}

broken_off() {
  head -c "$1" "$build_root/model/libdali-model.so.0" > "$library"
  says "$2"
}

not_a_library() {
  seq 10000 > "$library"
  says 'invalid ELF header'
}

before_there_was_a_door() {
  echo 'int old = 1;' | compile_library && says 'of another gst-dali: .*dali_model_library'
}

of_another_version() {
  compile_library << END && says 'is of gst-dali 0.0.7, and the plugin of [0-9.]*'
#include <cstddef>
struct Table { const char* version; std::size_t layout; void* load; };
extern "C" const Table* dali_model_library() {
  static const Table table{"0.0.7", 0, nullptr};
  return &table;
}
END
}

of_another_build() {
  version=$(gst-inspect-1.0 dali | sed -n 's/^ *Version *//p')
  compile_library << END && says "is of another build of gst-dali $version"
#include <cstddef>
struct Table { const char* version; std::size_t layout; void* load; };
extern "C" const Table* dali_model_library() {
  static const Table table{"$version", 1, nullptr};
  return &table;
}
END
}

without_its_module() {
  cp "$build_root/model/libdali-model.so.0" "$library"
  run_captioner > "$folder/said" 2>&1
  cat "$folder/said"
  grep -q '^ERROR: from .*dali-sentencepiece.so: .*; install gst-dali' "$folder/said"
}

the_right_one() {
  rm -r "$model"
  ln -s "$build_root/model" "$model"
  run_captioner
}

it the_plugin_links_neither_libtorch_nor_the_model links_no_model
# What is not beside the plugin, the loader looks for in the system.
installed=
if /sbin/ldconfig -p | grep -q libdali-model; then
  installed='the package libdali-model0 is installed here, and its library found instead'
fi
without_the_installed() {
  if [ -n "$installed" ]; then skip "$1" "$installed"; else it "$@"; fi
}
without_the_installed a_library_that_is_missing_is_named says 'cannot open shared object file'
it libtorch_that_is_missing_is_named without_libtorch
for bytes in 0 10 100 1000 100000 1000000; do
  case $bytes in
    0 | 10) words='file too short' ;;
    *) words='ends too early' ;;
  esac
  it "a_library_cut_off_after_${bytes}_bytes_is_named" broken_off "$bytes" "$words"
done
it a_file_that_is_no_library_is_named not_a_library
it a_library_from_before_there_was_a_door_is_named before_there_was_a_door
it a_library_of_another_version_is_named of_another_version
it a_library_of_another_build_of_that_version_is_named of_another_build
without_the_installed a_module_of_the_library_that_is_missing_is_named without_its_module
it with_the_right_library_the_same_pipeline_runs the_right_one
finish
