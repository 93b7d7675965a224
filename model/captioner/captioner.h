// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "model/base/conditioning.h"
#include "model/captioner/caption_engine.h"

namespace dali {

// What holds instead of what the model folder's config.json says. Unset: what that says.
struct ConfigChanges {
  std::optional<AudiovisualProjection> audiovisual = {};  // kTuned... wants a tuned projector
  std::optional<PrefixUse> prefix_use = {};               // kAlways wants a prefix
  std::optional<int> top_k = {};                          // of sampling, 0 or more; 0: all
  std::optional<double> top_p = {};                       // of sampling, above 0, at most 1
};

// Where and how precisely a model computes.
struct LoadOptions {
  std::string device = "auto";     // "cpu", "cuda", "cuda:N"; "auto": CUDA where there is one
  std::string precision = "auto";  // "float32", "bfloat16"; "auto": what is faster here, or fits
  ConfigChanges changes = {};
};

// A whole model behind the CaptionEngine interface: from a window's samples and pixels to words.
// It owns its weights, which go with the last pointer to it. Several threads may call describe() at
// once: they share the weights, and each call has memory of its own for what it computes.
//
// Windows that may wait are read one after the other and continued together, a token of each in one
// pass of the decoder, whoever asked about them. Each has keys and values in memory meanwhile: no
// more windows than windows_at_once(), or than one call is about, unless more threads than that
// call, each of which has one. On CUDA they are continued one by one.
//
// Threads: describe() computes on the calling thread and on helpers, as many in all as the request
// says. Each thread that calls it has helpers of its own, which sleep between two pieces of work;
// a child process that is forked off has none and must not call it. OpenBLAS, which float32 on the
// CPU is computed with, has one set of threads for the process: the last request that began says
// how many.
class Captioner final : public CaptionEngine {
 public:
  // Opens a model directory, from any thread. Weights that are stored in the precision that they
  // are used in, for the CPU, stay mapped and are not copied: their file may be replaced by another
  // but not be written to meanwhile. Throws CaptionError naming the file or the option that is
  // wrong, or what of the changes does not fit the model.
  static std::shared_ptr<Captioner> load(const std::filesystem::path& directory,
                                         const LoadOptions& options = {});

  ~Captioner() override;
  Captioner(const Captioner&) = delete;
  Captioner& operator=(const Captioner&) = delete;

  std::string model_name() const override;
  std::string description() const override;
  std::string precision() const override;
  std::shared_ptr<const SourceClasses> source_classes() const override;
  Caption describe(const Window& window, const CaptionRequest& request,
                   std::stop_token stop) const override;
  int windows_at_once() const override;
  std::vector<Described> describe_together(
      std::span<const WindowToDescribe> windows) const override;

  // Keeps LibTorch out of this header. What measures models in this house and shows the decoder
  // other tokens than a window's has the stations of a description from it, borrowed.
  struct Implementation;
  Implementation& implementation() const { return *implementation_; }

 private:
  explicit Captioner(std::unique_ptr<Implementation> implementation);

  std::unique_ptr<Implementation> implementation_;
};

// The model that comes with the project: $DALI_MODEL_DIR where that is set, as in the build folder
// and in tests, else where it was installed. It need not exist.
std::filesystem::path embedded_model_directory();

}  // namespace dali
