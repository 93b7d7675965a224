#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# What broadcasters exchange by the frame: SCC, MCC and STL by lists of their rules, SCC and MCC also by ffmpeg's decoder, which
# is not ours. Needs no model.
#
#     test_exchange.sh WRITE_CAPTIONS
set -u
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/srt_rows.sh"
write=$1
check_scc=$(dirname "$0")/check_scc.py
check_mcc=$(dirname "$0")/check_mcc.py
check_stl=$(dirname "$0")/check_stl.py
new_folder
. "$(dirname "$0")/exchanged_captions.sh"

# Timecodes at which minutes, tens of minutes and the day turn. Some lines do not fit, some need more bytes than letters.
printf '%s\t%s\t%s\n' 3 5 'a dog barks' 5 15 'A train passes by, and rain falls on a tin roof.' \
  15 20 '♪ la lá là ♪♪ ¿Ñandú? Çeß Äåø «½»' 60 61 'a minute' 599.99 602 'ten of them' 3600 3601 'an hour' \
  86390 86399 'a day' > "$folder/air.tsv"
printf '%s\t%s\t%s\n' 3 5 'a 🐕 barks' 10 12 '🐕🐕' 20 22 'собака лает' 30 30.1 "$long" 86399 86401 'tomorrow' \
  > "$folder/lost.tsv"

# CAPTIONS
scc_is_lawful() {
  written scc "$1" && python3 -B "$check_scc" "$folder/file.scc" > "$folder/cues" || return 1
  cat "$folder/cues" "$folder/said"
}

# TOLERANCE FILE: its times are the captions', and no more.
has_times_of_air() {
  cut -f 1,2 "$folder/air.tsv" | awk -v tolerance="$1" '
    function far(a, b) { return a - b > tolerance || b - a > tolerance }
    NR == FNR { start[NR] = $1; end[NR] = $2; wanted = NR; next }
    { if (far($1, start[FNR]) || far($2, end[FNR])) { print FNR ": " $0; failed = 1 } read = FNR }
    END { exit failed || read != wanted }' - "$2"
}

# The bytes show captions within half a frame of their times, and take them off within one, whose repetition the next
# one's showing may be.
scc_shows_in_time() {
  scc_is_lawful air && has_times_of_air 0.034 "$folder/cues" && [ ! -s "$folder/said" ]
}

# ffmpeg takes the numbers of timecodes for times, which differ by 2.6 frames at a day's end.
ffmpeg_reads_scc() {
  scc_is_lawful air && ffmpeg -v error -y -i "$folder/file.scc" "$folder/read.srt" || return 1
  rows_of "$folder/read.srt" | sed 's, / , ,g' > "$folder/read"
  cat "$folder/read"
  cut -f 3 "$folder/air.tsv" > "$folder/wanted"
  sed 's/^[^ ]* [^ ]* //' "$folder/read" | same "$folder/wanted" - && has_times_of_air 0.13 "$folder/read"
}

# What begins with the media shows when it has been sent: four commands twice and six pairs.
scc_begins_as_soon_as_it_can() {
  printf '0\t10\ta dog barks\n' > "$folder/first.tsv"
  scc_is_lawful first && printf '0.467 10.010\n' | same - "$folder/cues" && [ ! -s "$folder/said" ]
}

scc_tells_what_it_loses() {
  scc_is_lawful lost || return 1
  for words in '"🐕" at 00:00:03.000 (' '"🐕🐕" at 00:00:10.000 (' '"tomorrow" at 23:59:59.000 (' '10[0-9 ]*" at 00:00:30.0'; do
    grep -q "$words" "$folder/said" || { echo "no $words"; return 1; }
  done
  ! grep -q 'собака' "$folder/said"
}

scc_is_lawful_whatever_a_model_says() {
  scc_is_lawful hostile && scc_is_lawful crowded && scc_is_lawful lossy && scc_is_lawful plain
}

scc_without_captions_is_a_header() {
  : > "$folder/none.tsv"
  scc_is_lawful none && printf 'Scenarist_SCC V1.0\n' | same - "$folder/file.scc"
}

# CAPTIONS
mcc_is_lawful() {
  written mcc "$1" && python3 -B "$check_mcc" "$folder/file.mcc" > "$folder/cues" || return 1
  cat "$folder/cues" "$folder/said"
}

# CEA-708 in its own letters, a packet behind the frame, of which the next one's showing may be another.
mcc_shows_in_time() {
  mcc_is_lawful air && has_times_of_air 0.068 "$folder/cues" && [ ! -s "$folder/said" ] || return 1
  cut -f 3 "$folder/air.tsv" > "$folder/wanted"
  sed 's/^[^ ]* [^ ]* //; s, / , ,' "$folder/cues" | same "$folder/wanted" -
}

# The CEA-608 beside it.
ffmpeg_reads_mcc() {
  mcc_is_lawful air && ffmpeg -v error -y -i "$folder/file.mcc" "$folder/read.srt" || return 1
  rows_of "$folder/read.srt" | sed 's, / , ,g' > "$folder/read"
  cat "$folder/read"
  cut -f 3 "$folder/air.tsv" > "$folder/wanted"
  sed 's/^[^ ]* [^ ]* //' "$folder/read" | same "$folder/wanted" - && has_times_of_air 0.13 "$folder/read"
}

# What both cannot send; other scripts are in CEA-708 as they are.
mcc_tells_what_it_loses() {
  mcc_is_lawful lost || return 1
  for words in '"🐕" at 00:00:03.000 (CEA-708' '"tomorrow" at 23:59:59.000 (' '10[0-9 ]*" at 00:00:30.0'; do
    grep -q "$words" "$folder/said" || { echo "no $words"; return 1; }
  done
  grep -q 'собака лает$' "$folder/cues"
}

mcc_is_lawful_whatever_a_model_says() {
  mcc_is_lawful hostile && mcc_is_lawful crowded && mcc_is_lawful lossy && mcc_is_lawful plain
}

mcc_without_captions_is_a_head() {
  : > "$folder/none.tsv"
  mcc_is_lawful none && [ ! -s "$folder/cues" ]
}

# Nothing in it depends on when it was made.
mcc_is_the_same_again() {
  written mcc air && cp "$folder/file.mcc" "$folder/again.mcc" && written mcc air && same "$folder/file.mcc" "$folder/again.mcc"
}

# CAPTIONS [LANGUAGE]
stl_is_lawful() {
  written stl "$@" && python3 -B "$check_stl" "$folder/file.stl" > "$folder/cues" || return 1
  cat "$folder/cues" "$folder/said"
}

# Within half a frame of 25 a second.
stl_shows_in_time() {
  stl_is_lawful air && has_times_of_air 0.0201 "$folder/cues" && [ ! -s "$folder/said" ] || return 1
  cut -f 3 "$folder/air.tsv" > "$folder/wanted"
  sed 's/^[^ ]* [^ ]* //; s, / , ,' "$folder/cues" | same "$folder/wanted" -
}

# Every letter of the table; others are transliterated.
stl_has_letters() {
  {
    printf '1\t2\tŁódź, Šimůnek, Győr, Çeşme, Œuvre\n3\t4\tnaïve «Straße» ¿Ñandú? $5 £6 ½\n'
    printf '5\t6\tсобака лает — “quoted”\n7\t8\ta cafe\314\201 & <b>\n'
  } > "$folder/letters.tsv"
  stl_is_lawful letters && [ ! -s "$folder/said" ] || return 1
  sed 's/^[^ ]* [^ ]* //; s, / , ,' "$folder/cues" > "$folder/found"
  printf '%s\n' 'Łódź, Šimůnek, Győr, Çeşme, Œuvre' 'naïve «Straße» ¿Ñandú? $5 £6 ½' 'sobaka laet - “quoted”' 'a café & <b>' |
    same - "$folder/found"
}

# Of accents a row has two bytes for each letter: more than a block holds.
stl_extends_what_is_long() {
  printf '1\t9\t%s\n' "$(printf 'ü%.0s' $(seq 33)) $(printf 'é%.0s' $(seq 33))" > "$folder/accents.tsv"
  stl_is_lawful accents && [ "$(wc -c < "$folder/file.stl")" -eq $((1024 + 2 * 128)) ] && [ ! -s "$folder/said" ]
}

stl_tells_what_it_loses() {
  stl_is_lawful lost || return 1
  for words in '"🐕" at 00:00:03.000 (' '"🐕🐕" at 00:00:10.000 (' '"tomorrow" at 23:59:59.000 ('; do
    grep -q "$words" "$folder/said" || { echo "no $words"; return 1; }
  done
}

# A timecode is a frame's, and the day has no frame behind 23:59:59:24.
stl_ends_with_the_day() {
  printf '86390\t86399.97\tlast\n86399.97\t86399.99\tpast it\n' > "$folder/midnight.tsv"
  stl_is_lawful midnight && printf '86390.000 86399.960 last\n' | same - "$folder/cues" &&
    grep -q '"past it" at 23:59:59.970 (timecodes end with the day)' "$folder/said"
}

stl_is_lawful_whatever_a_model_says() {
  for captions in hostile crowded lossy; do stl_is_lawful $captions || return 1; done
}

# CODE NUMBER: of the EBU's list.
stl_names_language() {
  stl_is_lawful air "$1" && head -c 16 "$folder/file.stl" | grep -q "$2\$"
}

stl_without_captions_is_a_block() {
  : > "$folder/none.tsv"
  stl_is_lawful none && [ "$(wc -c < "$folder/file.stl")" -eq 1024 ]
}

it scc_shows_each_caption_in_its_time scc_shows_in_time
it ffmpeg_reads_words_and_times_of_scc ffmpeg_reads_scc
it scc_shows_what_begins_with_the_media_when_it_is_sent scc_begins_as_soon_as_it_can
it what_scc_loses_is_told scc_tells_what_it_loses
it scc_is_lawful_whatever_a_model_says scc_is_lawful_whatever_a_model_says
it scc_without_captions_is_a_header scc_without_captions_is_a_header
it mcc_shows_each_caption_in_its_time mcc_shows_in_time
it ffmpeg_reads_words_and_times_of_mcc ffmpeg_reads_mcc
it what_mcc_loses_is_told mcc_tells_what_it_loses
it mcc_is_lawful_whatever_a_model_says mcc_is_lawful_whatever_a_model_says
it mcc_without_captions_is_a_head mcc_without_captions_is_a_head
it mcc_is_the_same_each_time mcc_is_the_same_again
it stl_shows_each_caption_in_its_time stl_shows_in_time
it stl_has_the_letters_of_its_table stl_has_letters
it stl_extends_what_a_block_does_not_hold stl_extends_what_is_long
it what_stl_loses_is_told stl_tells_what_it_loses
it stl_ends_with_the_last_frame_of_the_day stl_ends_with_the_day
it stl_is_lawful_whatever_a_model_says stl_is_lawful_whatever_a_model_says
it stl_names_its_language stl_names_language deu 08
it stl_knows_which_languages_it_has_no_name_for stl_names_language haw 00
it stl_without_captions_is_a_block stl_without_captions_is_a_block
finish
