// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace dali {

// Boxes of the ISO base media file format (ISO/IEC 14496-12), one behind the other and in each
// other, as bytes. Numbers are big-endian.
class BoxWriter {
 public:
  // `content` writes what the box holds. A box is smaller than 4 GiB.
  template <typename Content>
  void box(std::string_view name, Content&& content) {
    const std::size_t start = begin(name);
    std::forward<Content>(content)();
    end(start);
  }
  // With a version and 24 flags.
  template <typename Content>
  void full_box(std::string_view name, unsigned version, std::uint32_t flags, Content&& content) {
    box(name, [&] {
      number(version << 24 | flags, 4);
      std::forward<Content>(content)();
    });
  }

  // The lowest `bytes` bytes of it.
  void number(std::uint64_t value, int bytes);
  void zeros(std::size_t count) { bytes_.append(count, '\0'); }
  void append(std::string_view bytes) { bytes_ += bytes; }

  // A place of four bytes that is filled later.
  std::size_t place();
  void fill(std::size_t place, std::size_t value);

  std::size_t size() const { return bytes_.size(); }
  std::string take() { return std::exchange(bytes_, {}); }

 private:
  std::size_t begin(std::string_view name);
  void end(std::size_t start);

  std::string bytes_;
};

}  // namespace dali
