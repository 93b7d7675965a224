// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/model/bare_byte_product.h"

#if DALI_HAS_ONEDNN
#include <cstring>
#include <dnnl.hpp>

namespace dali {
namespace {

using Memory = dnnl::memory;
using Description = dnnl::matmul::primitive_desc;

Description product_of(const dnnl::engine& engine, const Memory::desc& rows,
                       const Memory::desc& weights, const Memory::desc& result) {
#if DNNL_VERSION_MAJOR >= 3
  return Description(engine, rows, weights, result);
#else
  return Description(dnnl::matmul::desc(rows, weights, result), engine);
#endif
}

Memory filled(const Memory::desc& description, const dnnl::engine& engine) {
  Memory memory(description, engine);
  std::memset(memory.get_data_handle(), 1, description.get_size());
  return memory;
}

}  // namespace

struct BareByteProduct::Product {
  Product(std::int64_t row_count, std::int64_t inputs, std::int64_t outputs)
      : description(
            product_of(engine, {{row_count, inputs}, Memory::data_type::u8, Memory::format_tag::ab},
                       {{inputs, outputs}, Memory::data_type::s8, Memory::format_tag::any},
                       {{row_count, outputs}, Memory::data_type::s32, Memory::format_tag::ab})),
        rows(filled(description.src_desc(), engine)),
        weights(filled(description.weights_desc(), engine)),
        result(filled(description.dst_desc(), engine)),
        product(description) {}

  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  Description description;
  Memory rows;
  Memory weights;
  Memory result;
  dnnl::matmul product;
};

const bool BareByteProduct::kIsThere = true;

BareByteProduct::BareByteProduct(std::int64_t rows, std::int64_t inputs, std::int64_t outputs)
    : product_(std::make_unique<Product>(rows, inputs, outputs)) {}

void BareByteProduct::multiply() {
  product_->product.execute(product_->stream, {{DNNL_ARG_SRC, product_->rows},
                                               {DNNL_ARG_WEIGHTS, product_->weights},
                                               {DNNL_ARG_DST, product_->result}});
  product_->stream.wait();
}

#else

namespace dali {

struct BareByteProduct::Product {};

const bool BareByteProduct::kIsThere = false;

BareByteProduct::BareByteProduct(std::int64_t, std::int64_t, std::int64_t) {}

void BareByteProduct::multiply() {}

#endif

BareByteProduct::~BareByteProduct() = default;

}  // namespace dali
