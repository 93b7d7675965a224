// SPDX-License-Identifier: LGPL-2.1-or-later
// Tiny models in every published layout, imported, exported, and compared tensor by tensor with
// what was published; and the files of torch that are written on the way.

#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <set>

#include "import/model_export.h"
#include "import/model_quantisation.h"
#include "model/weights/model_config_json.h"
#include "model/weights/strict_json.h"
#include "model/weights/torch_checkpoint.h"
#include "model/weights/torch_writer.h"
#include "model/weights/zip_archive.h"
#include "tests/support/check_suite.h"
#include "tests/support/published_files.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

void exported(const ExportRequest& request, const fs::path& out) {
  ModelExport(request).write(out, [] {});
}

std::string export_error(const ExportRequest& request, const fs::path& out) {
  return error_message_of([&] { exported(request, out); });
}

// All tensors of the files of weights in a folder.
TensorMap tensors_in(const fs::path& folder) {
  TensorMap tensors;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const fs::path& path = entry.path();
    const std::string ending = path.extension().string();
    if (ending == ".safetensors") tensors.merge(open_safetensors(path).tensors());
    if (ending == ".bin" || ending == ".pth") tensors.merge(open_torch_checkpoint(path).tensors());
  }
  return tensors;
}

TensorMap in_dtype(TensorMap tensors, at::ScalarType dtype) {
  for (auto& [name, tensor] : tensors) {
    if (tensor.is_floating_point()) tensor = tensor.to(dtype);
  }
  return tensors;
}

// `written` has each of `published` but what no model has a place for (`lost`), bit by bit.
void expect_came_back(const TensorMap& written, const TensorMap& published,
                      const std::set<std::string>& lost) {
  ck_assert_uint_eq(written.size(), published.size() - lost.size());
  for (const auto& [name, tensor] : published) {
    if (lost.contains(name)) continue;
    ck_assert_msg(written.contains(name), "no %s", name.c_str());
    const at::Tensor& back = written.at(name);
    ck_assert_msg(back.scalar_type() == tensor.scalar_type(), "%s: dtype", name.c_str());
    ck_assert_msg(at::equal(back, tensor), "%s", name.c_str());
  }
}

ModelFiles imported_again(const fs::path& llava, const fs::path& vision,
                          const PublishedFiles& files, const fs::path& out,
                          at::ScalarType dtype = at::kFloat) {
  ImportRequest request = files.request();
  request.dtype = dtype;
  request.llava = llava;
  request.vision = vision;
  request.name = "model";
  return imported(request, out);
}

void expect_same_model(const ModelFiles& model, const ModelFiles& expected) {
  const std::string config = model_config_to_json(model.config).dump();
  const std::string wanted = model_config_to_json(expected.config).dump();
  ck_assert_str_eq(config.c_str(), wanted.c_str());
  ck_assert_uint_eq(model.tensors.size(), expected.tensors.size());
  for (const auto& [name, tensor] : expected.tensors) {
    ck_assert_msg(at::equal(model.tensors.at(name), tensor), "%s", name.c_str());
  }
}

// Transformers' LLaVA, vision tower inside.
TensorMap published_llava_hf() {
  const TensorMap weights = tiny_published_weights();
  TensorMap tensors =
      joined(published(weights, "decoder.", golden::llama_names(), "language_model."),
             published_clip(weights, "vision_tower."));
  for (const auto& [name, tensor] : weights) {
    if (!name.starts_with("projector.")) continue;
    const bool is_first = name.starts_with("projector.expand.");
    tensors["multi_modal_projector.linear_" + std::string(is_first ? "1" : "2") +
            name.substr(name.rfind('.'))] = tensor;
  }
  return tensors;
}

START_TEST(llava_of_transformers_comes_back_bit_by_bit) {
  const PublishedFiles files;
  const fs::path folder = files.directory / "llava-hf";
  TensorMap published = in_dtype(published_llava_hf(), at::kHalf);
  // Made when exporting, like the ones of its weight.
  published["vision_tower.vision_model.post_layernorm.bias"] = at::zeros({128}).to(at::kHalf);
  write_llava_folder(folder, llava_hf_config());
  save_safetensors(folder / "model.safetensors", published);
  ImportRequest request = files.request();
  request.llava = folder;
  request.vision.clear();
  request.dtype = at::kHalf;
  const ModelFiles model = imported(request, files.out());

  const fs::path out = files.directory / "out";
  exported({.model = files.out(), .format = ExportFormat::kLlavaHf}, out);
  expect_came_back(tensors_in(out), published,
                   {"vision_tower.vision_model.embeddings.position_ids"});
  ck_assert(read_text_file(out / "tokenizer.model", 1 << 20) ==
            read_text_file(folder / "tokenizer.model", 1 << 20));
  expect_same_model(imported_again(out, {}, files, files.directory / "again", at::kHalf), model);
}
END_TEST

START_TEST(llava_and_clip_of_their_authors_come_back_bit_by_bit) {
  const PublishedFiles files;
  const ModelFiles model = imported(files.request(), files.out());
  const fs::path out = files.directory / "out";
  exported({.model = files.out(), .format = ExportFormat::kLlava}, out);
  const TensorMap weights = tiny_published_weights();
  expect_came_back(tensors_in(out), published_llava(weights),
                   {"model.layers.0.self_attn.rotary_emb.inv_freq"});
  TensorMap clip = published_clip(weights);
  clip["vision_model.post_layernorm.bias"] = at::zeros({128});  // made, as the published one's ones
  expect_came_back(tensors_in(out / "clip"), clip, {"vision_model.embeddings.position_ids"});
  expect_same_model(imported_again(out, out / "clip", files, files.directory / "again"), model);
}
END_TEST

START_TEST(the_authors_backbone_prefix_and_projector_come_back_bit_by_bit) {
  const PublishedFiles files;
  imported(files.request(), files.out());
  const fs::path out = files.directory / "out";
  exported({.model = files.out(), .format = ExportFormat::kAuthors}, out);
  const TensorMap weights = tiny_published_weights();
  TensorMap audio =
      published(weights, "audio_tower.", golden::cavmae_names(kSpecificLayers), "module.");
  expect_came_back(open_torch_checkpoint(out / "audio_backbone.pth").tensors(), audio, {});
  expect_came_back(open_torch_checkpoint(out / "prefix.bin").tensors(),
                   {{"model.audio_tower.prefix", weights.at("prefix")}}, {});
  expect_came_back(open_torch_checkpoint(out / "prefixMLP.bin").tensors(),
                   published(weights, "audio_projector.", golden::projector_names()), {});

  ImportRequest again = files.request();
  again.audio = out / "audio_backbone.pth";
  again.prefix = out / "prefix.bin";
  again.projector = out / "prefixMLP.bin";
  const ModelFiles second = imported(again, files.directory / "again");
  for (const auto& [name, tensor] : weights) ck_assert(at::equal(second.tensors.at(name), tensor));
}
END_TEST

START_TEST(half_precision_that_was_imported_in_float32_comes_back_in_half) {
  const PublishedFiles files;
  for (const char* name :
       {"pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin"}) {
    const fs::path path = files.directory / "llava" / name;
    write_file(path, torch_file(in_dtype(open_torch_checkpoint(path).tensors(), at::kHalf)));
  }
  imported(files.request(), files.out());  // in float32
  const fs::path out = files.directory / "out";
  exported({.model = files.out(), .format = ExportFormat::kLlava, .dtype = at::kHalf}, out);
  expect_came_back(tensors_in(out), in_dtype(published_llava(tiny_published_weights()), at::kHalf),
                   {"model.layers.0.self_attn.rotary_emb.inv_freq"});
}
END_TEST

START_TEST(shards_are_bounded_and_have_an_index) {
  const PublishedFiles files;
  imported(files.request(), files.out());
  for (const auto format : {ExportFormat::kLlavaHf, ExportFormat::kLlava}) {
    const bool is_torch = format == ExportFormat::kLlava;
    const fs::path out = files.directory / (is_torch ? "torch" : "safetensors");
    exported({.model = files.out(), .format = format, .largest_shard_bytes = 40'000}, out);
    const auto index = read_strict_json(
        out / (is_torch ? "pytorch_model.bin.index.json" : "model.safetensors.index.json"));
    std::set<std::string> shards;
    for (const auto& [name, file] : index["weight_map"].items()) shards.insert(file);
    ck_assert_uint_ge(shards.size(), 3);
    std::size_t tensors = 0;
    for (const std::string& shard : shards) {
      const TensorMap held = is_torch ? open_torch_checkpoint(out / shard).tensors()
                                      : open_safetensors(out / shard).tensors();
      tensors += held.size();
      std::size_t bytes = 0;
      for (const auto& [name, tensor] : held) bytes += tensor.nbytes();
      ck_assert_msg(held.size() == 1 || bytes <= 40'000, "%s", shard.c_str());
    }
    ck_assert_uint_eq(tensors, index["weight_map"].size());
    const fs::path vision = is_torch ? out / "clip" : fs::path();
    expect_same_model(imported_again(out, vision, files, out / "again"),
                      open_model_directory(files.out()));
  }
}
END_TEST

START_TEST(an_overlay_is_exported_with_its_base) {
  const PublishedFiles files;
  imported(files.request(), files.out());
  ModelConfig config = open_model_directory(files.out()).config;
  const at::Tensor trained = at::full({4, 32}, 0.25f);
  write_model_overlay(files.directory / "tuned", config, {{"prefix", trained}}, files.out());
  const fs::path out = files.directory / "out";
  exported({.model = files.directory / "tuned", .format = ExportFormat::kAuthors}, out);
  const auto prefix = open_torch_checkpoint(out / "prefix.bin").tensors();
  ck_assert(at::equal(prefix.at("model.audio_tower.prefix"), trained));
}
END_TEST

START_TEST(whatever_is_not_written_is_named) {
  const PublishedFiles files;
  imported(files.request(), files.out());
  for (const auto format : {ExportFormat::kLlavaHf, ExportFormat::kLlava, ExportFormat::kAuthors}) {
    const ModelExport model_export({.model = files.out(), .format = format});
    std::set<std::string> written;
    for (const ExportedFile& file : model_export.files()) {
      for (const ExportedTensor& tensor : file.tensors) written.insert(tensor.name);
    }
    std::string notes;
    for (const std::string& note : model_export.notes()) notes += note + "\n";
    for (const auto& [name, tensor] : tiny_published_weights()) {
      const std::string part = "'" + name.substr(0, name.find('.')) + "'";
      ck_assert_msg(written.contains(name) != (notes.find(part) != std::string::npos), "%s in %s",
                    name.c_str(), notes.c_str());
    }
  }
}
END_TEST

START_TEST(what_cannot_be_exported_is_refused_in_a_line_and_leaves_nothing) {
  const PublishedFiles files;
  imported(files.request(), files.out());
  const fs::path integers = files.directory / "int8";
  ModelQuantisation({.model = files.out()}).write(integers, [] {});
  const fs::path out = files.directory / "out";
  const struct {
    ExportRequest request;
    const char* error;
  } rows[] = {
      {{.model = integers}, "is stored as integers, which other programs cannot read"},
      {{.model = files.directory / "none"}, "none: no such model directory"},
      {{.model = files.out(), .format = ExportFormat::kAuthors, .shared_blocks = 3},
       "an audio tower of 3 blocks cannot share 3 with pictures"},
  };
  for (const auto& row : rows) {
    const std::string error = export_error(row.request, out);
    ck_assert_msg(error.find(row.error) != std::string::npos, "%s", error.c_str());
    ck_assert(error.find('\n') == std::string::npos);
    ck_assert(!fs::exists(out));
  }
  // Too large for 16 bits: found while writing.
  ModelFiles model = open_model_directory(files.out());
  TensorMap tensors = model.tensors;
  tensors["decoder.head.weight"] = at::full({300, 32}, 1e6f);
  write_model_directory(files.directory / "large", model.config, tensors, model.tokenizer);
  const std::string error =
      export_error({.model = files.directory / "large", .dtype = at::kHalf}, out);
  ck_assert_msg(error.find("out/model.safetensors: 'decoder.head.weight'") != std::string::npos,
                "%s", error.c_str());
  ck_assert(!fs::exists(out) && !fs::exists(out.string() + ".partial"));
  // Stopped on the way.
  const ModelExport stopped({.model = files.out()});
  error_message_of([&] { stopped.write(out, [] { throw std::runtime_error("stopped"); }); });
  ck_assert(!fs::exists(out) && !fs::exists(out.string() + ".partial"));
}
END_TEST

fs::path of_torch() {  // torch.save() itself wrote it
  return fs::path(DALI_SOURCE_ROOT) / "tests" / "model" / "fixtures" / "state_dict.pth";
}

void write_torch(const fs::path& path, const TensorMap& tensors) {
  std::vector<SafetensorsEntry> entries;
  for (const auto& [name, tensor] : tensors) {
    entries.push_back({.name = name, .dtype = tensor.scalar_type(), .shape = tensor.sizes().vec()});
  }
  TorchWriter writer(path, entries);
  for (const auto& [name, tensor] : tensors) writer.write(tensor);
  writer.commit();
}

int script_status(const std::string& arguments) {
  const std::string command = std::string(DALI_PYTHON) +
                              " -B " DALI_SOURCE_ROOT "/tests/model/load_in_torch.py " + arguments;
  return WEXITSTATUS(std::system(command.c_str()));
}

START_TEST(every_kind_of_tensor_that_torch_wrote_is_written_again) {
  const TemporaryDirectory directory;
  const TensorMap tensors = open_torch_checkpoint(of_torch()).tensors();
  ck_assert_uint_eq(tensors.size(), 14);
  write_torch(directory / "again.pth", tensors);
  expect_came_back(open_torch_checkpoint(directory / "again.pth").tensors(), tensors, {});
  ck_assert_int_eq(
      script_status("opcodes " + (directory / "again.pth").string() + " " + of_torch().string()),
      0);
}
END_TEST

START_TEST(torch_loads_what_is_written) {
  const TemporaryDirectory directory;
  const TensorMap tensors = open_torch_checkpoint(of_torch()).tensors();
  write_torch(directory / "ours.pth", tensors);
  const int status = script_status("resave " + (directory / "ours.pth").string() + " " +
                                   (directory / "torchs.pth").string());
  if (status == 77) return;  // the script has said why
  ck_assert_int_eq(status, 0);
  expect_came_back(open_torch_checkpoint(directory / "torchs.pth").tensors(), tensors, {});
}
END_TEST

START_TEST(archives_of_more_members_than_16_bits_count_are_written) {
  const TemporaryDirectory directory;
  constexpr int kMembers = 70'000;
  ZipWriter writer(directory / "many.zip");
  for (int i = 0; i < kMembers; ++i) writer.add(std::to_string(i), std::to_string(i % 7));
  writer.commit();
  const MappedFile file(directory / "many.zip");
  const ZipArchive archive = ZipArchive::read(file.contents(), "many.zip");
  ck_assert_uint_eq(archive.members().size(), kMembers);
  const ZipMember* member = archive.find("69999");
  ck_assert(member != nullptr && member->begin % 64 == 0 && member->size_bytes == 1);
  ck_assert_int_eq(file.bytes()[member->begin], '0' + 69999 % 7);
}
END_TEST

}  // namespace
}  // namespace dali

int main() {
  using namespace dali;
  Suite* suite = suite_create("export");
  TCase* layouts = tcase_create("layouts");
  tcase_add_test(layouts, llava_of_transformers_comes_back_bit_by_bit);
  tcase_add_test(layouts, llava_and_clip_of_their_authors_come_back_bit_by_bit);
  tcase_add_test(layouts, the_authors_backbone_prefix_and_projector_come_back_bit_by_bit);
  tcase_add_test(layouts, half_precision_that_was_imported_in_float32_comes_back_in_half);
  tcase_add_test(layouts, shards_are_bounded_and_have_an_index);
  tcase_add_test(layouts, an_overlay_is_exported_with_its_base);
  tcase_add_test(layouts, whatever_is_not_written_is_named);
  tcase_add_test(layouts, what_cannot_be_exported_is_refused_in_a_line_and_leaves_nothing);
  suite_add_tcase(suite, layouts);
  TCase* torch_files = tcase_create("torch_files");
  tcase_add_test(torch_files, every_kind_of_tensor_that_torch_wrote_is_written_again);
  tcase_add_test(torch_files, torch_loads_what_is_written);
  tcase_add_test(torch_files, archives_of_more_members_than_16_bits_count_are_written);
  suite_add_tcase(suite, torch_files);
  return run_suite(suite);
}
