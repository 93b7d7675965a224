# SPDX-License-Identifier: LGPL-2.1-or-later
# For test scripts that compare closed captions as ffmpeg reads them. Source it, then:
#
#     rows_of FILE    the cues of an SRT file as lines "START END TEXT" in seconds: rows of text apart by
#                     " / ", without ffmpeg's tags of fonts and places
# shellcheck shell=sh

rows_of() {
  awk '
    function seconds(time) { gsub(",", ".", time); split(time, part, ":")
                             return part[1] * 3600 + part[2] * 60 + part[3] }
    { sub(/\r$/, "") }
    / --> / { times = seconds($1) " " seconds($3); text = ""; next }
    /^$/ { if (times != "") print times, text; times = ""; next }
    times != "" { gsub(/<[^>]*>|\{[^}]*\}|\\h/, ""); text = text (text == "" ? "" : " / ") $0 }
    END { if (times != "") print times, text }' "$1"
}
