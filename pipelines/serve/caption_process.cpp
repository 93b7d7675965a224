// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/serve/caption_process.h"

#include <utility>

namespace dali {
CaptionProcess::CaptionProcess(const Work& work, const Confinement& confinement, Ended ended)
    : written_(work.folder), ended_(std::move(ended)) {
  ChildProcess::Command command{.words = {work.program, "--output=-", "--timing"},
                                .output = written_.descriptor(),
                                .third = work.medium == nullptr ? -1 : work.medium->descriptor(),
                                .ranks = Confinement::ranks_without_references(
                                    /*with_sources=*/!work.uri.empty())};
  command.words.insert(command.words.end(), work.options.begin(), work.options.end());
  command.words.emplace_back("--");
  command.words.push_back(work.uri.empty() ? kMediumName : work.uri);
  process_ = std::make_unique<ChildProcess>(
      command, confinement,
      ChildProcess::Listener{
          .errors = [this](std::string_view bytes) { outcome_.report.push(bytes); },
          .ended = [this](ChildProcess::Ending ending) { end(ending); }});

  const auto be_late = [](gpointer self) -> gboolean {
    auto* const late = static_cast<CaptionProcess*>(self);
    late->time_limit_.forget();
    late->outcome_.was_late = true;
    late->process_->kill();
    return G_SOURCE_REMOVE;
  };
  time_limit_ = LoopSource(g_timeout_add_seconds(static_cast<guint>(work.seconds), be_late, this));
}

void CaptionProcess::end(ChildProcess::Ending ending) {
  time_limit_ = LoopSource();
  outcome_.ending = ending;
  outcome_.report.finish();
  outcome_.captions = written_.content(kMostCaptionBytes);
  const Ended tell = std::move(ended_);
  tell(std::move(outcome_));  // who may destroy this
}

}  // namespace dali
