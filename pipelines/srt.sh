#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# A media file's captions as SRT, on lines that can be read in their time:
#
#     pipelines/srt.sh MEDIA CAPTIONS.srt
set -eu
. "$(dirname "$0")/launch.sh"
look_into "$1"
write_srt "$1" "$2"
