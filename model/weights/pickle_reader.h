// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <deque>
#include <span>
#include <string>

#include "model/weights/pickle_value.h"

namespace dali {

// Everything that a pickle holds.
struct PickleDocument {
  std::deque<PickleValue> values;  // whose addresses stay
  const PickleValue* root = nullptr;
};

// Reads a pickle of protocol 2 to 5 (Python's module `pickle`) without ever running anything. A
// pickle is a program for a small stack machine that may call whatever Python can import; this
// machine knows plain values, torch's tensors, parameters and storages, and OrderedDict, and it
// refuses every other name the moment that it is mentioned.
//
// Borrows `pickle`, which holds the document's texts. The document takes at most half a gigabyte,
// whatever the pickle says.
// Throws std::runtime_error "SOURCE: ..." in one line.
PickleDocument read_pickle(std::span<const char> pickle, const std::string& source);

}  // namespace dali
