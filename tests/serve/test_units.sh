#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# What systemd says of the units of dali-serve.
#
#     test_units.sh SERVICE SOCKET
set -u
. "$(dirname "$0")/../pipelines/tap.sh"
service=$1
socket=$2

if ! command -v systemd-analyze > /dev/null; then
  skip systemd_reads_the_units 'systemd-analyze is not installed'
  finish
  exit 0
fi
new_folder
# A program that is there, and no page, which is not installed.
sed -e 's,^ExecStart=[^ ]*,ExecStart=/bin/true,' -e '/^Documentation=/d' "$service" \
  > "$folder/dali-serve.service"
sed '/^Documentation=/d' "$socket" > "$folder/dali-serve.socket"

reads_units() {
  said=$(systemd-analyze verify "$folder/dali-serve.service" "$folder/dali-serve.socket" 2>&1)
  echo "$said"
  ! echo "$said" | grep dali-serve
}

# 0 to 10: 10 is a service that may do all that root may.
exposes_little() {
  systemd-analyze security --offline=true "$folder/dali-serve.service" > "$folder/said" 2>&1
  tail -n 2 "$folder/said"
  exposure=$(sed -n 's/.*exposure level for dali-serve.service: \([0-9]*\)\..*/\1/p' "$folder/said")
  [ -n "$exposure" ] && [ "$exposure" -lt 3 ]
}

it systemd_reads_the_units reads_units
it the_service_exposes_little exposes_little
it the_socket_is_this_machines_alone grep -qx 'ListenStream=127.0.0.1:8088' "$socket"
finish
