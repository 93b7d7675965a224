// SPDX-License-Identifier: LGPL-2.1-or-later
// Fields one behind the other in memory, as messages have them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace dali {

class FieldWriter {
 public:
  explicit FieldWriter(std::vector<std::byte>& bytes) : bytes_(bytes) {}  // borrowed

  template <typename Number>
  void number(Number value) {
    static_assert(std::is_arithmetic_v<Number>);
    raw(&value, sizeof(value));
  }

  template <typename Number>
  void optional(const std::optional<Number>& value) {
    number<std::uint8_t>(value.has_value() ? 1 : 0);
    if (value) number(*value);
  }

  void text(std::string_view text) {
    number(static_cast<std::uint32_t>(text.size()));
    raw(text.data(), text.size());
  }

  void raw(const void* begin, std::size_t count) {
    const auto* bytes = static_cast<const std::byte*>(begin);
    bytes_.insert(bytes_.end(), bytes, bytes + count);
  }

 private:
  std::vector<std::byte>& bytes_;
};

// Throws `Error` for bytes that end too early or mean nothing.
template <typename Error>
class FieldReader {
 public:
  explicit FieldReader(std::span<const std::byte> bytes) : rest_(bytes) {}  // borrowed

  template <typename Number>
  Number number() {
    static_assert(std::is_arithmetic_v<Number>);
    Number value;
    std::memcpy(&value, raw(sizeof(value)).data(), sizeof(value));
    return value;
  }

  bool truth() {
    const auto value = number<std::uint8_t>();
    if (value > 1) throw Error("neither yes nor no");
    return value == 1;
  }

  template <typename Number>
  std::optional<Number> optional() {
    if (!truth()) return std::nullopt;
    return number<Number>();
  }

  std::string text(std::size_t most_bytes) {
    const auto length = number<std::uint32_t>();
    if (length > most_bytes) throw Error("a text of " + std::to_string(length) + " bytes");
    const std::span<const std::byte> bytes = raw(length);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  std::span<const std::byte> raw(std::size_t count) {
    if (count > rest_.size()) throw Error("a message that ends too early");
    const std::span<const std::byte> taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }

  void expect_end() const {
    if (!rest_.empty()) throw Error("a message that goes on behind its end");
  }

 private:
  std::span<const std::byte> rest_;
};

}  // namespace dali
