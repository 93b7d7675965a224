#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# check_docs.py finds what it looks for: the pages are given one fault each.
#
#     test_docs.sh SOURCE_ROOT
set -u
. "$(dirname "$0")/../pipelines/tap.sh"
source_root=$1
new_folder
house=$folder/house

# The sources as they are, and pages of our own.
mkdir "$house"
for entry in "$source_root"/* "$source_root"/.ci; do
  case $entry in
    */docs | *.md) ;;
    *) ln -s "$entry" "$house/" ;;
  esac
done

copy_pages() {
  rm -rf "$house/docs" "$house"/*.md
  cp -R "$source_root/docs" "$source_root"/*.md "$house/"
}

check() {
  python3 -B "$source_root/tests/house/check_docs.py" "$house"
}

# finds WORDS PAGE LINE: the page with that line more has one fault, and these words tell of it.
finds() {
  copy_pages
  printf '\n%s\n' "$3" >> "$house/$2"
  said=$(check)
  status=$?
  echo "status $status, said: $said"
  [ "$status" -eq 1 ] && [ "$said" = "$2 $1" ]
}

# passes PAGE LINE
passes() {
  copy_pages
  printf '\n%s\n' "$2" >> "$house/$1"
  check
}

# leaves_out PAGE WORD FAULT: the page without lines that have the word.
leaves_out() {
  copy_pages
  grep -v "$2" "$source_root/$1" > "$house/$1"
  said=$(check)
  echo "$said"
  echo "$said" | grep -qF "$1: leaves out the $3"
}

copy_pages
it pages_without_a_fault_pass check
it a_path_that_is_not_there_is_named \
  finds 'names model/base/wine.h, and there is no such path' README.md '`model/base/wine.h`'
it a_file_that_is_not_there_is_named \
  finds 'names wine_cellar.cpp, and there is no such file' CONTRIBUTING.md '`wine_cellar.cpp`'
it a_function_that_is_not_there_is_named \
  finds 'names Wine::pour_out(), which is nowhere in the sources' docs/training.md '`Wine::pour_out()`'
it a_link_to_no_file_is_named \
  finds 'links to wine.md, and there is no such file' docs/captions.md '[wine](wine.md)'
it a_link_to_no_heading_is_named \
  finds 'links to captions.md#wine, and there is no such heading' docs/pipelines.md \
  '[wine](captions.md#wine)'
it a_placeholder_is_no_path passes README.md '`model/base/NAME.h`'
it a_test_that_is_left_out_is_named leaves_out docs/testing.md 'live-bin' 'test live-bin'
it a_property_that_is_left_out_is_named leaves_out docs/pipelines.md 'max-pending' 'property max-pending'
finish
