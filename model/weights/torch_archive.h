// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <string>

#include "model/weights/stored_tensor.h"

namespace dali {

// Where the tensors of a file that torch.save() wrote lie: zip format, which is torch's since 1.6.
// A state dict gives its tensors by name; so does a larger dictionary that holds one as
// "state_dict" or "model". What else stands there, numbers and text, is left out.
//
// Nothing in the file is run (pickle_reader.h). `file` is all of it, but only its directory and its
// pickle are looked at.
// Throws std::runtime_error "SOURCE: ..." in one line: for a file that is malformed, is of the
// older format, or mentions any class or function beside those of tensors.
StoredTensorMap read_torch_archive(std::span<const char> file, const std::string& source);

}  // namespace dali
