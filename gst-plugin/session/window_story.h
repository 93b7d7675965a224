// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

#include "gst-plugin/session/decision.h"
#include "gst-plugin/session/sampled_window.h"
#include "gst-plugin/session/session_log.h"

namespace dali {

// What the log says of a window from its beginning to its end. Each window has a few lines of
// LogLevel::kDebug, which begin with its number and say what happened to it, and one of kInfo,
// which says what became of it. It gets its number when it closes; before, its times are its name.

const char* name_of(Input input);

void tell_opened(const SessionLog& log, std::int64_t start_ns, std::int64_t end_ns,
                 Modality modality);
// It was open when the stream stopped short of it.
void tell_given_up(const SessionLog& log, std::int64_t start_ns, std::int64_t end_ns,
                   const char* reason);
// The input goes on elsewhere than it ended, or says that what comes does not follow.
void tell_jump(const SessionLog& log, Input input, std::int64_t old_end_ns, std::int64_t start_ns);
// `closed_by`: in words, what ended it.
void tell_closed(const SessionLog& log, const SampledWindow& window, const char* closed_by);
// It has no number, and nobody ever hears of it again.
void tell_left_out(const SessionLog& log, const SampledWindow& window, const char* closed_by);
// What silence gate, model and filter did with it, and what became of it in the end. `window` is
// what they were given, or null for a decision that none of them made.
void tell_decided(const SessionLog& log, const Decision& decision, const SampledWindow* window);

}  // namespace dali
