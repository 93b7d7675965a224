// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <vector>

#include "model/base/caption.h"
#include "model/base/modality.h"
#include "model/base/source_classes.h"
#include "model/base/window.h"

namespace dali {

// What went wrong while loading a model or describing a window, in one line that a user can act on:
// it names the file, the tensor or the input.
class CaptionError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// How to describe one window. Unset fields take the model's own defaults.
struct CaptionRequest {
  Modality modality = Modality::kAuto;
  std::optional<std::string> question = {};
  std::optional<int> max_new_tokens = {};         // at least 1
  std::optional<double> temperature = {};         // 0: greedy
  std::optional<double> repetition_penalty = {};  // 1: none
  std::uint64_t seed = 0;      // of sampling; the same seed gives the same caption
  bool locates_words = false;  // says when each word's sound is; costs passes of the model
  bool weighs_words = false;   // says what the sound made likelier; costs a pass of the decoder
  int threads = 0;             // that compute; 0: the processors that this process may use
  // Whether its words may wait for other windows that are being described, so that all are
  // continued together, in less time altogether. It makes no difference to the caption.
  bool may_wait = false;
};

// One of several windows that are described together. Borrows samples and pixels.
struct WindowToDescribe {
  Window window;
  CaptionRequest request;
  std::stop_token stop = {};  // as describe() has it, of this window
};

// What became of it.
struct Described {
  Caption caption = {};
  std::exception_ptr failure = nullptr;  // what describe() would have thrown; null: nothing
};

// What turns windows into captions. The elements know this interface alone, and tests put a fake
// behind it. Every function may be called from any thread, by several at once.
class CaptionEngine {
 public:
  virtual ~CaptionEngine() = default;

  // The model's name, as captions' metadata carries it.
  virtual std::string model_name() const = 0;

  // What it computes in and how large it is, in words for a log. Empty: it does not say.
  virtual std::string description() const { return {}; }

  // What the weights are kept and multiplied in, and why, for the user who left the choice to it:
  // "float32, as ...". Empty: it does not say.
  virtual std::string precision() const { return {}; }

  // The sources that its captions name. Null: it does not say.
  virtual std::shared_ptr<const SourceClasses> source_classes() const { return nullptr; }

  // Blocks until the caption is complete. When `stop` is requested it returns within one token,
  // with what it has. Borrows the window's samples and pixels until it returns. Throws
  // CaptionError: nothing to describe in the window for the modality asked for, sound shorter than
  // 25 ms, samples that are not finite, a picture without pixels, a field of the request that is
  // out of its range.
  virtual Caption describe(const Window& window, const CaptionRequest& request,
                           std::stop_token stop) const = 0;

  // How many windows, of those that may wait, it is worth to describe together: as many as its
  // memory is meant for. 1: there is nothing to gain.
  virtual int windows_at_once() const { return 1; }

  // describe() for each, in less time than one after the other where the engine can: every caption
  // is the one that describe() gives, and what is wrong with one window is its failure alone.
  // Returns as many as there are windows, in their order, once all of them have ended or were
  // stopped.
  virtual std::vector<Described> describe_together(
      std::span<const WindowToDescribe> windows) const {
    std::vector<Described> described;
    for (const WindowToDescribe& asked : windows) {
      Described& one = described.emplace_back();
      try {
        one.caption = describe(asked.window, asked.request, asked.stop);
      } catch (...) {
        one.failure = std::current_exception();
      }
    }
    return described;
  }
};

}  // namespace dali
