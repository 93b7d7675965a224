// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "tests/plugin/fake_engine.h"
#include "tests/support/gstcheck_for_cpp.h"

namespace dali {

// Eight seconds whose sound and picture say which second it is: what is described of a window can
// be told from what should have been. A key frame every two seconds. Beside it lie, unencoded,
// FILE.sound (16 bits, 16 kHz, mono) and FILE.pictures (I420, 32 x 32, ten a second). Throws when
// it cannot be written.
void write_counting_clip(const std::filesystem::path& file);
constexpr int kClipSeconds = 8;

// A caption in stream time, and the seconds that its window's sound began and ended in and its
// picture showed; -1 without.
struct Counted {
  double start_s = 0;
  double end_s = 0;
  int first_second = -1;
  int last_second = -1;
  int shown_second = -1;
};

// A pipeline around a captioner, played and sought by a test's main thread; where it is described,
// its text goes to the fakesink "t".
class SeekRun {
 public:
  SeekRun(GstElement* pipeline, GstElement* text_sink);  // takes, borrows
  static SeekRun of(const std::string& description);
  ~SeekRun();
  SeekRun(const SeekRun&) = delete;
  SeekRun& operator=(const SeekRun&) = delete;

  // Waits for it; fails the test after half a minute.
  void change_state(GstState state);
  // Whether the seek was done.
  bool seek(double rate, int flags, double start_s, double stop_s = -1);
  // The next message of the types; fails the test after half a minute, or at an error.
  GstMessageType wait_for(int types);

  // The captions since the last flush or forget_captions(), each of which must be of its own
  // stretch.
  std::vector<Counted> captions();
  void forget_captions();

  GstElement* pipeline = nullptr;

 private:
  static GstPadProbeReturn record(GstPad* pad, GstPadProbeInfo* info, gpointer run);

  std::mutex mutex_;
  std::vector<Counted> captions_;  // under mutex_
  GstBus* bus_ = nullptr;
};

// An engine whose captions say which seconds its windows hold.
std::shared_ptr<FakeEngine> counting_engine();

}  // namespace dali
