#pragma once

namespace dali {

// From now on the first SIGINT or SIGTERM only sets a flag, so that what was begun can be taken
// down in order; a second one ends the process at once.
void watch_for_interrupt();

bool is_interrupted();

// Throws Interrupted once the user asked to stop. Loops that wait for a pipeline call it.
void throw_if_interrupted();

}  // namespace dali
