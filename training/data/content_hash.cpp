// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/data/content_hash.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <cstdint>
#include <new>

namespace dali {

struct ContentHash::State {
  struct Free {
    void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
  };
  std::unique_ptr<XXH3_state_t, Free> hash{XXH3_createState()};
};

ContentHash::ContentHash() : state_(std::make_unique<State>()) {
  if (state_->hash == nullptr) throw std::bad_alloc();
  XXH3_128bits_reset(state_->hash.get());
}

ContentHash::~ContentHash() = default;

void ContentHash::add(const void* bytes, std::size_t count) {
  XXH3_128bits_update(state_->hash.get(), bytes, count);
}

void ContentHash::add(std::string_view text) {
  const std::uint64_t length = text.size();
  add(&length, sizeof length);
  add(text.data(), text.size());
}

void ContentHash::add(const at::Tensor& tensor) {
  const auto held = tensor.detach().to(at::kCPU).contiguous();
  std::string form = c10::toString(held.scalar_type());
  for (const auto size : held.sizes()) form += fmt::format(" {}", size);
  add(form);
  add(held.data_ptr(), held.nbytes());
}

std::string ContentHash::hex() const {
  const XXH128_hash_t digest = XXH3_128bits_digest(state_->hash.get());
  return fmt::format("{:016x}{:016x}", digest.high64, digest.low64);
}

}  // namespace dali
