// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/session/caption_filter.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdint>
#include <sstream>
#include <utility>
#include <vector>

#include "media/text/cue_line.h"

namespace dali {
namespace {

constexpr std::size_t kMostTimesOneWord = 3;
constexpr std::size_t kMostTimesSeveralWords = 2;

// Without the punctuation of ASCII around them, and its capitals: "A dog, a dog." says one thing.
std::vector<std::string> words(std::string_view line) {
  std::vector<std::string> found;
  std::istringstream stream{std::string(line)};
  for (std::string word; stream >> word;) {
    const auto is_punctuation = [](unsigned char character) {
      return std::ispunct(character) != 0;
    };
    const auto begin = std::find_if_not(word.begin(), word.end(), is_punctuation);
    const auto end = std::find_if_not(word.rbegin(), word.rend(), is_punctuation).base();
    if (begin >= end) continue;
    std::string bare(begin, end);
    for (char& character : bare) {
      if (character >= 'A' && character <= 'Z')
        character = static_cast<char>(character - 'A' + 'a');
    }
    found.push_back(std::move(bare));
  }
  return found;
}

}  // namespace

bool CaptionFilter::is_worth_describing(const SampledWindow& window) {
  const bool is_sound = gate_.is_open(window);
  return is_sound || window.samples.empty() || window.request.modality == Modality::kImage;
}

CaptionFilter::Verdict CaptionFilter::judge(const Caption& caption, const SampledWindow& window) {
  std::string text = cue_line(caption.text);
  if (text.empty()) return {.text = {}, .reason = "no text", .says_nothing = true};
  // Written so that a probability that is not a number is not shown.
  if (!(std::exp(caption.mean_log_probability) >= window.filter.min_confidence)) {
    return {.text = {}, .reason = "below min-confidence"};
  }
  if (is_repetition_loop(text)) return {.text = {}, .reason = "repeats itself"};
  const bool extends_last = text == last_text_ && window.span.start_ns == last_end_ns_;
  last_text_ = text;
  last_end_ns_ = window.span.shown_end_ns;
  return {.text = std::move(text), .reason = {}, .extends_last = extends_last};
}

void CaptionFilter::forget() {
  *this = CaptionFilter();
}

bool is_repetition_loop(std::string_view text) {
  const std::vector<std::string> said = words(text);
  for (std::size_t length = 1; 2 * length <= said.size(); ++length) {
    const std::size_t most_times = length == 1 ? kMostTimesOneWord : kMostTimesSeveralWords;
    std::size_t matching = 0;  // words in a row that are as the one a phrase before
    for (std::size_t index = length; index < said.size(); ++index) {
      matching = said[index] == said[index - length] ? matching + 1 : 0;
      if (matching >= length * most_times) return true;
    }
  }
  return false;
}

}  // namespace dali
