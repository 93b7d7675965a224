// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/language/decoder_rows.h"

#include <ATen/ops/from_blob.h>

#include <algorithm>
#include <array>
#include <span>

#include "model/kernels/rows.h"
#include "model/tensor/attention.h"
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

// A product whose weight is not of integers. In a dtype of its own it comes out rounded to that.
void multiply(const at::Tensor& rows, const RowProducts& product) {
  const at::Tensor computed = product.linear->forward(rows).contiguous();
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

// The same rows times several weights. Those of integers share the rows' integers.
void multiply(const float* rows, int64_t count, int64_t width, RowMemory& memory,
              std::span<const RowProducts> products) {
  const auto holds_integers = [](const RowProducts& product) {
    return product.linear->holds_integers();
  };
  if (std::all_of(products.begin(), products.end(), holds_integers)) {
    quantise_rows(rows, count, width, width, memory.quantised);
    multiply_rows(memory.quantised, products);
    return;
  }
  const at::Tensor tensor = as_tensor(rows, count, width);
  for (const RowProducts& product : products) multiply(tensor, product);
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
        mlp_width_(pass.config.mlp_width) {
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
      multiply(normed_, rows, width_, pass_.memory, products.first(2));
      place_keys(number);
      keep_last_rows();
      multiply(normed_, batch_, width_, pass_.memory, products.last(1));
    } else {
      multiply(normed_, rows, width_, pass_.memory, products);
      place_keys(number);
    }
    attend(number);
    forward_mlp(layer);
  }

  at::Tensor hidden() const {
    return at::from_blob(hidden_, {batch_, queries_, width_}, at::kFloat);
  }

 private:
  void normalise(const RmsNormImpl& norm, int64_t row) {
    rms_norm(hidden_ + row * width_, numbers_of(norm.weight), width_, norm.epsilon(),
             normed_ + row * width_);
  }

  // Turns the keys, and puts them and the values into the cache, in the cache's dtype.
  void place_keys(int64_t layer) {
    KeyValueCache* const cache = pass_.cache;
    const at::Tensor keys = cache != nullptr ? cache->room_for_keys(layer, tokens_) : at::Tensor();
    const at::Tensor values =
        cache != nullptr ? cache->room_for_values(layer, tokens_) : at::Tensor();
    for_rows(batch_ * tokens_, 2 * key_width_, [&](int64_t row) {
      float* const key = key_ + row * key_width_;
      turn(key, pass_.config.kv_heads, row % tokens_);
      if (cache == nullptr) return;
      place(key, row, keys);
      place(value_ + row * key_width_, row, values);
    });
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
      turn(query_ + row * width_, pass_.config.heads, tokens_ - queries_ + row % queries_);
    });
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
    if (pass_.cache != nullptr) {
      task.key_tokens = pass_.cache->length() + tokens_;
      task.key = in_cache(pass_.cache->whole_keys(layer));
      task.value = in_cache(pass_.cache->whole_values(layer));
    }
    attend_in_threads(task);
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
    multiply(normed_, rows, width_, pass_.memory, {&attended, 1});
    const RmsNormImpl& norm = *layer.mlp_norm;
    for_rows(rows, width_, [&](int64_t row) {
      add(hidden_ + row * width_, {query_ + row * width_}, width_);
      normalise(norm, row);
    });
    const std::array both = {RowProducts{layer.mlp->gate.get(), gate_, mlp_width_},
                             RowProducts{layer.mlp->expand.get(), expanded_, mlp_width_}};
    multiply(normed_, rows, width_, pass_.memory, both);
    for_rows(rows, mlp_width_, [&](int64_t row) {
      silu_product(gate_ + row * mlp_width_, expanded_ + row * mlp_width_, mlp_width_);
    });
    const RowProducts contracted = {layer.mlp->contract.get(), normed_, width_};
    multiply(gate_, rows, mlp_width_, pass_.memory, {&contracted, 1});
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

void normalise_rows(const RmsNormImpl& norm, const at::Tensor& rows) {
  const int64_t width = rows.size(-1);
  float* const numbers = rows.data_ptr<float>();
  for_rows(rows.numel() / width, width, [&](int64_t row) {
    float* const place = numbers + row * width;
    rms_norm(place, numbers_of(norm.weight), width, norm.epsilon(), place);
  });
}

}  // namespace dali
