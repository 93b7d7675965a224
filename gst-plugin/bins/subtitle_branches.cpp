// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/bins/subtitle_branches.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "gst-plugin/bins/linked_elements.h"
#include "gst-plugin/bins/picture_events.h"
#include "gst-plugin/bins/segment_ends.h"
#include "gst-plugin/captioner/captioner_settings.h"
#include "gst-plugin/captioner/gstdalicaptioner.h"
#include "gst-plugin/debug_categories.h"
#include "gst-plugin/empty_stream.h"
#include "gst-plugin/events/event_captions.h"
#include "gst-plugin/exception_barrier.h"

#define GST_CAT_DEFAULT dali::subtitle_bin_category()

namespace dali {
namespace {

// What demuxers and muxers are apart by, and what a pipeline takes to start.
constexpr guint64 kSpareNs = 3 * GST_SECOND;
// A caption without synchronisation may take long; the pictures do not wait for it.
constexpr guint64 kUnsynchronisedHoldNs = 3 * GST_SECOND;
constexpr const char* kTextShape = "dalitextshape";
constexpr std::array kSinkNames = {"audio_sink", "video_sink"};
constexpr std::array kSourceNames = {"audio_src", "video_src"};

void on_linked(GstPad* sink, GstPad*, gpointer branches) {
  static_cast<SubtitleBranches*>(branches)->show_source(sink);
}

// Decoders show their pads when they know what they decode.
void on_decoded(GstElement*, GstPad* decoded, gpointer next) {
  g_autoptr(GstPad) sink = gst_element_get_static_pad(GST_ELEMENT(next), "sink");
  if (gst_pad_is_linked(sink)) return;
  const GstPadLinkReturn result = gst_pad_link(decoded, sink);
  g_autoptr(GstCaps) caps = gst_pad_get_current_caps(decoded);
  GST_CAT_LEVEL_LOG(
      GST_CAT_DEFAULT, GST_PAD_LINK_SUCCESSFUL(result) ? GST_LEVEL_INFO : GST_LEVEL_WARNING, sink,
      "decoded: %" GST_PTR_FORMAT ", %s", printed(caps), gst_pad_link_get_name(result));
}

// What the template says, and nothing else: "media. ! bin.audio_sink" of gst-launch tries whatever
// pad the demuxer shows first, and a queue between the two knows only what it is told.
gboolean answer_of_caps(GstPad* sink, GstObject* parent, GstQuery* query) {
  if (GST_QUERY_TYPE(query) != GST_QUERY_CAPS) return gst_pad_query_default(sink, parent, query);
  GstCaps* filter = nullptr;
  gst_query_parse_caps(query, &filter);
  g_autoptr(GstCaps) caps = gst_pad_get_pad_template_caps(sink);
  g_autoptr(GstCaps) wanted =
      filter ? gst_caps_intersect_full(filter, caps, GST_CAPS_INTERSECT_FIRST) : gst_caps_ref(caps);
  gst_query_set_caps_result(query, wanted);
  return TRUE;
}

// Serialized queries wait until a queue has run empty, and the one that holds the media does not
// before its captions are there, which need what comes after the query. Encoders ask again whenever
// a decoder shows a pad.
GstPadProbeReturn refuse_to_wait(GstPad*, GstPadProbeInfo* info, gpointer) {
  const bool is_serialized = GST_QUERY_IS_SERIALIZED(GST_PAD_PROBE_INFO_QUERY(info));
  return is_serialized ? GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK;
}

}  // namespace

SubtitleBranches::SubtitleBranches(GstBin* bin)
    : bin_(bin),
      tried_{TriedInput(bin, kSourceNames[0]), TriedInput(bin, kSourceNames[1])},
      takers_{MediaTaker([this](auto... end) { pass_missing(0, end...); }),
              MediaTaker([this](auto... end) { pass_missing(1, end...); })} {
  captioner_ = GST_ELEMENT(g_object_new(GST_TYPE_DALI_CAPTIONER, "name", "captioner", nullptr));
  gst_bin_add(bin_, captioner_);
  captioner_handler_ = g_signal_connect(captioner_, "notify", G_CALLBACK(on_captioner_set), this);
  texts_ = gst_element_factory_make("tee", "captions");
  GstPad* text = gst_ghost_pad_new_no_target_from_template(
      "text_src", gst_element_class_get_pad_template(GST_ELEMENT_GET_CLASS(bin_), "text_src"));
  gst_element_add_pad(GST_ELEMENT(bin_), text);
  if (!texts_) return;
  g_object_set(texts_, "allow-not-linked", TRUE, nullptr);
  gst_bin_add(bin_, texts_);
  gst_element_link_pads(captioner_, "text_src", texts_, "sink");
  // A sink that waits for its preroll must not hold up the captions in the pictures.
  GstElement* queue = new_element("queue", "text");
  set_unbounded_but_in_time(queue, 0);  // text is small
  gst_bin_add(bin_, queue);
  link_tee(texts_, queue);
  GstElement* end = new_element("tee", "text-end");
  gst_bin_add(bin_, end);
  link_to_open_end(queue, end);
  g_autoptr(GstPad) target = gst_element_get_static_pad(end, "src_0");
  gst_ghost_pad_set_target(GST_GHOST_PAD(text), target);
}

void SubtitleBranches::set_settings(const SubtitleSettings& settings) {
  const std::lock_guard lock(mutex_);
  settings_ = settings;
}

SubtitleSettings SubtitleBranches::settings() const {
  const std::lock_guard lock(mutex_);
  return settings_;
}

GstElement* SubtitleBranches::make(Branch& branch, const char* factory, const char* role) {
  const std::string kind = &branch == branches_.data() ? "audio-" : "video-";
  GstElement* element = new_element(factory, (kind + role).c_str());
  gst_bin_add(bin_, element);
  branch.elements.push_back(element);
  return element;
}

GstPad* SubtitleBranches::add(GstPadTemplate* sink_template, bool is_audio) {
  const std::size_t input = is_audio ? 0 : 1;
  tried_[input].forget();
  std::unique_lock lock(mutex_);
  Branch& branch = branches_[input];
  if (branch.sink) return nullptr;
  try {
    build(branch, sink_template, is_audio);
  } catch (...) {
    dismantle(std::exchange(branch, Branch()));
    throw;
  }
  // Downstream first: a running upstream may push as soon as there is a sink.
  for (auto element = branch.elements.rbegin(); element != branch.elements.rend(); ++element) {
    if (gst_element_is_locked_state(*element)) continue;
    gst_element_sync_state_with_parent(*element);
  }
  GstPad* const sink = branch.sink;
  GST_INFO_OBJECT(bin_, "%s goes through %zu elements", GST_PAD_NAME(sink), branch.elements.size());
  lock.unlock();
  gst_pad_set_active(sink, TRUE);
  gst_element_add_pad(GST_ELEMENT(bin_), sink);
  return sink;
}

void SubtitleBranches::show_source(GstPad* sink) {
  GstPad* source = nullptr;
  {
    const std::lock_guard lock(mutex_);
    Branch* branch = branch_of(sink);
    if (!branch || branch->source) return;
    const char* name = kSourceNames[branch == branches_.data() ? 0 : 1];
    g_autoptr(GstPad) last_source = gst_element_get_static_pad(branch->end, "src_0");
    source = gst_ghost_pad_new_from_template(
        name, last_source, gst_element_class_get_pad_template(GST_ELEMENT_GET_CLASS(bin_), name));
    branch->source = source;
    GST_DEBUG_OBJECT(bin_, "%s is linked: %s comes", GST_PAD_NAME(sink), name);
  }
  g_autoptr(GstProxyPad) inside = gst_proxy_pad_get_internal(GST_PROXY_PAD(source));
  go_on_behind_segments(GST_PAD(inside));
  gst_pad_set_active(source, TRUE);
  gst_element_add_pad(GST_ELEMENT(bin_), source);
}

void SubtitleBranches::build(Branch& branch, GstPadTemplate* sink_template, bool is_audio) {
  if (!texts_) throw std::runtime_error("dalisubtitlebin needs the element tee");
  const std::size_t input = is_audio ? 0 : 1;
  GstElement* tee = make(branch, "tee", "input");
  GstElement* undecoded = make(branch, "queue", "undecoded");
  GstElement* decoder = make(branch, "decodebin", "decoder");
  // Linked from the start, so that the captioner waits for this input however late its first frame.
  GstElement* decoded = make(branch, "queue", "decoded");
  branch.captioner_sink = gst_element_request_pad_simple(captioner_, kSinkNames[input]);
  g_autoptr(GstPad) passed = gst_element_get_static_pad(captioner_, kSourceNames[input]);
  gst_pad_link(passed, takers_[input].pad());
  g_autoptr(GstPad) decoded_source = gst_element_get_static_pad(decoded, "src");
  gst_pad_link(decoded_source, branch.captioner_sink);
  link_tee(tee, undecoded);
  decode(branch, undecoded, decoder, decoded);

  branch.hold = make(branch, "queue", "hold");
  link_tee(tee, branch.hold);
  size_queue(branch);
  const bool takes_captions = !is_audio && settings_.mode != SubtitleMode::kText;
  GstElement* filled = takes_captions ? put_captions_in(branch, branch.hold) : branch.hold;
  branch.end = make(branch, "tee", "end");
  link_to_open_end(filled, branch.end);

  g_autoptr(GstPad) tee_sink = gst_element_get_static_pad(tee, "sink");
  gst_pad_add_probe(tee_sink, GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM, refuse_to_wait, nullptr,
                    nullptr);
  branch.sink = gst_ghost_pad_new_from_template(kSinkNames[input], tee_sink, sink_template);
  // The tee in it takes anything.
  gst_pad_set_query_function(branch.sink, answer_of_caps);
  g_signal_connect(branch.sink, "linked", G_CALLBACK(on_linked), this);
}

void SubtitleBranches::decode(Branch& branch, GstElement* queue, GstElement* decoder,
                              GstElement* next) {
  g_signal_connect(decoder, "pad-added", G_CALLBACK(on_decoded), next);
  branch.decoders.push_back(std::make_unique<SleepingDecoder>(queue, decoder, next));
  g_autoptr(GstPad) sink = gst_element_get_static_pad(decoder, "sink");
  go_on_behind_segments(sink);
  link(queue, decoder);
}

GstElement* SubtitleBranches::put_captions_in(Branch& branch, GstElement* pictures) {
  GstElement* decoder = make(branch, "decodebin", "shown-decoder");
  GstElement* decoded = make(branch, "videoconvert", "shown");
  decode(branch, pictures, decoder, decoded);
  GstElement* shape = make(branch, kTextShape, "shape");
  GstElement* captions = make(branch, "queue", "captions");
  branch.captions = captions;
  set_unbounded_but_in_time(captions, 0);
  link_tee(texts_, captions);
  link(captions, shape);
  if (settings_.mode == SubtitleMode::kBurnIn) {
    // Letters stand upright where a player turns the picture, so it is turned before.
    GstElement* upright = make(branch, "videoflip", "upright");
    gst_util_set_object_arg(G_OBJECT(upright), "video-direction", "auto");
    link(decoded, upright);
    g_autoptr(GstPad) turned = gst_element_get_static_pad(upright, "src");
    say_upright(turned);
    GstElement* overlay = make(branch, "textoverlay", "overlay");
    gst_element_link_pads(upright, "src", overlay, "video_sink");
    gst_element_link_pads(shape, "src", overlay, "text_sink");
    g_autoptr(GstPad) text = gst_element_get_static_pad(overlay, "text_sink");
    keep_tags_back(text);
    return overlay;
  }
  gst_util_set_object_arg(G_OBJECT(shape), "columns", "32");
  const bool is_708 = settings_.mode == SubtitleMode::kCea708;
  GstElement* encoder = make(branch, is_708 ? "dalicea708enc" : "dalicea608enc", "encoder");
  GstElement* converter = make(branch, "ccconverter", "converter");
  // Encoders such as x264enc embed no other format.
  GstElement* format = make(branch, "capsfilter", "format");
  gst_util_set_object_arg(G_OBJECT(format), "caps", "closedcaption/x-cea-708,format=cc_data");
  GstElement* combiner = make(branch, "cccombiner", "combiner");
  g_autoptr(GstPad) combined = gst_element_get_static_pad(combiner, "src");
  keep_second_flush_stop_back(combined);
  link(shape, encoder);
  link(encoder, converter);
  link(converter, format);
  gst_element_link_pads(decoded, "src", combiner, "sink");
  gst_element_link_pads(format, "src", combiner, "caption");
  return combiner;
}

SubtitleBranches::Branch* SubtitleBranches::branch_of(const GstPad* sink) {
  const auto found = std::find_if(branches_.begin(), branches_.end(),
                                  [&](const Branch& branch) { return branch.sink == sink; });
  return found == branches_.end() ? nullptr : &*found;
}

void SubtitleBranches::remove(GstPad* sink) {
  Branch removed;
  {
    const std::lock_guard lock(mutex_);
    if (Branch* branch = branch_of(sink)) {
      if (!branch->source) tried_[static_cast<std::size_t>(branch - branches_.data())].remember();
      removed = std::exchange(*branch, Branch());
    }
  }
  if (!removed.sink) return;
  GST_DEBUG_OBJECT(bin_, "%s is given back", GST_PAD_NAME(sink));
  // Stops the streaming threads between the tee and here, then takes everything apart.
  gst_pad_set_active(removed.sink, FALSE);
  dismantle(removed);
}

void SubtitleBranches::remove_all() {
  g_clear_signal_handler(&captioner_handler_, captioner_);
  for (MediaTaker& taker : takers_) taker.close();
  std::array<Branch, 2> removed;
  {
    const std::lock_guard lock(mutex_);
    removed = std::exchange(branches_, {});
  }
  for (const Branch& branch : removed) dismantle(branch);
}

void SubtitleBranches::dismantle(const Branch& branch) {
  if (branch.sink) g_signal_handlers_disconnect_by_data(branch.sink, this);
  if (branch.captioner_sink) gst_element_release_request_pad(captioner_, branch.captioner_sink);
  for (GstElement* element : branch.elements) {
    gst_element_set_locked_state(element, TRUE);
    gst_element_set_state(element, GST_STATE_NULL);
  }
  if (branch.captions) release_text(branch);
  for (GstPad* pad : {branch.source, branch.sink}) {
    if (pad) gst_element_remove_pad(GST_ELEMENT(bin_), pad);
  }
  for (GstElement* element : branch.elements) gst_bin_remove(bin_, element);
  if (branch.captioner_sink) gst_object_unref(branch.captioner_sink);
}

void SubtitleBranches::release_text(const Branch& branch) {
  g_autoptr(GstPad) sink = gst_element_get_static_pad(branch.captions, "sink");
  g_autoptr(GstPad) text = gst_pad_get_peer(sink);
  if (text) gst_element_release_request_pad(texts_, text);
}

void SubtitleBranches::forget_streams() {
  for (MediaTaker& taker : takers_) {
    taker.close();
    taker.open();
  }
  for (EmptyStreamFlush& flush : flushes_) flush.forget();
  const std::lock_guard lock(mutex_);
  for (const Branch& branch : branches_) {
    for (const auto& decoder : branch.decoders) decoder->put_to_sleep();
  }
}

void SubtitleBranches::pass_missing(std::size_t input, GstPad* taker, GstEvent* event) noexcept {
  no_exception_escapes(GST_ELEMENT(bin_), [&] {
    if (GST_EVENT_TYPE(event) == GST_EVENT_FLUSH_STOP) {
      flushes_[input].pass(event, nullptr);
      return;
    }
    g_autoptr(GstPad) waiting = nullptr;
    {
      const std::lock_guard lock(mutex_);
      const Branch& branch = branches_[input];
      const bool is_waited_for = branch.sink && gst_pad_is_linked(branch.sink);
      if (branch.sink && (!is_waited_for || branch.decoders[0]->has_begun())) return;
      // Not the input itself: the captioner knows.
      if (branch.decoders.size() > 1) {
        waiting = branch.decoders[1]->next_sink();
      } else if (branch.sink) {
        waiting = gst_element_get_static_pad(branch.hold, "sink");
      }
    }
    const bool is_end = GST_EVENT_TYPE(event) == GST_EVENT_EOS;
    if (!waiting) {
      g_autoptr(GstPad) source = is_end ? tried_[input].show_source() : tried_[input].source();
      waiting = source ? gst_pad_get_peer(source) : nullptr;
    }
    if (!waiting) return;
    if (is_end && flushes_[input].begin_stream()) {
      g_autoptr(GstEvent) start = gst_pad_get_sticky_event(taker, GST_EVENT_STREAM_START, 0);
      send_empty_stream(start, gst_event_get_seqnum(event), waiting);
    } else if (!is_end) {
      flushes_[input].pass(event, waiting);
    }
  });
}

void SubtitleBranches::on_captioner_set(GObject*, GParamSpec* property, gpointer branches) {
  const std::string_view name = property->name;
  if (name != "window" && name != "latency" && name != "merge-limit" && name != "mode") return;
  static_cast<SubtitleBranches*>(branches)->size_queues();
}

void SubtitleBranches::size_queues() {
  const std::lock_guard lock(mutex_);
  for (const Branch& branch : branches_) {
    if (branch.hold) size_queue(branch);
  }
}

void SubtitleBranches::size_queue(const Branch& branch) {
  guint window_ms = 0;
  guint latency_ms = 0;
  guint merge_limit_ms = 0;
  int mode = 0;
  g_object_get(captioner_, "window", &window_ms, "latency", &latency_ms, "merge-limit",
               &merge_limit_ms, "mode", &mode, nullptr);
  const bool is_synchronised = latency_ms != G_MAXUINT;
  const guint64 latency_ns =
      is_synchronised ? static_cast<guint64>(latency_ms) * GST_MSECOND : kUnsynchronisedHoldNs;
  // A repeated caption is known when the window after it is, and an event when windows that overlap
  // its own have borne it out.
  const bool is_of_events = static_cast<CaptionMode>(mode) == CaptionMode::kEvents;
  // The most that an interval can make of it is two windows, and some time for what shares a
  // caption.
  constexpr guint64 kTogetherMs = EventCaptions::kTogetherNs / GST_MSECOND;
  const guint64 known_after_ms =
      window_ms + (is_of_events ? 2 * guint64{window_ms} + kTogetherMs : merge_limit_ms);
  const guint64 held_ns = known_after_ms * GST_MSECOND + latency_ns + kSpareNs;
  GST_DEBUG_OBJECT(branch.hold, "holds %" GST_TIME_FORMAT, GST_TIME_ARGS(held_ns));
  set_unbounded_but_in_time(branch.hold, held_ns);
}

}  // namespace dali
