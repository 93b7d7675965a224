// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/captioner/late_look.h"

#include <chrono>
#include <utility>

#include "gst-plugin/exception_barrier.h"

namespace dali {
namespace {

// A sink is kept from its preroll for as long as this; a look costs some microseconds an element.
constexpr std::chrono::milliseconds kPause{50};

}  // namespace

struct LateLook::Run {
  LateLook* owner;  // outlives the run: its element does
  int number;
  Look look;
};

void LateLook::begin(GstElement* element, Look look) {
  gst_element_call_async(element, run, new Run{this, end_looking(), std::move(look)},
                         [](gpointer data) { delete static_cast<Run*>(data); });
}

void LateLook::cancel() {
  end_looking();
}

int LateLook::end_looking() {
  std::unique_lock lock(mutex_);
  const int next = ++number_;
  changed_.notify_all();
  changed_.wait(lock, [this] { return !is_looking_; });
  return next;
}

void LateLook::run(GstElement* element, gpointer data) {
  auto* run = static_cast<Run*>(data);
  run->owner->look_until_done(element, run->number, run->look);
}

void LateLook::look_until_done(GstElement* element, int number, const Look& look) {
  std::unique_lock lock(mutex_);
  bool is_done = false;
  while (!is_done && number_ == number) {
    is_looking_ = true;
    lock.unlock();
    is_done = no_exception_escapes(element, true, look);
    lock.lock();
    is_looking_ = false;
    changed_.notify_all();
    if (!is_done) changed_.wait_for(lock, kPause, [&] { return number_ != number; });
  }
}

}  // namespace dali
