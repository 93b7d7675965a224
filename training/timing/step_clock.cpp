// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/timing/step_clock.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace dali {
namespace {

thread_local StepClock* running_clock = nullptr;

double to_seconds(StepTimes::Duration time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

const char* name_of(StepPart part) {
  switch (part) {
    case StepPart::kData:
      return "data";
    case StepPart::kTowers:
      return "towers";
    case StepPart::kLoss:
      return "loss";
    case StepPart::kTransport:
      return "transport";
    case StepPart::kBackward:
      return "backward";
    case StepPart::kExchange:
      return "exchange";
    case StepPart::kUpdate:
      return "update";
    case StepPart::kRest:
      break;
  }
  return "rest";
}

StepTimes& StepTimes::operator+=(const StepTimes& other) {
  for (const StepPart part : kStepParts) add(part, other.of(part));
  return *this;
}

double StepTimes::seconds(StepPart part) const {
  return to_seconds(of(part));
}

double StepTimes::seconds_in_all() const {
  Duration all{};
  for (const Duration time : parts_) all += time;
  return to_seconds(all);
}

std::string StepTimes::shares() const {
  auto parts = kStepParts;
  std::ranges::stable_sort(parts,
                           [this](StepPart one, StepPart other) { return of(one) > of(other); });
  std::string text;
  for (const StepPart part : parts) {
    if (of(part) == Duration{}) continue;
    const auto percent = std::lround(100.0 * seconds(part) / seconds_in_all());
    if (percent < 1) continue;
    if (!text.empty()) text += ", ";
    text += std::string(name_of(part)) + " " + std::to_string(percent) + " %";
  }
  return text;
}

StepClock::StepClock() {
  running_clock = this;
}

StepClock::~StepClock() {
  running_clock = nullptr;
}

StepTimes StepClock::stop() {
  change_to(StepPart::kRest);
  return times_;
}

StepPart StepClock::change_to(StepPart part) {
  const auto now = Clock::now();
  times_.add(part_, std::chrono::duration_cast<StepTimes::Duration>(now - since_));
  since_ = now;
  return std::exchange(part_, part);
}

TimedPart::TimedPart(StepPart part) : clock_(running_clock) {
  if (clock_ != nullptr) before_ = clock_->change_to(part);
}

TimedPart::~TimedPart() {
  if (clock_ != nullptr) clock_->change_to(before_);
}

}  // namespace dali
