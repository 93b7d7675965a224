#include "gst-plugin/model_factory.h"

#include <cmath>
#include <cstdlib>
#include <string>

namespace dali {
namespace {

// Stands in for Captioner until that lands.
class LevelEngine final : public CaptionEngine {
 public:
  std::string model_name() const override { return "stand-in"; }
  Caption describe(const Window& window, const CaptionRequest& /*request*/,
                   std::stop_token /*stop*/) const override {
    std::string text = "stand-in:";
    if (window.audio) {
      double energy = 0.0;
      for (const float sample : *window.audio) energy += static_cast<double>(sample) * sample;
      const double level = 10.0 * std::log10(energy / static_cast<double>(window.audio->size()));
      text += " sound at " + std::to_string(std::lround(level)) + " dB";
    }
    if (window.frame) {
      text += " picture of " + std::to_string(window.frame->width_px) + " x " +
              std::to_string(window.frame->height_px);
    }
    return {.text = text, .mean_log_probability = -1.0, .token_count = 8};
  }
};

}  // namespace

std::filesystem::path ModelFactory::embedded_directory() const {
  const char* directory = std::getenv("DALI_MODEL_DIR");
  return directory ? directory : DALI_INSTALLED_MODELS_DIR "/toyworld";
}

std::shared_ptr<const CaptionEngine> ModelFactory::load(const EngineKey& key) const {
  if (!std::filesystem::exists(key.directory / "config.json") && std::getenv("DALI_MODEL_DIR")) {
    throw CaptionError(key.directory.string() + ": no model there");
  }
  return std::make_shared<LevelEngine>();
}

}  // namespace dali
