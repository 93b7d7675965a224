// SPDX-License-Identifier: LGPL-2.1-or-later
// The Llama decoder against the reference: hidden states, logits, the cache, greedy generation, the
// loss over padded samples with its gradients, bfloat16, and the published width with weights by
// formula.
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>

#include <string>
#include <vector>

#include "model/language/decoder.h"
#include "model/language/decoder_layer.h"
#include "model/language/generation.h"
#include "model/language/rotary_embedding.h"
#include "model/tensor/weight_initialisation.h"
#include "tests/golden/golden_check.h"
#include "tests/golden/procedural_tensor.h"
#include "tests/golden/reference_weights.h"

namespace dali::golden {
namespace {

std::string state_name(size_t layer) {
  return "hidden_states_" + std::to_string(layer);
}

// What goes into the first layer, what comes out of each but the last, and at the end what comes
// out of the final norm, as the reference counts its hidden states; [batch, tokens, width] each.
std::vector<torch::Tensor> hidden_states(Decoder decoder, const torch::Tensor& embeddings) {
  const auto& config = decoder->config();
  const auto tokens = embeddings.size(1);
  const DecoderPass pass{.angles = rotary_angles(0, tokens, config.width / config.heads,
                                                 config.rope_theta, decoder->weight_options()),
                         .mask = at::ones({tokens, tokens}, at::kBool).tril()};
  std::vector<torch::Tensor> states = {embeddings};
  for (int layer = 0; layer + 1 < config.layers; ++layer) {
    states.push_back(
        decoder->layers->ptr(layer)->as<DecoderLayer>()->forward(states.back(), pass, layer));
  }
  states.push_back(decoder->forward(embeddings));
  return states;
}

void check_generation(CheckResult& result, const Fixture& fixture, Decoder decoder) {
  const auto expect_tokens = [&](const std::string& name, int64_t eos_id) {
    const auto generated =
        generate(decoder, fixture.tensor("inputs_embeds"),
                 {.eos_id = eos_id,
                  .max_new_tokens = static_cast<int>(fixture.tensor("generated").numel())});
    result.expect_close(fixture, name, at::tensor(generated.ids).unsqueeze(0));
  };
  expect_tokens("generated", /*eos_id=*/-1);
  if (fixture.has("eos_id_case2")) {
    expect_tokens("generated_eos_case2", fixture.tensor("eos_id_case2").item<int64_t>());
  }
}

// The prompt at once and then one token at a time, with a cache.
void check_cache(CheckResult& result, const Fixture& fixture, Decoder decoder) {
  const auto embeddings = fixture.tensor("inputs_embeds");
  const auto ids = fixture.tensor("generated");
  KeyValueCache cache(decoder->config(), 1, embeddings.size(1) + ids.size(1),
                      decoder->weight_options());
  std::vector<torch::Tensor> logits;
  auto hidden = decoder->forward(embeddings, {}, &cache);
  if (fixture.has("kv.k_layer0")) {
    result.expect_close(fixture, "kv.k_layer0", cache.keys(0), {.atol = 3e-5, .rtol = 2e-5});
    result.expect_close(fixture, "kv.v_layer0", cache.values(0), {.atol = 3e-5, .rtol = 2e-5});
  }
  for (int64_t step = 0; step < ids.size(1); ++step) {
    logits.push_back(decoder->logits(hidden.select(1, hidden.size(1) - 1)));
    hidden = decoder->forward(decoder->embed(ids.narrow(1, step, 1)), {}, &cache);
  }
  result.expect_close(fixture, "step_logits", at::stack(logits, 1));
}

void check_training(CheckResult& result, const Fixture& fixture, Decoder decoder) {
  const auto embeddings = fixture.tensor("train.inputs_embeds").clone().requires_grad_();
  const auto labels = fixture.tensor("train.labels");
  const auto hidden =
      decoder->forward(embeddings, fixture.tensor("train.attention_mask").to(at::kBool));
  const auto logits = decoder->logits(hidden);
  const auto predictions = logits.slice(1, 0, logits.size(1) - 1).flatten(0, 1);
  const auto loss =
      at::cross_entropy_loss(predictions, labels.slice(1, 1).flatten());  // ignores -100
  loss.backward();
  result.expect_close(fixture, "loss", loss.unsqueeze(0));
  result.expect_close(fixture, "grad.inputs_embeds", embeddings.grad());
  expect_gradients(result, fixture, *decoder, llama_names());
}

CheckResult check_decoder(const Fixture& fixture) {
  const auto& config = fixture.config();
  Decoder decoder(DecoderConfig{.vocabulary = config.at("vocab_size"),
                                .width = config.at("hidden_size"),
                                .layers = config.at("num_hidden_layers"),
                                .heads = config.at("num_attention_heads"),
                                .kv_heads = config.at("num_key_value_heads"),
                                .mlp_width = config.at("intermediate_size"),
                                .norm_epsilon = config.at("rms_norm_eps"),
                                .rope_theta = config.at("rope_theta")});
  set_reference_weights(*decoder, llama_names(), stored_weights(fixture));

  CheckResult result;
  if (fixture.has("train.inputs_embeds")) check_training(result, fixture, decoder);
  const at::NoGradGuard no_gradients;
  const auto embeddings = fixture.tensor("inputs_embeds");
  const auto states = hidden_states(decoder, embeddings);
  for (size_t layer = 0; layer < states.size(); ++layer) {
    if (fixture.has(state_name(layer)))
      result.expect_close(fixture, state_name(layer), states[layer]);
  }
  result.expect_close(fixture, "logits", decoder->logits(states.back()));
  if (fixture.has("generated")) {
    check_generation(result, fixture, decoder);
    check_cache(result, fixture, decoder);
  }
  if (fixture.has("logits_last_bf16")) {
    decoder->to(at::kBFloat16);
    const auto hidden = decoder->forward(embeddings);
    result.expect_close(fixture, "logits_last_bf16",
                        decoder->logits(hidden.select(1, hidden.size(1) - 1)));
  }
  return result;
}

CheckResult check_decoder_at_real_size(const Fixture& fixture) {
  const at::NoGradGuard no_gradients;
  const auto& config = fixture.config();
  const ProceduralRule rule(config.at("rule"));
  const DecoderConfig decoder_config{.vocabulary = config.at("vocab"),
                                     .width = config.at("hidden_size"),
                                     .layers = config.at("layers"),
                                     .heads = config.at("heads"),
                                     .kv_heads = config.at("kv_heads"),
                                     .mlp_width = config.at("intermediate_size"),
                                     .norm_epsilon = config.at("rms_eps"),
                                     .rope_theta = config.at("rope_theta")};
  Decoder decoder = [&] {
    const UnsetWeights unset;
    return Decoder(decoder_config);
  }();
  set_reference_weights(*decoder, llama_names(),
                        [&](const std::string& name, at::IntArrayRef shape) {
                          const bool is_norm = name.find("norm") != std::string::npos;
                          const bool is_embedding = name.find("embed_tokens") != std::string::npos;
                          return rule.tensor(is_norm        ? "*norm* weights"
                                             : is_embedding ? "model.embed_tokens.weight"
                                                            : "all other weights",
                                             name, shape);
                        });

  CheckResult result;
  const auto states = hidden_states(decoder, rule.input("inputs_embeds"));
  for (size_t layer = 0; layer < states.size(); ++layer) {
    const std::string name = "stats." + state_name(layer);
    if (fixture.has(name)) result.expect_statistics(fixture, name, states[layer]);
  }
  const auto logits = decoder->logits(states.back());
  const auto last = logits[0][-1];
  result.expect_statistics(fixture, "stats.logits", logits);
  result.expect_close(fixture, "logits_last_first64", last.slice(0, 0, 64));
  result.expect_close(fixture, "hidden_last_row_first64", states.back()[0][-1].slice(0, 0, 64));
  // Two logits may change places where both may be off by what single logits are allowed.
  const double margin = 2.0 * fixture.tolerance("logits_last_first64")->atol.value();
  result.expect_ranking(fixture, "top10_ids_last", last, margin);
  const auto best = logits[0].gather(1, fixture.tensor("argmax_all").unsqueeze(1)).squeeze(1);
  result.expect((logits[0].amax(1) - best).max().item<double>() <= margin,
                "argmax_all names the greatest logit of every token");
  return result;
}

const GoldenCheck kDecoder(
    "decoder",
    [](const Fixture& fixture) {
      return fixture.group() == "4_llama" && fixture.has("inputs_embeds");
    },
    check_decoder);

const GoldenCheck kDecoderAtRealSize(
    "decoder at real size",
    [](const Fixture& fixture) {
      return fixture.group() == "4_llama" && fixture.config().contains("rule");
    },
    check_decoder_at_real_size);

}  // namespace
}  // namespace dali::golden
