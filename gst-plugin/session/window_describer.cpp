// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/session/window_describer.h"

#include <chrono>
#include <cstddef>
#include <exception>
#include <string>
#include <utility>
#include <variant>

#include "gst-plugin/session/shown_picture.h"

namespace dali {
namespace {

Modality described_modality(const SampledWindow& window) {
  if (window.request.modality != Modality::kAuto) return window.request.modality;
  if (window.samples.empty()) return Modality::kImage;
  return !window.picture_rgb.pixels.empty() ? Modality::kAudiovisual : Modality::kAudio;
}

std::string words_of(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "the model failed without saying why";
  }
}

std::int64_t nanoseconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::nanoseconds(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

std::vector<Decision> WindowDescriber::decide(std::span<WindowQueue::Item> items,
                                              std::uint64_t epoch, const Describing& by,
                                              const std::stop_token& stop) {
  if (epoch_ != epoch) {
    filter_.forget();
    programme_.forget();
  }
  epoch_ = epoch;
  std::vector<Decision> decisions(items.size());
  std::vector<Asked> asked;
  for (std::size_t number = 0; number < items.size(); ++number) {
    Decision& decision = decisions[number];
    decision.epoch = epoch;
    if (auto* window = std::get_if<SampledWindow>(&items[number])) {
      if (look_at(*window, by, decision)) asked.push_back({window, &decision});
    } else if (const auto* dropped = std::get_if<DroppedWindow>(&items[number])) {
      decision.kind = Decision::Kind::kDropped;
      decision.span = dropped->span;
      decision.window_id = dropped->id;
      decision.waited_ns = nanoseconds_since(dropped->closed_at);
    } else if (const auto* passed = std::get_if<TimePassed>(&items[number])) {
      decision.kind = Decision::Kind::kTimePassed;
      decision.span = {.start_ns = passed->until_ns,
                       .end_ns = passed->until_ns,
                       .shown_end_ns = passed->until_ns};
    } else {
      decision.kind = Decision::Kind::kStreamEnd;
      decision.seqnum = std::get<StreamEnd>(items[number]).seqnum;
    }
  }
  if (!asked.empty()) describe(asked, by, stop);
  return decisions;
}

bool WindowDescriber::look_at(const SampledWindow& window, const Describing& by,
                              Decision& decision) {
  decision.span = window.span;
  decision.window_id = window.id;
  decision.given_up = window.given_up;
  decision.waited_ns = nanoseconds_since(window.closed_at);
  decision.above_programme_db = programme_.hear(window);
  if (!filter_.is_worth_describing(window)) return false;
  if (by.engine) return true;
  decision.kind = Decision::Kind::kRejected;
  decision.reason = "no model";
  return false;
}

void WindowDescriber::describe(std::span<const Asked> asked, const Describing& by,
                               const std::stop_token& stop) {
  const auto begin = std::chrono::steady_clock::now();
  std::vector<Described> described(asked.size());
  try {
    for (const Asked& one : asked) {
      one.decision->model_name = by.engine->model_name();
      one.decision->source_classes = by.engine->source_classes();
    }
    by.compute([&] {
      std::vector<WindowToDescribe> windows;
      std::vector<std::size_t> numbers;  // of those whose picture could be converted
      for (std::size_t number = 0; number < asked.size(); ++number) {
        try {
          windows.push_back(question_about(asked[number], by, stop));
          numbers.push_back(number);
        } catch (...) {
          described[number].failure = std::current_exception();
        }
      }
      std::vector<Described> answers = by.engine->describe_together(windows);
      for (std::size_t answer = 0; answer < answers.size(); ++answer) {
        described[numbers[answer]] = std::move(answers[answer]);
      }
    });
  } catch (...) {
    for (Described& one : described) one.failure = std::current_exception();
  }
  // Each one's share, so that all together are the time that passed.
  const std::int64_t each_ns = nanoseconds_since(begin) / static_cast<std::int64_t>(asked.size());
  for (std::size_t number = 0; number < asked.size(); ++number) {
    asked[number].decision->describe_ns = each_ns;
    judge(asked[number], described[number]);
  }
}

WindowToDescribe WindowDescriber::question_about(const Asked& asked, const Describing& by,
                                                 const std::stop_token& stop) {
  SampledWindow& window = *asked.window;
  if (window.picture) window.picture_rgb = window.picture->to_rgb();
  const Modality modality = described_modality(window);
  asked.decision->modality = modality;
  CaptionRequest request = window.request;
  // Of what no picture shows nobody can say that it is not in the picture.
  request.weighs_words = request.weighs_words && modality == Modality::kAudiovisual &&
                         shows_something(window.picture_rgb);
  request.may_wait = by.may_wait;
  return {.window = view(window), .request = std::move(request), .stop = stop};
}

void WindowDescriber::judge(const Asked& asked, Described& described) {
  Decision& decision = *asked.decision;
  if (described.failure) {
    decision.kind = Decision::Kind::kFailed;
    decision.reason = words_of(described.failure);
    return;
  }
  Caption& caption = described.caption;
  decision.mean_log_probability = caption.mean_log_probability;
  decision.token_count = caption.token_count;
  decision.timing = caption.timing;
  decision.words = std::move(caption.words);
  decision.weighed_words = std::move(caption.weighed_words);
  CaptionFilter::Verdict verdict = filter_.judge(caption, *asked.window);
  decision.kind = verdict.text.empty() ? Decision::Kind::kRejected : Decision::Kind::kCaption;
  decision.text = std::move(verdict.text);
  decision.reason = std::move(verdict.reason);
  decision.says_nothing = verdict.says_nothing;
  decision.extends_last = verdict.extends_last;
}

}  // namespace dali
