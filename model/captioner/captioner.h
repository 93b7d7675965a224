#pragma once

#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>

#include "model/captioner/caption_engine.h"

namespace dali {

// Where and how precisely a model computes.
struct LoadOptions {
  std::string device = "auto";     // "cpu", "cuda", "cuda:N"; "auto": CUDA where there is one
  std::string precision = "auto";  // "float32", "bfloat16"; "auto": float32 up to 4 GiB of weights
};

// A whole model behind the CaptionEngine interface: from a window's samples and pixels to words.
// Several threads may call describe() at once: they share the weights, and each call has memory of
// its own for what it computes.
//
// Threads: LibTorch computes on the calling thread and on a pool per process, half of the cores
// unless OMP_NUM_THREADS says otherwise. In float32 on the CPU Debian's LibTorch calls OpenBLAS,
// which has threads of its own (OPENBLAS_NUM_THREADS); load() then takes LibTorch down to one,
// because two pools that wait for each other by spinning are slower than either, and steal the
// cores of the pipeline around. A process that gives LibTorch several threads should start with
// OMP_WAIT_POLICY=passive, for the same reason.
class Captioner final : public CaptionEngine {
 public:
  // Opens a model directory. Weights that are stored in the precision that they are used in, for
  // the CPU, stay mapped and are not copied.
  // Throws CaptionError naming the file or the option that is wrong.
  static std::shared_ptr<Captioner> load(const std::filesystem::path& directory,
                                         const LoadOptions& options = {});

  ~Captioner() override;
  Captioner(const Captioner&) = delete;
  Captioner& operator=(const Captioner&) = delete;

  std::string model_name() const override;
  Caption describe(const Window& window, const CaptionRequest& request,
                   std::stop_token stop) const override;

 private:
  struct Implementation;  // keeps LibTorch out of this header
  explicit Captioner(std::unique_ptr<Implementation> implementation);

  std::unique_ptr<Implementation> implementation_;
};

// The model that comes with the project: $DALI_MODEL_DIR where that is set, as in the build folder
// and in tests, else where it was installed. It need not exist.
std::filesystem::path embedded_model_directory();

}  // namespace dali
