// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "gst-plugin/gst_handles.h"
#include "tests/plugin/fake_engine.h"
#include "tests/support/gstcheck_for_cpp.h"

namespace dali {

// One thing that came out of text_src.
struct TextItem {
  std::string kind;    // "caption", "gap", or the event's name
  guint32 seqnum = 0;  // of an event
  GstClockTime start = GST_CLOCK_TIME_NONE;
  GstClockTime end = GST_CLOCK_TIME_NONE;
  std::string text;                       // of a caption
  bool is_missing_data = false;           // of a gap
  std::shared_ptr<GstMiniObject> object;  // the buffer or event
};

// A dalicaptioner in PLAYING with a fake engine, its inputs and outputs in harnesses and all that
// text_src sends recorded in order. A test's main thread makes and uses it.
class CaptionerRun {
 public:
  enum class Inputs { kNone, kAudio, kVideo, kBoth };
  explicit CaptionerRun(Inputs inputs, const char* property = nullptr, const char* value = nullptr);
  ~CaptionerRun();
  CaptionerRun(const CaptionerRun&) = delete;
  CaptionerRun& operator=(const CaptionerRun&) = delete;

  static constexpr const char* kMono16 =
      "audio/x-raw,format=F32LE,rate=16000,channels=1,layout=interleaved";
  static constexpr const char* kSmallRgb = "video/x-raw,format=RGB,width=4,height=2,framerate=10/1";

  // STREAM_START, CAPS and a TIME segment from 0, to each input.
  void open(const char* audio_caps = kMono16, const char* video_caps = kSmallRgb);

  // Sound of a sawtooth of 2.5 s, so that no two windows begin alike, mono F32 at 16 kHz, in
  // buffers of `piece_ms`; frames of 100 ms, each of a grey that is its time in tenths of a second.
  GstFlowReturn push_sound(int from_ms, int to_ms, int piece_ms = 100);
  GstFlowReturn push_frames(int from_ms, int to_ms);
  bool push_event(GstHarness* harness, GstEvent* event);  // takes
  void end();                                             // EOS on every input

  // What has come out of text_src, once it has sent EOS (or fails the test after 20 s).
  std::vector<TextItem> text_until_eos();
  std::vector<TextItem> captions_until_eos();
  std::vector<TextItem> captions_of_sound(int to_ms);  // all of a run: opens, pushes, ends
  std::vector<TextItem> text_until(const std::string& kind, std::size_t count = 1);
  std::vector<TextItem> text_so_far();

  // The next message of the type, owned; null after `timeout`.
  std::shared_ptr<GstMessage> message(GstMessageType type, GstClockTime timeout = 10 * GST_SECOND);

  std::shared_ptr<FakeEngine> engine = std::make_shared<FakeEngine>();
  GstElement* element = nullptr;
  GstHarness* audio = nullptr;  // null without that input
  GstHarness* video = nullptr;
  GstHarness* text = nullptr;

 private:
  static GstPadProbeReturn record(GstPad* pad, GstPadProbeInfo* info, gpointer run);
  bool has(const std::string& kind, std::size_t count) const;

  GstBus* bus_ = nullptr;
  std::mutex mutex_;
  std::condition_variable recorded_;
  std::vector<TextItem> items_;  // under mutex_
};

GstEvent* with_seqnum(GstEvent* event, guint32 seqnum);  // takes and returns owned
GstEvent* segment_event(GstClockTime start, GstClockTime base, guint32 seqnum);  // returns owned
std::vector<TextItem> of_kind(std::vector<TextItem> items, const std::string& kind);
BufferHandle sound_buffer(int from_ms, int to_ms);
BufferHandle frame_buffer(int from_ms, int to_ms);

}  // namespace dali
