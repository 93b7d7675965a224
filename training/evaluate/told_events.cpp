// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/told_events.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "media/text/utf8.h"

namespace dali {
namespace {

// Between two times that are written to the millisecond.
constexpr double kRoundingS = 0.001 + 1e-9;

}  // namespace

std::size_t told_too_soon(std::vector<Announcement> announcements, double refresh_s) {
  std::ranges::stable_sort(announcements, {}, &Announcement::time_s);
  std::map<std::pair<std::string, std::string>, double> last_s;  // of recording and name
  std::size_t repeated = 0;
  for (const Announcement& told : announcements) {
    const auto [last, is_first] = last_s.try_emplace({told.recording, told.name}, told.time_s);
    if (!is_first && told.time_s - last->second < refresh_s - kRoundingS) ++repeated;
    last->second = told.time_s;
  }
  return repeated;
}

std::size_t too_fast_to_read(std::vector<ShownCaption> captions, double characters_a_second) {
  std::ranges::stable_sort(captions, {}, [](const ShownCaption& caption) {
    return std::tie(caption.recording, caption.start_s);
  });
  std::size_t too_fast = 0;
  for (std::size_t at = 0; at < captions.size(); ++at) {
    const ShownCaption& caption = captions[at];
    double end_s = caption.end_s;
    if (at + 1 < captions.size() && captions[at + 1].recording == caption.recording) {
      end_s = std::min(end_s, captions[at + 1].start_s);
    }
    const double readable = characters_a_second * (end_s - caption.start_s + kRoundingS);
    if (static_cast<double>(code_point_count(caption.text)) > readable) ++too_fast;
  }
  return too_fast;
}

}  // namespace dali
