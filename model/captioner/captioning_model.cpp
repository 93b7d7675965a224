#include "model/captioner/captioning_model.h"

#include <ATen/Functions.h>

#include <vector>

namespace dali {

CaptioningModelImpl::CaptioningModelImpl(const ModelConfig& config)
    : config(config),
      audio_tower(register_module("audio_tower",
                                  AudioTower(config.audio_tower, config.spectrogram))),
      vision_tower(register_module("vision_tower", VisionTower(config.vision_tower))),
      projector(register_module("projector", Projector(config.projector))),
      decoder(register_module("decoder", Decoder(config.decoder))) {
  if (config.has_audio_projector) {
    audio_projector = register_module("audio_projector", Projector(config.projector));
  }
  if (config.prefix_tokens > 0) {
    prefix = register_parameter("prefix",
                                at::zeros({config.prefix_tokens, config.decoder.width}));
  }
}

torch::Tensor CaptioningModelImpl::audio_tokens(const torch::Tensor& spectrogram) {
  return audio_tower->forward(spectrogram);
}

torch::Tensor CaptioningModelImpl::image_tokens(const torch::Tensor& pixels) {
  return vision_tower->forward(pixels);
}

bool CaptioningModelImpl::uses_prefix(bool has_image, bool has_audio) const {
  const bool is_distilled_audio = has_audio && !has_image && config.has_audio_projector;
  return prefix.defined() && !is_distilled_audio;
}

torch::Tensor CaptioningModelImpl::condition(const torch::Tensor& image,
                                             const torch::Tensor& audio) {
  TORCH_CHECK(image.defined() || audio.defined(),
              "condition wants tokens of an image, of sound, or of both");
  std::vector<torch::Tensor> parts;
  if (image.defined()) parts.push_back(projector->forward(image));
  if (audio.defined()) {
    Projector& own = !image.defined() && config.has_audio_projector ? audio_projector : projector;
    parts.push_back(own->forward(audio));
  }
  if (uses_prefix(image.defined(), audio.defined())) {
    const auto batch = parts.front().size(0);
    parts.push_back(prefix.unsqueeze(0).expand({batch, -1, -1}).to(parts.front().scalar_type()));
  }
  return at::cat(parts, 1);
}

}  // namespace dali
