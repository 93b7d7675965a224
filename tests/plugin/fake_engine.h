// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "gst-plugin/session/engine_pool.h"
#include "model/captioner/caption_engine.h"

namespace dali {

// A stand-in for a model, whose captions say what was in the window: "sound of 160000 (5f3a...) and
// picture of 4 x 2 (0be1...)", with a fingerprint of the samples and of the pixels, so that equal
// captions mean equal windows. Any thread may call it.
class FakeEngine final : public CaptionEngine {
 public:
  // Answers instead; may block until `stop`, and may throw.
  using Answer = std::function<Caption(const Window&, const CaptionRequest&, std::stop_token)>;

  std::string model_name() const override { return "fake"; }
  std::string precision() const override { return "made-up, as nothing is computed"; }
  Caption describe(const Window& window, const CaptionRequest& request,
                   std::stop_token stop) const override;

  // Those of gain_by_batches(). Windows that come together are answered one after the other.
  int windows_at_once() const override;
  std::vector<Described> describe_together(
      std::span<const WindowToDescribe> windows) const override;
  static void gain_by_batches(int windows_at_once);  // of engines that are made from now on
  std::vector<std::size_t> batches() const;          // how many came together, each time

  void answer_with(Answer answer);
  // describe() blocks until release() or its stop token.
  void hold();
  void release();
  void wait_until_describing() const;

  // For runs so long that asked() would fill the memory.
  void record_nothing();

  // What it was asked, in order.
  struct Asked {
    std::vector<float> samples;
    int width_px = 0;
    int height_px = 0;
    std::vector<std::uint8_t> first_pixel;
    CaptionRequest request;
  };
  std::vector<Asked> asked() const;

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable_any changed_;
  mutable std::vector<Asked> asked_;  // all of these under mutex_
  mutable std::vector<std::size_t> batches_;
  mutable int describing_ = 0;
  const int windows_at_once_ = windows_at_once_of_next;
  inline static int windows_at_once_of_next = 1;
  Answer answer_;
  bool is_held_ = false;
  bool is_recording_ = true;
};

// Hands out the engines that `make` makes.
class FakeFactory final : public EngineFactory {
 public:
  using Make = std::function<std::shared_ptr<const CaptionEngine>(const EngineKey&)>;
  explicit FakeFactory(Make make) : make_(std::move(make)) {}
  std::filesystem::path embedded_directory() const override { return "/embedded"; }
  std::shared_ptr<const CaptionEngine> load(const EngineKey& key) const override {
    return make_(key);
  }

 private:
  Make make_;
};

// Every element of this process gets `engine` from now on.
void use_engine(std::shared_ptr<const CaptionEngine> engine);

}  // namespace dali
