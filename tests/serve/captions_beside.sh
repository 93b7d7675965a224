#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Stands in for dali-caption where the medium is one that a browser plays: the captions are those of
# the file captions.FORMAT beside it.
set -eu

for word; do
  case $word in --format=*) format=${word#--format=} ;; esac
done
cat "$(dirname "$0")/captions.${format:-json}"
