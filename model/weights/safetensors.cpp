#include "model/weights/safetensors.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "model/base/in_quotes.h"
#include "model/weights/strict_json.h"

namespace dali {
namespace {

static_assert(std::endian::native == std::endian::little, "tensors are mapped as they lie on disk");

constexpr std::size_t kLengthBytes = 8;
constexpr std::size_t kLongestHeaderBytes = 100'000'000;  // as the format's own reader has it

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& reason) {
  throw std::runtime_error(path.string() + ": " + reason);
}

[[noreturn]] void refuse_tensor(const std::filesystem::path& path, std::string_view name,
                                const std::string& reason) {
  refuse(path, "tensor " + in_quotes(name) + " " + reason);
}

std::optional<at::ScalarType> dtype_named(std::string_view name) {
  constexpr std::pair<std::string_view, at::ScalarType> kDtypes[] = {
      {"F64", at::kDouble}, {"F32", at::kFloat}, {"F16", at::kHalf},  {"BF16", at::kBFloat16},
      {"I64", at::kLong},   {"I32", at::kInt},   {"I16", at::kShort}, {"I8", at::kChar},
      {"U8", at::kByte},    {"BOOL", at::kBool}};
  for (const auto& [dtype_name, dtype] : kDtypes) {
    if (dtype_name == name) return dtype;
  }
  return std::nullopt;
}

// JSON's integers arrive signed or unsigned; anything else, and what is below 0, is nothing.
std::optional<std::int64_t> non_negative_integer(const nlohmann::json& value) {
  if (!value.is_number_integer()) return std::nullopt;
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX) return std::nullopt;
  const auto number = value.get<std::int64_t>();
  return number < 0 ? std::nullopt : std::optional(number);
}

std::optional<std::vector<std::int64_t>> non_negative_integers(const nlohmann::json& value) {
  if (!value.is_array()) return std::nullopt;
  std::vector<std::int64_t> numbers;
  for (const auto& element : value) {
    const auto number = non_negative_integer(element);
    if (!number) return std::nullopt;
    numbers.push_back(*number);
  }
  return numbers;
}

// Nothing when the product does not fit.
std::optional<std::int64_t> size_in_bytes(const std::vector<std::int64_t>& shape,
                                          std::int64_t element_bytes) {
  std::int64_t bytes = element_bytes;
  for (const auto dimension : shape) {
    if (__builtin_mul_overflow(bytes, dimension, &bytes)) return std::nullopt;
  }
  return bytes;
}

SafetensorsMetadata read_metadata(const std::filesystem::path& path,
                                  const nlohmann::json& description) {
  if (!description.is_object()) refuse(path, "__metadata__ is not a JSON object");
  SafetensorsMetadata metadata;
  for (const auto& [key, value] : description.items()) {
    if (!value.is_string()) refuse(path, "metadata " + in_quotes(key) + " is not a string");
    metadata[key] = value.get<std::string>();
  }
  return metadata;
}

const nlohmann::json& field(const std::filesystem::path& path, std::string_view tensor_name,
                            const nlohmann::json& description, const char* key) {
  const auto found = description.find(key);
  if (found == description.end()) {
    refuse_tensor(path, tensor_name, "has no " + in_quotes(key));
  }
  return *found;
}

}  // namespace

// The whole file in memory, writable by page copy.
class SafetensorsFile::Mapping {
 public:
  explicit Mapping(const std::filesystem::path& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
      refuse(path, std::error_code(errno, std::generic_category()).message());
    }
    struct stat status {};
    const bool is_file = ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
    void* address = MAP_FAILED;
    if (is_file && status.st_size >= static_cast<off_t>(kLengthBytes)) {
      size_bytes_ = static_cast<std::size_t>(status.st_size);
      // Without a reservation: only pages that are written cost memory of their own.
      address = ::mmap(nullptr, size_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE,
                       descriptor, 0);
    }
    const int map_errno = errno;
    ::close(descriptor);
    if (!is_file) refuse(path, "not a regular file");
    if (size_bytes_ == 0) refuse(path, "too short to be a safetensors file");
    if (address == MAP_FAILED) {
      refuse(path,
             "cannot be mapped: " + std::error_code(map_errno, std::generic_category()).message());
    }
    bytes_ = static_cast<char*>(address);
  }
  ~Mapping() { ::munmap(bytes_, size_bytes_); }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  char* bytes() const { return bytes_; }
  std::size_t size_bytes() const { return size_bytes_; }

 private:
  char* bytes_ = nullptr;
  std::size_t size_bytes_ = 0;
};

SafetensorsFile SafetensorsFile::open(const std::filesystem::path& path) {
  SafetensorsFile file;
  file.path_ = path;
  file.mapping_ = std::make_shared<const Mapping>(path);
  const std::size_t file_bytes = file.mapping_->size_bytes();

  std::uint64_t header_bytes = 0;
  std::memcpy(&header_bytes, file.mapping_->bytes(), kLengthBytes);
  if (header_bytes > file_bytes - kLengthBytes) {
    refuse(path, "header of " + std::to_string(header_bytes) + " bytes reaches beyond the file's " +
                     std::to_string(file_bytes));
  }
  if (header_bytes > kLongestHeaderBytes) refuse(path, "header is longer than 100 MB");
  const std::size_t data_begin = kLengthBytes + header_bytes;
  const std::size_t data_bytes = file_bytes - data_begin;
  const auto header =
      parse_strict_json({file.mapping_->bytes() + kLengthBytes, header_bytes}, path.string());
  if (!header.is_object()) refuse(path, "header is not a JSON object");

  for (const auto& [name, description] : header.items()) {
    if (name == "__metadata__") {
      file.metadata_ = read_metadata(path, description);
    } else {
      file.entries_.emplace(name, read_entry(path, name, description, data_begin, data_bytes));
    }
  }
  file.check_layout(data_begin);
  return file;
}

SafetensorsFile::Entry SafetensorsFile::read_entry(const std::filesystem::path& path,
                                                   const std::string& name,
                                                   const nlohmann::json& description,
                                                   std::size_t data_begin, std::size_t data_bytes) {
  if (!description.is_object()) refuse_tensor(path, name, "is not described by a JSON object");
  const auto& dtype_name = field(path, name, description, "dtype");
  const auto dtype =
      dtype_name.is_string() ? dtype_named(dtype_name.get<std::string>()) : std::nullopt;
  if (!dtype) refuse_tensor(path, name, "has an unknown dtype " + in_quotes(dtype_name.dump()));
  auto shape = non_negative_integers(field(path, name, description, "shape"));
  if (!shape) refuse_tensor(path, name, "has a shape that is not a list of sizes");
  const auto offsets = non_negative_integers(field(path, name, description, "data_offsets"));
  if (!offsets || offsets->size() != 2 || (*offsets)[0] > (*offsets)[1]) {
    refuse_tensor(path, name, "has data_offsets that are not [begin, end]");
  }
  const auto begin = static_cast<std::size_t>((*offsets)[0]);
  const auto end = static_cast<std::size_t>((*offsets)[1]);
  if (end > data_bytes) {
    refuse_tensor(path, name,
                  "ends at byte " + std::to_string(end) + " of the data, which has " +
                      std::to_string(data_bytes) + ": file cut short?");
  }
  const auto element_bytes = static_cast<std::int64_t>(c10::elementSize(*dtype));
  const auto bytes = size_in_bytes(*shape, element_bytes);
  if (!bytes || static_cast<std::size_t>(*bytes) != end - begin) {
    refuse_tensor(
        path, name,
        "has a shape that does not fill its " + std::to_string(end - begin) + " bytes exactly");
  }
  return {*dtype, std::move(*shape), data_begin + begin, data_begin + end};
}

void SafetensorsFile::check_layout(std::size_t data_begin) const {
  std::vector<std::pair<const Entry*, std::string_view>> in_file_order;
  for (const auto& [name, entry] : entries_) in_file_order.emplace_back(&entry, name);
  std::sort(in_file_order.begin(), in_file_order.end(), [](const auto& left, const auto& right) {
    return std::pair(left.first->begin, left.first->end) <
           std::pair(right.first->begin, right.first->end);
  });
  std::size_t used_end = data_begin;
  for (const auto& [entry, name] : in_file_order) {
    if (entry->begin < used_end) refuse_tensor(path_, name, "overlaps the one before it");
    if (entry->begin > used_end) refuse_tensor(path_, name, "has a hole before it");
    used_end = entry->end;
  }
  if (used_end != mapping_->size_bytes()) {
    refuse(path_, std::to_string(mapping_->size_bytes() - used_end) +
                      " bytes at the end belong to no tensor");
  }
}

std::vector<std::string> SafetensorsFile::names() const {
  std::vector<std::string> names;
  for (const auto& [name, entry] : entries_) names.push_back(name);
  return names;
}

bool SafetensorsFile::contains(std::string_view name) const {
  return entries_.find(name) != entries_.end();
}

at::Tensor SafetensorsFile::tensor(std::string_view name) const {
  const auto found = entries_.find(name);
  if (found == entries_.end()) refuse(path_, "there is no tensor " + in_quotes(name));
  const Entry& entry = found->second;
  char* bytes = mapping_->bytes() + entry.begin;
  if (entry.begin == entry.end) return at::empty(entry.shape, entry.dtype);
  // The mapping starts on a page, so the offset alone decides.
  if (entry.begin % c10::elementSize(entry.dtype) != 0) {
    at::Tensor copy = at::empty(entry.shape, entry.dtype);
    std::memcpy(copy.data_ptr(), bytes, entry.end - entry.begin);
    return copy;
  }
  return at::from_blob(
      bytes, entry.shape, [keep_mapped = mapping_](void*) {}, entry.dtype);
}

TensorMap SafetensorsFile::tensors() const {
  TensorMap tensors;
  for (const auto& [name, entry] : entries_) tensors.emplace(name, tensor(name));
  return tensors;
}

}  // namespace dali
