// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/many_media.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <vector>

#include "command/progress_line.h"
#include "model/base/model_folders.h"
#include "model/base/processors.h"
#include "pipelines/caption/apart.h"
#include "pipelines/caption/errors.h"
#include "pipelines/caption/interrupt.h"
#include "pipelines/caption/kept_model.h"
#include "pipelines/caption/picture_model.h"
#include "pipelines/caption/shared_threads.h"

namespace dali {
namespace {

// The threads of one medium where several are captioned at a time, unless the user says.
void share_threads(CommandLine& line) {
  if (line.jobs == 1 || line.element_properties.contains("threads")) return;
  line.element_properties["threads"] = std::to_string(shared_threads(line.jobs));
}

// --timing tells what each medium takes with a model of its own.
bool wants_kept_model(const CommandLine& line) {
  const auto model = line.element_properties.find("model");
  const bool is_served = model != line.element_properties.end() && is_model_socket(model->second);
  return line.media.size() > 1 && !line.timing && !is_served;
}

KeptModelRequest kept_model_request(const CommandLine& line) {
  const auto option = [&](const char* name, const std::string& otherwise) {
    const auto found = line.element_properties.find(name);
    return found == line.element_properties.end() ? otherwise : found->second;
  };
  KeptModelRequest request{.model = option("model", ""),
                           .device = option("device", "auto"),
                           .precision = option("precision", "auto")};
  // As many media at a time as there would be with models of their own.
  const int threads = std::atoi(option("threads", "0").c_str());
  if (threads > 0) request.threads = std::max(threads * line.jobs, usable_processors());
  return request;
}

// What the model that is kept computes on and in is settled.
void use_kept_model(const KeptModel& kept, CommandLine& line) {
  line.element_properties["model"] = kept.socket().string();
  line.element_properties.erase("device");
  line.element_properties.erase("precision");
}

class ManyMedia {
 public:
  explicit ManyMedia(const CommandLine& line) : line_(line), progress_(loudness_of(line)) {
    share_threads(line_);
    if (line_.jobs > 1 && !line_.quiet) {
      done_line_.emplace("media", static_cast<int>(line_.media.size()));
    }
  }

  ExitStatus run() {
    if (line_.media.size() > 1) {
      if (const ExitStatus status = checked_beforehand(); status != kDone) return status;
    }
    for (const std::string& fault : line_.faults) fail(fault);
    if (line_.description) use_picture_model();
    if (wants_kept_model(line_)) kept_model_.emplace(kept_model_request(line_));
    std::size_t next = 0;
    while (!has_to_end() && (next < line_.media.size() || processes_.running() > 0)) {
      if (next < line_.media.size() &&
          processes_.running() < static_cast<std::size_t>(line_.jobs)) {
        start(next++);
      } else {
        note_next_end();
      }
    }
    while (processes_.running() > 0) note_next_end();
    if (done_line_) done_line_->finish();
    throw_if_interrupted();
    if (was_used_wrongly_) return kWasUsedWrongly;
    if (line_.has_many_media) sum_up();
    return failures_ > 0 ? kFailed : kDone;
  }

 private:
  // One medium's process notices as early. Of several, nothing is loaded for all before it is known
  // that they can be captioned so.
  ExitStatus checked_beforehand() const {
    ApartProcesses process;
    process.start(0, [this] { return check_in_this_process(line_); });
    const Ending ending = process.wait().ending;
    throw_if_interrupted();
    if (ending.is_good()) return kDone;
    return ending.exit_status == kWasUsedWrongly ? kWasUsedWrongly : kFailed;
  }

  void use_picture_model() {
    std::string& model = line_.element_properties["model"];
    picture_model_.emplace(model);
    model = picture_model_->model().string();
    if (model.empty()) line_.element_properties.erase("model");
  }

  bool has_to_end() const { return all_fail_ || was_used_wrongly_ || is_interrupted(); }

  void start(std::size_t number) {
    const Medium& medium = line_.media[number];
    try {
      check_is_there(medium);  // a medium that is not there leaves no trace on disk
      MediumFiles files;
      if (!medium.output.empty()) {
        if (line_.writes_into_folder) make_folder_of(medium.output);
        files.output = &outputs_.try_emplace(number, medium.output).first->second;
        if (line_.keeps_records) {
          const auto place = records_beside(medium.output);
          files.records = &records_.try_emplace(number, place).first->second;
        }
      }
      if (!medium.text_output.empty()) {
        files.text = &text_outputs_.try_emplace(number, medium.text_output).first->second;
      }
      const bool is_kept = kept_model_ && kept_model_->is_there();
      if (!is_kept) kept_model_.reset();
      processes_.start(number, [&] {  // in the child, whose line this is alone
        if (is_kept) use_kept_model(*kept_model_, line_);
        return caption_in_this_process(medium, files, line_);
      });
      if (is_kept) users_of_kept_model_.insert(number);
    } catch (const MediaError& error) {
      fail(error.what(), number);
    } catch (const FileError& error) {
      fail(error.what(), number);
    }
  }

  // A folder below the output's, for a medium that was found in one.
  static void make_folder_of(const std::filesystem::path& output) {
    std::error_code error;
    const std::filesystem::path folder = output.parent_path();
    if (!folder.empty()) std::filesystem::create_directories(folder, error);
    if (error) throw FileError(folder, error.value());
  }

  void note_next_end() {
    const auto [number, ending] = processes_.wait();
    const auto file = outputs_.extract(number);  // gone at the end, unless it is committed
    const auto text = text_outputs_.extract(number);
    const auto records = records_.extract(number);
    const Medium& medium = line_.media[number];
    if (ending.signal == SIGPIPE) {  // nobody reads on: the way in which other programs end
      outputs_.clear();
      text_outputs_.clear();
      records_.clear();
      std::raise(SIGPIPE);
    } else if (ending.signal != 0) {
      if (is_interrupted()) return;
      fail(medium.name + ": the process that captions it " + text_of_signal(ending.signal), number);
    } else if (has_captions(ending) && has_lost_its_model(number)) {
      fail(medium.name +
               ": the process that holds the model was killed, perhaps because memory "
               "ran out",
           number);
    } else if (has_captions(ending)) {
      try {
        if (text) text.mapped().commit();
        if (records) records.mapped().commit();
        if (file) file.mapped().commit();
        if (!ending.is_good()) {  // it has said which
          note_failure(number);
          return;
        }
        ++captioned_;
        if (done_line_) done_line_->advance();
      } catch (const FileError& error) {
        fail(error.what(), number);
      }
    } else if (!is_interrupted()) {  // it has said why
      all_fail_ = all_fail_ || ending.exit_status == kAllFail;
      was_used_wrongly_ = was_used_wrongly_ || ending.exit_status == kWasUsedWrongly;
      note_failure(number);
    }
  }

  // Windows without captions, which others are not to be taken for.
  bool has_lost_its_model(std::size_t number) {
    const bool has_used_it = users_of_kept_model_.erase(number) > 0;
    return has_used_it && !(kept_model_ && kept_model_->is_there());
  }

  // Of all that the medium holds, or of what could be decoded of it.
  static bool has_captions(const Ending& ending) {
    return ending.is_good() || ending.exit_status == kLacksTracks;
  }

  void fail(const std::string& message, std::optional<std::size_t> number = std::nullopt) {
    complain(progress_, message);
    note_failure(number);
  }

  // Without a number: of a folder.
  void note_failure(std::optional<std::size_t> number) {
    ++failures_;
    if (!number) return;
    failed_.push_back(line_.media[*number].name);
    if (done_line_) done_line_->leave_out();
  }

  void sum_up() {
    if (line_.quiet && failed_.empty()) return;
    std::string sum = fmt::format("{} of {} media captioned", captioned_,
                                  line_.media.size() + static_cast<std::size_t>(line_.skipped));
    if (line_.skipped > 0) sum += fmt::format(", {} skipped: their captions exist", line_.skipped);
    if (!failed_.empty()) {
      sum += fmt::format(", {} failed:", failed_.size());
      for (const std::string& name : failed_) sum += "\n  " + name;
    }
    complain(progress_, sum);
  }

  CommandLine line_;
  Progress progress_;
  std::optional<ProgressLine> done_line_;  // of several at a time
  ApartProcesses processes_;
  std::optional<PictureModel> picture_model_;  // the kept model's, if there are both
  std::optional<KeptModel> kept_model_;
  std::set<std::size_t> users_of_kept_model_;       // numbers of media that are being captioned
  std::map<std::size_t, FileReplacement> outputs_;  // of the media that are being captioned
  std::map<std::size_t, FileReplacement> text_outputs_;
  std::map<std::size_t, FileReplacement> records_;
  int captioned_ = 0;
  int failures_ = 0;
  std::vector<std::string> failed_;
  bool all_fail_ = false;
  bool was_used_wrongly_ = false;
};

}  // namespace

ExitStatus caption_all(const CommandLine& line) {
  try {
    return ManyMedia(line).run();
  } catch (const std::exception& error) {
    print_error(kProgram, error.what());
    return kFailed;
  }
}

}  // namespace dali
