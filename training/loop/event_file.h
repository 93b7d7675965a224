// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "model/base/appended_file.h"

namespace dali {

// What TensorBoard shows: `folder`/events.out.tfevents.TIME.PROCESS, one record a call. A record is
// framed as TensorFlow's TFRecord (length, its checksum, data, their checksum) and holds an Event
// of tensorflow/core/util/event.proto. Throws std::runtime_error naming the file. One thread only.
class EventFile {
 public:
  // `first_step`: TensorBoard forgets what an earlier run into this folder said of this step and of
  // later ones.
  EventFile(const std::filesystem::path& folder, std::int64_t first_step);

  // One number a name; names with a slash are shown in groups.
  void add(std::int64_t step, const std::map<std::string, double>& scalars);

 private:
  void write_event(std::int64_t step, std::string_view fields);

  AppendedFile records_;
};

// CRC-32C (Castagnoli), as RFC 3720 appendix B.4 has it.
std::uint32_t crc32c(std::string_view bytes);

}  // namespace dali
