# SPDX-License-Identifier: LGPL-2.1-or-later
# For test scripts that read TTML in pieces. Source it in a folder of the test's own, then:
#
#     rows_of_documents CHECK DOCUMENT...   the cues of lawful documents that follow each other, by
#                                           check_ttml.py, as lines "START END TEXT" in seconds: one
#                                           that goes on in the next document is one line. Fails when
#                                           a document is not lawful
# shellcheck shell=sh disable=SC2154  # what the test sets: $folder

rows_of_documents() {
  ttml_check=$1
  shift
  for document in "$@"; do
    python3 -B "$ttml_check" "$document" || { echo "$document is not lawful" >&2; return 1; }
  done > "$folder/parts" || return 1
  awk '
    { words = $0; sub(/^[^ ]* [^ ]* /, "", words) }
    NR > 1 && words == last && $1 == end { end = $2; next }
    NR > 1 { print start, end, last }
    { start = $1; end = $2; last = words }
    END { if (NR) print start, end, last }' "$folder/parts"
}
