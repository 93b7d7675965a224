// SPDX-License-Identifier: LGPL-2.1-or-later
// The sequence that the decoder reads against LLaVA's prepare_inputs_labels_for_multimodal as the
// authors changed it.
#include <ATen/ops/embedding.h>

#include <string>
#include <vector>

#include "model/captioner/captioning_model.h"
#include "model/language/multimodal_sequence.h"
#include "model/language/projector.h"
#include "tests/golden/golden_check.h"
#include "tests/support/tiny_model.h"

namespace dali::golden {
namespace {

// The fixture's texts without their padding.
struct Texts {
  std::vector<std::vector<std::int64_t>> ids;
  std::vector<std::vector<std::int64_t>> labels;
};

std::vector<std::int64_t> integers_of(const at::Tensor& tensor) {
  const at::Tensor elements = tensor.to(at::kLong).contiguous();
  const auto* first = elements.data_ptr<std::int64_t>();
  return {first, first + elements.numel()};
}

Texts texts_of(const Fixture& fixture) {
  Texts texts;
  const at::Tensor ids = fixture.tensor("input_ids");
  for (std::int64_t sample = 0; sample < ids.size(0); ++sample) {
    const at::Tensor mask = fixture.tensor("attention_mask")[sample].to(at::kBool);
    texts.ids.push_back(integers_of(ids[sample].masked_select(mask)));
    texts.labels.push_back(integers_of(fixture.tensor("labels")[sample].masked_select(mask)));
  }
  return texts;
}

void load_projector(const Fixture& fixture, Projector& projector) {
  const auto load = [&](at::Tensor& parameter, const std::string& name) {
    parameter.set_data(fixture.tensor("w.model.mm_projector." + name));
  };
  load(projector->expand->weight, "0.weight");
  load(projector->expand->bias, "0.bias");
  load(projector->contract->weight, "2.weight");
  load(projector->contract->bias, "2.bias");
}

// features [batch, tokens, mm_hidden] -> [batch, tokens, hidden], by the fixture's projector.
at::Tensor projected(const Fixture& fixture, const std::string& features_name) {
  const at::Tensor features = fixture.tensor(features_name);
  const at::Tensor first_weight = fixture.tensor("w.model.mm_projector.0.weight");
  Projector projector(ProjectorConfig{.input_width = static_cast<int>(first_weight.size(1)),
                                      .output_width = static_cast<int>(first_weight.size(0))});
  load_projector(fixture, projector);
  return projector->forward(features).detach();
}

SequenceBatch batch_of(const Fixture& fixture, const Texts& texts, const at::Tensor& inserted) {
  std::vector<SequenceSample> samples;
  for (std::size_t index = 0; index < texts.ids.size(); ++index) {
    samples.push_back({.ids = texts.ids[index],
                       .labels = texts.labels[index],
                       .inserted = inserted[static_cast<std::int64_t>(index)]});
  }
  SequenceOptions options;
  const nlohmann::json& config = fixture.config();
  if (config.value("tokenizer_padding_side", "right") == "left") {
    options.padding_side = PaddingSide::kLeft;
  }
  const auto max_tokens = config.find("tokenizer_model_max_length");
  if (max_tokens != config.end() && max_tokens->is_number()) options.max_tokens = *max_tokens;
  const at::Tensor token_embedding = fixture.tensor("w.model.embed_tokens.weight");
  const auto embed = [&](const at::Tensor& ids) { return at::embedding(token_embedding, ids); };
  return sequence_batch(samples, embed, options);
}

// The fixture's tensors of one case: `name`.inputs_embeds and so on, those of them that are there.
void check_case(const Fixture& fixture, const std::string& name, const SequenceBatch& batch,
                CheckResult& result) {
  const auto expect = [&](const std::string& part, const at::Tensor& actual) {
    if (fixture.has(name + part)) result.expect_close(fixture, name + part, actual);
  };
  expect(".inputs_embeds", batch.embeddings);
  expect(".labels", batch.labels);
  expect(".attention_mask", batch.attention_mask);
  if (fixture.has(name + ".inputs_embeds_stats")) {
    const Tolerance tolerance =
        fixture.tolerance(name + ".inputs_embeds").value_or(Tolerance{.atol = 1e-5});
    result.expect_statistics(fixture, name + ".inputs_embeds_stats", batch.embeddings, tolerance);
  }
}

// A captioner with the fixture's projector in one place and another one, which must not show, in
// the other.
CaptioningModel model_of(const Fixture& fixture, AudiovisualProjection audiovisual,
                         PrefixUse prefix_use) {
  const at::Tensor prefix = fixture.tensor("prefix");
  const auto tower_width = static_cast<int>(fixture.tensor("image_features").size(2));
  const auto width = static_cast<int>(prefix.size(1));
  ModelConfig config = tiny_model_config();
  config.audio_tower.output_width = tower_width;
  config.vision_tower.width = tower_width;
  config.projector = {.input_width = tower_width, .output_width = width};
  config.decoder.width = width;
  config.prefix_tokens = static_cast<int>(prefix.size(0));
  config.has_audio_projector = true;
  config.audiovisual = audiovisual;
  config.prefix_use = prefix_use;
  validate(config);
  CaptioningModel model(config);
  model->prefix.set_data(prefix);
  return model;
}

// Whole models. The authors' stage 2 puts its projector in the place of LLaVA's, so that both
// modalities go through it; before, both go through LLaVA's, and the prefix comes last.
void check_models(const Fixture& fixture, const Texts& texts, CheckResult& result) {
  using enum PrefixUse;
  const at::Tensor none;
  const at::Tensor image = fixture.tensor("image_features");
  const at::Tensor audio = fixture.tensor("audio_features");
  for (const bool is_distilled : {false, true}) {
    const auto check = [&](const std::string& name, PrefixUse prefix_use, const at::Tensor& seen,
                           const at::Tensor& heard) {
      CaptioningModel model = model_of(
          fixture,
          is_distilled ? AudiovisualProjection::kTunedBoth : AudiovisualProjection::kOriginal,
          prefix_use);
      load_projector(fixture, is_distilled ? model->audio_projector : model->projector);
      check_case(fixture, name, batch_of(fixture, texts, model->condition(seen, heard).detach()),
                 result);
    };
    check(is_distilled ? "audio_vis_noprefix" : "audio_vis_prefix", kAuto, image, audio);
    check("audio_vis_prefix", kAlways, image, audio);
    check("audio_vis_noprefix", kNever, image, audio);
    if (is_distilled) {
      check("audio_noprefix", kAuto, none, audio);
      check("audio_prefix", kAlways, none, audio);
    } else {
      check("image_prefix", kAuto, image, none);
      check("image_noprefix", kNever, image, none);
    }
  }
}

CheckResult check_assembly(const Fixture& fixture) {
  CheckResult result;
  const Texts texts = texts_of(fixture);
  const at::Tensor image = projected(fixture, "image_features");
  const at::Tensor audio = projected(fixture, "audio_features");
  const at::Tensor prefix = fixture.tensor("prefix");
  const at::Tensor none;
  const auto check = [&](const std::string& name, const at::Tensor& inserted) {
    check_case(fixture, name, batch_of(fixture, texts, inserted), result);
  };
  check("only_im", inserted_tokens(image, none, none));
  check("audio_noprefix", inserted_tokens(none, audio, none));
  check("audio_prefix", inserted_tokens(none, audio, prefix));
  check("image_noprefix", inserted_tokens(image, none, none));
  check("image_prefix", inserted_tokens(image, none, prefix));
  check("audio_vis_noprefix", inserted_tokens(image, audio, none));
  check("audio_vis_prefix", inserted_tokens(image, audio, prefix));
  check_models(fixture, texts, result);
  return result;
}

const GoldenCheck kAssembly(
    "multimodal sequence",
    [](const Fixture& fixture) {
      return fixture.group() == "5_assembly" && fixture.has("image_features") &&
             fixture.has("audio_features") && fixture.has("w.model.mm_projector.0.weight");
    },
    check_assembly);

}  // namespace
}  // namespace dali::golden
