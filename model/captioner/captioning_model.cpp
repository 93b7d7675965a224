// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/captioner/captioning_model.h"

#include <ATen/ops/zeros.h>

#include "model/language/multimodal_sequence.h"

namespace dali {

CaptioningModelImpl::CaptioningModelImpl(const ModelConfig& config)
    : config(config),
      audio_tower(
          register_module("audio_tower", AudioTower(config.audio_tower, config.spectrogram))),
      vision_tower(register_module("vision_tower", VisionTower(config.vision_tower))),
      projector(register_module("projector", Projector(config.projector))),
      decoder(register_module("decoder", Decoder(config.decoder))) {
  if (config.has_audio_projector) {
    audio_projector = register_module("audio_projector", Projector(config.projector));
  }
  if (config.prefix_tokens > 0) {
    prefix = register_parameter("prefix", at::zeros({config.prefix_tokens, config.decoder.width}));
  }
}

torch::Tensor CaptioningModelImpl::audio_tokens(const torch::Tensor& spectrogram) {
  return audio_tower->forward(spectrogram.to(device()));
}

torch::Tensor CaptioningModelImpl::image_tokens(const torch::Tensor& pixels) {
  return vision_tower->forward(pixels.to(device()));
}

bool CaptioningModelImpl::uses_prefix(bool has_image, bool has_audio) const {
  const bool is_distilled_audio = has_audio && !has_image && config.has_audio_projector;
  return prefix.defined() && !is_distilled_audio;
}

torch::Tensor CaptioningModelImpl::condition(const torch::Tensor& image,
                                             const torch::Tensor& audio) {
  TORCH_CHECK(image.defined() || audio.defined(),
              "condition wants tokens of an image, of sound, or of both");
  torch::Tensor projected_audio;
  if (audio.defined()) {
    Projector& own = !image.defined() && config.has_audio_projector ? audio_projector : projector;
    projected_audio = own->forward(audio);
  }
  return inserted_tokens(image.defined() ? projector->forward(image) : image, projected_audio,
                         uses_prefix(image.defined(), audio.defined()) ? prefix : torch::Tensor());
}

}  // namespace dali
