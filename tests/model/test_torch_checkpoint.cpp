// SPDX-License-Identifier: LGPL-2.1-or-later
// What torch.save() writes, in files that it wrote (fixtures/make_fixtures.py) and in ones built
// here byte by byte, which it would never write.

#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include "model/weights/strict_json.h"
#include "model/weights/torch_checkpoint.h"
#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/torch_file.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

fs::path fixture(const std::string& name) {
  return fs::path(DALI_SOURCE_ROOT) / "tests" / "model" / "fixtures" / name;
}

std::string open_error(const fs::path& path) {
  return error_message_of<std::runtime_error>([&] { open_torch_checkpoint(path); });
}

at::Tensor counted(at::IntArrayRef shape, at::ScalarType dtype, int start) {
  const auto count = c10::multiply_integers(shape);
  return at::arange(start, start + count).reshape(shape).to(dtype);
}

void expect_tensor(const TensorMap& tensors, const std::string& name, const at::Tensor& expected) {
  ck_assert_msg(tensors.contains(name), "no %s", name.c_str());
  const at::Tensor& tensor = tensors.at(name);
  ck_assert_msg(tensor.scalar_type() == expected.scalar_type(), "%s: dtype", name.c_str());
  ck_assert_msg(at::equal(tensor, expected), "%s", name.c_str());
}

// As state_dict() of make_fixtures.py has them.
void expect_state_dict(const TensorMap& tensors) {
  const at::Tensor shared = counted({4, 6}, at::kFloat, 0);
  const TensorMap expected = {
      {"float32", counted({2, 3}, at::kFloat, 0)},
      {"float16", counted({2, 3}, at::kHalf, 10)},
      {"bfloat16", counted({2, 3}, at::kBFloat16, 20)},
      {"float64", counted({3}, at::kDouble, 30)},
      {"int64", counted({5}, at::kLong, 40)},
      {"bool", at::tensor({1, 0, 1}).to(at::kBool)},
      {"scalar", at::full({}, 7.5)},
      {"empty", at::zeros({0, 4})},
      {"parameter", counted({3}, at::kFloat, 50)},
      {"shared.whole", shared},
      {"shared.transposed", shared.t()},
      {"shared.columns", shared.slice(1, 1, 4)},
      {"shared.every_other_row", shared.slice(0, 0, 4, 2)},
      {"shared.last", shared[3][5]},
  };
  ck_assert_uint_eq(tensors.size(), expected.size());
  for (const auto& [name, tensor] : expected) expect_tensor(tensors, name, tensor);
}

START_TEST(every_kind_of_tensor_is_read) {
  for (const char* name :
       {"state_dict.pth", "protocol_3.pth", "protocol_4.pth", "protocol_5.pth", "nested.pth"}) {
    expect_state_dict(open_torch_checkpoint(fixture(name)).tensors());
  }
}
END_TEST

START_TEST(views_of_one_storage_share_its_memory) {
  const auto file = open_torch_checkpoint(fixture("state_dict.pth"));
  const at::Tensor whole = file.tensor("shared.whole");
  const at::Tensor transposed = file.tensor("shared.transposed");
  ck_assert(whole.data_ptr() == transposed.data_ptr());
  ck_assert(!transposed.is_contiguous());
  whole.fill_(7);
  ck_assert(at::equal(transposed, at::full({6, 4}, 7.0)));
  ck_assert(at::equal(open_torch_checkpoint(fixture("state_dict.pth")).tensor("scalar"),
                      at::full({}, 7.5)));
}
END_TEST

START_TEST(a_modules_state_dict_is_read_without_its_attributes) {
  const TensorMap tensors = open_torch_checkpoint(fixture("data_parallel.pth")).tensors();
  ck_assert_uint_eq(tensors.size(), 4);
  expect_tensor(tensors, "module.0.weight", counted({2, 3}, at::kFloat, 0));
  expect_tensor(tensors, "module.0.bias", counted({2}, at::kFloat, 100));
  expect_tensor(tensors, "module.1.bias", counted({2}, at::kFloat, 300));
}
END_TEST

START_TEST(a_call_is_refused_by_name_and_not_made) {
  fs::remove("/tmp/dali-unpickled");
  expect_one_line_with(
      open_error(fixture("command.pth")),
      "command.pth: refuses 'posix.system': only tensors and plain containers are read");
  ck_assert(!fs::exists("/tmp/dali-unpickled"));
  expect_one_line_with(open_error(fixture("device.pth")), "refuses 'torch.device'");
}
END_TEST

START_TEST(the_older_format_is_refused_with_what_converts_it) {
  expect_one_line_with(open_error(fixture("before_1_6.pth")), "torch.save(torch.load(");
}
END_TEST

START_TEST(archives_of_64_bits_are_read) {
  const TemporaryDirectory directory;
  const TensorMap tensors = {{"a", counted({3, 5}, at::kFloat, 1)},
                             {"b", counted({7}, at::kHalf, 2)}};
  for (const ZipForm form : {ZipForm::kPlain, ZipForm::kZip64}) {
    write_file(directory / "a.pth", torch_file(tensors, form));
    const TensorMap read = open_torch_checkpoint(directory / "a.pth").tensors();
    ck_assert_uint_eq(read.size(), 2);
    for (const auto& [name, tensor] : tensors) expect_tensor(read, name, tensor);
  }
}
END_TEST

START_TEST(data_that_are_not_aligned_are_still_read) {
  const TemporaryDirectory directory;
  PickleText pickle;
  pickle.raw("}").text("a").tensor("FloatStorage", "0", 4, 0, {2, 2}, {1, 2}).raw("s");
  const at::Tensor numbers = counted({4}, at::kFloat, 1);
  const std::string bytes(static_cast<const char*>(numbers.data_ptr()), numbers.nbytes());
  std::string file = zip_file({{"archive/data.pkl", pickle.finished()}, {"archive/data/0", bytes}});
  const std::size_t data_begin = file.find(bytes);
  ck_assert_uint_eq(data_begin % 64, 0);
  // One byte of padding less in the member's own header: its data start a byte earlier.
  const std::size_t header_begin = file.rfind("PK\x03\x04", data_begin);
  const std::size_t padding_at = header_begin + 28;
  file[padding_at] = static_cast<char>(file[padding_at] - 1);
  file.replace(data_begin - 1, bytes.size() + 1, bytes + "x");
  write_file(directory / "a.pth", file);
  const at::Tensor read = open_torch_checkpoint(directory / "a.pth").tensor("a");
  ck_assert(at::equal(read, numbers.reshape({2, 2}).t()));
}
END_TEST

struct HostileFile {
  const char* what;
  std::string bytes;
  const char* message;
};

void expect_refused(const std::vector<HostileFile>& rows) {
  const TemporaryDirectory directory;
  for (const HostileFile& row : rows) {
    write_file(directory / "hostile.pth", row.bytes);
    const std::string message = open_error(directory / "hostile.pth");
    ck_assert_msg(contains(message, row.message), "%s: %s", row.what, message.c_str());
    expect_one_line_with(message, "hostile.pth: ");
  }
}

// An archive with this pickle, and 16 bytes of data as storage 0.
std::string with_pickle(const std::string& pickle) {
  return zip_file({{"archive/data.pkl", pickle}, {"archive/data/0", std::string(16, '\1')}});
}

START_TEST(a_malformed_archive_is_refused_in_one_line_that_names_it) {
  const std::string pickle = PickleText().raw("}").finished();
  std::string renamed = zip_file({{"archive/data.pkl", pickle}});
  renamed[30] = 'X';
  std::string outside = zip_file({{"archive/data.pkl", pickle}});
  outside[outside.size() - 6] = '\x7f';
  expect_refused({
      {"empty", "", "empty"},
      {"text", "no archive at all", "not a zip file"},
      {"pointer of Git LFS", "version https://git-lfs.github.com/spec/v1\n", "Git LFS"},
      {"no pickle", zip_file({{"archive/version", "3\n"}}), "data.pkl"},
      {"two pickles", zip_file({{"a/data.pkl", pickle}, {"b/data.pkl", pickle}}), "two pickles"},
      {"TorchScript", zip_file({{"a/constants.pkl", pickle}, {"a/data.pkl", pickle}}),
       "TorchScript"},
      {"compressed", zip_file({{.name = "a/data.pkl", .bytes = pickle, .method = 8}}),
       "'a/data.pkl' is compressed"},
      {"encrypted", zip_file({{.name = "a/data.pkl", .bytes = pickle, .flags = 1}}),
       "'a/data.pkl' is encrypted"},
      {"one name twice", zip_file({{"a/data.pkl", pickle}, {"a/data.pkl", pickle}}), "twice"},
      {"another name in the member's header", renamed, "another name"},
      {"directory outside", outside, "outside"},
      {"big-endian", zip_file({{"a/data.pkl", pickle}, {"a/byteorder", "big"}}), "'big'"},
  });
}
END_TEST

START_TEST(a_malformed_pickle_is_refused_in_one_line) {
  const auto pickled = [](const PickleText& pickle) { return with_pickle(pickle.finished()); };
  const auto in_dict = [&](const PickleText& value) {
    const std::string opcodes = value.finished();  // between the protocol and the end
    return pickled(
        PickleText().raw("}").text("a").raw(opcodes.substr(2, opcodes.size() - 3)).raw("s"));
  };
  PickleText endless;
  endless.raw("]");
  for (int i = 0; i < 1'100'000; ++i) endless.raw("]");
  expect_refused({
      {"empty", with_pickle(""), "cut short"},
      {"no end", with_pickle("\x80\x02}"), "cut short"},
      {"protocol 1", with_pickle("\x80\x01}."), "protocol 1"},
      {"protocol of text", with_pickle("I1\n."), "opcode 73 at byte 0"},
      {"empty stack", pickled(PickleText()), "empty stack"},
      {"below a mark", pickled(PickleText().raw("}(0")), "empty stack"},
      {"no mark", pickled(PickleText().raw("}u")), "empty stack"},
      {"text beyond the end", with_pickle("\x80\x02X\xff\xff\xff\xff."), "cut short"},
      {"key without a value", pickled(PickleText().raw("}(").text("a").raw("u")),
       "without a value"},
      {"item of a number", pickled(PickleText().number(1).number(2).raw("a")), "list that is none"},
      {"memo", pickled(PickleText().raw("h\x07")), "never kept"},
      {"long number", pickled(PickleText().raw("\x8a\x09").raw("123456789")), "64 bits"},
      {"endless", pickled(endless), "too many values"},
      {"call of text", pickled(PickleText().text("os.system").raw(")R")), "cannot be called"},
      {"new object", pickled(PickleText().name("collections", "OrderedDict").raw(")\x81")),
       "never does"},
      {"named by the stack", pickled(PickleText().text("builtins").text("eval\n").raw("\x93")),
       "refuses 'builtins.eval\\x0a'"},
      {"instance of a class", pickled(PickleText().raw("(ios\nsystem\n")), "refuses 'os.system'"},
      {"call of a storage", pickled(PickleText().name("torch", "HalfStorage").raw(")R")),
       "never does"},
      {"attributes of a number", pickled(PickleText().number(1).raw("}b")), "that is none"},
      {"a list", pickled(PickleText().raw("]")), "no dictionary of tensors"},
      {"no tensors", pickled(PickleText().raw("}").text("a").number(1).raw("s")), "no tensor"},
      {"name of a number",
       pickled(
           PickleText().raw("}").number(1).tensor("FloatStorage", "0", 4, 0, {4}, {1}).raw("s")),
       "name is no text"},
      {"unknown storage", in_dict(PickleText().tensor("QInt8Storage", "0", 4, 0, {4}, {1})),
       "refuses 'torch.QInt8Storage'"},
      {"no data", in_dict(PickleText().tensor("FloatStorage", "1", 4, 0, {4}, {1})),
       "no member '1'"},
      {"storage beyond its data", in_dict(PickleText().tensor("FloatStorage", "0", 5, 0, {4}, {1})),
       "'archive/data/0' has 16 bytes"},
      {"storage of 2^62 elements",
       in_dict(PickleText().tensor("FloatStorage", "0", std::int64_t{1} << 62, 0, {4}, {1})),
       "has 16 bytes"},
      {"negative storage", in_dict(PickleText().tensor("FloatStorage", "0", -4, 0, {4}, {1})),
       "none"},
      {"tensor beyond its storage",
       in_dict(PickleText().tensor("FloatStorage", "0", 4, 1, {4}, {1})), "beyond its storage"},
      {"stride beyond", in_dict(PickleText().tensor("FloatStorage", "0", 4, 0, {2, 2}, {3, 1})),
       "beyond its storage"},
      {"negative offset", in_dict(PickleText().tensor("FloatStorage", "0", 4, -1, {4}, {1})),
       "beyond its storage"},
      {"negative stride", in_dict(PickleText().tensor("FloatStorage", "0", 4, 3, {4}, {-1})),
       "below 0"},
      {"negative size", in_dict(PickleText().tensor("FloatStorage", "0", 4, 0, {-1}, {1})),
       "below 0"},
      {"stride that overflows",
       in_dict(PickleText().tensor("FloatStorage", "0", 4, 0, {3}, {INT64_MAX})),
       "beyond its storage"},
      {"repeated for ever",
       in_dict(PickleText().tensor("FloatStorage", "0", 4, 0, {1 << 30, 1 << 30}, {0, 0})),
       "beyond its storage"},
      {"more sizes than strides",
       in_dict(PickleText().tensor("FloatStorage", "0", 4, 0, {2, 2}, {2})), "beyond its storage"},
      {"nine axes",
       in_dict(PickleText().tensor("FloatStorage", "0", 4, 0, {1, 1, 1, 1, 1, 1, 1, 1, 1},
                                   {1, 1, 1, 1, 1, 1, 1, 1, 1})),
       "axes"},
  });
}
END_TEST

START_TEST(circles_end) {
  const TemporaryDirectory directory;
  // A list and a dictionary that hold themselves, beside a tensor.
  PickleText pickle;
  pickle.raw("}q\x01").text("self").raw("h\x01s").text("list").raw("]q\x02h\x02").raw("as");
  pickle.text("a").tensor("FloatStorage", "0", 4, 0, {4}, {1}).raw("s");
  write_file(directory / "a.pth", with_pickle(pickle.finished()));
  ck_assert_uint_eq(open_torch_checkpoint(directory / "a.pth").names().size(), 1);
}
END_TEST

START_TEST(every_cut_of_a_good_file_is_refused) {
  const TemporaryDirectory directory;
  const std::string bytes = read_text_file(fixture("data_parallel.pth"), 1 << 20);
  for (std::size_t length = 1; length < bytes.size(); ++length) {
    write_file(directory / "cut.pth", bytes.substr(0, length));
    expect_one_line_with(open_error(directory / "cut.pth"), "cut.pth: ");
  }
}
END_TEST

START_TEST(a_changed_byte_is_refused_or_read_but_never_crashes) {
  const TemporaryDirectory directory;
  const std::string bytes = read_text_file(fixture("data_parallel.pth"), 1 << 20);
  for (std::size_t position = 0; position < bytes.size(); ++position) {
    std::string changed = bytes;
    changed[position] = static_cast<char>(changed[position] ^ (1 << position % 8));
    write_file(directory / "b.pth", changed);
    try {
      for (const auto& [name, tensor] : open_torch_checkpoint(directory / "b.pth").tensors()) {
        (void)tensor.sum();
      }
    } catch (const std::runtime_error&) {
    }
  }
}
END_TEST

}  // namespace
}  // namespace dali

int main() {
  using namespace dali;
  Suite* suite = suite_create("torch-checkpoint");
  TCase* files = tcase_create("files");
  tcase_add_test(files, every_kind_of_tensor_is_read);
  tcase_add_test(files, views_of_one_storage_share_its_memory);
  tcase_add_test(files, a_modules_state_dict_is_read_without_its_attributes);
  tcase_add_test(files, a_call_is_refused_by_name_and_not_made);
  tcase_add_test(files, the_older_format_is_refused_with_what_converts_it);
  tcase_add_test(files, archives_of_64_bits_are_read);
  tcase_add_test(files, data_that_are_not_aligned_are_still_read);
  suite_add_tcase(suite, files);
  TCase* hostile = tcase_create("hostile");
  tcase_add_test(hostile, a_malformed_archive_is_refused_in_one_line_that_names_it);
  tcase_add_test(hostile, a_malformed_pickle_is_refused_in_one_line);
  tcase_add_test(hostile, circles_end);
  tcase_add_test(hostile, every_cut_of_a_good_file_is_refused);
  tcase_add_test(hostile, a_changed_byte_is_refused_or_read_but_never_crashes);
  suite_add_tcase(suite, hostile);
  return run_suite(suite);
}
