#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The C++ library as a stranger has it: installed, found by pkg-config, used by the example of its
# documentation.
#
#     test_library.sh SOURCE_ROOT BUILD_ROOT
set -u
. "$(dirname "$0")/../pipelines/tap.sh"
source_root=$1
build_root=$2
new_folder
installed=$folder/installed

it the_whole_tree_installs \
  meson install -C "$build_root" --no-rebuild --quiet --destdir "$installed"
includes=$(find "$installed" -type d -path '*/include/gst-dali')
model=$(dirname "$(find "$installed" -path '*/models/*' -name config.json)")
# As if the root of the file system were $installed.
export PKG_CONFIG_SYSROOT_DIR="$installed"
PKG_CONFIG_PATH=$(dirname "$(find "$installed" -name gst-dali-model.pc)")
LD_LIBRARY_PATH=$(dirname "$PKG_CONFIG_PATH")
export PKG_CONFIG_PATH LD_LIBRARY_PATH

has_eight_headers() {
  (cd "$includes" && find . -type f | sed 's,^\./,,' | sort) > "$folder/there"
  same - "$folder/there" << END
model/base/caption.h
model/base/conditioning.h
model/base/modality.h
model/base/rgb_image.h
model/base/source_classes.h
model/base/window.h
model/captioner/caption_engine.h
model/captioner/captioner.h
END
}

# Each by itself, with warnings; what it reads is installed or the C++ library's.
headers_stand_alone() {
  while read -r header; do
    # shellcheck disable=SC2046  # one word an option
    g++ -std=c++20 -Wall -Wextra -Wpedantic -Werror $(pkg-config --cflags gst-dali-model) \
      -fsyntax-only -MD -MF "$folder/read" -include "$includes/$header" -x c++ /dev/null || return 1
    ! grep -E 'torch/|ATen/|c10/|nlohmann' "$folder/read" || return 1
    ! grep -F -e "$source_root/" -e "$build_root/" "$folder/read" || return 1
  done < "$folder/there"
}

pkg_config_asks_for_nothing_else() {
  pkg-config --print-requires --print-requires-private gst-dali-model > "$folder/required"
  pkg-config --cflags --libs gst-dali-model | xargs | tee "$folder/words"
  [ ! -s "$folder/required" ] &&
    [ "$(cat "$folder/words")" = "-I$includes -L$LD_LIBRARY_PATH -ldali-model" ]
}

documented_example_builds() {
  sed -n '/^```cpp$/,/^```$/{/^```/!p}' "$source_root/docs/library.md" > "$folder/listen.cpp"
  # shellcheck disable=SC2046  # one word an option
  g++ -std=c++20 -Wall -Wextra -Werror "$folder/listen.cpp" -o "$folder/listen" \
    $(pkg-config --cflags --libs gst-dali-model)
}

example_hears_something() {
  ffmpeg -v error -f lavfi -i 'sine=frequency=700:sample_rate=16000:duration=10' -f f32le - |
    "$folder/listen" "$model" > "$folder/heard" || return 1
  cat "$folder/heard"
  [ "$(wc -l < "$folder/heard")" -eq 1 ] && grep -q '[a-z]' "$folder/heard"
}

picture_example_builds() {
  # shellcheck disable=SC2046  # one word an option
  g++ -std=c++20 -Wall -Wextra -Werror "$source_root/examples/cpp/describe_picture.cpp" \
    -o "$folder/describe_picture" $(pkg-config --cflags --libs gst-dali-model)
}

picture_example_sees_something() {
  ffmpeg -v error -f lavfi -i 'testsrc=size=336x336:duration=1:rate=1' -f image2pipe -c:v ppm - |
    "$folder/describe_picture" "$model" > "$folder/seen" || return 1
  cat "$folder/seen"
  grep -qE '^0\.[0-9]+ [a-z]' "$folder/seen"
}

# Where nobody has told the loader of the prefix. The live source: see pipelines/launch.sh.
plugin_finds_its_library() (
  unset LD_LIBRARY_PATH
  GST_PLUGIN_PATH=$(dirname "$(find "$installed" -name libgstdali.so)")
  export GST_PLUGIN_PATH GST_REGISTRY="$folder/registry.bin" DALI_MODEL_DIR="$model"
  timeout 60 gst-launch-1.0 fakesrc is-live=true num-buffers=0 ! fakesink async=false \
    audiotestsrc num-buffers=20 ! audio/x-raw,rate=16000 \
    ! dalicaptioner name=captioner captioner.text_src ! fakesink
)

it eight_headers_are_installed has_eight_headers
it each_header_stands_alone_and_shows_no_libtorch headers_stand_alone
it pkg_config_asks_for_no_other_package pkg_config_asks_for_nothing_else
it the_documented_example_builds_against_the_installed_tree documented_example_builds
it the_example_says_what_it_hears example_hears_something
it the_example_of_a_picture_builds picture_example_builds
it the_example_of_a_picture_says_what_it_sees picture_example_sees_something
it the_example_of_a_picture_catches_what_is_none fails_with 1 'no binary PPM' sh -c \
  'echo none | "$1" "$2"' sh "$folder/describe_picture" "$model"
it the_example_catches_what_goes_wrong fails_with 1 "$folder/nowhere" "$folder/listen" "$folder/nowhere"
it the_example_catches_sound_that_is_too_short fails_with 1 'shorter' sh -c \
  '"$1" "$2" < /dev/null' sh "$folder/listen" "$model"
if find "$installed" -name libgstdali.so | grep -q .; then
  it the_installed_plugin_finds_the_installed_library plugin_finds_its_library
else
  skip the_installed_plugin_finds_the_installed_library 'this build has no plugin'
fi
finish
