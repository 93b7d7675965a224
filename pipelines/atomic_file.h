#pragma once

#include <filesystem>
#include <string_view>

namespace dali {

// A file that appears complete or not at all. It is written under a name of its own in the same
// folder; commit() brings it to the disk and gives it the final name. Without commit() the
// destructor removes it and whatever was there before stays as it was.
class AtomicFile {
 public:
  // Creates the temporary file, so that a folder that cannot be written is known before any work.
  // Throws MediaError naming `final_path`.
  explicit AtomicFile(const std::filesystem::path& final_path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  // Where others may write meanwhile (a muxer's file sink). Keeps the final name's extension.
  const std::filesystem::path& temporary_path() const { return temporary_path_; }

  // Writes the whole content. Throws MediaError naming the final path: disk full, ...
  void write(std::string_view content);

  // Throws MediaError as write() does.
  void commit();

 private:
  std::filesystem::path final_path_;
  std::filesystem::path temporary_path_;
  bool is_committed_ = false;
};

}  // namespace dali
