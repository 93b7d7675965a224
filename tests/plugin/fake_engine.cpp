// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/plugin/fake_engine.h"

#include <cstdint>
#include <cstdio>
#include <utility>

namespace dali {
namespace {

// FNV-1a
std::string fingerprint(const void* data, std::size_t bytes) {
  std::uint64_t hash = 0xcbf29ce484222325;
  const auto* byte = static_cast<const std::uint8_t*>(data);
  for (std::size_t index = 0; index < bytes; ++index) hash = (hash ^ byte[index]) * 0x100000001b3;
  char text[17];
  std::snprintf(text, sizeof(text), "%016llx", static_cast<unsigned long long>(hash));
  return text;
}

std::string said_of(const Window& window) {
  std::string text;
  if (window.audio) {
    text = "sound of " + std::to_string(window.audio->size()) + " (" +
           fingerprint(window.audio->data(), window.audio->size_bytes()) + ")";
  }
  if (window.frame) {
    if (!text.empty()) text += " and ";
    text += "picture of " + std::to_string(window.frame->width_px) + " x " +
            std::to_string(window.frame->height_px) + " (" +
            fingerprint(window.frame->pixels.data(), window.frame->pixels.size()) + ")";
  }
  return text;
}

FakeEngine::Asked copy_of(const Window& window, const CaptionRequest& request) {
  FakeEngine::Asked asked;
  asked.request = request;
  if (window.audio) asked.samples.assign(window.audio->begin(), window.audio->end());
  if (window.frame) {
    asked.width_px = window.frame->width_px;
    asked.height_px = window.frame->height_px;
    asked.first_pixel.assign(window.frame->pixels.begin(), window.frame->pixels.begin() + 3);
  }
  return asked;
}

}  // namespace

Caption FakeEngine::describe(const Window& window, const CaptionRequest& request,
                             std::stop_token stop) const {
  std::unique_lock lock(mutex_);
  if (is_recording_) asked_.push_back(copy_of(window, request));
  ++describing_;
  changed_.notify_all();
  changed_.wait(lock, stop, [this] { return !is_held_; });
  --describing_;
  const Answer answer = answer_;
  lock.unlock();
  if (answer) return answer(window, request, stop);
  return {.text = said_of(window), .mean_log_probability = -0.5, .token_count = 3};
}

int FakeEngine::windows_at_once() const {
  return windows_at_once_;
}

std::vector<Described> FakeEngine::describe_together(
    std::span<const WindowToDescribe> windows) const {
  {
    const std::lock_guard lock(mutex_);
    if (is_recording_) batches_.push_back(windows.size());
  }
  return CaptionEngine::describe_together(windows);
}

void FakeEngine::gain_by_batches(int windows_at_once) {
  windows_at_once_of_next = windows_at_once;
}

std::vector<std::size_t> FakeEngine::batches() const {
  const std::lock_guard lock(mutex_);
  return batches_;
}

void FakeEngine::answer_with(Answer answer) {
  const std::lock_guard lock(mutex_);
  answer_ = std::move(answer);
}

void FakeEngine::hold() {
  const std::lock_guard lock(mutex_);
  is_held_ = true;
}

void FakeEngine::record_nothing() {
  const std::lock_guard lock(mutex_);
  is_recording_ = false;
}

void FakeEngine::release() {
  const std::lock_guard lock(mutex_);
  is_held_ = false;
  changed_.notify_all();
}

void FakeEngine::wait_until_describing() const {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return describing_ > 0; });
}

std::vector<FakeEngine::Asked> FakeEngine::asked() const {
  const std::lock_guard lock(mutex_);
  return asked_;
}

void use_engine(std::shared_ptr<const CaptionEngine> engine) {
  EnginePool::shared().set_factory(
      std::make_shared<FakeFactory>([engine](const EngineKey&) { return engine; }));
}

}  // namespace dali
