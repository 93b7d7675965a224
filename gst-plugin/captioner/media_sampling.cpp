// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/captioner/media_sampling.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <span>
#include <utility>

#include "gst-plugin/debug_categories.h"
#include "gst-plugin/session/window_story.h"

#define GST_CAT_DEFAULT dali::captioner_category()

namespace dali {
namespace {

// Timestamps of contiguous sound may be off by this much.
constexpr std::int64_t kJumpNs = 40 * static_cast<std::int64_t>(GST_MSECOND);
// A longer GAP is a jump, not silence.
constexpr std::int64_t kLongestSilenceNs = 60 * static_cast<std::int64_t>(GST_SECOND);
constexpr std::int64_t kSilencePieceNs = static_cast<std::int64_t>(GST_SECOND);
// Pictures are no jump before this: a slide show holds one for long.
constexpr std::int64_t kVideoJumpNs = static_cast<std::int64_t>(GST_SECOND);

// Nothing outside the segment.
std::optional<std::int64_t> running_time(const GstSegment& segment, GstClockTime time) {
  if (segment.format != GST_FORMAT_TIME || !GST_CLOCK_TIME_IS_VALID(time)) return std::nullopt;
  const guint64 running = gst_segment_to_running_time(&segment, GST_FORMAT_TIME, time);
  if (!GST_CLOCK_TIME_IS_VALID(running)) return std::nullopt;
  return static_cast<std::int64_t>(running);
}

}  // namespace

// In trick modes running time and samples do not go together: time passes without captions. So it
// does while the user wants none, and without a segment there is no time.
bool MediaSampling::is_sampled(Input input) const {
  const Stream& stream = of(input);
  return stream.segment.format == GST_FORMAT_TIME && stream.segment.rate == 1.0 &&
         !stream.is_passthrough;
}

// Takes the user's switch over between two buffers.
PushResult MediaSampling::follow_passthrough(Input input, std::int64_t start_ns) {
  Stream& stream = of(input);
  const bool is_passthrough = is_passthrough_;
  if (is_passthrough == stream.is_passthrough) return PushResult::kOk;
  GST_DEBUG_OBJECT(element_, "captions are switched %s at %.3f of the %s",
                   is_passthrough ? "off" : "on", in_seconds(start_ns), name_of(input));
  if (!is_passthrough) {
    stream.is_passthrough = false;
    return input == Input::kVideo ? session_.cut_video(start_ns) : PushResult::kOk;
  }
  if (input == Input::kAudio) {
    if (const PushResult result = drain_audio(); result != PushResult::kOk) return result;
    audio_sampler_.forget();
  }
  if (input == Input::kVideo) {
    video_expected_ns_.reset();
    shots_.forget();
  }
  stream.is_passthrough = true;
  return session_.pause(input);
}

// The sound goes on at `start_ns`: where it is expected, or after a jump, or for the first time.
PushResult MediaSampling::continue_audio(std::int64_t start_ns, bool is_discontinuous) {
  const std::optional<std::int64_t> expected_ns = audio_sampler_.expected_ns();
  if (expected_ns && !is_discontinuous && std::abs(start_ns - *expected_ns) <= kJumpNs) {
    return PushResult::kOk;
  }
  if (const PushResult result = drain_audio(); result != PushResult::kOk) return result;
  // A discontinuity without a jump must not tear samples that overlap by a rounding.
  const bool is_jump = !expected_ns || std::abs(start_ns - *expected_ns) > kJumpNs;
  const std::int64_t begin_ns = is_jump ? start_ns : *expected_ns;
  audio_sampler_.begin(begin_ns);
  return session_.begin_audio(begin_ns);
}

PushResult MediaSampling::push_silence(std::int64_t duration_ns) {
  for (std::int64_t left_ns = duration_ns; left_ns > 0; left_ns -= kSilencePieceNs) {
    const PushResult result = session_.push_audio(
        audio_sampler_.silence(std::min(left_ns, kSilencePieceNs)), audio_sampler_.channels());
    if (result != PushResult::kOk) return result;
  }
  return PushResult::kOk;
}

void MediaSampling::warn_of_unreadable(Input input, const char* what, std::int64_t start_ns) {
  if (!of(input).unreadable_warnings.lets_through()) return;
  GST_ELEMENT_WARNING(
      element_, STREAM, FORMAT,
      ("The captions go without the %s at %.3f s: its buffer does not hold what its "
       "caps say, or there is no memory for a copy",
       what, in_seconds(start_ns)),
      (nullptr));
}

void MediaSampling::enter_run(Input input) {
  const unsigned run = run_;
  if (run == of(input).run) return;
  of(input).run = run;
  forget_stream(input);
  if (input == Input::kVideo) video_tags_.forget();
}

void MediaSampling::begin_segment(Input input, GstEvent* segment) {
  gst_event_copy_segment(segment, &of(input).segment);
}

void MediaSampling::forget_stream(Input input) {
  Stream& stream = of(input);
  gst_segment_init(&stream.segment, GST_FORMAT_UNDEFINED);
  stream.promised_gap.reset();
  stream.has_begun = false;
  if (input == Input::kAudio) audio_sampler_.forget();
  if (input == Input::kVideo) {
    video_expected_ns_.reset();
    shots_.forget();
  }
}

void MediaSampling::note_first_moment(Input input, GstBuffer* buffer) {
  Stream& stream = of(input);
  const GstSegment& segment = stream.segment;
  if (stream.has_begun || segment.format != GST_FORMAT_TIME) return;
  // Without a time it is taken for the segment's first.
  const GstClockTime start =
      GST_BUFFER_PTS_IS_VALID(buffer) ? GST_BUFFER_PTS(buffer) : segment.start;
  const GstClockTime end =
      GST_BUFFER_DURATION_IS_VALID(buffer) ? start + GST_BUFFER_DURATION(buffer) : start + 1;
  guint64 first = 0;
  guint64 last = 0;
  if (!gst_segment_clip(&segment, GST_FORMAT_TIME, start, end, &first, &last)) return;
  stream.has_begun = true;
  text_.begin_media(input, gst_segment_to_stream_time(&segment, GST_FORMAT_TIME, first));
}

void MediaSampling::take_caps(Input input, GstEvent* event) {
  GstCaps* caps = nullptr;
  gst_event_parse_caps(event, &caps);
  const bool is_audio = input == Input::kAudio;
  if (is_audio) drain_audio();
  const bool is_convertible =
      is_audio ? audio_sampler_.set_caps(caps) : video_sampler_.set_caps(caps);
  if (is_convertible) {
    GST_INFO_OBJECT(element_, "negotiated %" GST_PTR_FORMAT, printed(caps));
    return;
  }
  g_autofree gchar* text = gst_caps_to_string(caps);
  GST_ELEMENT_WARNING(
      element_, STREAM, FORMAT,
      ("The captions go without the %s: cannot convert %s", is_audio ? "sound" : "picture", text),
      (nullptr));
}

void MediaSampling::take_picture_tags(Input input, GstEvent* event) {
  if (input != Input::kVideo) return;
  if (GST_EVENT_TYPE(event) == GST_EVENT_STREAM_START) {
    const gchar* stream_id = nullptr;
    gst_event_parse_stream_start(event, &stream_id);
    video_tags_.begin_stream(stream_id);
  } else if (GST_EVENT_TYPE(event) == GST_EVENT_TAG) {
    GstTagList* tags = nullptr;
    gst_event_parse_tag(event, &tags);
    video_tags_.take(tags);
  }
}

PushResult MediaSampling::sample(Input input, GstBuffer* buffer) {
  return input == Input::kAudio ? sample_audio(buffer) : sample_video(buffer);
}

PushResult MediaSampling::sample_audio(GstBuffer* buffer) {
  const GstSegment& segment = of(Input::kAudio).segment;
  AudioSampler& sampler = audio_sampler_;
  const auto buffer_ns = running_time(segment, GST_BUFFER_PTS(buffer));
  if (buffer_ns) {
    const PushResult settled = settle_gap(Input::kAudio, buffer_ns);
    if (settled != PushResult::kOk) return settled;
  }
  const PushResult followed = follow_passthrough(Input::kAudio, buffer_ns.value_or(0));
  if (followed != PushResult::kOk) return followed;
  if (!sampler.is_ready() || !is_sampled(Input::kAudio)) {
    return buffer_ns ? session_.pass_time(Input::kAudio, *buffer_ns, *buffer_ns) : PushResult::kOk;
  }
  // Decoders hand on the samples before a seek's target; they are no part of the stream.
  const BufferHandle clipped(gst_audio_buffer_clip(gst_buffer_ref(buffer), &segment,
                                                   sampler.info().rate, sampler.info().bpf));
  if (!clipped) {
    GST_LOG_OBJECT(element_, "outside of the segment: sound of %" GST_PTR_FORMAT, printed(buffer));
    return PushResult::kOk;
  }
  const std::optional<std::int64_t> start_ns = running_time(segment, GST_BUFFER_PTS(clipped.get()));
  const bool is_discontinuous =
      GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DISCONT) && sampler.expected_ns().has_value();
  if (start_ns || !sampler.expected_ns()) {
    const PushResult result = continue_audio(start_ns.value_or(0), is_discontinuous);
    if (result != PushResult::kOk) return result;
  }
  const std::optional<std::span<const float>> samples = sampler.convert(clipped.get());
  if (!samples) {
    warn_of_unreadable(Input::kAudio, "sound", start_ns.value_or(0));
    return PushResult::kOk;
  }
  return session_.push_audio(*samples, sampler.channels());
}

PushResult MediaSampling::sample_video(GstBuffer* buffer) {
  const GstSegment& segment = of(Input::kVideo).segment;
  const auto start_ns = running_time(segment, GST_BUFFER_PTS(buffer));
  if (!start_ns) {
    GST_LOG_OBJECT(element_, "outside of the segment: picture of %" GST_PTR_FORMAT,
                   printed(buffer));
    return PushResult::kOk;
  }
  const PushResult settled = settle_gap(Input::kVideo, start_ns);
  if (settled != PushResult::kOk) return settled;
  const PushResult followed = follow_passthrough(Input::kVideo, *start_ns);
  if (followed != PushResult::kOk) return followed;
  if (!video_sampler_.is_ready() || !is_sampled(Input::kVideo)) {
    return session_.pass_time(Input::kVideo, *start_ns, *start_ns);
  }
  std::optional<std::int64_t> end_ns;
  if (GST_BUFFER_DURATION_IS_VALID(buffer)) {
    end_ns = *start_ns + static_cast<std::int64_t>(GST_BUFFER_DURATION(buffer));
  } else if (const auto nominal_ns = video_sampler_.nominal_duration_ns()) {
    end_ns = *start_ns + *nominal_ns;
  }

  const std::int64_t expected_ns = video_expected_ns_.value_or(*start_ns);
  const bool is_jump = *start_ns < expected_ns - kJumpNs || *start_ns > expected_ns + kVideoJumpNs;
  const bool is_discontinuous =
      video_expected_ns_ && GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DISCONT);
  if (is_jump || is_discontinuous) {
    const PushResult result = session_.cut_video(*start_ns);
    if (result != PushResult::kOk) return result;
  }
  video_expected_ns_ = end_ns.value_or(*start_ns);

  look_for_shot(buffer, *start_ns, end_ns);
  std::shared_ptr<const Picture> picture;
  if (session_.offer_picture(*start_ns, end_ns)) picture = copy_picture(buffer, *start_ns, end_ns);
  return session_.push_picture(*start_ns, end_ns.value_or(*start_ns), std::move(picture));
}

void MediaSampling::look_for_shot(GstBuffer* buffer, std::int64_t start_ns,
                                  std::optional<std::int64_t> end_ns) {
  if (!looks_for_shots_) {
    shots_.forget();
    return;
  }
  const std::optional<PictureThumbnail> thumbnail = video_sampler_.thumbnail(buffer);
  if (!thumbnail) return;
  const std::optional<std::int64_t> shot_ns = shots_.look_at(*thumbnail, start_ns, end_ns);
  if (shot_ns) session_.begin_shot(*shot_ns);
}

std::shared_ptr<const Picture> MediaSampling::copy_picture(GstBuffer* buffer, std::int64_t start_ns,
                                                           std::optional<std::int64_t> end_ns) {
  GST_LOG_OBJECT(element_, "the picture of %.3f is kept", in_seconds(start_ns));
  const auto chosen = orientation_of(video_direction_);
  video_sampler_.set_orientation(chosen.value_or(video_tags_.orientation()));
  std::shared_ptr<const Picture> picture = video_sampler_.copy(buffer, start_ns, end_ns);
  if (!picture) warn_of_unreadable(Input::kVideo, "picture", start_ns);
  return picture;
}

void MediaSampling::sample_gap(Input input, GstEvent* gap) {
  Stream& stream = of(input);
  GstClockTime time = GST_CLOCK_TIME_NONE;
  GstClockTime duration = GST_CLOCK_TIME_NONE;
  gst_event_parse_gap(gap, &time, &duration);
  const auto start_ns = running_time(stream.segment, time);
  if (!start_ns) return;
  const std::int64_t end_ns =
      *start_ns + (GST_CLOCK_TIME_IS_VALID(duration) ? static_cast<std::int64_t>(duration) : 0);
  if (stream.promised_gap) {
    stream.promised_gap->end_ns = std::max(stream.promised_gap->end_ns, end_ns);
  } else {
    stream.promised_gap = {.start_ns = *start_ns, .end_ns = end_ns};
  }
  const guint64 until = gst_segment_to_stream_time(
      &stream.segment, GST_FORMAT_TIME, time + static_cast<GstClockTime>(end_ns - *start_ns));
  if (GST_CLOCK_TIME_IS_VALID(until)) text_.pass_media(input, until);
  if (!session_.promise_gap(input, end_ns)) settle_gap(input, std::nullopt);
}

std::int64_t MediaSampling::reached_ns(Input input) const {
  const std::optional<std::int64_t> expected_ns =
      input == Input::kAudio ? audio_sampler_.expected_ns() : video_expected_ns_;
  return expected_ns.value_or(0);
}

void MediaSampling::end(Input input) {
  if (input == Input::kAudio) drain_audio();
  settle_gap(input, std::nullopt);
  text_.pass_media(input, TextOutput::kNoTime);
}

PushResult MediaSampling::settle_gap(Input input, std::optional<std::int64_t> next_ns) {
  const auto gap = std::exchange(of(input).promised_gap, std::nullopt);
  if (!gap) return PushResult::kOk;
  const std::int64_t end_ns = std::min(gap->end_ns, next_ns.value_or(gap->end_ns));
  const std::int64_t duration_ns = end_ns - gap->start_ns;
  if (duration_ns < 0) return PushResult::kOk;
  const bool is_silence = input == Input::kAudio && audio_sampler_.is_ready() &&
                          is_sampled(input) && duration_ns <= kLongestSilenceNs;
  if (!is_silence) return session_.pass_time(input, gap->start_ns, end_ns);
  const PushResult result = continue_audio(gap->start_ns, false);
  if (result != PushResult::kOk) return result;
  return push_silence(duration_ns);
}

PushResult MediaSampling::drain_audio() {
  if (!audio_sampler_.is_ready() || !audio_sampler_.expected_ns()) return PushResult::kOk;
  return session_.push_audio(audio_sampler_.drain(), audio_sampler_.channels());
}

}  // namespace dali
