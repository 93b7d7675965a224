#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# As cea608.sh, with CEA-708 beside it, which has the letters of other scripts too:
#
#     pipelines/cea708.sh MEDIA CAPTIONED.ts
set -eu
closed_captions='dalicea708enc mode=pop-on'
. "$(dirname "$0")/cea608.sh"
