#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# debian/ says what the rest of the house says: version, name of the library, what a build needs. That
# the packages work is for debian/tests/, which run where they are installed.
#
#     test_packages.sh SOURCE_ROOT
set -u
. "$(dirname "$0")/../pipelines/tap.sh"
cd "$1" || exit 2
new_folder
version=$(sed -n "s/^  version: '\(.*\)',$/\1/p" meson.build)

has_the_projects_version() {
  sed -n '1s/^gst-dali (\([^)]*\)) .*/\1/p' debian/changelog | tee "$folder/version"
  [ -n "$version" ] && grep -qxF "$version" "$folder/version"
}

library_is_named_after_its_soversion() {
  echo "soversion ${version%%.*}"
  grep -qx "Package: libdali-model${version%%.*}" debian/control &&
    [ -e "debian/libdali-model${version%%.*}.install" ]
}

# What setup.sh installs to build with, but for what tests and scripts alone want.
needs_what_setup_installs() {
  sed -n "/^packages='/,/'\$/p" setup.sh | grep -oE '[a-z0-9.+-]+-dev' |
    grep -vx libzvbi-dev | sort -u > "$folder/setup"
  sed -n '/^Build-Depends:/,/^[A-Z][a-zA-Z-]*: /p' debian/control |
    grep -oE '[a-z0-9.+-]+-dev' | sort -u > "$folder/control"
  [ "$(wc -l < "$folder/setup")" -gt 15 ] &&
    comm -23 "$folder/setup" "$folder/control" > "$folder/missing"
  cat "$folder/missing"
  [ ! -s "$folder/missing" ]
}

it the_packages_have_the_projects_version has_the_projects_version
it the_librarys_package_is_named_after_its_soversion library_is_named_after_its_soversion
it packages_are_built_with_what_setup_installs needs_what_setup_installs
finish
