#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The lines of gst-launch-1.0 in the documentation, run as they are printed there, one after the other,
# in a folder that holds a clip.mp4 of the toy world and its copy clip.mkv. What a line writes must not
# be empty.
#
#     test_launch_lines.sh SOURCE_ROOT DALI_TOYWORLD
set -u
. "$(dirname "$0")/tap.sh"
source_root=$1
toyworld=$2
. "$source_root/pipelines/launch.sh"
new_folder

if [ ! -f "$DALI_MODEL_DIR/config.json" ]; then
  skip lines_of_the_documentation_run "no embedded model in $DALI_MODEL_DIR"
  finish
  exit 0
fi

mkdir "$folder/bin" "$folder/media"
"$toyworld" --clips 1 --split test --seed 4711 --out "$folder/world" > "$folder/log" 2>&1 &&
  mv "$(find "$folder/world" -name '*.mp4' | head -n 1)" "$folder/media/clip.mp4" &&
  ffmpeg -v error -i "$folder/media/clip.mp4" -c copy "$folder/media/clip.mkv" ||
  { cat "$folder/log"; echo 'Bail out! no clip'; exit 1; }

# pipelines/launch.sh says what gst-launch of GStreamer 1.22 needs, so that it ends.
launcher=$(command -v gst-launch-1.0)
{
  echo '#!/bin/sh'
  echo "exec $launcher ${launch#gst-launch-1.0 -q} \"\$@\""
} > "$folder/bin/gst-launch-1.0"
chmod +x "$folder/bin/gst-launch-1.0"

# PAGE: its lines of gst-launch-1.0, each on one line.
lines_of() {
  sed -n 's/^    //p' "$1" | sed -e ':more' -e '/\\$/{N; s/ *\\\n */ /; b more' -e '}' |
    grep '^gst-launch-1\.0 .*dali'
}

# The pages of the elements in the order of their table.
pages="$source_root/README.md $source_root/docs/pipelines.md"
for page in $(sed -n 's/^| \[[a-z0-9]*\](\([a-z0-9]*\.md\)).*/\1/p' "$source_root/docs/elements/README.md"); do
  pages="$pages $source_root/docs/elements/$page"
done
pages="$pages $source_root/docs/broadcasting.md"

runs() (
  cd "$folder/media" || exit 1
  PATH=$folder/bin:$PATH
  echo "$1"
  timeout 120 sh -c "$1" < /dev/null || exit 1
  written=$(echo "$1" | sed 's/ *! */\n/g' | sed -n 's/.*\(filesink \|json-\)location=\([^ ]*\).*/\2/p' | sed 's/%05d/00000/')
  for file in $written; do
    ls -l "$file"
    [ -s "$file" ] || exit 1
  done
)

for page in $pages; do
  name=$(basename "$page" .md)
  count=0
  lines_of "$page" > "$folder/lines"
  while read -r line; do
    count=$((count + 1))
    case $line in
      *v4l2src* | *pulsesrc*) skip "line_${count}_of_${name}_runs" 'it needs a camera or a microphone' ;;
      *) it "line_${count}_of_${name}_runs" runs "$line" ;;
    esac
  done < "$folder/lines"
  case $page in
    */elements/*) it "${name}_has_a_line" test "$count" -gt 0 ;;
  esac
done

every_element_has_a_page() {
  gst-inspect-1.0 dali | sed -n 's/^  \(dali[a-z0-9]*\): .*/\1/p' > "$folder/elements"
  [ -s "$folder/elements" ] || return 1
  while read -r element; do
    echo "$element"
    [ -f "$source_root/docs/elements/$element.md" ] &&
      grep -qF "($element.md)" "$source_root/docs/elements/README.md" || return 1
  done < "$folder/elements"
}

it every_element_has_a_page every_element_has_a_page
finish
