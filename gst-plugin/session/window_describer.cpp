// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/session/window_describer.h"

#include <chrono>
#include <exception>
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

std::int64_t nanoseconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::nanoseconds(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

Decision WindowDescriber::decide(WindowQueue::Item& item, std::uint64_t epoch, const Describing& by,
                                 const std::stop_token& stop) {
  if (epoch_ != epoch) {
    filter_.forget();
    programme_.forget();
  }
  epoch_ = epoch;
  Decision decision;
  decision.epoch = epoch;
  if (auto* window = std::get_if<SampledWindow>(&item)) {
    look_at(*window, by, stop, decision);
  } else if (const auto* dropped = std::get_if<DroppedWindow>(&item)) {
    decision.kind = Decision::Kind::kDropped;
    decision.span = dropped->span;
    decision.window_id = dropped->id;
    decision.waited_ns = nanoseconds_since(dropped->closed_at);
  } else if (const auto* passed = std::get_if<TimePassed>(&item)) {
    decision.kind = Decision::Kind::kTimePassed;
    decision.span = {
        .start_ns = passed->until_ns, .end_ns = passed->until_ns, .shown_end_ns = passed->until_ns};
  } else {
    decision.kind = Decision::Kind::kStreamEnd;
    decision.seqnum = std::get<StreamEnd>(item).seqnum;
  }
  return decision;
}

void WindowDescriber::look_at(SampledWindow& window, const Describing& by,
                              const std::stop_token& stop, Decision& decision) {
  decision.span = window.span;
  decision.window_id = window.id;
  decision.given_up = window.given_up;
  decision.waited_ns = nanoseconds_since(window.closed_at);
  decision.above_programme_db = programme_.hear(window);
  if (!filter_.is_worth_describing(window)) return;
  if (by.engine) {
    describe(window, by, stop, decision);
  } else {
    decision.kind = Decision::Kind::kRejected;
    decision.reason = "no model";
  }
}

void WindowDescriber::describe(SampledWindow& window, const Describing& by,
                               const std::stop_token& stop, Decision& decision) {
  const auto begin = std::chrono::steady_clock::now();
  try {
    decision.model_name = by.engine->model_name();
    decision.source_classes = by.engine->source_classes();
    Caption caption;
    by.compute([&] {
      if (window.picture) window.picture_rgb = window.picture->to_rgb();
      decision.modality = described_modality(window);
      CaptionRequest request = window.request;
      // Of what no picture shows nobody can say that it is not in the picture.
      request.weighs_words = request.weighs_words && decision.modality == Modality::kAudiovisual &&
                             shows_something(window.picture_rgb);
      caption = by.engine->describe(view(window), request, stop);
    });
    decision.mean_log_probability = caption.mean_log_probability;
    decision.token_count = caption.token_count;
    decision.timing = caption.timing;
    decision.words = std::move(caption.words);
    decision.weighed_words = std::move(caption.weighed_words);
    CaptionFilter::Verdict verdict = filter_.judge(caption, window);
    decision.kind = verdict.text.empty() ? Decision::Kind::kRejected : Decision::Kind::kCaption;
    decision.text = std::move(verdict.text);
    decision.reason = std::move(verdict.reason);
    decision.says_nothing = verdict.says_nothing;
    decision.extends_last = verdict.extends_last;
  } catch (const std::exception& error) {
    decision.kind = Decision::Kind::kFailed;
    decision.reason = error.what();
  } catch (...) {
    decision.kind = Decision::Kind::kFailed;
    decision.reason = "the model failed without saying why";
  }
  decision.describe_ns = nanoseconds_since(begin);
}

}  // namespace dali
