// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace dali {

// 128 bits of whatever was added: the same for the same bytes in the same order, on every machine,
// and for others by no chance that one would meet (XXH3). One thread at a time.
class ContentHash {
 public:
  ContentHash();
  ~ContentHash();
  ContentHash(const ContentHash&) = delete;
  ContentHash& operator=(const ContentHash&) = delete;

  void add(const void* bytes, std::size_t count);
  void add(std::string_view text);  // and its length
  // Dtype, shape and numbers; from any device.
  void add(const at::Tensor& tensor);

  std::string hex() const;  // 32 digits

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dali
