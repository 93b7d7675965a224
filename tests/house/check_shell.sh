#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# No script has a warning from shellcheck; what it calls information is taste.
#
#     check_shell.sh SOURCE_ROOT
#
# Where it is not installed nothing is checked, and the exit status is 77.
set -u
cd "$1" || exit 2

if ! command -v shellcheck > /dev/null; then
  echo "not checked: shellcheck is not installed"
  exit 77
fi
find . -path './build*' ! -path './build-aux*' -prune -o -path './.git' -prune -o \
  \( -name '*.sh' -o -path './.ci/*' -type f \) -print0 |
  xargs -0 -r shellcheck --severity=warning
