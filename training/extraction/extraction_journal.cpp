// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/extraction/extraction_journal.h"

#include <algorithm>
#include <exception>
#include <fstream>
#include <utility>

namespace dali {

namespace fs = std::filesystem;

ExtractionJournal::ExtractionJournal(const fs::path& folder)
    : folder_(folder),
      manifest_(folder / "manifest.jsonl"),
      journal_(folder / "manifest.jsonl.journal"),
      records_(journal_) {
  remember(manifest_);
  remember(journal_);
  records_.append("\n");  // ends the line that an earlier run may have been cut off in
}

void ExtractionJournal::remember(const fs::path& file) {
  std::ifstream stream(file);
  std::string line;
  while (std::getline(stream, line)) {
    try {
      Clip clip = parse_manifest_line(line, folder_);
      finished_.insert_or_assign(clip.id, std::move(clip));
    } catch (const std::exception&) {
      // A run that was cut off may end within a line: that clip is extracted again.
    }
  }
}

std::optional<Clip> ExtractionJournal::finished(const Clip& clip,
                                                const std::string& extraction) const {
  const auto found = finished_.find(clip.id);
  if (found == finished_.end()) return std::nullopt;
  Clip done = found->second;
  const bool is_same = fs::weakly_canonical(done.media) == fs::weakly_canonical(clip.media) &&
                       done.extraction == extraction;
  const auto exists = [](const fs::path& file) { return fs::exists(file); };
  const bool has_files = (done.audio.empty() || exists(done.audio)) &&
                         std::all_of(done.frames.begin(), done.frames.end(), exists);
  if (!is_same || !has_files) return std::nullopt;
  for (const auto& [key, texts] : kClipTexts) done.*texts = clip.*texts;
  return done;
}

void ExtractionJournal::add(const Clip& clip) {
  const std::lock_guard lock(mutex_);
  records_.append(manifest_line(clip, folder_) + '\n');
}

void ExtractionJournal::close(const std::vector<Clip>& clips) {
  write_manifest(manifest_, clips);
  fs::remove(journal_);
}

}  // namespace dali
