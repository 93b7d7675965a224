// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/types.h>

namespace dali {

// From now on the first SIGINT or SIGTERM only sets a flag, so that what was begun can be taken
// down in order; a second one ends the process at once.
void watch_for_interrupt();

// The process has a child that does its work: an interrupt is handed on to it, and the second one
// kills it. 0: no child any more.
void hand_interrupts_on_to(pid_t child);

// In that child: interrupts come from the parent alone. A terminal, or `timeout`, sends its signal
// to both, which would count as two.
void take_interrupts_from_parent();

bool is_interrupted();

// Throws Interrupted once the user asked to stop. Loops that wait for a pipeline call it.
void throw_if_interrupted();

}  // namespace dali
