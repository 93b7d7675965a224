#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every .h and .cpp file is set as .clang-format says:
#
#     check_format.sh SOURCE_ROOT
#
# `clang-format -i FILE` mends one. Other versions break lines elsewhere: without version 14 nothing is
# checked, and the exit status is 77.
set -u
cd "$1" || exit 2

formatter=
for name in clang-format-14 clang-format; do
  if "$name" --version 2> /dev/null | grep -q 'version 14\.'; then
    formatter=$name
    break
  fi
done
if [ -z "$formatter" ]; then
  echo "not checked: clang-format 14 is not installed"
  exit 77
fi
find . -path './build*' ! -path './build-aux*' -prune -o -name '.?*' -prune -o \
  \( -name '*.h' -o -name '*.cpp' \) -print0 |
  xargs -0 -r "$formatter" --dry-run -Werror
