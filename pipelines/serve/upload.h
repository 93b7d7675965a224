// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "pipelines/serve/caption_request.h"
#include "pipelines/serve/multipart_reader.h"
#include "pipelines/serve/open_file.h"
#include "pipelines/serve/request_error.h"

namespace dali {

// The body of a request on its way to the disk: a form with a medium in it, or the medium itself.
class Upload : private MultipartReader::Taker {
 public:
  // Files lie in `folder`, `most_bytes` long at most. Throws RequestError when there can be none of
  // that type.
  Upload(std::string_view content_type, std::filesystem::path folder, std::uint64_t most_bytes);

  bool is_form() const { return form_ != nullptr; }

  // Throws RequestError: what comes is no such form, is too much, or finds the disk full.
  void push(std::string_view bytes);
  void finish();

  // After finish().
  const RequestFields& fields() const { return fields_; }
  std::optional<OpenFile> take_file() { return std::move(file_); }  // none: nothing came
  const std::string& file_name() const { return file_name_; }  // by the client's word, on one line

 private:
  void begin_part(const MultipartReader::Part& part) override;
  void content(std::string_view bytes) override;
  void end_part() override;

  const std::filesystem::path folder_;
  const std::uint64_t most_bytes_;
  std::unique_ptr<MultipartReader> form_;  // null: the body is the medium
  std::optional<std::string> field_;       // whose value comes; none: the medium does
  std::size_t field_bytes_ = 0;            // of all together
  RequestFields fields_;
  std::optional<OpenFile> file_;
  std::string file_name_ = "the medium";
};

// For a medium of more than `most_bytes`.
RequestError medium_too_large(std::uint64_t most_bytes);

}  // namespace dali
