// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/captioner/media_sampling.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <span>
#include <utility>

#include "gst-plugin/debug_categories.h"
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

// In trick modes running time and samples do not go together: time passes without captions. So it
// does while the user wants none, and without a segment there is no time.
bool is_sampled(const MediaPads& pads) {
  return pads.segment.format == GST_FORMAT_TIME && pads.segment.rate == 1.0 && !pads.is_passthrough;
}

// Takes the user's switch over between two buffers.
PushResult follow_passthrough(ElementState& state, MediaPads& pads, std::int64_t start_ns) {
  const bool is_passthrough = state.is_passthrough;
  if (is_passthrough == pads.is_passthrough) return PushResult::kOk;
  GST_DEBUG_OBJECT(pads.sink, "captions are switched %s at %.3f", is_passthrough ? "off" : "on",
                   in_seconds(start_ns));
  if (!is_passthrough) {
    pads.is_passthrough = false;
    return pads.input == Input::kVideo ? state.session.cut_video(start_ns) : PushResult::kOk;
  }
  if (pads.input == Input::kAudio) {
    if (const PushResult result = drain_audio(state); result != PushResult::kOk) return result;
    state.audio_sampler.forget();
  }
  if (pads.input == Input::kVideo) state.video_expected_ns.reset();
  pads.is_passthrough = true;
  return state.session.pause(pads.input);
}

// The sound goes on at `start_ns`: where it is expected, or after a jump, or for the first time.
PushResult continue_audio(ElementState& state, std::int64_t start_ns, bool is_discontinuous) {
  const std::optional<std::int64_t> expected_ns = state.audio_sampler.expected_ns();
  if (expected_ns && !is_discontinuous && std::abs(start_ns - *expected_ns) <= kJumpNs) {
    return PushResult::kOk;
  }
  if (const PushResult result = drain_audio(state); result != PushResult::kOk) return result;
  // A discontinuity without a jump must not tear samples that overlap by a rounding.
  const bool is_jump = !expected_ns || std::abs(start_ns - *expected_ns) > kJumpNs;
  const std::int64_t begin_ns = is_jump ? start_ns : *expected_ns;
  state.audio_sampler.begin(begin_ns);
  return state.session.begin_audio(begin_ns);
}

PushResult push_silence(ElementState& state, std::int64_t duration_ns) {
  for (std::int64_t left_ns = duration_ns; left_ns > 0; left_ns -= kSilencePieceNs) {
    const PushResult result =
        state.session.push_audio(state.audio_sampler.silence(std::min(left_ns, kSilencePieceNs)),
                                 state.audio_sampler.channels());
    if (result != PushResult::kOk) return result;
  }
  return PushResult::kOk;
}

void warn_of_unreadable(MediaPads& pads, const char* what, std::int64_t start_ns) {
  if (!pads.unreadable_warnings.lets_through()) return;
  g_autoptr(GstElement) element = gst_pad_get_parent_element(pads.sink);
  GST_ELEMENT_WARNING(
      element, STREAM, FORMAT,
      ("The captions go without the %s at %.3f s: its buffer does not hold what its "
       "caps say, or there is no memory for a copy",
       what, static_cast<double>(start_ns) / GST_SECOND),
      (nullptr));
}

}  // namespace

void enter_run(ElementState& state, MediaPads& pads) {
  const unsigned run = state.run;
  if (run == pads.run) return;
  pads.run = run;
  pads.promised_gap.reset();
  pads.has_begun = false;
  gst_segment_init(&pads.segment, GST_FORMAT_UNDEFINED);
  if (pads.input == Input::kAudio) state.audio_sampler.forget();
  if (pads.input == Input::kVideo) state.video_expected_ns.reset();
  if (pads.input == Input::kVideo) state.video_tags.forget();
}

void note_first_moment(ElementState& state, MediaPads& pads, GstBuffer* buffer) {
  const GstSegment& segment = pads.segment;
  if (pads.has_begun || segment.format != GST_FORMAT_TIME) return;
  // Without a time it is taken for the segment's first.
  const GstClockTime start =
      GST_BUFFER_PTS_IS_VALID(buffer) ? GST_BUFFER_PTS(buffer) : segment.start;
  const GstClockTime end =
      GST_BUFFER_DURATION_IS_VALID(buffer) ? start + GST_BUFFER_DURATION(buffer) : start + 1;
  guint64 first = 0;
  guint64 last = 0;
  if (!gst_segment_clip(&segment, GST_FORMAT_TIME, start, end, &first, &last)) return;
  pads.has_begun = true;
  state.text.begin_media(pads.input, gst_segment_to_stream_time(&segment, GST_FORMAT_TIME, first));
}

void take_caps(ElementState& state, const MediaPads& pads, GstEvent* event) {
  GstCaps* caps = nullptr;
  gst_event_parse_caps(event, &caps);
  const bool is_audio = pads.input == Input::kAudio;
  if (is_audio) drain_audio(state);
  const bool is_convertible =
      is_audio ? state.audio_sampler.set_caps(caps) : state.video_sampler.set_caps(caps);
  if (is_convertible) {
    GST_INFO_OBJECT(pads.sink, "negotiated %" GST_PTR_FORMAT, printed(caps));
    return;
  }
  g_autofree gchar* text = gst_caps_to_string(caps);
  g_autoptr(GstElement) element = gst_pad_get_parent_element(pads.sink);
  GST_ELEMENT_WARNING(
      element, STREAM, FORMAT,
      ("The captions go without the %s: cannot convert %s", is_audio ? "sound" : "picture", text),
      (nullptr));
}

void take_picture_tags(ElementState& state, const MediaPads& pads, GstEvent* event) {
  if (pads.input != Input::kVideo) return;
  if (GST_EVENT_TYPE(event) == GST_EVENT_STREAM_START) {
    const gchar* stream_id = nullptr;
    gst_event_parse_stream_start(event, &stream_id);
    state.video_tags.begin_stream(stream_id);
  } else if (GST_EVENT_TYPE(event) == GST_EVENT_TAG) {
    GstTagList* tags = nullptr;
    gst_event_parse_tag(event, &tags);
    state.video_tags.take(tags);
  }
}

PushResult sample_audio(ElementState& state, GstBuffer* buffer) {
  const GstSegment& segment = state.audio.segment;
  AudioSampler& sampler = state.audio_sampler;
  const auto buffer_ns = running_time(segment, GST_BUFFER_PTS(buffer));
  if (buffer_ns) {
    const PushResult settled = settle_gap(state, state.audio, buffer_ns);
    if (settled != PushResult::kOk) return settled;
  }
  const PushResult followed = follow_passthrough(state, state.audio, buffer_ns.value_or(0));
  if (followed != PushResult::kOk) return followed;
  if (!sampler.is_ready() || !is_sampled(state.audio)) {
    return buffer_ns ? state.session.pass_time(Input::kAudio, *buffer_ns, *buffer_ns)
                     : PushResult::kOk;
  }
  // Decoders hand on the samples before a seek's target; they are no part of the stream.
  const BufferHandle clipped(gst_audio_buffer_clip(gst_buffer_ref(buffer), &segment,
                                                   sampler.info().rate, sampler.info().bpf));
  if (!clipped) {
    GST_LOG_OBJECT(state.audio.sink, "outside of the segment: %" GST_PTR_FORMAT, printed(buffer));
    return PushResult::kOk;
  }
  const std::optional<std::int64_t> start_ns = running_time(segment, GST_BUFFER_PTS(clipped.get()));
  const bool is_discontinuous =
      GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DISCONT) && sampler.expected_ns().has_value();
  if (start_ns || !sampler.expected_ns()) {
    const PushResult result = continue_audio(state, start_ns.value_or(0), is_discontinuous);
    if (result != PushResult::kOk) return result;
  }
  const std::optional<std::span<const float>> samples = sampler.convert(clipped.get());
  if (!samples) {
    warn_of_unreadable(state.audio, "sound", start_ns.value_or(0));
    return PushResult::kOk;
  }
  return state.session.push_audio(*samples, sampler.channels());
}

PushResult sample_video(ElementState& state, GstBuffer* buffer) {
  const GstSegment& segment = state.video.segment;
  const auto start_ns = running_time(segment, GST_BUFFER_PTS(buffer));
  if (!start_ns) {
    GST_LOG_OBJECT(state.video.sink, "outside of the segment: %" GST_PTR_FORMAT, printed(buffer));
    return PushResult::kOk;
  }
  const PushResult settled = settle_gap(state, state.video, start_ns);
  if (settled != PushResult::kOk) return settled;
  const PushResult followed = follow_passthrough(state, state.video, *start_ns);
  if (followed != PushResult::kOk) return followed;
  if (!state.video_sampler.is_ready() || !is_sampled(state.video)) {
    return state.session.pass_time(Input::kVideo, *start_ns, *start_ns);
  }
  std::optional<std::int64_t> end_ns;
  if (GST_BUFFER_DURATION_IS_VALID(buffer)) {
    end_ns = *start_ns + static_cast<std::int64_t>(GST_BUFFER_DURATION(buffer));
  } else if (const auto nominal_ns = state.video_sampler.nominal_duration_ns()) {
    end_ns = *start_ns + *nominal_ns;
  }

  const std::int64_t expected_ns = state.video_expected_ns.value_or(*start_ns);
  const bool is_jump = *start_ns < expected_ns - kJumpNs || *start_ns > expected_ns + kVideoJumpNs;
  const bool is_discontinuous =
      state.video_expected_ns && GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DISCONT);
  if (is_jump || is_discontinuous) {
    const PushResult result = state.session.cut_video(*start_ns);
    if (result != PushResult::kOk) return result;
  }
  state.video_expected_ns = end_ns.value_or(*start_ns);

  std::shared_ptr<const Picture> picture;
  if (state.session.offer_frame(*start_ns, end_ns)) {
    GST_LOG_OBJECT(state.video.sink, "the picture of %.3f is kept", in_seconds(*start_ns));
    const auto chosen = orientation_of(state.settings_snapshot().video_direction);
    state.video_sampler.set_orientation(chosen.value_or(state.video_tags.orientation()));
    picture = state.video_sampler.copy(buffer, *start_ns, end_ns);
    if (!picture) warn_of_unreadable(state.video, "picture", *start_ns);
  }
  return state.session.push_frame(*start_ns, end_ns.value_or(*start_ns), std::move(picture));
}

void sample_gap(ElementState& state, MediaPads& pads, GstEvent* gap) {
  GstClockTime time = GST_CLOCK_TIME_NONE;
  GstClockTime duration = GST_CLOCK_TIME_NONE;
  gst_event_parse_gap(gap, &time, &duration);
  const auto start_ns = running_time(pads.segment, time);
  if (!start_ns) return;
  const std::int64_t end_ns =
      *start_ns + (GST_CLOCK_TIME_IS_VALID(duration) ? static_cast<std::int64_t>(duration) : 0);
  if (pads.promised_gap) {
    pads.promised_gap->end_ns = std::max(pads.promised_gap->end_ns, end_ns);
  } else {
    pads.promised_gap = {.start_ns = *start_ns, .end_ns = end_ns};
  }
  const guint64 until = gst_segment_to_stream_time(
      &pads.segment, GST_FORMAT_TIME, time + static_cast<GstClockTime>(end_ns - *start_ns));
  if (GST_CLOCK_TIME_IS_VALID(until)) state.text.pass_media(pads.input, until);
  if (!state.session.promise_gap(pads.input, end_ns)) settle_gap(state, pads, std::nullopt);
}

PushResult settle_gap(ElementState& state, MediaPads& pads, std::optional<std::int64_t> next_ns) {
  const auto gap = std::exchange(pads.promised_gap, std::nullopt);
  if (!gap) return PushResult::kOk;
  const std::int64_t end_ns = std::min(gap->end_ns, next_ns.value_or(gap->end_ns));
  const std::int64_t duration_ns = end_ns - gap->start_ns;
  if (duration_ns < 0) return PushResult::kOk;
  const bool is_silence = pads.input == Input::kAudio && state.audio_sampler.is_ready() &&
                          is_sampled(pads) && duration_ns <= kLongestSilenceNs;
  if (!is_silence) return state.session.pass_time(pads.input, gap->start_ns, end_ns);
  const PushResult result = continue_audio(state, gap->start_ns, false);
  if (result != PushResult::kOk) return result;
  return push_silence(state, duration_ns);
}

PushResult drain_audio(ElementState& state) {
  if (!state.audio_sampler.is_ready() || !state.audio_sampler.expected_ns()) return PushResult::kOk;
  return state.session.push_audio(state.audio_sampler.drain(), state.audio_sampler.channels());
}

}  // namespace dali
