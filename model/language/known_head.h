// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "model/language/decoder.h"

namespace dali {

// What a decoder keeps of the tokens that all prompts begin with: the words before the first token
// of picture or sound. They are computed when they are first asked for, and always apart from the
// rest of a prompt, so that it makes no difference to the rest whether they were there already.
// Any thread.
class KnownHead {
 public:
  // Keys and values of these ids, not none, at the first positions. Kept for the ids and the number
  // of threads that were asked for last.
  std::shared_ptr<const KeyValueCache> of(Decoder decoder, std::span<const std::int64_t> ids);

 private:
  std::mutex mutex_;  // of what follows; held while they are computed
  std::vector<std::int64_t> ids_;
  int threads_ = 0;
  std::shared_ptr<const KeyValueCache> cache_;
};

}  // namespace dali
