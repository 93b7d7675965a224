#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Prints how many compilers may run at a time: one a processor, and no more than fit into memory. One on
# a LibTorch file wants up to 1.5 GB; more of them than fit bring the machine down.
set -eu

processors=$(nproc)
fitting=$(awk '/^MemAvailable:/ { print int($2 / 1500000) }' /proc/meminfo)
jobs=$((fitting < processors ? fitting : processors))
echo $((jobs > 0 ? jobs : 1))
