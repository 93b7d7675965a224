// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "pipelines/caption/medium.h"

namespace dali {

enum class Readings { kOnce, kSeveral };

// A medium whose name means something else each time it is opened, a pipe above all, is opened here
// once. What is to be read several times, or from its end, as an MP4 whose index comes last, is
// kept in a file without a name meanwhile. Other media pass unchanged.
class OpenedMedium {
 public:
  // Throws MediaError naming the medium, Interrupted.
  OpenedMedium(Medium medium, Readings readings);
  ~OpenedMedium();
  OpenedMedium(const OpenedMedium&) = delete;
  OpenedMedium& operator=(const OpenedMedium&) = delete;

  const Medium& medium() const { return medium_; }

 private:
  void keep(int source);

  Medium medium_;
  int descriptor_ = -1;  // owned unless it is standard input
};

}  // namespace dali
