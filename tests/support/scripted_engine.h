// SPDX-License-Identifier: LGPL-2.1-or-later
// What tests of a served model have at its two ends.
#pragma once

#include <sys/socket.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "model/base/file_descriptor.h"
#include "model/captioner/caption_engine.h"
#include "model/service/engine_server.h"
#include "model/service/remote_engine.h"
#include "tests/support/check_for_cpp.h"

namespace dali {

// Answers as its test says, and counts. Any thread.
class ScriptedEngine final : public CaptionEngine {
 public:
  using Answer = std::function<Caption(const Window&, const CaptionRequest&, std::stop_token)>;

  explicit ScriptedEngine(Answer answer, std::shared_ptr<const SourceClasses> classes = nullptr,
                          int windows_at_once = 1)
      : answer_(std::move(answer)),
        classes_(std::move(classes)),
        windows_at_once_(windows_at_once) {}

  std::string model_name() const override { return "scripted"; }
  std::string description() const override { return "'scripted' in memory"; }
  std::string precision() const override { return "exact, as nothing is computed"; }
  std::shared_ptr<const SourceClasses> source_classes() const override { return classes_; }
  Caption describe(const Window& window, const CaptionRequest& request,
                   std::stop_token stop) const override {
    {
      const std::lock_guard lock(mutex_);
      ++begun_;
      changed_.notify_all();
    }
    return answer_(window, request, std::move(stop));
  }
  int windows_at_once() const override { return windows_at_once_; }
  std::vector<Described> describe_together(
      std::span<const WindowToDescribe> windows) const override {
    {
      const std::lock_guard lock(mutex_);
      batches_.push_back(windows.size());
    }
    return CaptionEngine::describe_together(windows);
  }
  std::vector<std::size_t> batches() const {  // how many windows came together, each time
    const std::lock_guard lock(mutex_);
    return batches_;
  }

  void wait_until_begun(int descriptions) const {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return begun_ >= descriptions; });
  }
  int begun() const {
    const std::lock_guard lock(mutex_);
    return begun_;
  }

 private:
  const Answer answer_;
  const std::shared_ptr<const SourceClasses> classes_;
  const int windows_at_once_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  mutable int begun_ = 0;                     // mutex_
  mutable std::vector<std::size_t> batches_;  // mutex_
};

// Opens once, for all who wait; or until they are told to stop.
class Gate {
 public:
  void open() {
    const std::lock_guard lock(mutex_);
    is_open_ = true;
    changed_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return is_open_; });
  }
  bool wait(const std::stop_token& stop) {  // whether it was opened
    std::unique_lock lock(mutex_);
    return changed_.wait(lock, stop, [this] { return is_open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool is_open_ = false;
};

// What such an engine says that a stop alone ends.
inline Caption waits_for_stop(const Window&, const CaptionRequest&, const std::stop_token& stop) {
  Gate never;
  never.wait(stop);
  return {};
}

// Both ends of a connection.
struct SocketPair {
  SocketPair() {
    int ends[2] = {-1, -1};
    ck_assert_int_eq(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    ours = FileDescriptor(ends[0]);
    theirs = FileDescriptor(ends[1]);
  }
  FileDescriptor ours;
  FileDescriptor theirs;
};

// An end of a connection that the server has the other end of.
inline FileDescriptor connection_to(EngineServer& server) {
  SocketPair pair;
  server.serve(std::move(pair.theirs));
  return std::move(pair.ours);
}

// A client without a path. Borrows the server.
class PairedEngine {
 public:
  explicit PairedEngine(EngineServer& server)
      : engine_("the pair", [&server] { return connection_to(server); }) {}
  const RemoteEngine* operator->() const { return &engine_; }

 private:
  RemoteEngine engine_;
};

inline void expect_text(const std::string& text, const std::string& wanted) {
  ck_assert_msg(text == wanted, "'%.200s' is not '%.200s'", text.c_str(), wanted.c_str());
}

inline const std::vector<float> kSound = {0.5F, -0.25F, 1.0F};

inline Window sound_of(const std::vector<float>& samples) {
  return {.audio = samples, .frame = std::nullopt};
}

}  // namespace dali
