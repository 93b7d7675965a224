// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/tensor/onednn_product.h"

#include <stdexcept>

#if DALI_HAS_ONEDNN
#include <dnnl.hpp>

#include <compare>
#include <cstddef>
#include <cstdlib>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <unordered_map>
#include <utility>
#endif

namespace dali {

#if DALI_HAS_ONEDNN
namespace {

using dnnl::memory;

// What oneDNN makes a kernel for. Two products of one shape share it.
struct Shape {
  ProductType type;
  std::int64_t rows, inner, columns;
  std::int64_t left_row_step, left_column_step;
  std::int64_t right_row_step, right_column_step;
  bool has_bias;
  int threads;  // that the work is laid out for

  auto operator<=>(const Shape&) const = default;
};

// What oneDNN computes a product by, and what each of the matrices is called there.
struct Kernel {
  dnnl::primitive primitive;
  memory::desc scratch;
  memory::desc left, right, bias, result;
  int left_name = DNNL_ARG_SRC;
  int right_name = DNNL_ARG_WEIGHTS;
  int result_name = DNNL_ARG_DST;
  std::optional<dnnl::reorder> packing = {};  // of `right`, before each product
  memory::desc packed = {};                   // what it makes of it
  memory::desc packing_scratch = {};
};

const dnnl::engine& processor() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

memory::data_type data_type_of(ProductType type) {
  return type == ProductType::kFloat32 ? memory::data_type::f32 : memory::data_type::bf16;
}

bool lies_by_rows(std::int64_t columns, std::int64_t row_step, std::int64_t column_step) {
  return row_step == columns && column_step == 1;
}

bool lies_by_columns(std::int64_t rows, std::int64_t row_step, std::int64_t column_step) {
  return row_step == 1 && column_step == rows;
}

// Scratch memory of the library's own would belong to the thread that made the kernel.
dnnl::primitive_attr callers_scratch() {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attributes;
}

// Up to version 2 the operation is described apart.
template <typename Primitive, typename... Arguments>
auto described(const Arguments&... arguments) {
  using Description = typename Primitive::primitive_desc;
#if DNNL_VERSION_MAJOR >= 3
  return Description(processor(), arguments..., callers_scratch());
#else
  return Description(typename Primitive::desc(arguments...), callers_scratch(), processor());
#endif
}

// A gradient wants to know what it is the gradient of.
template <typename Primitive, typename... Arguments>
auto described_gradient(const dnnl::inner_product_forward::primitive_desc& of,
                        const Arguments&... arguments) {
  using Description = typename Primitive::primitive_desc;
#if DNNL_VERSION_MAJOR >= 3
  return Description(processor(), arguments..., of, callers_scratch());
#else
  return Description(typename Primitive::desc(arguments...), callers_scratch(), processor(), of);
#endif
}

// oneDNN's product of matrices takes them however they lie. With float32 weights as a Linear has
// them it is a third slower than with weights in its own order, and bringing them into that order
// costs a tenth.
Kernel general_kernel(const Shape& shape, bool packs) {
  const auto type = data_type_of(shape.type);
  const memory::desc left({shape.rows, shape.inner}, type,
                          memory::dims{shape.left_row_step, shape.left_column_step});
  const memory::dims right_size = {shape.inner, shape.columns};
  const memory::desc right(right_size, type,
                           memory::dims{shape.right_row_step, shape.right_column_step});
  const memory::desc result({shape.rows, shape.columns}, type, memory::dims{shape.columns, 1});
  const memory::desc bias =
      shape.has_bias ? memory::desc({1, shape.columns}, type, memory::dims{shape.columns, 1})
                     : memory::desc();
  const auto wanted = packs ? memory::desc(right_size, type, memory::format_tag::any) : right;
  const auto chosen = shape.has_bias ? described<dnnl::matmul>(left, wanted, bias, result)
                                     : described<dnnl::matmul>(left, wanted, result);
  Kernel kernel{.primitive = dnnl::matmul(chosen),
                .scratch = chosen.scratchpad_desc(),
                .left = left,
                .right = right,
                .bias = bias,
                .result = result};
  if (chosen.weights_desc() != right) {
    kernel.packed = chosen.weights_desc();
    const dnnl::reorder::primitive_desc packing(processor(), right, processor(), kernel.packed,
                                                callers_scratch());
    kernel.packing = dnnl::reorder(packing);
    kernel.packing_scratch = packing.scratchpad_desc();
  }
  return kernel;
}

// What a Linear multiplies, forward and backward, are the three parts of oneDNN's inner product,
// which has kernels of its own for them: [batch, inputs] times a weight [outputs, inputs] without
// gaps.
struct InnerProduct {
  memory::desc rows, weight, bias, result;
  dnnl::inner_product_forward::primitive_desc forward;

  InnerProduct(ProductType type, std::int64_t batch, std::int64_t inputs, std::int64_t outputs,
               bool has_bias) {
    const auto numbers = data_type_of(type);
    const auto matrix = [&](std::int64_t height, std::int64_t width) {
      return memory::desc({height, width}, numbers, memory::format_tag::ab);
    };
    rows = matrix(batch, inputs);
    weight = matrix(outputs, inputs);
    result = matrix(batch, outputs);
    constexpr auto kKind = dnnl::prop_kind::forward_training;
    using Forward = dnnl::inner_product_forward;
    if (has_bias) {
      bias = memory::desc({outputs}, numbers, memory::format_tag::a);
      forward = described<Forward>(kKind, rows, weight, bias, result);
    } else {
      forward = described<Forward>(kKind, rows, weight, result);
    }
  }
};

Kernel forward_kernel(const Shape& shape) {
  const InnerProduct product(shape.type, shape.rows, shape.inner, shape.columns, shape.has_bias);
  return {.primitive = dnnl::inner_product_forward(product.forward),
          .scratch = product.forward.scratchpad_desc(),
          .left = product.rows,
          .right = product.weight,
          .bias = product.bias,
          .result = product.result};
}

Kernel rows_gradient_kernel(const Shape& shape) {
  const InnerProduct product(shape.type, shape.rows, shape.columns, shape.inner, false);
  using Backward = dnnl::inner_product_backward_data;
  const auto chosen =
      described_gradient<Backward>(product.forward, product.rows, product.weight, product.result);
  return {.primitive = Backward(chosen),
          .scratch = chosen.scratchpad_desc(),
          .left = product.result,
          .right = product.weight,
          .bias = {},
          .result = product.rows,
          .left_name = DNNL_ARG_DIFF_DST,
          .right_name = DNNL_ARG_WEIGHTS,
          .result_name = DNNL_ARG_DIFF_SRC};
}

Kernel weight_gradient_kernel(const Shape& shape) {
  const InnerProduct product(shape.type, shape.inner, shape.columns, shape.rows, false);
  using Backward = dnnl::inner_product_backward_weights;
  const auto chosen =
      described_gradient<Backward>(product.forward, product.rows, product.weight, product.result);
  return {.primitive = Backward(chosen),
          .scratch = chosen.scratchpad_desc(),
          .left = product.result,
          .right = product.rows,
          .bias = {},
          .result = product.weight,
          .left_name = DNNL_ARG_DIFF_DST,
          .right_name = DNNL_ARG_SRC,
          .result_name = DNNL_ARG_DIFF_WEIGHTS};
}

// With fewer rows the packing of weights costs more than it saves; nor is it worth this much
// memory.
constexpr std::int64_t kLeastRowsToPack = 128;
constexpr std::int64_t kMostPackedNumbers = std::int64_t{16} << 20;

Kernel kernel_for(const Shape& shape) {
  const bool left_by_rows = lies_by_rows(shape.inner, shape.left_row_step, shape.left_column_step);
  const bool right_by_rows =
      lies_by_rows(shape.columns, shape.right_row_step, shape.right_column_step);
  if (left_by_rows && lies_by_columns(shape.inner, shape.right_row_step, shape.right_column_step)) {
    // Without AVX-512 there is no order of its own.
    const bool packs =
        shape.type == ProductType::kFloat32 && onednn_multiplies(ProductType::kBFloat16) &&
        shape.rows >= kLeastRowsToPack && shape.inner * shape.columns <= kMostPackedNumbers;
    return packs ? general_kernel(shape, packs) : forward_kernel(shape);
  }
  if (left_by_rows && right_by_rows && !shape.has_bias) return rows_gradient_kernel(shape);
  if (lies_by_columns(shape.rows, shape.left_row_step, shape.left_column_step) && right_by_rows &&
      !shape.has_bias) {
    return weight_gradient_kernel(shape);
  }
  return general_kernel(shape, /*packs=*/false);
}

// The kernels of the shapes that were last asked for. A decoder and two towers have a dozen shapes;
// prompts of many lengths would otherwise gather kernels for ever. Any thread.
class KeptKernels {
 public:
  std::shared_ptr<const Kernel> kernel(const Shape& shape) {
    if (auto kept = kept_kernel(shape)) return kept;
    // Making one takes milliseconds, and the others need not wait for them.
    auto made = std::make_shared<const Kernel>(kernel_for(shape));
    const std::lock_guard lock(mutex_);
    const auto [place, is_new] = places_.try_emplace(shape);
    if (!is_new) return place->second->second;
    latest_first_.emplace_front(shape, made);
    place->second = latest_first_.begin();
    if (latest_first_.size() > kKept) {
      places_.erase(latest_first_.back().first);
      latest_first_.pop_back();
    }
    return made;
  }

 private:
  static constexpr std::size_t kKept = 128;
  using Latest = std::list<std::pair<Shape, std::shared_ptr<const Kernel>>>;

  std::shared_ptr<const Kernel> kept_kernel(const Shape& shape) {
    const std::lock_guard lock(mutex_);
    const auto found = places_.find(shape);
    if (found == places_.end()) return nullptr;
    latest_first_.splice(latest_first_.begin(), latest_first_, found->second);
    return found->second->second;
  }

  std::mutex mutex_;
  Latest latest_first_;                       // mutex_
  std::map<Shape, Latest::iterator> places_;  // mutex_
};

// Memory for what a kernel writes down in between, of the calling thread: it grows to the largest
// that was asked for and ends with the thread.
class Scratch {
 public:
  void* of_size(std::size_t bytes) {
    if (bytes > size_) {
      size_ = 0;
      memory_.reset(std::aligned_alloc(kAlignment, (bytes + kAlignment - 1) & ~(kAlignment - 1)));
      if (!memory_) throw std::bad_alloc();
      size_ = bytes;
    }
    return memory_.get();
  }

 private:
  static constexpr std::size_t kAlignment = 4096;
  struct Free {
    void operator()(void* memory) const { std::free(memory); }
  };

  std::unique_ptr<void, Free> memory_;
  std::size_t size_ = 0;
};

void execute(const Kernel& kernel, const MatrixProduct& product) {
  thread_local Scratch scratch, packed;
  thread_local dnnl::stream stream(processor());
  const auto argument = [](const memory::desc& description, const void* numbers) {
    return memory(description, processor(), const_cast<void*>(numbers));  // read alone
  };
  const auto scratch_of = [&](const memory::desc& description) {
    return argument(description, scratch.of_size(description.get_size()));
  };
  auto right = argument(kernel.right, product.right.numbers);
  if (kernel.packing) {
    auto in_order = argument(kernel.packed, packed.of_size(kernel.packed.get_size()));
    kernel.packing->execute(stream, {{DNNL_ARG_FROM, right},
                                     {DNNL_ARG_TO, in_order},
                                     {DNNL_ARG_SCRATCHPAD, scratch_of(kernel.packing_scratch)}});
    right = in_order;
  }
  std::unordered_map<int, memory> arguments = {
      {kernel.left_name, argument(kernel.left, product.left.numbers)},
      {kernel.right_name, right},
      {kernel.result_name, argument(kernel.result, product.result)},
      {DNNL_ARG_SCRATCHPAD, scratch_of(kernel.scratch)}};
  if (product.bias) arguments.emplace(DNNL_ARG_BIAS, argument(kernel.bias, product.bias));
  kernel.primitive.execute(stream, arguments);
  stream.wait();
}

}  // namespace

bool onednn_multiplies(ProductType type) {
  if (type == ProductType::kFloat32) return true;
#if defined(__x86_64__)
  // The levels are sets of bits, and AVX-512's base is one of them. What has AVX-512 but not this
  // base (Xeon Phi) has no bfloat16 either.
  static const auto level = static_cast<unsigned>(dnnl::get_effective_cpu_isa());
  constexpr auto kBase = static_cast<unsigned>(dnnl::cpu_isa::avx512_core);
  return (level & kBase) == kBase;
#else
  return true;
#endif
}

std::string onednn_version() {
  const auto* const version = dnnl::version();
  std::string text = "oneDNN ";
  for (const int part : {version->major, version->minor}) text += std::to_string(part) + ".";
  return text + std::to_string(version->patch) + " at " +
         std::to_string(static_cast<int>(dnnl::get_effective_cpu_isa()));
}

void multiply_by_onednn(const MatrixProduct& product) {
  static KeptKernels kernels;
  try {
    const auto kernel = kernels.kernel({.type = product.type,
                                        .rows = product.rows,
                                        .inner = product.inner,
                                        .columns = product.columns,
                                        .left_row_step = product.left.row_step,
                                        .left_column_step = product.left.column_step,
                                        .right_row_step = product.right.row_step,
                                        .right_column_step = product.right.column_step,
                                        .has_bias = product.bias != nullptr,
                                        .threads = product.threads});
    execute(*kernel, product);
  } catch (const dnnl::error& error) {
    throw std::runtime_error(std::string("oneDNN cannot multiply: ") + error.message);
  }
}

#else

bool onednn_multiplies(ProductType) {
  return false;
}

std::string onednn_version() {
  return "no oneDNN";
}

void multiply_by_onednn(const MatrixProduct&) {
  throw std::logic_error("this build has no oneDNN");
}

#endif

}  // namespace dali
