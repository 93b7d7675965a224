// SPDX-License-Identifier: LGPL-2.1-or-later
#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>

#include "model/weights/weight_names.h"
#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"

namespace dali {
namespace {

struct Row {
  const char* theirs;
  const char* ours;  // null: not used
  int part = 0;
  int parts = 1;
};

void expect_rows(const WeightNames& names, std::initializer_list<Row> rows) {
  for (const Row& row : rows) {
    const auto destination = names.destination(row.theirs);
    ck_assert_msg(destination.has_value() == (row.ours != nullptr), "%s", row.theirs);
    if (!destination) continue;
    ck_assert_msg(destination->name == row.ours, "%s -> %s", row.theirs, destination->name.c_str());
    ck_assert_msg(destination->part == row.part && destination->parts == row.parts, "%s",
                  row.theirs);
  }
}

START_TEST(cav_mae_names_lead_to_the_audio_tower) {
  expect_rows(
      WeightNames::cav_mae(11),
      {{"patch_embed_a.proj.weight", "audio_tower.patch_embedding.weight"},
       {"module.patch_embed_a.proj.bias", "audio_tower.patch_embedding.bias"},
       {"pos_embed_a", "audio_tower.position_embedding"},
       {"modality_a", "audio_tower.modality_embedding"},
       {"module.blocks_a.10.norm1.weight", "audio_tower.blocks.10.attention_norm.weight"},
       {"blocks_a.3.norm2.bias", "audio_tower.blocks.3.mlp_norm.bias"},
       {"blocks_a.3.attn.qkv.bias", "audio_tower.blocks.3.attention.query_key_value.bias"},
       {"blocks_a.3.attn.proj.weight", "audio_tower.blocks.3.attention.output.weight"},
       {"blocks_a.3.mlp.fc1.weight", "audio_tower.blocks.3.mlp.expand.weight"},
       {"blocks_a.3.mlp.fc2.weight", "audio_tower.blocks.3.mlp.contract.weight"},
       {"blocks_u.0.norm1_a.weight", "audio_tower.blocks.11.attention_norm.weight"},
       {"blocks_u.1.norm2_a.weight", "audio_tower.blocks.12.mlp_norm.weight"},
       {"blocks_u.0.attn.qkv.weight", "audio_tower.blocks.11.attention.query_key_value.weight"},
       {"norm_a.weight", "audio_tower.final_norm.weight"},
       {"module.proj.bias", "audio_tower.output_projection.bias"},
       {"blocks_a.3.norm1_a.weight", nullptr},
       {"blocks_a.3.norm1_v.weight", nullptr},
       {"blocks_u.0.norm1.weight", nullptr},
       {"blocks_u.0.norm2_v.weight", nullptr},
       {"pos_embed_v", nullptr},
       {"norm.weight", nullptr},
       {"norm_v.weight", nullptr},
       {"decoder_norm.weight", nullptr},
       {"audio_scorer.in_proj_weight", nullptr},
       {"vision_tower.vision_model.pre_layrnorm.weight", nullptr},
       {"blocks_a.x.norm1.weight", nullptr},
       {"blocks_a..norm1.weight", nullptr},
       {"blocks_a.99999999999999.norm1.weight", nullptr}});
}
END_TEST

START_TEST(cav_mae_shared_blocks_follow_those_that_the_file_has) {
  const std::vector<std::string> names = {"module.blocks_a.0.norm1.weight",
                                          "module.blocks_a.1.norm1.weight",
                                          "module.blocks_u.0.norm1_a.weight"};
  TensorMap tensors;
  for (const std::string& name : names) tensors[name] = at::arange(2);
  const TensorMap renamed = rename_weights(tensors, WeightNames::cav_mae(names));
  ck_assert_uint_eq(renamed.size(), 3);
  ck_assert(renamed.contains("audio_tower.blocks.2.attention_norm.weight"));
}
END_TEST

START_TEST(clip_names_lead_to_the_vision_tower) {
  expect_rows(
      WeightNames::clip(),
      {{"vision_model.embeddings.class_embedding", "vision_tower.class_embedding"},
       {"model.vision_tower.vision_tower.vision_model.embeddings.patch_embedding.weight",
        "vision_tower.patch_embedding.weight"},
       {"module.vision_tower.vision_model.embeddings.position_embedding.weight",
        "vision_tower.position_embedding"},
       {"vision_model.pre_layrnorm.bias", "vision_tower.pre_norm.bias"},
       {"vision_model.encoder.layers.7.layer_norm1.weight",
        "vision_tower.blocks.7.attention_norm.weight"},
       {"vision_model.encoder.layers.7.self_attn.q_proj.bias",
        "vision_tower.blocks.7.attention.query_key_value.bias", 0, 3},
       {"vision_model.encoder.layers.7.self_attn.k_proj.bias",
        "vision_tower.blocks.7.attention.query_key_value.bias", 1, 3},
       {"vision_model.encoder.layers.7.self_attn.v_proj.bias",
        "vision_tower.blocks.7.attention.query_key_value.bias", 2, 3},
       {"vision_model.encoder.layers.7.self_attn.out_proj.weight",
        "vision_tower.blocks.7.attention.output.weight"},
       {"vision_model.encoder.layers.7.layer_norm2.weight",
        "vision_tower.blocks.7.mlp_norm.weight"},
       {"vision_model.encoder.layers.7.mlp.fc1.bias", "vision_tower.blocks.7.mlp.expand.bias"},
       {"vision_model.encoder.layers.7.mlp.fc2.bias", "vision_tower.blocks.7.mlp.contract.bias"},
       {"vision_model.post_layernorm.weight", nullptr},
       {"vision_model.embeddings.position_ids", nullptr},
       {"text_model.final_layer_norm.weight", nullptr}});
}
END_TEST

START_TEST(llava_names_lead_to_decoder_projector_and_prefix) {
  expect_rows(
      WeightNames::llava(),
      {{"model.embed_tokens.weight", "decoder.token_embedding.weight"},
       {"model.layers.31.input_layernorm.weight", "decoder.layers.31.attention_norm.weight"},
       {"model.layers.31.self_attn.q_proj.weight", "decoder.layers.31.attention.query.weight"},
       {"model.layers.31.self_attn.k_proj.weight", "decoder.layers.31.attention.key.weight"},
       {"model.layers.31.self_attn.v_proj.weight", "decoder.layers.31.attention.value.weight"},
       {"model.layers.31.self_attn.o_proj.weight", "decoder.layers.31.attention.output.weight"},
       {"model.layers.31.post_attention_layernorm.weight", "decoder.layers.31.mlp_norm.weight"},
       {"model.layers.31.mlp.gate_proj.weight", "decoder.layers.31.mlp.gate.weight"},
       {"model.layers.31.mlp.up_proj.weight", "decoder.layers.31.mlp.expand.weight"},
       {"model.layers.31.mlp.down_proj.weight", "decoder.layers.31.mlp.contract.weight"},
       {"model.norm.weight", "decoder.final_norm.weight"},
       {"lm_head.weight", "decoder.head.weight"},
       {"model.mm_projector.0.weight", "projector.expand.weight"},
       {"model.mm_projector.2.bias", "projector.contract.bias"},
       {"model.audio_tower.prefix", "prefix"},
       {"language_model.model.embed_tokens.weight", "decoder.token_embedding.weight"},
       {"language_model.model.layers.7.mlp.up_proj.weight", "decoder.layers.7.mlp.expand.weight"},
       {"language_model.lm_head.weight", "decoder.head.weight"},
       {"model.language_model.layers.7.mlp.up_proj.weight", "decoder.layers.7.mlp.expand.weight"},
       {"multi_modal_projector.linear_1.bias", "projector.expand.bias"},
       {"model.multi_modal_projector.linear_2.weight", "projector.contract.weight"},
       {"model.layers.31.self_attn.rotary_emb.inv_freq", nullptr},
       {"model.vision_tower.vision_tower.vision_model.pre_layrnorm.bias", nullptr}});
}
END_TEST

START_TEST(a_tensor_of_no_use_has_a_reason_and_an_unknown_one_has_none) {
  ck_assert(WeightNames::llava().why_unused("model.layers.3.self_attn.rotary_emb.inv_freq"));
  ck_assert(!WeightNames::llava().why_unused("model.image_newline"));
  ck_assert(WeightNames::clip().why_unused("vision_model.post_layernorm.weight"));
  ck_assert(WeightNames::clip().why_unused("text_model.final_layer_norm.weight"));
  ck_assert(!WeightNames::clip().why_unused("vision_model.head.weight"));
  const auto cav_mae = WeightNames::cav_mae(11);
  for (const char* name : {"module.blocks_u.0.norm1.bias", "module.decoder_pred_a.weight",
                           "module.audio_scorer.in_proj_weight", "module.pos_embed_v",
                           "module.vision_tower.vision_model.pre_layrnorm.weight"}) {
    ck_assert_msg(cav_mae.why_unused(name).has_value(), "%s", name);
    ck_assert_msg(!cav_mae.destination(name).has_value(), "%s", name);
  }
  ck_assert(!cav_mae.why_unused("module.pos_embed_b"));
}
END_TEST

START_TEST(parts_are_joined_in_order) {
  const std::string attention = "vision_model.encoder.layers.0.self_attn.";
  const std::string joined = "vision_tower.blocks.0.attention.query_key_value.bias";
  TensorMap tensors = {{attention + "k_proj.bias", at::full({2}, 2)},
                       {attention + "q_proj.bias", at::full({2}, 1)},
                       {attention + "v_proj.bias", at::full({2}, 3)}};
  const at::Tensor bias = rename_weights(tensors, WeightNames::clip()).at(joined);
  ck_assert(at::equal(bias, at::arange(2, 8).div(2, "floor").to(bias.scalar_type())));

  tensors.erase(attention + "q_proj.bias");
  expect_one_line_with(error_message_of([&] { rename_weights(tensors, WeightNames::clip()); }),
                       joined);
}
END_TEST

}  // namespace
}  // namespace dali

int main() {
  using namespace dali;
  Suite* suite = suite_create("weight-names");
  TCase* names = tcase_create("names");
  tcase_add_test(names, cav_mae_names_lead_to_the_audio_tower);
  tcase_add_test(names, cav_mae_shared_blocks_follow_those_that_the_file_has);
  tcase_add_test(names, clip_names_lead_to_the_vision_tower);
  tcase_add_test(names, llava_names_lead_to_decoder_projector_and_prefix);
  tcase_add_test(names, a_tensor_of_no_use_has_a_reason_and_an_unknown_one_has_none);
  tcase_add_test(names, parts_are_joined_in_order);
  suite_add_tcase(suite, names);
  return run_suite(suite);
}
