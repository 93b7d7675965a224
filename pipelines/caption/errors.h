// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <stdexcept>

namespace dali {

// Every message is one line that names the file, element or option at fault.

// One medium could not be captioned or written; the next one may be.
class MediaError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Nothing can be captioned: a plugin is missing, or the model cannot be loaded.
class SetupError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The command line asks for what cannot be.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The user asked to stop.
class Interrupted : public std::runtime_error {
 public:
  Interrupted() : std::runtime_error("interrupted") {}
};

}  // namespace dali
