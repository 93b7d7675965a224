// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/describing/gstdalidescriber.h"

#include <algorithm>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "gst-plugin/debug_categories.h"
#include "gst-plugin/exception_barrier.h"
#include "gst-plugin/gst_handles.h"
#include "media/describing/spoken_text.h"

#define GST_CAT_DEFAULT dali::describer_category()

G_DEFINE_FINAL_TYPE(GstDaliDescriber, gst_dali_describer, GST_TYPE_ELEMENT)
GST_ELEMENT_REGISTER_DEFINE_WITH_CODE(dalidescriber, "dalidescriber", GST_RANK_NONE,
                                      GST_TYPE_DALI_DESCRIBER, dali::describer_category())

namespace dali {
namespace {

#define DALI_DESCRIBED_CAPS \
  "audio/x-raw, format = (string) " GST_AUDIO_NE(F32) ", layout = (string) interleaved, " \
  "rate = (int) [ 8000, 192000 ], channels = (int) [ 1, 8 ]"

GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS,
                                                             GST_STATIC_CAPS(DALI_DESCRIBED_CAPS));
GstStaticPadTemplate text_template = GST_STATIC_PAD_TEMPLATE(
    "text_sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS(kAnyTextCaps));
GstStaticPadTemplate source_template = GST_STATIC_PAD_TEMPLATE(
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS(DALI_DESCRIBED_CAPS));

DescriberState& state_of(gpointer describer) {
  auto* self = static_cast<GstDaliDescriber*>(describer);
  return *std::launder(reinterpret_cast<DescriberState*>(self->state));
}

const char* name_of(LiveOutcome::Kind kind) {
  switch (kind) {
    case LiveOutcome::Kind::kBegun:
      return "begun";
    case LiveOutcome::Kind::kSpoken:
      return "spoken";
    case LiveOutcome::Kind::kCut:
      return "cut";
    case LiveOutcome::Kind::kLate:
      return "late";
    case LiveOutcome::Kind::kReplaced:
      return "replaced";
    case LiveOutcome::Kind::kRepeated:
      break;
  }
  return "repeated";
}

void post_outcome(GstElement* element, const char* outcome, const std::string& text) {
  GST_INFO_OBJECT(element, "\"%s\" is %s", text.c_str(), outcome);
  GstStructure* fields = gst_structure_new("DaliDescription", "outcome", G_TYPE_STRING, outcome,
                                           "text", G_TYPE_STRING, text.c_str(), nullptr);
  gst_element_post_message(element, gst_message_new_element(GST_OBJECT(element), fields));
}

void start_voice(GstDaliDescriber* self) {
  DescriberState& state = state_of(self);
  GST_OBJECT_LOCK(self);
  state.in_use = state.settings;
  GST_OBJECT_UNLOCK(self);
  VoiceCommand command;
  command.command = state.in_use.voice_command;
  command.voice = state.in_use.voice;
  GstElement* element = GST_ELEMENT(self);  // which joins the voice's thread before it goes
  state.voice = std::make_unique<DescriberVoice>(
      command, static_cast<int>(state.in_use.words_a_minute),
      DescriberVoice::Listeners{
          .on_ready = [element](const std::string& text) { post_outcome(element, "ready", text); },
          .on_fault =
              [element](const std::string& fault) {
                GST_ELEMENT_ERROR(element, RESOURCE, FAILED, ("%s.", fault.c_str()), (nullptr));
              }});
}

void end_stream(GstDaliDescriber* self) {
  DescriberState& state = state_of(self);
  // A FLUSH_STOP that came before the pad went down may be handled after it.
  GST_PAD_STREAM_LOCK(self->sink);
  const std::unique_ptr<DescriberVoice> voice = std::move(state.voice);
  state.description.reset();
  GST_PAD_STREAM_UNLOCK(self->sink);
}

// Whoever sits in front of the loudspeakers; without a centre the two in front speak.
void negotiate(GstDaliDescriber* self, GstCaps* caps) {
  GstAudioInfo info;
  if (gst_audio_info_from_caps(&info, caps) == FALSE) return;
  const auto channels = static_cast<std::size_t>(GST_AUDIO_INFO_CHANNELS(&info));
  const auto* first = info.position;
  const auto* behind = first + channels;
  const bool has_places = std::count(first, behind, GST_AUDIO_CHANNEL_POSITION_NONE) == 0;
  const bool has_centre = std::count(first, behind, GST_AUDIO_CHANNEL_POSITION_FRONT_CENTER) > 0;
  std::vector<ChannelPlace> places;
  std::vector<bool> speaks;
  for (std::size_t i = 0; i < channels; ++i) {
    const GstAudioChannelPosition position = info.position[i];
    const bool is_centre = position == GST_AUDIO_CHANNEL_POSITION_FRONT_CENTER;
    const bool is_in_front = position == GST_AUDIO_CHANNEL_POSITION_FRONT_LEFT ||
                             position == GST_AUDIO_CHANNEL_POSITION_FRONT_RIGHT ||
                             position == GST_AUDIO_CHANNEL_POSITION_MONO || !has_places;
    const bool is_low =
        position == GST_AUDIO_CHANNEL_POSITION_LFE1 || position == GST_AUDIO_CHANNEL_POSITION_LFE2;
    places.push_back(is_centre || is_in_front ? ChannelPlace::kFront
                     : is_low                 ? ChannelPlace::kUncounted
                                              : ChannelPlace::kSurround);
    speaks.push_back(has_centre ? is_centre : is_in_front);
  }
  DescriberState& state = state_of(self);
  LiveDescriptionRules rules;
  rules.pauses.below_programme_lu = state.in_use.pause_below_lu;
  rules.mix.ducked_db = -state.in_use.ducking_db;
  rules.patience_s = state.in_use.max_wait_ms / 1000.0;
  state.description.emplace(GST_AUDIO_INFO_RATE(&info), places, speaks, rules);
  state.voice->set_rate(GST_AUDIO_INFO_RATE(&info));
}

GstFlowReturn describe(GstDaliDescriber* self, BufferHandle buffer) {
  DescriberState& state = state_of(self);
  if (!state.description) return GST_FLOW_NOT_NEGOTIATED;
  if (auto speech = state.voice->take()) state.description->offer(std::move(*speech));
  BufferHandle writable(gst_buffer_make_writable(buffer.release()));
  GstMapInfo map;
  if (gst_buffer_map(writable.get(), &map, GST_MAP_READWRITE) == FALSE) return GST_FLOW_ERROR;
  state.description->mix({reinterpret_cast<float*>(map.data), map.size / sizeof(float)});
  gst_buffer_unmap(writable.get(), &map);
  for (const LiveOutcome& outcome : state.description->take_outcomes()) {
    post_outcome(GST_ELEMENT(self), name_of(outcome.kind), outcome.text);
  }
  // There may be speech in it now.
  GST_BUFFER_FLAG_UNSET(writable.get(), GST_BUFFER_FLAG_GAP);
  return gst_pad_push(self->source, writable.release());
}

GstFlowReturn chain(GstPad* /*pad*/, GstObject* parent, GstBuffer* buffer) {
  BufferHandle owned(buffer);
  return no_exception_escapes(GST_ELEMENT(parent), GST_FLOW_ERROR, [&] {
    return describe(GST_DALI_DESCRIBER(parent), std::move(owned));
  });
}

gboolean sink_event(GstPad* pad, GstObject* parent, GstEvent* event) {
  return no_exception_escapes(GST_ELEMENT(parent), FALSE, [&]() -> gboolean {
    GstDaliDescriber* self = GST_DALI_DESCRIBER(parent);
    GST_CAT_LEVEL_LOG(GST_CAT_DEFAULT, level_of(event), pad, "%" GST_PTR_FORMAT, printed(event));
    if (GST_EVENT_TYPE(event) == GST_EVENT_CAPS) {
      GstCaps* caps = nullptr;
      gst_event_parse_caps(event, &caps);
      negotiate(self, caps);
    } else if (GST_EVENT_TYPE(event) == GST_EVENT_FLUSH_STOP) {
      if (state_of(self).voice) state_of(self).voice->forget();
      if (state_of(self).description) state_of(self).description->forget();
    }
    return gst_pad_event_default(pad, parent, event);
  });
}

GstFlowReturn text_chain(GstPad* /*pad*/, GstObject* parent, GstBuffer* buffer) {
  const BufferHandle owned(buffer);
  return no_exception_escapes(GST_ELEMENT(parent), GST_FLOW_ERROR, [&] {
    DescriberState& state = state_of(parent);
    const std::string text = spoken_text(text_of(buffer, state.format));
    if (!words_of(text).empty()) state.voice->speak(text);
    return GST_FLOW_OK;
  });
}

// Nothing of the text goes on: neither its end nor its segments are the sound's.
gboolean text_event(GstPad* pad, GstObject* parent, GstEvent* event) {
  const EventHandle owned(event);
  return no_exception_escapes(GST_ELEMENT(parent), FALSE, [&]() -> gboolean {
    GST_CAT_LEVEL_LOG(GST_CAT_DEFAULT, level_of(event), pad, "%" GST_PTR_FORMAT, printed(event));
    if (GST_EVENT_TYPE(event) == GST_EVENT_CAPS) state_of(parent).format = format_of_caps(event);
    return TRUE;
  });
}

// Sound and text know nothing of each other: a captioner, which is seconds behind, holds up no
// sound, and asks for no latency of it.
GstIterator* linked_inside(GstPad* pad, GstObject* parent) {
  GstDaliDescriber* self = GST_DALI_DESCRIBER(parent);
  GstPad* other = nullptr;
  if (pad == self->sink) other = self->source;
  if (pad == self->source) other = self->sink;
  GValue value = G_VALUE_INIT;
  g_value_init(&value, GST_TYPE_PAD);
  g_value_set_object(&value, other);
  GstIterator* iterator =
      gst_iterator_new_single(GST_TYPE_PAD, other == nullptr ? nullptr : &value);
  g_value_unset(&value);
  return iterator;
}

}  // namespace
}  // namespace dali

static GstStateChangeReturn gst_dali_describer_change_state(GstElement* element,
                                                            GstStateChange transition) {
  return dali::no_exception_escapes(element, GST_STATE_CHANGE_FAILURE, [&] {
    GST_DEBUG_OBJECT(element, "%s", gst_state_change_get_name(transition));
    GstDaliDescriber* self = GST_DALI_DESCRIBER(element);
    if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) dali::start_voice(self);
    const GstStateChangeReturn result =
        GST_ELEMENT_CLASS(gst_dali_describer_parent_class)->change_state(element, transition);
    // The pads are down: no data come any more.
    if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) dali::end_stream(self);
    return result;
  });
}

static void gst_dali_describer_set_property(GObject* object, guint property, const GValue* value,
                                            GParamSpec* specification) {
  GST_OBJECT_LOCK(object);
  const bool is_known =
      dali::describer_properties().set(dali::state_of(object).settings, property, value);
  GST_OBJECT_UNLOCK(object);
  if (!is_known) G_OBJECT_WARN_INVALID_PROPERTY_ID(object, property, specification);
}

static void gst_dali_describer_get_property(GObject* object, guint property, GValue* value,
                                            GParamSpec* specification) {
  GST_OBJECT_LOCK(object);
  const bool is_known =
      dali::describer_properties().get(dali::state_of(object).settings, property, value);
  GST_OBJECT_UNLOCK(object);
  if (!is_known) G_OBJECT_WARN_INVALID_PROPERTY_ID(object, property, specification);
}

static void gst_dali_describer_finalize(GObject* object) {
  dali::state_of(object).~DescriberState();
  G_OBJECT_CLASS(gst_dali_describer_parent_class)->finalize(object);
}

static void gst_dali_describer_init(GstDaliDescriber* self) {
  self->sink = gst_pad_new_from_static_template(&dali::sink_template, "sink");
  self->text_sink = gst_pad_new_from_static_template(&dali::text_template, "text_sink");
  self->source = gst_pad_new_from_static_template(&dali::source_template, "src");
  new (self->state) dali::DescriberState();
  gst_pad_set_chain_function(self->sink, dali::chain);
  gst_pad_set_event_function(self->sink, dali::sink_event);
  gst_pad_set_chain_function(self->text_sink, dali::text_chain);
  gst_pad_set_event_function(self->text_sink, dali::text_event);
  GST_PAD_SET_PROXY_CAPS(self->sink);
  GST_PAD_SET_PROXY_CAPS(self->source);
  for (GstPad* pad : {self->sink, self->text_sink, self->source}) {
    gst_pad_set_iterate_internal_links_function(pad, dali::linked_inside);
    gst_element_add_pad(GST_ELEMENT(self), pad);
  }
}

static void gst_dali_describer_class_init(GstDaliDescriberClass* describer_class) {
  GObjectClass* object_class = G_OBJECT_CLASS(describer_class);
  object_class->set_property = gst_dali_describer_set_property;
  object_class->get_property = gst_dali_describer_get_property;
  object_class->finalize = gst_dali_describer_finalize;
  dali::describer_properties().install(object_class);

  GstElementClass* element_class = GST_ELEMENT_CLASS(describer_class);
  dali::set_category(element_class, dali::describer_category());
  element_class->change_state = gst_dali_describer_change_state;
  gst_element_class_add_static_pad_template(element_class, &dali::sink_template);
  gst_element_class_add_static_pad_template(element_class, &dali::text_template);
  gst_element_class_add_static_pad_template(element_class, &dali::source_template);
  gst_element_class_set_static_metadata(
      element_class, "DALI describer", "Filter/Effect/Audio",
      "Speaks text, such as captions of the picture, in the pauses of a live programme's sound",
      "The gst-dali authors");
}
