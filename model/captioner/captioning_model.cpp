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

bool CaptioningModelImpl::tunes_audio(bool has_image) const {
  return config.has_audio_projector &&
         (!has_image || config.audiovisual != AudiovisualProjection::kOriginal);
}

bool CaptioningModelImpl::tunes_image(bool has_audio) const {
  return config.has_audio_projector && has_audio &&
         config.audiovisual == AudiovisualProjection::kTunedBoth;
}

bool CaptioningModelImpl::uses_prefix(bool has_image, bool has_audio) const {
  if (!prefix.defined() || config.prefix_use == PrefixUse::kNever) return false;
  return config.prefix_use == PrefixUse::kAlways || !(has_audio && tunes_audio(has_image));
}

torch::Tensor CaptioningModelImpl::condition(const torch::Tensor& image,
                                             const torch::Tensor& audio) {
  TORCH_CHECK(image.defined() || audio.defined(),
              "condition wants tokens of an image, of sound, or of both");
  const auto projected = [this](const torch::Tensor& tokens, bool is_tuned) {
    if (!tokens.defined()) return tokens;
    return (is_tuned ? audio_projector : projector)->forward(tokens);
  };
  return inserted_tokens(projected(image, tunes_image(audio.defined())),
                         projected(audio, tunes_audio(image.defined())),
                         uses_prefix(image.defined(), audio.defined()) ? prefix : torch::Tensor());
}

}  // namespace dali
