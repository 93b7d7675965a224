// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <stdexcept>
#include <string>

namespace dali {

// What a request is answered with in place of what it asked for: a status of HTTP, a word that
// programs tell errors apart by, and a sentence for people.
class RequestError : public std::runtime_error {
 public:
  RequestError(int status, std::string type, const std::string& message)
      : std::runtime_error(message), status_(status), type_(std::move(type)) {}

  int status() const { return status_; }
  const std::string& type() const { return type_; }

  // After so many seconds it is worth another try.
  std::optional<int> retry_after_s;

 private:
  int status_;
  std::string type_;
};

// The request itself is wrong, and would be the next time.
inline RequestError invalid_request(const std::string& message) {
  return {400, "invalid_request_error", message};
}

inline RequestError too_large(const std::string& message) {
  return {413, "too_large", message};
}

inline RequestError shutting_down() {
  return {503, "shutting_down", "The server is shutting down."};
}

}  // namespace dali
