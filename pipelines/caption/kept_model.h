// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace dali {

struct KeptModelRequest {
  std::filesystem::path model = {};  // as --model has it; empty: the embedded one
  std::string device = "auto";
  std::string precision = "auto";
  int threads = 0;  // that are computed with at a time, at most; 0: as many as a model takes
};

// A model that a child process of this one has loaded, for all the others that caption a medium
// each: they load none, which takes longer than captioning a short one does. It goes with this, or
// with the process. To be used before the process has threads.
class KeptModel {
 public:
  // Waits until it is loaded or cannot be; of why it cannot nothing is said, as whoever then loads
  // it says so. A signal that asks for an end ends the waiting too.
  explicit KeptModel(const KeptModelRequest& request);
  ~KeptModel();
  KeptModel(const KeptModel&) = delete;
  KeptModel& operator=(const KeptModel&) = delete;

  // Whether it can be used, now.
  bool is_there();

  // What the property `model` of those who use it is.
  const std::filesystem::path& socket() const { return socket_; }

 private:
  void keep(const KeptModelRequest& request, int ready);
  void end();

  std::filesystem::path folder_;  // of this alone
  std::filesystem::path socket_;
  pid_t child_ = -1;  // none
};

}  // namespace dali
