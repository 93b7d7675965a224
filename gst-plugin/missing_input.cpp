#include "gst-plugin/missing_input.h"

#include <string>

#include "gst-plugin/gst_handles.h"
#include "gst-plugin/gstdalicaptioner.h"

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

bool makes_pads(GstElement* element) {
  const GList* pad_template =
      gst_element_class_get_pad_template_list(GST_ELEMENT_GET_CLASS(element));
  for (; pad_template; pad_template = pad_template->next) {
    const auto* made = GST_PAD_TEMPLATE(pad_template->data);
    if (made->direction == GST_PAD_SRC && made->presence == GST_PAD_SOMETIMES) return true;
  }
  return false;
}

// A demuxer or decoder that has not shown yet what it found.
bool is_undecided(GstElement* element) {
  GST_OBJECT_LOCK(element);
  const bool has_outputs = element->numsrcpads > 0;
  const bool has_inputs = element->numsinkpads > 0;
  GST_OBJECT_UNLOCK(element);
  if (has_outputs || !makes_pads(element)) return false;
  return !has_inputs || any_of_iterator(gst_element_iterate_sink_pads(element), [](gpointer sink) {
    return leads_to_a_source(GST_PAD(sink));
  });
}

bool is_any_undecided(GstElement* element) {
  g_autoptr(GstObject) top = GST_OBJECT(gst_object_ref(element));
  while (GstObject* parent = gst_object_get_parent(top)) {
    gst_object_unref(top);
    top = parent;
  }
  if (!GST_IS_BIN(top)) return false;
  return any_of_iterator(gst_bin_iterate_recurse(GST_BIN(top)),
                         [](gpointer child) { return is_undecided(GST_ELEMENT(child)); });
}

// decodebin3 shows its pads one by one, and says beforehand what there will be.
bool is_announced(GstPad* sink, Input input) {
  g_autoptr(GstEvent) event = gst_pad_get_sticky_event(sink, GST_EVENT_STREAM_COLLECTION, 0);
  if (!event) return false;
  GstStreamCollection* collection = nullptr;
  gst_event_parse_stream_collection(event, &collection);
  const GstStreamType wanted =
      input == Input::kAudio ? GST_STREAM_TYPE_AUDIO : GST_STREAM_TYPE_VIDEO;
  bool is_there = false;
  for (guint index = 0; index < gst_stream_collection_get_size(collection); ++index) {
    GstStream* stream = gst_stream_collection_get_stream(collection, index);
    is_there |= (gst_stream_get_stream_type(stream) & wanted) != 0;
  }
  gst_object_unref(collection);
  return is_there;
}

// The events of a stream without data, like those of the medium that is there.
struct EmptyStream {
  GstPad* taker;  // owned
  EventHandle stream_start;
  EventHandle segment;
};

EmptyStream* empty_stream(GstPad* taker, GstPad* flowing_sink, Input missing) {  // takes `taker`
  auto* stream = new EmptyStream{.taker = taker, .stream_start = nullptr, .segment = nullptr};
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
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  stream->segment.reset(gst_event_new_segment(&segment));
  return stream;
}

// In a thread of its own: a sink takes the end of its stream as its preroll, and waits.
void send_empty_stream(GstElement*, gpointer data) {
  auto* stream = static_cast<EmptyStream*>(data);
  gst_pad_send_event(stream->taker, stream->stream_start.release());
  gst_pad_send_event(stream->taker, stream->segment.release());
  gst_pad_send_event(stream->taker, gst_event_new_eos());
}

void free_empty_stream(gpointer data) {
  auto* stream = static_cast<EmptyStream*>(data);
  gst_object_unref(stream->taker);
  delete stream;
}

}  // namespace

void expect_stream(MediaPads& pads) {
  pads.has_come = false;
  pads.is_flowing = false;
  pads.is_given_up = false;
}

void give_up_missing(GstElement* element, const MediaPads& flowing, MediaPads& other) {
  if (other.has_come || other.is_given_up) return;
  GST_OBJECT_LOCK(element);
  g_autoptr(GstPad) flowing_sink = flowing.sink ? GST_PAD(gst_object_ref(flowing.sink)) : nullptr;
  g_autoptr(GstPad) sink = other.sink ? GST_PAD(gst_object_ref(other.sink)) : nullptr;
  g_autoptr(GstPad) source = other.source ? GST_PAD(gst_object_ref(other.source)) : nullptr;
  GST_OBJECT_UNLOCK(element);
  // Whoever has asked for an input may link it at any time; whoever gave it back has tried.
  if (!flowing_sink || (sink && !gst_pad_is_linked(sink))) return;
  GstPad* taker = source ? gst_pad_get_peer(source) : other.former_taker.get();
  const bool has_anyone_waiting = sink || taker;
  if (has_anyone_waiting && (is_announced(flowing_sink, other.input) ||
                             (sink && leads_to_a_source(sink)) || is_any_undecided(element))) {
    if (taker) gst_object_unref(taker);
    return;
  }
  other.is_given_up = true;
  if (sink) state_of(element).set_present(other.input, false);
  if (!taker) return;
  gst_element_call_async(element, send_empty_stream, empty_stream(taker, flowing_sink, other.input),
                         free_empty_stream);
}

}  // namespace dali
