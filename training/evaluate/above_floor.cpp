// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/above_floor.h"

#include <c10/core/InferenceMode.h>

#include <stdexcept>
#include <utility>

#include "model/captioner/caption_errors.h"
#include "model/captioner/captioner_implementation.h"
#include "model/tensor/threads.h"
#include "training/data/trained_model.h"

namespace dali {

AboveFloorCaptioner::AboveFloorCaptioner(std::shared_ptr<Captioner> captioner,
                                         const std::filesystem::path& directory)
    : captioner_(std::move(captioner)),
      scorers_(captioner_->implementation().config.audio_tower.output_width) {
  check(directory);
  read_loss_weights(loss_weights_file(directory), scorers_,
                    captioner_->implementation().options.device());
}

void AboveFloorCaptioner::check(const std::filesystem::path& directory) {
  const std::filesystem::path file = loss_weights_file(directory);
  if (std::filesystem::exists(file)) return;
  throw std::runtime_error(file.string() +
                           ": is not there, and image_tokens=above-floor wants the scorers that "
                           "dali-align writes with loss=attentive-ot or attentive-sinkhorn");
}

AboveFloorCaption AboveFloorCaptioner::describe(const Window& window,
                                                const CaptionRequest& request) {
  const c10::InferenceMode no_gradients;
  return with_caption_errors("cannot describe the window", [&] {
    Captioner::Implementation& stations = captioner_->implementation();
    compute_with_threads(request.threads);
    const Inputs both = {.audio = window.audio, .frame = window.frame};
    BegunWindow begun;
    CaptionTiming& timing = begun.caption.timing;
    begun.sound = stations.sound_of_window(both, timing);
    const at::Tensor audio = stations.audio_tokens(begun.sound, timing);
    const at::Tensor image = stations.image_tokens(both, timing);
    if (!audio.defined() || !image.defined()) {
      throw CaptionError("the window lacks sound or a picture, and the scorers look at both");
    }

    // The scorers were trained in float32.
    const at::Tensor weights = scorers_.weights(audio.to(at::kFloat), image.to(at::kFloat)).image;
    const at::Tensor places = is_above_floor(weights)[0].nonzero().squeeze(1);
    begun.image = image.index_select(1, places);
    const bool is_heard = request.modality != Modality::kImage;
    if (!is_heard) begun.sound = {};
    const WindowToDescribe asked{.window = window, .request = request};
    stations.read_prompt(begun, is_heard ? audio : at::Tensor(), asked);
    Continuation* const sequence = &*begun.sequence;
    while (!sequence->has_ended()) continue_together(stations.model->decoder, {&sequence, 1});
    begun.generated = sequence->take();
    return AboveFloorCaption{.caption = stations.finish(begun, asked),
                             .shown_tokens = places.size(0),
                             .tokens = image.size(1)};
  });
}

}  // namespace dali
