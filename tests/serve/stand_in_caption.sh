#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Stands in for dali-caption where a test of dali-serve needs one that does what the medium says: its
# first line is a word and what belongs to it.
#
#     say TEXT              one caption
#     sources               what is there of sources, and no caption that tells it
#     wait STARTED GO       opens the FIFO STARTED, then one caption when the FIFO GO is written to
#     progress STARTED GO   the same, having said how far it is
#     warn TEXT             the same, with a complaint
#     lack                  the same, of a medium one of whose tracks cannot be decoded
#     lose FILE             the model is lost, unless FILE is there, which it then is
#     refuse TEXT           the medium cannot be captioned
#     misuse TEXT           the command line is wrong
#     fetch ADDRESS         whether that succeeds is the caption
#     crash | words         a signal ends it | its command line is the caption
set -eu

format=json
for word; do
  case $word in
    --format=*) format=${word#--format=} ;;
    --model=*) model=${word#--model=} ;;
  esac
  medium=$word
done
words=$*
# The last word is the medium, or the address of one.
case $medium in
  /proc/*) read -r command rest < "$medium" || [ -n "$command" ] ;;
  *) command=words rest='' ;;
esac

answer() {
  case $format in
    json)
      printf '[\n  {\n    "start": 0.0,\n    "end": 10.0,\n    "text": "%s",\n' "$1"
      printf '    "confidence": 0.5,\n    "modality": "audio"\n  }\n]\n'
      ;;
    vtt) printf 'WEBVTT\n\n00:00:00.000 --> 00:00:10.000\n%s\n' "$1" ;;
    srt) printf '1\n00:00:00,000 --> 00:00:10,000\n%s\n' "$1" ;;
    svg) printf '<svg xmlns="http://www.w3.org/2000/svg"><text>%s</text></svg>\n' "$1" ;;
    ttml) printf '<tt xmlns="http://www.w3.org/ns/ttml"><body>%s</body></tt>\n' "$1" ;;
  esac
  printf '%s: windows described: 2, tokens: 12\n' "$medium" >&2
  printf '  load the model      0.50000 s\n' >&2
  printf '  precision        float32, as a small model is fast in any precision\n' >&2
  printf '  audio tower         0.25000 s a window\n' >&2
  printf '  decoding            0.01000 s a token\n' >&2
}

case $command in
  say) answer "$rest" ;;
  warn)
    printf 'dali-caption: %s: %s\n' "$medium" "$rest" >&2
    answer 'said with a warning'
    ;;
  lack)
    printf 'dali-caption: %s: captions are made without its sound (dts), which cannot be decoded\n' "$medium" >&2
    answer 'said of the picture'
    exit 1
    ;;
  lose)
    [ -e "$rest" ] || printf 'dali-caption: %s: %s: the model has gone\n' "$medium" "$model" >&2
    [ "$rest" = /nowhere ] || : > "$rest"
    answer 'not lost'
    ;;
  sources)
    printf '[{"start": 0.0, "end": 9.0, "spans": [{"source": 0, "name": "dog", "start": 1.0, "end": 2.0, "confidence": 0.3}]}]\n'
    ;;
  words) answer "$(printf '%s' "$words" | tr '"' "'")" ;;
  fetch) answer "$(curl -s "$rest" > /dev/null && echo fetched || echo refused)" ;;
  wait | progress)
    started=${rest%% *}
    go=${rest##* }
    [ "$command" = wait ] || printf '%s: 0:20 of 1:00, 33 %%, 0:08 left\n' "$medium" >&2
    echo "$$" > "$started"
    read -r _ < "$go"
    answer 'it went on'
    ;;
  refuse)
    printf 'dali-caption: %s: %s\n' "$medium" "$rest" >&2
    exit 1
    ;;
  misuse)
    printf 'dali-caption: %s\n' "$rest" >&2
    exit 2
    ;;
  crash) kill -s SEGV $$ ;;
  *) exit 3 ;;
esac
