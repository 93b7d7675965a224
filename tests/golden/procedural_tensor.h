// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace dali::golden {

// Numbers that the golden data define by formula instead of storing them: uniform in [low, high),
// from a hash of the name and the index. -> [shape], float32
at::Tensor procedural_tensor(std::string_view name, at::IntArrayRef shape, double low, double high,
                             std::uint64_t seed = 0);

// The rule that says which tensor gets which numbers, as the index words it:
//   norm weights U[0.9,1.1); *bias U[-0.05,0.05); ... input_fbank =
//   proc("input_fbank",[1,1024,128],-1.5,1.5)
class ProceduralRule {
 public:
  explicit ProceduralRule(std::string text) : text_(std::move(text)) {}

  // A tensor in the first range that stands after `phrase`.
  at::Tensor tensor(std::string_view phrase, std::string_view name, at::IntArrayRef shape) const;

  // The tensor that the rule gives in full, with its shape: proc("name",[...],low,high).
  at::Tensor input(std::string_view name) const;

  // The tensor of a variable whose numbers may have another name: audio_tokens=proc("tokens_1",
  // ...).
  at::Tensor variable(std::string_view name) const;

  // A weight, where one range, "(state_dict name, shape, LOW, HIGH)", serves all names but those
  // that end as an exception says: "except *.out_proj.weight: (LOW, HIGH)".
  at::Tensor weight(std::string_view name, at::IntArrayRef shape) const;

 private:
  // The tensor of `beginning`,[SHAPE],LOW,HIGH): a regular expression that captures the name.
  at::Tensor call(const std::string& beginning) const;

  std::string text_;
};

}  // namespace dali::golden
