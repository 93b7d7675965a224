// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/captioner/media_pads.h"

namespace dali {

bool MediaPads::add(GstPad* sink, GstPad* source) {
  GST_OBJECT_LOCK(element_);
  const bool is_free = !sink_;
  if (is_free) {
    sink_ = sink;
    source_ = source;
  }
  GST_OBJECT_UNLOCK(element_);
  return is_free;
}

GstPad* MediaPads::remove(const GstPad* sink) {
  GstPad* source = nullptr;
  GST_OBJECT_LOCK(element_);
  if (sink_ == sink && source_) {
    source = GST_PAD(gst_object_ref(source_));
    sink_ = nullptr;
    source_ = nullptr;
  }
  GST_OBJECT_UNLOCK(element_);
  if (source) former_taker_.remember(source);
  return source;
}

GstPad* MediaPads::sink() const {
  GST_OBJECT_LOCK(element_);
  GstPad* sink = sink_ ? GST_PAD(gst_object_ref(sink_)) : nullptr;
  GST_OBJECT_UNLOCK(element_);
  return sink;
}

GstPad* MediaPads::source() const {
  GST_OBJECT_LOCK(element_);
  GstPad* source = source_ ? GST_PAD(gst_object_ref(source_)) : nullptr;
  GST_OBJECT_UNLOCK(element_);
  return source;
}

bool MediaPads::is_linked() const {
  g_autoptr(GstPad) linked = sink();
  return linked && gst_pad_is_linked(linked);
}

GstPad* MediaPads::taker() const {
  g_autoptr(GstPad) own = source();
  return own ? gst_pad_get_peer(own) : former_taker_.get();
}

void MediaPads::link_again(GstPad* source) const {
  GST_OBJECT_LOCK(element_);
  const bool is_own = source_ == source;
  GST_OBJECT_UNLOCK(element_);
  if (is_own) former_taker_.link_again(element_, source);
}

void MediaPads::expect_stream() {
  has_come_ = false;
  is_flowing_ = false;
  is_given_up_ = false;
  empty_stream_.forget_stream();
}

bool MediaPads::begin_stream() {
  has_come_ = true;
  empty_stream_.forget_stream();
  return is_given_up_.exchange(false);
}

void MediaPads::flush_empty_stream(GstEvent* flush) {
  g_autoptr(GstPad) waiting = taker();
  empty_stream_.pass(flush, waiting);
}

void MediaPads::end_flush_of_empty_stream() {
  empty_stream_.end(gst_util_seqnum_next());
}

}  // namespace dali
