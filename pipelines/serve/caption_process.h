// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "pipelines/serve/caption_report.h"
#include "pipelines/serve/child_process.h"
#include "pipelines/serve/confinement.h"
#include "pipelines/serve/glib_handles.h"
#include "pipelines/serve/open_file.h"

namespace dali {

// How one run of dali-caption ended.
struct CaptionOutcome {
  ChildProcess::Ending ending;
  bool was_late = false;  // killed because it took too long
  std::string captions;   // as it wrote them
  CaptionReport report;

  bool is_good() const { return ending.exit_status == 0 && ending.signal == 0 && !was_late; }
};

// dali-caption at work on one medium. On the thread of the main loop.
class CaptionProcess {
 public:
  struct Work {
    std::string program;               // dali-caption's path
    std::vector<std::string> options;  // of which model, format and fields
    const OpenFile* medium = nullptr;  // borrowed while it begins; or
    std::string uri;
    std::filesystem::path folder;  // where its captions lie until it has ended
    int seconds = 0;               // after which it is killed
  };
  using Ended = std::function<void(CaptionOutcome)>;

  // Begins. `ended` is called once, later, unless this object goes before. Throws
  // std::runtime_error when it cannot begin.
  CaptionProcess(const Work& work, const Confinement& confinement, Ended ended);
  CaptionProcess(const CaptionProcess&) = delete;
  CaptionProcess& operator=(const CaptionProcess&) = delete;

  // 0 to 1, as far as it has said.
  double fraction() const { return outcome_.report.fraction(); }

 private:
  void end(ChildProcess::Ending ending);

  OpenFile written_;
  CaptionOutcome outcome_;
  Ended ended_;
  LoopSource time_limit_;
  std::unique_ptr<ChildProcess> process_;
};

// More than that no medium has of captions; dali-caption is kept from writing it.
constexpr std::size_t kMostCaptionBytes = std::size_t{64} << 20;

// By this name dali-caption has its medium, and calls it so in what it says.
constexpr const char* kMediumName = "/proc/self/fd/3";

}  // namespace dali
