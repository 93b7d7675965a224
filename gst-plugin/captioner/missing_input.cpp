// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/captioner/missing_input.h"

#include <cstring>
#include <string>

#include "gst-plugin/debug_categories.h"
#include "gst-plugin/decodable_caps.h"
#include "gst-plugin/empty_stream.h"
#include "gst-plugin/gst_handles.h"

#define GST_CAT_DEFAULT dali::captioner_category()

namespace dali {
namespace {

// Calls `accepts` with each object of the iterator (takes) until it returns true. One that is taken
// apart meanwhile may be seen twice.
template <typename Accepts>
bool any_of_iterator(GstIterator* iterator, Accepts accepts) {
  if (!iterator) return false;
  bool is_found = false;
  bool is_done = false;
  GValue value = G_VALUE_INIT;
  while (!is_found && !is_done) {
    switch (gst_iterator_next(iterator, &value)) {
      case GST_ITERATOR_OK:
        is_found = accepts(g_value_get_object(&value));
        g_value_reset(&value);
        break;
      case GST_ITERATOR_RESYNC:
        gst_iterator_resync(iterator);
        break;
      case GST_ITERATOR_ERROR:
      case GST_ITERATOR_DONE:
        is_done = true;
        break;
    }
  }
  g_value_unset(&value);
  gst_iterator_free(iterator);
  return is_found;
}

// Whether the links from a sink pad upstream end at an element that makes data. A queue of which
// nothing but the output is linked leads nowhere.
bool leads_to_a_source(GstPad* sink) {
  g_autoptr(GstPad) peer = gst_pad_get_peer(sink);
  if (!peer) return false;
  bool has_inputs = false;
  const bool leads = any_of_iterator(gst_pad_iterate_internal_links(peer), [&](gpointer input) {
    has_inputs = true;
    return leads_to_a_source(GST_PAD(input));
  });
  return leads || !has_inputs;
}

GQuark said_no_more_quark() {
  return g_quark_from_static_string("dali-said-no-more-pads");
}

gboolean note_no_more_pads(GSignalInvocationHint*, guint, const GValue* values, gpointer) {
  g_object_set_qdata(G_OBJECT(g_value_get_object(values)), said_no_more_quark(),
                     GINT_TO_POINTER(TRUE));
  return TRUE;  // stays
}

bool makes_pads(GstElement* element) {
  const GList* pad_template =
      gst_element_class_get_pad_template_list(GST_ELEMENT_GET_CLASS(element));
  for (; pad_template; pad_template = pad_template->next) {
    const auto* made = GST_PAD_TEMPLATE(pad_template->data);
    if (made->direction == GST_PAD_SRC && made->presence == GST_PAD_SOMETIMES) return true;
  }
  return false;
}

// Some demuxers show a pad when its first data come, and the data of another are there before.
bool may_show_more(GstElement* element) {
  const gchar* classes = gst_element_get_metadata(element, GST_ELEMENT_METADATA_KLASS);
  const bool is_demuxer = classes && std::strstr(classes, "Demuxer");
  return is_demuxer && !g_object_get_qdata(G_OBJECT(element), said_no_more_quark());
}

bool is_free_and_of(GstPad* source, const GstCaps* kind) {
  if (gst_pad_is_linked(source)) return false;
  g_autoptr(GstCaps) caps = gst_pad_query_caps(source, nullptr);
  return gst_caps_can_intersect(caps, kind);
}

// A demuxer or decoder that has not shown all of what it found, or has just now, and nobody has
// linked it yet.
bool is_undecided(GstElement* element, const GstCaps* kind, bool is_all_announced) {
  if (!makes_pads(element)) return false;
  GST_OBJECT_LOCK(element);
  const bool has_outputs = element->numsrcpads > 0;
  const bool has_inputs = element->numsinkpads > 0;
  GST_OBJECT_UNLOCK(element);
  if (has_outputs && (is_all_announced || !may_show_more(element))) {
    return any_of_iterator(gst_element_iterate_src_pads(element), [kind](gpointer source) {
      return is_free_and_of(GST_PAD(source), kind);
    });
  }
  return !has_inputs || any_of_iterator(gst_element_iterate_sink_pads(element), [](gpointer sink) {
    return leads_to_a_source(GST_PAD(sink));
  });
}

bool is_any_undecided(GstElement* element, Input missing, bool is_all_announced) {
  g_autoptr(GstObject) top = GST_OBJECT(gst_object_ref(element));
  while (GstObject* parent = gst_object_get_parent(top)) {
    gst_object_unref(top);
    top = parent;
  }
  if (!GST_IS_BIN(top)) return false;
  g_autoptr(GstCaps) kind = decodable_caps(missing == Input::kAudio);
  return any_of_iterator(gst_bin_iterate_recurse(GST_BIN(top)), [&](gpointer child) {
    return child != element && is_undecided(GST_ELEMENT(child), kind, is_all_announced);
  });
}

enum class Announced { kNothing, kOthers, kThis };

// decodebin3 shows its pads one by one, and says beforehand what there will be.
Announced announced(GstPad* sink, Input input) {
  g_autoptr(GstEvent) event = gst_pad_get_sticky_event(sink, GST_EVENT_STREAM_COLLECTION, 0);
  if (!event) return Announced::kNothing;
  GstStreamCollection* collection = nullptr;
  gst_event_parse_stream_collection(event, &collection);
  const GstStreamType wanted =
      input == Input::kAudio ? GST_STREAM_TYPE_AUDIO : GST_STREAM_TYPE_VIDEO;
  Announced result = Announced::kOthers;
  for (guint index = 0; index < gst_stream_collection_get_size(collection); ++index) {
    GstStream* stream = gst_stream_collection_get_stream(collection, index);
    if ((gst_stream_get_stream_type(stream) & wanted) != 0) result = Announced::kThis;
  }
  gst_object_unref(collection);
  return result;
}

bool may_come(GstElement* element, GstPad* flowing_sink, GstPad* sink, Input input) {
  const Announced said = announced(flowing_sink, input);
  if (said == Announced::kThis || (sink && leads_to_a_source(sink))) return true;
  // A pad that was shown and linked since is found by looking once more.
  return is_any_undecided(element, input, said == Announced::kOthers) ||
         (sink && leads_to_a_source(sink));
}

// A stream without data for whoever waits for the media.
struct EmptyStream {
  GstPad* taker;  // owned
  EventHandle stream_start;
};

// The stream begins like that of the medium that is there. Takes `taker`.
EmptyStream* empty_stream(GstPad* taker, GstPad* flowing_sink, Input missing) {
  auto* stream = new EmptyStream{.taker = taker, .stream_start = nullptr};
  g_autoptr(GstEvent) start = gst_pad_get_sticky_event(flowing_sink, GST_EVENT_STREAM_START, 0);
  const gchar* flowing_id = "captioner";
  guint group_id = GST_GROUP_ID_INVALID;
  if (start) {
    gst_event_parse_stream_start(start, &flowing_id);
    gst_event_parse_group_id(start, &group_id);
  }
  const std::string id =
      std::string(flowing_id) + (missing == Input::kAudio ? "/no-sound" : "/no-picture");
  stream->stream_start.reset(gst_event_new_stream_start(id.c_str()));
  if (group_id != GST_GROUP_ID_INVALID) {
    gst_event_set_group_id(stream->stream_start.get(), group_id);
  }
  return stream;
}

// In a thread of its own, which may wait.
void send_to_taker(GstElement*, gpointer data) {
  const auto* stream = static_cast<EmptyStream*>(data);
  send_empty_stream(stream->stream_start.get(), gst_util_seqnum_next(), stream->taker);
}

void free_empty_stream(gpointer data) {
  auto* stream = static_cast<EmptyStream*>(data);
  gst_object_unref(stream->taker);
  delete stream;
}

}  // namespace

void watch_for_no_more_pads() {
  g_signal_add_emission_hook(g_signal_lookup("no-more-pads", GST_TYPE_ELEMENT), 0,
                             note_no_more_pads, nullptr, nullptr);
}

bool give_up_missing(GstElement* element, const MediaPads& flowing, MediaPads& other) {
  if (other.has_come() || other.is_given_up()) return false;
  g_autoptr(GstPad) flowing_sink = flowing.sink();
  g_autoptr(GstPad) sink = other.sink();
  // Whoever has asked for an input may link it at any time; whoever gave it back has tried.
  if (!flowing_sink || (sink && !gst_pad_is_linked(sink))) return false;
  g_autoptr(GstPad) taker = other.taker();
  const bool has_anyone_waiting = sink || taker;
  if (has_anyone_waiting && may_come(element, flowing_sink, sink, other.input())) return false;
  if (taker && !other.begin_empty_stream()) return false;
  GST_INFO_OBJECT(element, "nothing can come on the %s input",
                  other.input() == Input::kAudio ? "audio" : "video");
  other.give_up();
  if (!taker) return true;
  gst_element_call_async(element, send_to_taker,
                         empty_stream(g_steal_pointer(&taker), flowing_sink, other.input()),
                         free_empty_stream);
  return true;
}

}  // namespace dali
