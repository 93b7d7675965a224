// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/language/decoder_rows.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/from_blob.h>

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "model/kernels/attention.h"
#include "model/kernels/rows.h"
#include "model/tensor/attention.h"
#include "model/tensor/few_rows_product.h"
#include "model/tensor/threads.h"

namespace dali {
namespace {

// Numbers that are worth waking another thread for.
constexpr int64_t kLeastNumbers = 1 << 15;

Numbers numbers_of(const at::Tensor& tensor) {
  return {tensor.data_ptr(), tensor.scalar_type() == at::kBFloat16};
}

at::Tensor as_tensor(const float* rows, int64_t count, int64_t width) {
  return at::from_blob(const_cast<float*>(rows), {count, width}, at::kFloat);
}

// Calls work(row) for all rows of so many numbers, on all threads.
template <typename Work>
void for_rows(int64_t count, int64_t width, Work work) {
  in_parts(count, std::max<int64_t>(kLeastNumbers / width, 1), [&](int64_t first, int64_t end) {
    for (int64_t row = first; row < end; ++row) work(row);
  });
}

// Whether the rows of a pass are to come out as each would alone.
enum class Rows { kTogether, kEachAlone };

// A product whose weight is not of integers. In a dtype of its own it comes out rounded to that.
void multiply(const at::Tensor& rows, const RowProducts& product, Rows as) {
  const at::Tensor computed = (as == Rows::kEachAlone ? product_of_each_row(*product.linear, rows)
                                                      : product.linear->forward(rows))
                                  .contiguous();
  const int64_t width = computed.size(1);
  const Numbers numbers = numbers_of(computed);
  for_rows(computed.size(0), width, [&](int64_t row) {
    float* const result = product.result + row * product.stride;
    if (numbers.is_bfloat16) {
      to_float32(static_cast<const at::BFloat16*>(numbers.data) + row * width, width, result);
    } else {
      std::copy_n(static_cast<const float*>(numbers.data) + row * width, width, result);
    }
  });
}

// The same rows times several weights. Those of integers share the rows' integers, and of them
// each row comes out as it does alone in any case.
void multiply(const float* rows, int64_t count, int64_t width, RowMemory& memory,
              std::span<const RowProducts> products, Rows as) {
  const auto holds_integers = [](const RowProducts& product) {
    return product.linear->holds_integers();
  };
  if (std::all_of(products.begin(), products.end(), holds_integers)) {
    quantise_rows(rows, count, width, width, memory.quantised);
    multiply_rows(memory.quantised, products);
    return;
  }
  const at::Tensor tensor = as_tensor(rows, count, width);
  for (const RowProducts& product : products) multiply(tensor, product, as);
}

// One pass through the layers. All rows lie without gaps, those of a sample behind each other.
class LayerPass {
 public:
  LayerPass(const at::Tensor& embeddings, const RowPass& pass)
      : pass_(pass),
        batch_(embeddings.size(0)),
        tokens_(embeddings.size(1)),
        width_(embeddings.size(2)),
        head_width_(width_ / pass.config.heads),
        key_width_(head_width_ * pass.config.kv_heads),
        mlp_width_(pass.config.mlp_width),
        has_own_caches_(pass.caches.size() > 1) {
    TORCH_CHECK(!has_own_caches_ || (tokens_ == 1 && batch_ == samples_with_caches()),
                "samples with caches of their own have a token each, got ", batch_, " samples of ",
                tokens_, " tokens and ", pass.caches.size(), " caches");
    const int64_t rows = batch_ * tokens_;
    const int64_t area = rows * std::max(width_ + 2 * key_width_, 2 * mlp_width_);
    hidden_ = pass.memory.numbers(2 * rows * width_ + area);
    normed_ = hidden_ + rows * width_;
    query_ = normed_ + rows * width_;
    key_ = query_ + rows * width_;
    value_ = key_ + rows * key_width_;
    gate_ = query_;  // after attention
    expanded_ = gate_ + rows * mlp_width_;
    as_tensor(hidden_, rows, width_).copy_(embeddings.reshape({rows, width_}));
    angles_ = {.cosines = pass.angles.cosines.contiguous(),
               .signed_sines = pass.angles.signed_sines.contiguous()};
  }

  void forward(DecoderLayerImpl& layer, int64_t number, WantedRows wanted) {
    const bool is_narrowed = wanted == WantedRows::kLastOfEachSample && tokens_ > 1;
    const int64_t rows = batch_ * tokens_;
    const RmsNormImpl& norm = *layer.attention_norm;
    for_rows(rows, width_, [&](int64_t row) { normalise(norm, row); });
    const auto& attention = *layer.attention;
    const std::array keys_and_values = {RowProducts{attention.key.get(), key_, key_width_},
                                        RowProducts{attention.value.get(), value_, key_width_},
                                        RowProducts{attention.query.get(), query_, width_}};
    const std::span<const RowProducts> products = keys_and_values;
    if (is_narrowed) {
      multiply_rows_of(normed_, rows, width_, products.first(2));
      place_keys(number);
      keep_last_rows();
      multiply_rows_of(normed_, batch_, width_, products.last(1));
    } else {
      multiply_rows_of(normed_, rows, width_, products);
      place_keys(number);
    }
    attend(number);
    forward_mlp(layer);
  }

  at::Tensor hidden() const {
    return at::from_blob(hidden_, {batch_, queries_, width_}, at::kFloat);
  }

 private:
  int64_t samples_with_caches() const { return static_cast<int64_t>(pass_.caches.size()); }

  void multiply_rows_of(const float* rows, int64_t count, int64_t width,
                        std::span<const RowProducts> products) {
    multiply(rows, count, width, pass_.memory, products,
             has_own_caches_ ? Rows::kEachAlone : Rows::kTogether);
  }

  void normalise(const RmsNormImpl& norm, int64_t row) {
    rms_norm(hidden_ + row * width_, numbers_of(norm.weight), width_, norm.epsilon(),
             normed_ + row * width_);
  }

  // Turns the keys, and puts them and the values into the cache, in the cache's dtype.
  void place_keys(int64_t layer) {
    std::vector<at::Tensor> keys, values;  // of each cache
    for (KeyValueCache* const cache : pass_.caches) {
      keys.push_back(cache->room_for_keys(layer, tokens_));
      values.push_back(cache->room_for_values(layer, tokens_));
    }
    for_rows(batch_ * tokens_, 2 * key_width_, [&](int64_t row) {
      float* const key = key_ + row * key_width_;
      turn(key, pass_.config.kv_heads, angle_of(row, tokens_));
      if (pass_.caches.empty()) return;
      const auto cache = static_cast<size_t>(has_own_caches_ ? row : 0);
      const int64_t place_in_cache = has_own_caches_ ? 0 : row;
      place(key, place_in_cache, keys[cache]);
      place(value_ + row * key_width_, place_in_cache, values[cache]);
    });
  }

  // Which of the pass's angles a row has that is one of `rows` of its sample, the last ones.
  int64_t angle_of(int64_t row, int64_t rows) const {
    return has_own_caches_ ? row : tokens_ - rows + row % rows;
  }

  // room [batch, kv_heads, tokens, head_width]
  void place(const float* row, int64_t number, const at::Tensor& room) {
    const int64_t start = number / tokens_ * room.stride(0) + number % tokens_ * room.stride(2);
    for (int64_t head = 0; head < pass_.config.kv_heads; ++head) {
      const float* const numbers = row + head * head_width_;
      const int64_t place = start + head * room.stride(1);
      if (room.scalar_type() == at::kBFloat16) {
        to_bfloat16(numbers, head_width_, static_cast<at::BFloat16*>(room.data_ptr()) + place);
      } else {
        std::copy_n(numbers, head_width_, static_cast<float*>(room.data_ptr()) + place);
      }
    }
  }

  void turn(float* heads, int64_t count, int64_t token) {
    const float* const cosines = angles_.cosines.data_ptr<float>() + token * head_width_;
    const float* const sines = angles_.signed_sines.data_ptr<float>() + token * head_width_;
    for (int64_t head = 0; head < count; ++head) {
      rotate(heads + head * head_width_, cosines, sines, head_width_);
    }
  }

  // From here on a sample has one row.
  void keep_last_rows() {
    for (int64_t sample = 0; sample < batch_; ++sample) {
      const int64_t last = (sample + 1) * tokens_ - 1;
      for (float* const rows : {hidden_, normed_}) {
        std::copy_n(rows + last * width_, width_, rows + sample * width_);
      }
    }
    queries_ = 1;
  }

  void attend(int64_t layer) {
    const int64_t rows = batch_ * queries_;
    for_rows(rows, width_, [&](int64_t row) {
      turn(query_ + row * width_, pass_.config.heads, angle_of(row, queries_));
    });
    if (has_own_caches_) return attend_each(layer);
    AttentionTask task = {.batch = batch_,
                          .heads = pass_.config.heads,
                          .kv_heads = pass_.config.kv_heads,
                          .tokens = queries_,
                          .key_tokens = tokens_,
                          .head_width = head_width_,
                          .is_causal = true,
                          .query = in_rows<const void*>(query_, queries_, width_),
                          .key = in_rows<const void*>(key_, tokens_, key_width_),
                          .value = in_rows<const void*>(value_, tokens_, key_width_),
                          .result = in_rows<void*>(normed_, queries_, width_)};
    if (!pass_.caches.empty()) see_cache(*pass_.caches.front(), layer, task);
    attend_in_threads(task);
  }

  void see_cache(const KeyValueCache& cache, int64_t layer, AttentionTask& task) const {
    task.key_tokens = cache.length() + tokens_;
    task.key = in_cache(cache.whole_keys(layer));
    task.value = in_cache(cache.whole_values(layer));
  }

  // Each sample's one query, to what its own cache holds: all heads of all samples side by side.
  void attend_each(int64_t layer) {
    std::vector<AttentionTask> tasks;
    int64_t numbers = 0;
    for (int64_t sample = 0; sample < batch_; ++sample) {
      AttentionTask& task = tasks.emplace_back(
          AttentionTask{.batch = 1,
                        .heads = pass_.config.heads,
                        .kv_heads = pass_.config.kv_heads,
                        .tokens = 1,
                        .head_width = head_width_,
                        .is_causal = true,
                        .query = in_rows<const void*>(query_ + sample * width_, 1, width_),
                        .result = in_rows<void*>(normed_ + sample * width_, 1, width_)});
      see_cache(*pass_.caches[static_cast<size_t>(sample)], layer, task);
      numbers += task.key_tokens * head_width_;
    }
    constexpr int64_t kLeastProducts = 200'000;  // that are worth waking another thread
    const int64_t heads = pass_.config.heads;
    const int64_t least = std::max<int64_t>(kLeastProducts * batch_ / numbers, 1);
    in_parts(batch_ * heads, least, [&](int64_t first, int64_t end) {
      for (int64_t sample = first / heads; sample * heads < end; ++sample) {
        dali::attend(tasks[static_cast<size_t>(sample)],
                     std::max<int64_t>(first - sample * heads, 0),
                     std::min(end - sample * heads, heads));
      }
    });
  }

  template <typename Pointer>
  HeadsAt<Pointer> in_rows(float* rows, int64_t tokens, int64_t width) const {
    return {.numbers = rows,
            .is_bfloat16 = false,
            .batch_stride = tokens * width,
            .head_stride = head_width_,
            .token_stride = width};
  }
  static HeadsAt<const void*> in_cache(const at::Tensor& heads) {
    return {.numbers = heads.data_ptr(),
            .is_bfloat16 = heads.scalar_type() == at::kBFloat16,
            .batch_stride = heads.stride(0),
            .head_stride = heads.stride(1),
            .token_stride = heads.stride(2)};
  }

  // From what attention left in normed_ to the layer's end.
  void forward_mlp(DecoderLayerImpl& layer) {
    const int64_t rows = batch_ * queries_;
    const RowProducts attended = {layer.attention->output.get(), query_, width_};
    multiply_rows_of(normed_, rows, width_, {&attended, 1});
    const RmsNormImpl& norm = *layer.mlp_norm;
    for_rows(rows, width_, [&](int64_t row) {
      add(hidden_ + row * width_, {query_ + row * width_}, width_);
      normalise(norm, row);
    });
    const std::array both = {RowProducts{layer.mlp->gate.get(), gate_, mlp_width_},
                             RowProducts{layer.mlp->expand.get(), expanded_, mlp_width_}};
    multiply_rows_of(normed_, rows, width_, both);
    for_rows(rows, mlp_width_, [&](int64_t row) {
      silu_product(gate_ + row * mlp_width_, expanded_ + row * mlp_width_, mlp_width_);
    });
    const RowProducts contracted = {layer.mlp->contract.get(), normed_, width_};
    multiply_rows_of(gate_, rows, mlp_width_, {&contracted, 1});
    for_rows(rows, width_,
             [&](int64_t row) { add(hidden_ + row * width_, {normed_ + row * width_}, width_); });
  }

  const RowPass& pass_;
  const int64_t batch_;
  const int64_t tokens_;
  const int64_t width_;
  const int64_t head_width_;
  const int64_t key_width_;
  const int64_t mlp_width_;
  const bool has_own_caches_;  // each sample one
  int64_t queries_ = tokens_;  // rows of a sample that are computed
  RotaryAngles angles_;        // contiguous
  float* hidden_;              // [rows, width]: the residual stream
  float* normed_;              // [rows, width]: what products are made of; what attention yields
  float* query_;               // [rows, width]
  float* key_;                 // [rows, key_width]
  float* value_;               // [rows, key_width]
  float* gate_;                // [rows, mlp_width]
  float* expanded_;            // [rows, mlp_width]
};

}  // namespace

at::Tensor forward_rows(const torch::nn::ModuleList& layers, const at::Tensor& embeddings,
                        const RowPass& pass) {
  LayerPass rows(embeddings, pass);
  for (size_t layer = 0; layer < layers->size(); ++layer) {
    rows.forward(*layers->ptr(layer)->as<DecoderLayer>(), static_cast<int64_t>(layer),
                 layer + 1 < layers->size() ? WantedRows::kAll : pass.wanted);
  }
  return rows.hidden();
}

at::Tensor product_of_each_row(const LinearImpl& linear, const at::Tensor& rows) {
  if (linear.holds_integers() || rows.size(0) <= kFewRows) return linear.forward(rows);
  std::vector<at::Tensor> parts;
  for (const at::Tensor& few : rows.split(kFewRows)) parts.push_back(linear.forward(few));
  return at::cat(parts);
}

void normalise_rows(const RmsNormImpl& norm, const at::Tensor& rows) {
  const int64_t width = rows.size(-1);
  float* const numbers = rows.data_ptr<float>();
  for_rows(rows.numel() / width, width, [&](int64_t row) {
    float* const place = numbers + row * width;
    rms_norm(place, numbers_of(norm.weight), width, norm.epsilon(), place);
  });
}

}  // namespace dali
