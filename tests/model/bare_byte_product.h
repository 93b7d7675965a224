// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <memory>

namespace dali {

// oneDNN's product of bytes without a sign by bytes with one, to 32 bits: what the processor gives
// where nobody scales, packs or rounds anything. Does nothing where this was built without oneDNN.
class BareByteProduct {
 public:
  static const bool kIsThere;

  BareByteProduct(std::int64_t rows, std::int64_t inputs, std::int64_t outputs);
  ~BareByteProduct();
  void multiply();

 private:
  struct Product;
  std::unique_ptr<Product> product_;
};

}  // namespace dali
