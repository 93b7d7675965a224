// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>

namespace dali {

// A line on standard error for each request, and for what happens beside them.
class RequestLog {
 public:
  enum class Form { kReadable, kJson };

  struct Request {
    std::string client;  // its address
    std::string method;
    std::string path;  // without the query, which may hold what is private
    int status = 0;
    std::uint64_t received_bytes = 0;
    double seconds = 0.0;
    std::string job;    // its id, shortened; empty: none
    std::string error;  // what the client was told; empty: nothing was wrong
  };

  explicit RequestLog(Form form) : form_(form) {}

  void write(const Request& request) const;
  void say(const std::string& what) const;

 private:
  Form form_;
};

}  // namespace dali
