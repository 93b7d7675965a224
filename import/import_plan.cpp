// SPDX-License-Identifier: LGPL-2.1-or-later
#include "import/import_plan.h"

#include <ATen/ops/cat.h>

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "model/base/in_quotes.h"
#include "model/weights/load_weights.h"

namespace dali {
namespace {

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text = "[";
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    text += (axis == 0 ? "" : ", ") + std::to_string(shape[axis]);
  }
  return text + "]";
}

bool is_floating_point(ElementType type) {
  return c10::isFloatingType(scalar_type_of(type));
}

// Which source has it: the first of `names` that knows the name.
std::optional<WeightDestination> destination(const std::vector<WeightNames>& names,
                                             const std::string& name) {
  for (const WeightNames& known : names) {
    if (const auto found = known.destination(name)) return found;
  }
  return std::nullopt;
}

std::optional<std::string> why_unused(const std::vector<WeightNames>& names,
                                      const std::string& name) {
  for (const WeightNames& known : names) {
    if (const auto reason = known.why_unused(name)) return std::string(*reason);
  }
  return std::nullopt;
}

// "decoder." of "decoder.layers.0.mlp.gate.weight"; "prefix" of itself.
std::string part_of(const std::string& name) {
  return name.substr(
      0, std::min(name.size(),
                  name.find('.') == std::string::npos ? name.size() : name.find('.') + 1));
}

}  // namespace

void ImportPlan::add(const ImportSource& source) {
  SourceReport report{
      .option = source.option, .path = source.checkpoint->path(), .used = {}, .left_out = {}};
  for (const std::string& name : source.checkpoint->names()) {
    const auto found = destination(source.names, name);
    if (found) {
      const std::string part = part_of(found->name);
      const auto taken = source.taken_parts.find(part);
      if (taken == source.taken_parts.end()) {
        report.left_out["of the model's " + in_quotes(part) + ", not taken from " + source.option]
            .push_back(name);
        continue;
      }
      WeightDestination renamed = *found;
      renamed.name = taken->second + found->name.substr(part.size());
      place(source, name, renamed);
      report.used.push_back(name);
    } else if (const auto reason = why_unused(source.names, name)) {
      report.left_out[*reason].push_back(name);
    } else {
      throw std::runtime_error(source.checkpoint->file_of(name).string() + ": tensor " +
                               in_quotes(name) + " of shape " +
                               shape_text(source.checkpoint->stored(name).shape) +
                               " is unknown: neither used nor known to be of no use");
    }
  }
  if (report.used.empty()) {
    throw std::runtime_error(source.checkpoint->path().string() + ": holds nothing that " +
                             source.option + " is read for");
  }
  reports_.push_back(std::move(report));
}

void ImportPlan::place(const ImportSource& source, const std::string& name,
                       const WeightDestination& destination) {
  Tensor& tensor = tensors_[destination.name];
  tensor.parts.resize(static_cast<std::size_t>(destination.parts));
  Part& part = tensor.parts[static_cast<std::size_t>(destination.part)];
  const Part placed{source.checkpoint, name};
  if (part.checkpoint != nullptr) {
    throw std::runtime_error(described(placed) + " takes the place of " + in_quotes(part.name) +
                             " of " + part.checkpoint->file_of(part.name).string());
  }
  if (!is_floating_point(source.checkpoint->stored(name).type)) {
    throw std::runtime_error(described(placed) + " holds no floating-point numbers");
  }
  part = placed;
}

void ImportPlan::share(const std::string& name, const std::string& other_name) {
  tensors_[name] = tensor(other_name);
}

void ImportPlan::add_made(const std::string& name, const at::Tensor& tensor) {
  tensors_[name] = {.parts = {}, .made = tensor};
}

bool ImportPlan::has_part(std::string_view part) const {
  const auto found = tensors_.lower_bound(std::string(part));
  return found != tensors_.end() && found->first.starts_with(part);
}

std::vector<std::string> ImportPlan::names() const {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : tensors_) names.push_back(name);
  return names;
}

const ImportPlan::Tensor& ImportPlan::tensor(const std::string& name) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) {
    throw std::runtime_error("none of the files has the model's " + in_quotes(name));
  }
  return found->second;
}

std::string ImportPlan::described(const Part& part) {
  return part.checkpoint->file_of(part.name).string() + ": tensor " + in_quotes(part.name);
}

std::vector<std::int64_t> ImportPlan::shape_of(const std::string& name) const {
  const Tensor& wanted = tensor(name);
  if (wanted.parts.empty()) return wanted.made.sizes().vec();
  std::vector<std::int64_t> joined;
  for (const Part& part : wanted.parts) {
    if (part.checkpoint == nullptr) {
      throw std::runtime_error("one of the " + std::to_string(wanted.parts.size()) +
                               " parts of the model's " + in_quotes(name) + " is in no file");
    }
    const auto& shape = part.checkpoint->stored(part.name).shape;
    if (joined.empty()) {
      joined = shape;
    } else if (!shape.empty()) {
      joined[0] += shape[0];
    }
  }
  return joined;
}

int ImportPlan::size_of(const std::string& name, std::size_t axes, std::size_t axis) const {
  constexpr std::int64_t kLargest = 1 << 30;
  const auto shape = shape_of(name);
  if (shape.size() != axes) {
    const Tensor& wanted = tensor(name);
    throw std::runtime_error(
        (wanted.parts.empty() ? in_quotes(name) : described(wanted.parts.front())) + " has shape " +
        shape_text(shape) + ", not " + std::to_string(axes) + " axes");
  }
  return static_cast<int>(std::min(shape[axis], kLargest));
}

int ImportPlan::count_of(const std::string& start, const std::string& end) const {
  int count = 0;
  while (contains(start + std::to_string(count) + end)) ++count;
  return count;
}

void ImportPlan::check(const TensorMap& wanted,
                       const std::map<std::string, std::string>& asked_by) const {
  const auto who_asks = [&](const std::string& name) {
    const auto found = asked_by.find(part_of(name));
    return found == asked_by.end() ? std::string("the model") : found->second;
  };
  for (const auto& [name, planned] : tensors_) {
    const auto target = wanted.find(name);
    if (target == wanted.end()) {
      const std::string what =
          planned.parts.empty() ? in_quotes(name) : described(planned.parts.front());
      throw std::runtime_error(what + " has no place in the model that " + who_asks(name) +
                               " describes");
    }
    for (const Part& part : planned.parts) {
      if (part.checkpoint == nullptr) shape_of(name);  // throws
      auto part_shape = target->second.sizes().vec();
      if (!part_shape.empty()) part_shape[0] /= static_cast<std::int64_t>(planned.parts.size());
      const auto& shape = part.checkpoint->stored(part.name).shape;
      if (shape != part_shape) {
        throw std::runtime_error(described(part) + " has shape " + shape_text(shape) + ", but " +
                                 who_asks(name) + " asks for " + shape_text(part_shape));
      }
    }
  }
  for (const auto& [name, target] : wanted) {
    if (contains(name)) continue;
    throw std::runtime_error(who_asks(name) + " asks for " + in_quotes(name) + " of shape " +
                             shape_text(target.sizes().vec()) + ", which none of the files has");
  }
}

at::Tensor ImportPlan::read(const std::string& name, at::ScalarType dtype) const {
  const Tensor& planned = tensor(name);
  if (planned.parts.empty()) return planned.made.to(dtype);
  std::vector<at::Tensor> parts;
  for (const Part& part : planned.parts) {
    const at::Tensor stored = part.checkpoint->tensor(part.name);
    at::Tensor converted =
        stored.to(stored.options().dtype(dtype), /*non_blocking=*/false, /*copy=*/true);
    if (!is_finite(converted)) {
      throw std::runtime_error(described(part) +
                               (is_finite(stored) ? " holds a number that is too large for "
                                                  : " holds NaN or an infinity, in ") +
                               c10::toString(dtype));
    }
    parts.push_back(std::move(converted));
  }
  return parts.size() == 1 ? parts.front() : at::cat(parts, 0);
}

}  // namespace dali
