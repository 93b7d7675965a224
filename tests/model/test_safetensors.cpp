// SPDX-License-Identifier: LGPL-2.1-or-later
#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>

#include <cstdint>
#include <cstring>

#include "model/weights/safetensors.h"
#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"

namespace dali {
namespace {

// A file as somebody else may have written it.
std::string file_bytes(const std::string& header, std::size_t data_bytes) {
  const std::uint64_t header_bytes = header.size();
  std::string bytes(sizeof header_bytes, '\0');
  std::memcpy(bytes.data(), &header_bytes, sizeof header_bytes);
  return bytes + header + std::string(data_bytes, '\1');
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

START_TEST(what_is_written_is_read_back) {
  const TemporaryDirectory directory;
  TensorMap tensors;
  for (const auto dtype : {at::kDouble, at::kFloat, at::kHalf, at::kBFloat16, at::kLong, at::kInt,
                           at::kShort, at::kChar, at::kByte, at::kBool}) {
    tensors[c10::toString(dtype)] = at::arange(15).reshape({3, 5}).to(dtype);
  }
  tensors["scalar"] = at::full({}, 2.5);
  tensors["empty"] = at::zeros({0, 4});
  tensors["transposed"] = at::arange(6).reshape({2, 3}).t();
  save_safetensors(directory / "a.safetensors", tensors, {{"format", "pt"}, {"note", "ä\n\""}});

  const auto file = open_safetensors(directory / "a.safetensors");
  ck_assert_uint_eq(file.names().size(), tensors.size());
  for (const auto& [name, tensor] : tensors) {
    const at::Tensor read = file.tensor(name);
    ck_assert_msg(read.scalar_type() == tensor.scalar_type(), "%s", name.c_str());
    ck_assert_msg(at::equal(read, tensor), "%s", name.c_str());
  }
  const std::string& note = file.metadata().at("note");
  ck_assert_str_eq(note.c_str(), "ä\n\"");
}
END_TEST

START_TEST(a_tensor_outlives_the_object_it_came_from) {
  const TemporaryDirectory directory;
  save_safetensors(directory / "a.safetensors", {{"x", at::arange(1000)}});
  const at::Tensor tensor = open_safetensors(directory / "a.safetensors").tensor("x");
  std::filesystem::remove(directory / "a.safetensors");
  ck_assert(at::equal(tensor, at::arange(1000)));
}
END_TEST

START_TEST(writing_into_a_tensor_leaves_the_file_alone) {
  const TemporaryDirectory directory;
  save_safetensors(directory / "a.safetensors", {{"x", at::arange(1000)}});
  const std::string before = read_file(directory / "a.safetensors");
  open_safetensors(directory / "a.safetensors").tensor("x").fill_(7);
  ck_assert(read_file(directory / "a.safetensors") == before);
}
END_TEST

START_TEST(a_file_that_is_mapped_can_be_replaced) {
  const TemporaryDirectory directory;
  const auto path = directory / "a.safetensors";
  save_safetensors(path, {{"x", at::arange(1000)}});
  const at::Tensor old_tensor = open_safetensors(path).tensor("x");
  save_safetensors(path, {{"x", old_tensor.add(1)}});
  ck_assert(at::equal(old_tensor, at::arange(1000)));
  ck_assert(at::equal(open_safetensors(path).tensor("x"), at::arange(1, 1001)));
}
END_TEST

START_TEST(a_failed_write_leaves_nothing_behind) {
  const TemporaryDirectory directory;
  std::filesystem::create_directory(directory / "a.safetensors");
  const auto message = error_message_of([&] {
    save_safetensors(directory / "a.safetensors", {{"x", at::arange(3)}});
  });
  expect_one_line_with(message, "a.safetensors");
  expect_one_line_with(error_message_of([&] { save_safetensors(directory / "none" / "b", {}); }),
                       "none/b");
  error_message_of([&] { save_safetensors(directory / "c.safetensors", {{"x", at::Tensor()}}); });
  int files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(directory.path())) {
    ++files;
  }
  ck_assert_int_eq(files, 1);
}
END_TEST

START_TEST(data_that_are_not_aligned_are_still_read) {
  const TemporaryDirectory directory;
  write_file(directory / "a.safetensors",
             file_bytes(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                        R"("b":{"dtype":"I32","shape":[2],"data_offsets":[1,9]}})",
                        9));
  const auto file = open_safetensors(directory / "a.safetensors");
  ck_assert(at::equal(file.tensor("b"), at::full({2}, 0x01010101, at::kInt)));
}
END_TEST

START_TEST(a_malformed_file_is_refused_in_one_line_that_names_it) {
  const std::string one = R"("a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]})";
  std::string deep(100, '[');
  std::string very_deep = R"({"a":)" + std::string(1'000'000, '[');
  const struct {
    const char* what;
    std::string bytes;
    const char* message;
  } rows[] = {
      {"empty file", "", "too short"},
      {"seven bytes", "1234567", "too short"},
      {"header beyond the file", file_bytes("{}", 0).substr(0, 9), "beyond the file"},
      {"header length of all ones", std::string(8, '\xff') + "{}", "beyond the file"},
      {"no header", file_bytes("", 0), "not valid JSON"},
      {"bad JSON", file_bytes("{\"a\":\n", 4), "not valid JSON"},
      {"JSON with a tail", file_bytes("{} {}", 0), "not valid JSON"},
      {"bytes that are not UTF-8", file_bytes("{\"\xff\":1}", 0), "not valid JSON"},
      {"a list", file_bytes("[]", 0), "not a JSON object"},
      {"deep nesting", file_bytes(deep, 0), "nested deeper"},
      {"very deep nesting", file_bytes(very_deep, 0), "nested deeper"},
      {"huge number", file_bytes(R"({"a":1e999})", 0), "out of range"},
      {"one name twice", file_bytes("{" + one + "," + one + "}", 4), "twice"},
      {"not an object", file_bytes(R"({"a":7})", 0), "'a'"},
      {"no dtype", file_bytes(R"({"a":{"shape":[4],"data_offsets":[0,4]}})", 4), "dtype"},
      {"unknown dtype", file_bytes(R"({"a":{"dtype":"F7","shape":[4],"data_offsets":[0,4]}})", 4),
       "F7"},
      {"dtype that is a number",
       file_bytes(R"({"a":{"dtype":7,"shape":[4],"data_offsets":[0,4]}})", 4), "dtype"},
      {"negative size", file_bytes(R"({"a":{"dtype":"U8","shape":[-4],"data_offsets":[0,4]}})", 4),
       "shape"},
      {"fractional size",
       file_bytes(R"({"a":{"dtype":"U8","shape":[4.0],"data_offsets":[0,4]}})", 4), "shape"},
      {"size beyond 63 bits",
       file_bytes(R"({"a":{"dtype":"U8","shape":[18446744073709551612],"data_offsets":[0,4]}})", 4),
       "shape"},
      {"product that overflows to 4",
       file_bytes(R"({"a":{"dtype":"F32","shape":[4294967296,4294967296,1],"data_offsets":[0,4]}})",
                  4),
       "shape"},
      {"shape that needs more",
       file_bytes(R"({"a":{"dtype":"F32","shape":[4],"data_offsets":[0,4]}})", 4), "shape"},
      {"offsets backwards",
       file_bytes(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[4,0]}})", 4), "data_offsets"},
      {"one offset", file_bytes(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[4]}})", 4),
       "data_offsets"},
      {"offset that is text",
       file_bytes(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":["0",4]}})", 4), "data_offsets"},
      {"data cut short", file_bytes("{" + one + "}", 3), "cut short"},
      {"offset near 2^63",
       file_bytes(
           R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[9223372036854775803,9223372036854775807]}})",
           4),
       "cut short"},
      {"overlap",
       file_bytes("{" + one + R"(,"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}})", 6),
       "overlaps"},
      {"hole",
       file_bytes("{" + one + R"(,"b":{"dtype":"U8","shape":[4],"data_offsets":[5,9]}})", 9),
       "hole"},
      {"bytes at the end", file_bytes("{" + one + "}", 5), "belong to no tensor"},
      {"metadata that are not text", file_bytes(R"({"__metadata__":{"a":1}})", 0), "metadata"},
      {"name with a line feed", file_bytes(R"({"a\nb":{}})", 0), "'a\\x0ab'"},
  };
  const TemporaryDirectory directory;
  for (const auto& row : rows) {
    write_file(directory / "hostile.safetensors", row.bytes);
    const auto message = error_message_of<std::runtime_error>(
        [&] { open_safetensors(directory / "hostile.safetensors"); });
    ck_assert_msg(contains(message, row.message), "%s: %s", row.what, message.c_str());
    expect_one_line_with(message, "hostile.safetensors");
  }
}
END_TEST

START_TEST(every_cut_of_a_good_file_is_refused) {
  const TemporaryDirectory directory;
  save_safetensors(directory / "a.safetensors", {{"x", at::arange(4)}, {"y", at::full({3}, 1.5)}});
  const std::string bytes = read_file(directory / "a.safetensors");
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    write_file(directory / "cut.safetensors", bytes.substr(0, length));
    error_message_of<std::runtime_error>([&] { open_safetensors(directory / "cut.safetensors"); });
  }
}
END_TEST

START_TEST(a_changed_header_byte_is_refused_or_read_but_never_crashes) {
  const TemporaryDirectory directory;
  save_safetensors(directory / "a.safetensors", {{"x", at::arange(4)}, {"y", at::full({3}, 1.5)}});
  const std::string bytes = read_file(directory / "a.safetensors");
  const std::size_t header_end = bytes.size() - 4 * 8 - 3 * 4;
  for (std::size_t position = 0; position < header_end; ++position) {
    for (const int flip : {1, 2, 16, 128}) {
      std::string changed = bytes;
      changed[position] = static_cast<char>(changed[position] ^ flip);
      write_file(directory / "b.safetensors", changed);
      try {
        for (const auto& [name, tensor] : open_safetensors(directory / "b.safetensors").tensors()) {
          (void)tensor.sum();
        }
      } catch (const std::runtime_error&) {
      }
    }
  }
}
END_TEST

START_TEST(what_is_not_a_file_is_refused) {
  const TemporaryDirectory directory;
  expect_one_line_with(error_message_of([&] { open_safetensors(directory / "none"); }), "none");
  expect_one_line_with(error_message_of([&] { open_safetensors(directory.path()); }),
                       "regular file");
  save_safetensors(directory / "a.safetensors", {});
  const auto file = open_safetensors(directory / "a.safetensors");
  expect_one_line_with(error_message_of([&] { file.tensor("x"); }), "'x'");
}
END_TEST

}  // namespace
}  // namespace dali

int main() {
  using namespace dali;
  Suite* suite = suite_create("safetensors");
  TCase* files = tcase_create("files");
  tcase_add_test(files, what_is_written_is_read_back);
  tcase_add_test(files, a_tensor_outlives_the_object_it_came_from);
  tcase_add_test(files, writing_into_a_tensor_leaves_the_file_alone);
  tcase_add_test(files, a_file_that_is_mapped_can_be_replaced);
  tcase_add_test(files, a_failed_write_leaves_nothing_behind);
  tcase_add_test(files, data_that_are_not_aligned_are_still_read);
  suite_add_tcase(suite, files);
  TCase* hostile = tcase_create("hostile");
  tcase_add_test(hostile, a_malformed_file_is_refused_in_one_line_that_names_it);
  tcase_add_test(hostile, every_cut_of_a_good_file_is_refused);
  tcase_add_test(hostile, a_changed_header_byte_is_refused_or_read_but_never_crashes);
  tcase_add_test(hostile, what_is_not_a_file_is_refused);
  suite_add_tcase(suite, hostile);
  return run_suite(suite);
}
