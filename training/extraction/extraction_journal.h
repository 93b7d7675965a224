// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "media/clips/manifest.h"
#include "model/base/appended_file.h"

namespace dali {

// Remembers which clips are extracted, line by line while the work goes on, so that an interrupted
// run can go on later. Throws std::runtime_error naming the file.
class ExtractionJournal {
 public:
  // Reads what earlier runs left in the folder.
  explicit ExtractionJournal(const std::filesystem::path& folder);

  // The entry of an earlier run, with the texts that the clip has now, when it was made of the same
  // media in the same way, as `extraction` says, and all its files are still there.
  std::optional<Clip> finished(const Clip& clip, const std::string& extraction) const;

  // Any thread.
  void add(const Clip& clip);

  // Writes the manifest and removes the journal.
  void close(const std::vector<Clip>& clips);

 private:
  void remember(const std::filesystem::path& file);

  const std::filesystem::path folder_;
  const std::filesystem::path manifest_;
  const std::filesystem::path journal_;
  std::map<std::string, Clip> finished_;  // by id
  std::mutex mutex_;                      // of records_
  AppendedFile records_;
};

}  // namespace dali
