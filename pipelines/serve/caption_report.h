// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace dali {

// What dali-caption says on standard error while it works, read in pieces of any size.
class CaptionReport {
 public:
  void push(std::string_view bytes);
  void finish();  // what was said has come to its end

  // 0 to 1: how much of the medium is done, by its last line of progress.
  double fraction() const { return fraction_; }

  // The lines that are complaints, without the program's name: errors, and what is not as it should
  // be in captions that were made all the same. At most kMostComplaints, the first ones and the
  // last.
  static constexpr std::size_t kMostComplaints = 16;
  const std::vector<std::string>& complaints() const { return complaints_; }

  // Of --timing: "windows", "tokens", and the seconds that each stage took for all of them, named
  // as in the report with _ for spaces ("audio_tower").
  const std::map<std::string, double>& figures() const { return figures_; }

 private:
  void take(std::string_view line);
  void take_timing(std::string_view line);

  std::string line_;  // so far
  double fraction_ = 0.0;
  std::vector<std::string> complaints_;
  std::map<std::string, double> figures_;
};

}  // namespace dali
