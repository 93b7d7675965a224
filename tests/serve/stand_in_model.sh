#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Stands in for dali-model serve where a test of dali-serve needs one. Beside it, the file
# model-process gets its number; a file model-fault has the line that it ends with in place of
# serving, and a FIFO model-go, where there is one, is read before it serves.
set -eu

place=$(dirname "$0")
echo $$ > "$place/model-process"
echo "$*" > "$place/model-words"
if [ -e "$place/model-fault" ]; then
  cat "$place/model-fault" >&2
  exit 1
fi
[ ! -p "$place/model-go" ] || read -r _ < "$place/model-go"
echo 'the stand-in serves'
exec tail -f /dev/null
