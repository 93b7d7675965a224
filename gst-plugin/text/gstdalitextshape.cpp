// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/text/gstdalitextshape.h"

#include <algorithm>
#include <new>
#include <string>

#include "gst-plugin/debug_categories.h"
#include "gst-plugin/exception_barrier.h"
#include "gst-plugin/gst_handles.h"
#include "gst-plugin/session/session_log.h"
#include "gst-plugin/text_buffers.h"
#include "media/text/markup.h"

#define GST_CAT_DEFAULT dali::text_shape_category()

G_DEFINE_FINAL_TYPE(GstDaliTextShape, gst_dali_text_shape, GST_TYPE_ELEMENT)
GST_ELEMENT_REGISTER_DEFINE_WITH_CODE(dalitextshape, "dalitextshape", GST_RANK_NONE,
                                      GST_TYPE_DALI_TEXT_SHAPE, dali::text_shape_category())

namespace dali {
namespace {

GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS(kAnyTextCaps));
GstStaticPadTemplate source_template =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS(kAnyTextCaps));

TextShapeState& state_of(gpointer text_shape) {
  auto* self = static_cast<GstDaliTextShape*>(text_shape);
  return *std::launder(reinterpret_cast<TextShapeState*>(self->state));
}

ShapeSettings settings_snapshot(GstDaliTextShape* self) {
  GST_OBJECT_LOCK(self);
  const ShapeSettings snapshot = state_of(self).settings.shape;
  GST_OBJECT_UNLOCK(self);
  return snapshot;
}

void forget_stream(TextShapeState& state) {
  gst_segment_init(&state.segment, GST_FORMAT_UNDEFINED);
  state.shaper.set_shown_until(std::nullopt);
  state.covered_until.reset();
}

// What is left of the time from `start` to `end` behind what has been sent. Time that was skipped
// without a word counts in: the text that stood there is over.
std::optional<TimeSpan> uncovered(const TextShapeState& state, GstClockTime start,
                                  GstClockTime end) {
  if (!state.covered_until) return TimeSpan{start, end};
  if (*state.covered_until > end) return std::nullopt;
  return TimeSpan{*state.covered_until, end};
}

void cover(TextShapeState& state, GstClockTime until) {
  state.covered_until = std::max(state.covered_until.value_or(0), until);
}

// A buffer without text says that there is none for so long.
GstFlowReturn pass_empty(GstDaliTextShape* self, BufferHandle buffer, const TimeSpan& given) {
  TextShapeState& state = state_of(self);
  const auto left = uncovered(state, given.start, given.end);
  if (!left) return GST_FLOW_OK;
  buffer.reset(gst_buffer_make_writable(buffer.release()));
  GST_BUFFER_PTS(buffer.get()) = left->start;
  GST_BUFFER_DURATION(buffer.get()) = left->end - left->start;
  cover(state, left->end);
  return gst_pad_push(self->source, buffer.release());
}

// Whether what is downstream lists markup before plain text, as whoever shows it does. What takes
// markup as a second choice drops it.
bool prefers_markup(GstPad* source) {
  g_autoptr(GstCaps) wanted = gst_caps_from_string(kAnyTextCaps);
  g_autoptr(GstCaps) taken = gst_pad_peer_query_caps(source, nullptr);
  if (gst_caps_is_any(taken) || !gst_caps_can_intersect(taken, wanted)) return false;
  g_autoptr(GstCaps) preferred = gst_caps_intersect_full(taken, wanted, GST_CAPS_INTERSECT_FIRST);
  g_autoptr(GstCaps) first = gst_caps_fixate(g_steal_pointer(&preferred));
  return g_strcmp0(gst_structure_get_string(gst_caps_get_structure(first, 0), "format"),
                   "pango-markup") == 0;
}

bool send_caps(GstDaliTextShape* self, const char* description, guint32 seqnum) {
  g_autoptr(GstCaps) caps = gst_caps_from_string(description);
  GstEvent* event = gst_event_new_caps(caps);
  gst_event_set_seqnum(event, seqnum);
  return gst_pad_push_event(self->source, event);
}

// Markup begins with the first text that needs it, so that nothing changes where none does.
bool can_send_italics(GstDaliTextShape* self) {
  TextShapeState& state = state_of(self);
  if (!state.sends_markup && prefers_markup(self->source)) {
    state.sends_markup = send_caps(self, kMarkupCaps, gst_util_seqnum_next());
  }
  return state.sends_markup;
}

std::string marked_up(const std::string& text, bool is_in_italics) {
  std::string markup = escaped_markup(text);
  return is_in_italics ? "<i>" + markup + "</i>" : markup;
}

GstFlowReturn push_shown(GstDaliTextShape* self, GstBuffer* caption, const TimedText& shown,
                         bool is_in_italics) {
  const std::string text =
      state_of(self).sends_markup ? marked_up(shown.text, is_in_italics) : shown.text;
  BufferHandle buffer(gst_buffer_new_memdup(text.data(), text.size()));
  const auto copied = static_cast<GstBufferCopyFlags>(GST_BUFFER_COPY_FLAGS | GST_BUFFER_COPY_META);
  gst_buffer_copy_into(buffer.get(), caption, copied, 0, static_cast<gsize>(-1));
  GST_BUFFER_PTS(buffer.get()) = static_cast<GstClockTime>(shown.start_ns);
  GST_BUFFER_DURATION(buffer.get()) = static_cast<GstClockTime>(shown.end_ns - shown.start_ns);
  cover(state_of(self), static_cast<GstClockTime>(shown.end_ns));
  GST_DEBUG_OBJECT(self->source, "page [%.3f, %.3f): \"%s\"", in_seconds(shown.start_ns),
                   in_seconds(shown.end_ns), shown.text.c_str());
  return gst_pad_push(self->source, buffer.release());
}

GstFlowReturn shape(GstDaliTextShape* self, BufferHandle buffer) {
  TextShapeState& state = state_of(self);
  if (state.segment.format != GST_FORMAT_TIME) {
    GST_ELEMENT_ERROR(self, STREAM, FORMAT, ("Text needs a segment in time."), (nullptr));
    return GST_FLOW_ERROR;
  }
  const std::string caption = text_of(buffer.get(), state.format);
  const TimeSpan time = time_of(buffer.get(), state.covered_until.value_or(state.segment.start));
  if (collapsed(caption).empty()) return pass_empty(self, std::move(buffer), time);

  const bool has_end = GST_BUFFER_DURATION_IS_VALID(buffer.get());
  const ShapeSettings settings = settings_snapshot(self);
  const OffScreenStyle style =
      is_off_screen(buffer.get()) ? settings.off_screen_style : OffScreenStyle::kPlain;
  const bool is_in_italics = style == OffScreenStyle::kItalics && can_send_italics(self);
  const bool is_labelled = style != OffScreenStyle::kPlain && !is_in_italics;
  const ShapedText shaped = state.shaper.shape(
      caption, static_cast<std::int64_t>(time.start),
      has_end ? std::optional(static_cast<std::int64_t>(time.end)) : std::nullopt, settings,
      is_labelled ? std::string_view(settings.off_screen_label) : std::string_view());
  GST_INFO_OBJECT(self, "caption [%.3f, %.3f) on %zu pages: \"%s\"",
                  in_seconds(static_cast<std::int64_t>(time.start)),
                  in_seconds(static_cast<std::int64_t>(time.end)), shaped.shown.size(),
                  caption.c_str());
  for (const TimedText& shown : shaped.shown) {
    const GstFlowReturn result = push_shown(self, buffer.get(), shown, is_in_italics);
    if (result != GST_FLOW_OK) return result;
  }
  if (!shaped.lost.empty()) {
    state.loss.post(shaped.lost, caption, time.start,
                    shaped.shown.empty() ? "no time to show it" : "no room or time to show it");
  }
  return GST_FLOW_OK;
}

gboolean pass_gap(GstDaliTextShape* self, GstEvent* event) {  // takes
  const EventHandle gap(event);
  TextShapeState& state = state_of(self);
  GstClockTime start = 0;
  GstClockTime duration = 0;
  gst_event_parse_gap(gap.get(), &start, &duration);
  if (!GST_CLOCK_TIME_IS_VALID(duration)) duration = 0;
  const auto left = uncovered(state, start, start + duration);
  if (!left) return TRUE;
  EventHandle rest(gst_event_new_gap(left->start, left->end - left->start));
  GstGapFlags flags = static_cast<GstGapFlags>(0);
  gst_event_parse_gap_flags(gap.get(), &flags);
  gst_event_set_gap_flags(rest.get(), flags);
  gst_event_set_seqnum(rest.get(), gst_event_get_seqnum(gap.get()));
  cover(state, left->end);
  GST_LOG_OBJECT(self->source, "%" GST_PTR_FORMAT, printed(rest.get()));
  return gst_pad_push_event(self->source, rest.release());
}

// Whatever comes in, what goes out has no markup but that of italics.
gboolean take_caps(GstDaliTextShape* self, GstEvent* event) {  // takes
  const EventHandle given(event);
  TextShapeState& state = state_of(self);
  state.format = format_of_caps(event);
  state.sends_markup = false;
  GST_INFO_OBJECT(self->sink, "negotiated: %" GST_PTR_FORMAT, printed(event));
  return send_caps(self, kUtf8Caps, gst_event_get_seqnum(event));
}

// What is still shown when a new segment begins is shown in the new segment's time.
void begin_segment(TextShapeState& state, GstEvent* event) {
  const GstSegment old = state.segment;
  gst_event_copy_segment(event, &state.segment);
  state.covered_until.reset();
  const auto shown_until_ns = state.shaper.shown_until_ns();
  state.shaper.set_shown_until(std::nullopt);
  if (!shown_until_ns || old.format != GST_FORMAT_TIME || state.segment.rate <= 0.0) return;
  const GstClockTime running_time = gst_segment_to_running_time(
      &old, GST_FORMAT_TIME, static_cast<GstClockTime>(*shown_until_ns));
  if (!GST_CLOCK_TIME_IS_VALID(running_time)) return;
  guint64 position = 0;
  if (gst_segment_position_from_running_time_full(&state.segment, GST_FORMAT_TIME, running_time,
                                                  &position) <= 0) {
    return;
  }
  state.shaper.set_shown_until(static_cast<std::int64_t>(position));
}

GstFlowReturn chain(GstPad* /*pad*/, GstObject* parent, GstBuffer* buffer) {
  BufferHandle owned(buffer);
  return no_exception_escapes(GST_ELEMENT(parent), GST_FLOW_ERROR,
                              [&] { return shape(GST_DALI_TEXT_SHAPE(parent), std::move(owned)); });
}

gboolean sink_event(GstPad* pad, GstObject* parent, GstEvent* event) {
  return no_exception_escapes(GST_ELEMENT(parent), FALSE, [&]() -> gboolean {
    TextShapeState& state = state_of(parent);
    GST_CAT_LEVEL_LOG(GST_CAT_DEFAULT, level_of(event), pad, "%" GST_PTR_FORMAT, printed(event));
    switch (GST_EVENT_TYPE(event)) {
      case GST_EVENT_CAPS:
        return take_caps(GST_DALI_TEXT_SHAPE(parent), event);
      case GST_EVENT_GAP:
        return pass_gap(GST_DALI_TEXT_SHAPE(parent), event);
      case GST_EVENT_SEGMENT:
        begin_segment(state, event);
        break;
      case GST_EVENT_FLUSH_STOP:
        forget_stream(state);
        break;
      default:
        break;
    }
    return gst_pad_event_default(pad, parent, event);
  });
}

}  // namespace
}  // namespace dali

static GstStateChangeReturn gst_dali_text_shape_change_state(GstElement* element,
                                                             GstStateChange transition) {
  GST_DEBUG_OBJECT(element, "%s", gst_state_change_get_name(transition));
  const GstStateChangeReturn result =
      GST_ELEMENT_CLASS(gst_dali_text_shape_parent_class)->change_state(element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) dali::forget_stream(dali::state_of(element));
  return result;
}

static void gst_dali_text_shape_set_property(GObject* object, guint property, const GValue* value,
                                             GParamSpec* specification) {
  GST_OBJECT_LOCK(object);
  const bool is_known =
      dali::set_text_shape_setting(dali::state_of(object).settings, property, value);
  GST_OBJECT_UNLOCK(object);
  if (!is_known) {
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, property, specification);
    return;
  }
  dali::notify_of_others(object, property);
}

static void gst_dali_text_shape_get_property(GObject* object, guint property, GValue* value,
                                             GParamSpec* specification) {
  GST_OBJECT_LOCK(object);
  const bool is_known =
      dali::get_text_shape_setting(dali::state_of(object).settings, property, value);
  GST_OBJECT_UNLOCK(object);
  if (!is_known) G_OBJECT_WARN_INVALID_PROPERTY_ID(object, property, specification);
}

static void gst_dali_text_shape_finalize(GObject* object) {
  dali::state_of(object).~TextShapeState();
  G_OBJECT_CLASS(gst_dali_text_shape_parent_class)->finalize(object);
}

static void gst_dali_text_shape_init(GstDaliTextShape* self) {
  dali::no_exception_escapes(GST_ELEMENT(self),
                             [self] { new (self->state) dali::TextShapeState(GST_ELEMENT(self)); });
  dali::forget_stream(dali::state_of(self));
  self->sink = gst_pad_new_from_static_template(&dali::sink_template, "sink");
  self->source = gst_pad_new_from_static_template(&dali::source_template, "src");
  gst_pad_set_chain_function(self->sink, dali::chain);
  gst_pad_set_event_function(self->sink, dali::sink_event);
  gst_pad_use_fixed_caps(self->source);
  gst_element_add_pad(GST_ELEMENT(self), self->sink);
  gst_element_add_pad(GST_ELEMENT(self), self->source);
}

static void gst_dali_text_shape_class_init(GstDaliTextShapeClass* text_shape_class) {
  GObjectClass* object_class = G_OBJECT_CLASS(text_shape_class);
  object_class->set_property = gst_dali_text_shape_set_property;
  object_class->get_property = gst_dali_text_shape_get_property;
  object_class->finalize = gst_dali_text_shape_finalize;
  dali::install_text_shape_properties(object_class);

  GstElementClass* element_class = GST_ELEMENT_CLASS(text_shape_class);
  dali::set_category(element_class, dali::text_shape_category());
  element_class->change_state = gst_dali_text_shape_change_state;
  gst_element_class_add_static_pad_template(element_class, &dali::sink_template);
  gst_element_class_add_static_pad_template(element_class, &dali::source_template);
  gst_element_class_set_static_metadata(
      element_class, "DALI text shaper", "Filter/Subtitle",
      "Sets captions on lines that can be read in their time: columns, lines, reading speed, "
      "durations, gaps and labels",
      "The gst-dali authors");
}
