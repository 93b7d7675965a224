// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

namespace dali {

// While one exists, SIGTERM and SIGINT ask for an end instead of making one: whoever trains looks
// at received() between two steps and saves. A second signal of the kind ends the process as it
// would have. One at a time in a process.
class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  // The signal that came, or 0.
  int received() const;
};

}  // namespace dali
