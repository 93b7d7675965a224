# SPDX-License-Identifier: LGPL-2.1-or-later
# For the tests of containers: media, and what a program that judges them says. Source it after tap.sh,
# in a folder of the test's own; $write_captioned is the program that is tried.
# shellcheck shell=sh disable=SC2154  # what the test sets

make() {
  ffmpeg -v error -y "$@" < /dev/null || { echo "Bail out! ffmpeg $*"; exit 1; }
}

# ENTRIES FILE: as ffprobe has them, one a line.
told() {
  ffprobe -v error -show_entries "$1" -of default=noprint_wrappers=1 "$2" | sort -u
}

# IN OUT [burn-in]: without a word.
is_written() {
  "$write_captioned" "$@" 2> said || { cat said; return 1; }
  cat said
  [ ! -s said ]
}
# WORDS IN OUT: with one line that holds WORDS.
is_written_saying() {
  "$write_captioned" "$2" "$3" 2> said || { cat said; return 1; }
  cat said
  [ "$(wc -l < said)" -eq 1 ] && grep -qF "$1" said
}

# Two seconds of sound and picture.
make_clips() {
  make -f lavfi -i testsrc2=duration=2:size=64x48:rate=10 -f lavfi -i sine=duration=2:sample_rate=48000 \
    -c:v libx264 -pix_fmt yuv420p -c:a aac clip.mp4
  make -i clip.mp4 -c copy clip.mkv
}
