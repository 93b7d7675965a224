// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/data/clip_records.h"

#include <ATen/Functions.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <unordered_map>

#include "command/narration.h"
#include "command/progress_line.h"
#include "model/base/appended_file.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

constexpr const char* kJournal = ".journal-";
constexpr const char* kMadeFrom = "made_from";  // in journals alone

// By id and by what they were made from: what another process found in a clip's older files must
// not take the place of what was found in those that it has now. Records that do not say what they
// were made from are under an empty text.
using Records = std::unordered_map<std::string, std::map<std::string, nlohmann::json>>;

// A name on disk may be anything, JSON is UTF-8: what is not is replaced. Clips whose ids become
// one by that are still told apart by their files.
std::string json_of(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string written_id(const Clip& clip) {
  return nlohmann::json::parse(json_of(clip.id)).get<std::string>();
}

// The journals that this and other processes have left for `file`.
std::vector<fs::path> journals_of(const fs::path& file) {
  std::vector<fs::path> journals;
  const std::string prefix = file.filename().string() + kJournal;
  for (const auto& entry : fs::directory_iterator(file.parent_path())) {
    if (entry.path().filename().string().starts_with(prefix)) journals.push_back(entry.path());
  }
  return journals;
}

// What the clip's files are now: another clip of the same id has others.
std::string files_of(const Clip& clip) {
  std::string text;
  const auto add = [&](const fs::path& file) {
    std::error_code ignored;
    const auto bytes = fs::file_size(file, ignored);
    const auto time = fs::last_write_time(file, ignored).time_since_epoch().count();
    text += fmt::format("{} {} {}\n", file.string(), bytes, time);
  };
  if (!clip.audio.empty()) add(clip.audio);
  for (const fs::path& frame : clip.frames) add(frame);
  return fmt::format("{:x}", std::hash<std::string>()(text));
}

// The clip's record, without what only the journal needs; null when there is none of its files.
nlohmann::json record_of(const Records& records, const Clip& clip) {
  const auto of_clip = records.find(written_id(clip));
  if (of_clip == records.end()) return {};
  auto found = of_clip->second.find(files_of(clip));
  if (found == of_clip->second.end()) found = of_clip->second.find("");
  if (found == of_clip->second.end()) return {};
  nlohmann::json record = found->second;
  record.erase(kMadeFrom);
  return record;
}

Records read_journals(const fs::path& file) {
  Records records;
  for (const fs::path& journal : journals_of(file)) {
    std::ifstream stream(journal);
    for (std::string line; std::getline(stream, line);) {
      // A run that was cut off may have ended within a line: that clip's turn comes again.
      auto record = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
      if (!record.is_object() || !record.contains("id")) continue;
      const auto id = record.at("id").get<std::string>();
      const auto made_from = record.value(kMadeFrom, "");
      records[id].insert_or_assign(made_from, std::move(record));
    }
  }
  return records;
}

std::optional<std::string> line_of(const Clip& clip,
                                   const std::function<nlohmann::json(const Clip&)>& make) try {
  auto record = make(clip);
  record["id"] = clip.id;
  record[kMadeFrom] = files_of(clip);
  return json_of(record);
} catch (const std::exception& error) {
  fmt::print(stderr, "clip '{}' is skipped: {}\n", clip.id, error.what());
  return std::nullopt;
}

// Sees to every clip whose turn is this process's and that has no record yet. Returns how many
// clips of its share have one in the end.
std::int64_t make_share(const fs::path& file, const std::vector<Clip>& clips, const char* task,
                        const ProcessGroup& processes,
                        const std::function<nlohmann::json(const Clip&)>& make) {
  const Records done = read_journals(file);
  std::vector<const Clip*> share;
  std::int64_t recorded = 0;
  for (auto i = static_cast<std::size_t>(processes.rank()); i < clips.size();
       i += static_cast<std::size_t>(processes.count())) {
    if (!record_of(done, clips[i]).is_null()) {
      ++recorded;
    } else {
      share.push_back(&clips[i]);
    }
  }
  AppendedFile journal(file.string() + kJournal + std::to_string(processes.rank()));
  journal.append("\n");  // ends the line that an earlier run may have been cut off in
  std::optional<ProgressLine> progress;
  if (processes.rank() == 0) {
    const auto before = std::ranges::count_if(
        clips, [&](const Clip& clip) { return !record_of(done, clip).is_null(); });
    if (before > 0) fmt::print(stderr, "goes on: {} {} before\n", before, task);
    progress.emplace(task, static_cast<int>(share.size()));
  }
  for (const Clip* clip : share) {
    if (const auto line = line_of(*clip, make)) {
      journal.append(*line + '\n');
      ++recorded;
      if (progress) progress->advance();
    } else if (progress) {
      progress->leave_out();
    }
  }
  if (progress) progress->finish();
  return recorded;
}

}  // namespace

std::unique_ptr<ProcessGroup> join_for_clip_records(const std::string& device) {
  constexpr double kOneDayInSeconds = 24.0 * 3600.0;
  auto processes = join_process_group(kOneDayInSeconds, own_device(device));
  narrate("process {} of {} computes on {}", processes->rank() + 1, processes->count(),
          processes->device().str());
  return processes;
}

std::vector<nlohmann::json> make_clip_records(
    const fs::path& file, const std::vector<Clip>& clips, const char* task,
    const ProcessGroup& processes, const std::function<nlohmann::json(const Clip&)>& make) {
  std::vector<at::Tensor> totals = {
      at::tensor({make_share(file, clips, task, processes, make)}, at::kLong)};
  processes.add_up(totals);
  const auto total = totals.front().item<std::int64_t>();
  if (total == 0) {
    remove_clip_records(file);
    throw std::runtime_error(
        fmt::format("{}: none of {} clips can be used", file.string(), clips.size()));
  }
  if (processes.rank() != 0) return {};

  const Records done = read_journals(file);
  std::vector<nlohmann::json> records(clips.size());
  std::int64_t found = 0;
  for (std::size_t i = 0; i < clips.size(); ++i) {
    records[i] = record_of(done, clips[i]);
    if (!records[i].is_null()) ++found;
  }
  if (found < total) {
    throw std::runtime_error(
        fmt::format("{}: {} processes have seen to {} clips, but only {} are in this folder; they "
                    "must share one",
                    file.string(), processes.count(), total, found));
  }
  if (found < static_cast<std::int64_t>(clips.size())) {
    fmt::print(stderr, "{}: {} of {} {}\n", file.string(), found, clips.size(), task);
  }
  return records;
}

void remove_clip_records(const fs::path& file) {
  for (const fs::path& journal : journals_of(file)) fs::remove(journal);
}

bool holds_clip_records(const fs::path& folder) {
  return std::ranges::any_of(fs::directory_iterator(folder), [](const auto& entry) {
    return entry.path().filename().string().find(kJournal) != std::string::npos;
  });
}

}  // namespace dali
