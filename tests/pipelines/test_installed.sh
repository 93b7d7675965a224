#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# What `meson install` leaves runs, where it was meant to lie and where it was moved to: programs,
# plugin, library and embedded model find each other, in an environment that says nothing of them.
#
#     test_installed.sh SOURCE_ROOT BUILD_ROOT PREFIX LIBDIR GSTREAMERS_PLUGINS
set -u
. "$(dirname "$0")/tap.sh"
source_root=$1
build_root=$2
prefix=$3
libdir=$4
gstreamers_plugins=$5
new_folder
staged=$folder/staged$prefix
moved="$folder/moved here"

# What a bare login has, and a registry that is not the user's.
in_nothing() {
  env -i PATH=/usr/bin:/bin HOME="$folder" GST_REGISTRY="$folder/registry.bin" OMP_NUM_THREADS=1 \
    OPENBLAS_NUM_THREADS=1 "$@"
}

installs() {
  meson install -C "$build_root" --no-rebuild --destdir "$folder/staged" > "$folder/said" 2>&1 ||
    { cat "$folder/said"; return 1; }
}

# The line that the installer says, for the tree at PREFIX. Where GStreamer looks it says none.
said_line() {
  if [ "$prefix/$libdir/gstreamer-1.0" = "$gstreamers_plugins" ]; then
    grep GST_PLUGIN_PATH "$folder/said" || echo "export GST_PLUGIN_PATH='$1/$libdir/gstreamer-1.0'"
    return
  fi
  sed -n "s,.*\(export GST_PLUGIN_PATH=\)$prefix\(.*\)'$,\1'$1\2',p" "$folder/said"
}

runs_all_programs() {
  count=0
  for program in "$1"/bin/*; do
    in_nothing "$program" --version > "$folder/version" || return 1
    grep "^$(basename "$program") [0-9.]*$" "$folder/version" || return 1
    in_nothing "$program" --help > /dev/null || return 1
    count=$((count + 1))
  done
  [ "$count" -gt 0 ]
}

captions_a_clip() {
  in_nothing "$@" "$folder/clip.wav" > "$folder/captions" || return 1
  cat "$folder/captions"
  grep -q '[a-z]' "$folder/captions"
}

# From somewhere else than the tree, by its name alone.
is_found_in_path() (
  cd / && captions_a_clip env PATH="$1/bin:/usr/bin:/bin" dali-caption
)

is_found_through_a_link() {
  mkdir "$folder/links" && ln -s "$moved/bin/dali-caption" "$folder/links/caption" &&
    captions_a_clip "$folder/links/caption"
}

# Two media are two processes, each of which needs the plugin.
captions_two_clips() {
  mkdir "$folder/both" && cp "$folder/clip.wav" "$folder/second.wav" || return 1
  in_nothing "$moved/bin/dali-caption" --jobs 2 -o "$folder/both" "$folder/clip.wav" \
    "$folder/second.wav" && grep -q '[a-z]' "$folder/both/second.vtt"
}

# [VARIABLE=VALUE...]: an older plugin that GStreamer knows, of which nothing is as it should be: that of
# the program is taken.
prefers_its_own_plugin() {
  mkdir -p "$folder/system" && cp "$moved/$libdir/gstreamer-1.0/libgstdali.so" "$folder/system" &&
    captions_a_clip env "$@" GST_PLUGIN_SYSTEM_PATH_1_0="$folder/system:$gstreamers_plugins" \
      GST_DEBUG=GST_PLUGIN_LOADING:4 GST_DEBUG_FILE="$folder/log" GST_DEBUG_NO_COLOR=1 \
      "$moved/bin/dali-caption" && ! grep "loaded.*$folder/system" "$folder/log" &&
    grep "plugin .*$moved.* loaded" "$folder/log"
}

names_a_broken_plugin() {
  rm -r "$folder/.local"  # or GStreamer's scanner speaks of the link as well
  seq 10000 > "$moved/$libdir/gstreamer-1.0/libgstdali.so" &&
    fails_with 1 'libgstdali.so: ' in_nothing "$moved/bin/dali-caption" "$folder/clip.wav"
}

# The live source: see pipelines/launch.sh.
launches() {
  line=$(said_line "$1")
  echo "$line"
  [ -n "$line" ] || return 1
  in_nothing sh -c "$line"'
    gst-inspect-1.0 dalicaptioner > "$1/inspected" &&
    grep "Filename  *$GST_PLUGIN_PATH/libgstdali.so" "$1/inspected" &&
    timeout 60 gst-launch-1.0 fakesrc is-live=true num-buffers=0 ! fakesink async=false \
      filesrc location="$1/clip.wav" ! decodebin \
      ! dalicaptioner name=captioner captioner.text_src ! filesink location="$1/launched"' \
    sh "$folder" && grep -q '[a-z]' "$folder/launched"
}

# A copy of the plugin in a folder of GStreamer's, as in ~/.local: a link leads back to the tree.
is_loaded_through_a_link() {
  mkdir -p "$folder/.local/share/gstreamer-1.0/plugins" &&
    ln -s "$moved/$libdir/gstreamer-1.0/libgstdali.so" \
      "$folder/.local/share/gstreamer-1.0/plugins" || return 1
  in_nothing timeout 60 gst-launch-1.0 fakesrc is-live=true num-buffers=0 ! fakesink async=false \
    filesrc location="$folder/clip.wav" ! decodebin \
    ! dalicaptioner name=captioner captioner.text_src ! filesink location="$folder/linked" &&
    grep -q '[a-z]' "$folder/linked"
}

# Nothing of the build folder is left in what was installed, nor in what it needs.
knows_no_build_folder() {
  for file in "$1"/bin/* "$1/$libdir"/*.so* "$1/$libdir"/*/*.so; do
    [ ! -L "$file" ] || continue
    readelf -d "$file" | grep -E 'R(UN)?PATH' > "$folder/paths"
    if grep -F -e "$build_root" -e "$source_root" "$folder/paths"; then return 1; fi
  done
}

it the_tree_installs installs
gst-launch-1.0 -q audiotestsrc num-buffers=100 samplesperbuffer=1600 freq=700 \
  ! audio/x-raw,rate=16000,channels=1 ! wavenc ! filesink location="$folder/clip.wav"

it no_program_looks_into_the_build_folder knows_no_build_folder "$staged"
it a_staged_tree_runs captions_a_clip "$staged/bin/dali-caption"
mv "$staged" "$moved"
it every_program_of_a_moved_tree_runs runs_all_programs "$moved"
it dali_caption_of_a_moved_tree_captions captions_a_clip "$moved/bin/dali-caption"
it dali_caption_is_found_in_the_path is_found_in_path "$moved"
it dali_caption_is_found_through_a_link is_found_through_a_link
it processes_of_several_media_find_the_plugin captions_two_clips
it dali_caption_takes_the_plugin_that_came_with_it prefers_its_own_plugin
it a_folder_that_the_user_names_is_no_other_that_begins_alike \
  prefers_its_own_plugin GST_PLUGIN_PATH="$folder/sys"
it gstreamer_finds_the_plugin_by_the_line_that_the_installer_says launches "$moved"
it a_plugin_behind_a_link_finds_its_library is_loaded_through_a_link
it a_plugin_that_cannot_be_loaded_is_named names_a_broken_plugin
finish
