// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/describing/description_plan.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "media/describing/spoken_text.h"

namespace dali {
namespace {

// A voice keeps to a pace within a few hundredths.
constexpr double kHaste = 1.03;

// Where a description may be spoken.
struct Slot {
  double start_s = 0.0;
  double end_s = 0.0;
};

class Planner {
 public:
  Planner(const std::vector<Pause>& pauses, const PlanRules& rules,
          const SpokenLength& spoken_length)
      : pauses_(pauses), rules_(rules), spoken_length_(spoken_length) {}

  void place(const SeenCaption& caption, std::size_t number) {
    const std::string text = spoken_text(caption.text);
    const std::set<std::string> words = words_of(text);
    if (words.empty()) return;
    if (is_known(words, caption.start_s)) {
      ++plan_.repeated;
      return;
    }
    const std::vector<Slot> slots = slots_for(caption);
    if (slots.empty()) {
      ++plan_.without_pause;
      return;
    }
    if (spoken_length_(text, rules_.natural_words_a_minute) <= 0.0) {
      ++plan_.silent;
      return;
    }
    bool is_shortened = false;
    for (std::optional<std::string> wording = text; wording;
         wording = shorter_text(*wording), is_shortened = true) {
      for (const Slot& slot : slots) {
        if (auto spoken = fitted(*wording, slot)) {
          spoken->is_shortened = is_shortened;
          spoken->caption = number;
          speak(std::move(*spoken), words);
          return;
        }
      }
    }
    ++plan_.too_long;
  }

  DescriptionPlan take() { return std::move(plan_); }

 private:
  struct Said {
    std::set<std::string> words;
    double time_s;
  };

  bool is_known(const std::set<std::string>& words, double time_s) const {
    for (std::size_t i = said_.size(); i > 0; --i) {
      const Said& said = said_[i - 1];
      const bool is_last = i == said_.size();
      if (!is_last && said.time_s + rules_.remembered_s < time_s) return false;
      if (std::ranges::includes(said.words, words)) return true;
    }
    return false;
  }

  // Those that begin while the picture shows come first, then those after it, then those before.
  std::vector<Slot> slots_for(const SeenCaption& caption) const {
    std::vector<Slot> within;
    std::vector<Slot> after;
    std::vector<Slot> before;
    const double latest_s = caption.end_s + rules_.leeway_s;
    const auto first = std::ranges::find_if(
        pauses_, [&](const Pause& pause) { return pause.end_s > free_from_s_; });
    for (auto pause = first; pause != pauses_.end() && pause->start_s < latest_s; ++pause) {
      const double start_s = std::max(pause->start_s, free_from_s_);
      const double shown_s = std::max(start_s, caption.start_s);
      if (shown_s < pause->end_s && shown_s < latest_s) {
        (shown_s < caption.end_s ? within : after).push_back({shown_s, pause->end_s});
      }
      const double early_s = std::max(start_s, caption.start_s - rules_.leeway_s);
      if (early_s < caption.start_s && early_s < pause->end_s) {
        before.push_back({early_s, pause->end_s});
      }
    }
    within.insert(within.end(), after.begin(), after.end());
    within.insert(within.end(), before.begin(), before.end());
    return within;
  }

  // The text in the slot; nothing where it does not fit at any pace.
  std::optional<PlannedDescription> fitted(const std::string& text, const Slot& slot) const {
    const double room_s = slot.end_s - slot.start_s;
    const auto at = [&](int words_a_minute) -> std::optional<PlannedDescription> {
      const double length_s = spoken_length_(text, words_a_minute);
      if (length_s > room_s) return std::nullopt;
      return PlannedDescription{.start_s = slot.start_s,
                                .end_s = slot.start_s + length_s,
                                .text = text,
                                .words_a_minute = words_a_minute};
    };
    const double natural_s = spoken_length_(text, rules_.natural_words_a_minute);
    if (natural_s <= room_s) return at(rules_.natural_words_a_minute);
    const double wanted = std::ceil(rules_.natural_words_a_minute * natural_s / room_s * kHaste);
    if (wanted < rules_.most_words_a_minute) {
      if (auto spoken = at(static_cast<int>(wanted))) return spoken;
    }
    // Far too long is not worth asking the voice again.
    const double least_s = natural_s * rules_.natural_words_a_minute / rules_.most_words_a_minute;
    if (least_s > room_s * kHaste) return std::nullopt;
    return at(rules_.most_words_a_minute);
  }

  void speak(PlannedDescription description, const std::set<std::string>& words) {
    free_from_s_ = description.end_s + rules_.rest_s;
    said_.push_back({.words = words, .time_s = description.start_s});
    plan_.spoken.push_back(std::move(description));
  }

  const std::vector<Pause>& pauses_;
  const PlanRules& rules_;
  const SpokenLength& spoken_length_;
  double free_from_s_ = 0.0;
  std::vector<Said> said_;
  DescriptionPlan plan_;
};

}  // namespace

DescriptionPlan plan_descriptions(const std::vector<SeenCaption>& captions,
                                  const std::vector<Pause>& pauses, const PlanRules& rules,
                                  const SpokenLength& spoken_length) {
  Planner planner(pauses, rules, spoken_length);
  for (std::size_t i = 0; i < captions.size(); ++i) planner.place(captions[i], i);
  return planner.take();
}

}  // namespace dali
