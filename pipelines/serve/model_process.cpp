// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/serve/model_process.h"

#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "model/base/one_line.h"

namespace dali {
namespace {

constexpr std::size_t kMostKeptOfErrors = 8192;

std::filesystem::path private_folder() {
  std::string name = std::filesystem::temp_directory_path() / "dali-serve-model-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) {
    throw std::system_error(errno, std::generic_category(), name);
  }
  return name;
}

// The last line that it said of itself.
std::string complaint_in(const std::string& said) {
  constexpr std::string_view kComplainer = "dali-model: ";
  const std::size_t at = said.rfind(kComplainer);
  return at == std::string::npos ? std::string() : first_line(said.substr(at + kComplainer.size()));
}

}  // namespace

ModelProcess::ModelProcess(Settings settings, const Confinement& confinement)
    : settings_(std::move(settings)),
      confinement_(confinement),
      folder_(private_folder()),
      socket_(folder_ / "model.sock") {
  start();
}

ModelProcess::~ModelProcess() {
  process_.reset();
  std::error_code error;
  std::filesystem::remove_all(folder_, error);
}

void ModelProcess::start() {
  said_.clear();
  ChildProcess::Command command{
      .words = {settings_.program, "serve", settings_.model, "--socket=" + socket_.string()}};
  command.words.insert(command.words.end(), settings_.options.begin(), settings_.options.end());
  process_ = std::make_unique<ChildProcess>(
      command, confinement_,
      // Whatever it says on standard output, it says once the model is there.
      ChildProcess::Listener{.output = [this](std::string_view) { note_ready(); },
                             .errors = [this](std::string_view bytes) { note_errors(bytes); },
                             .ended = [this](ChildProcess::Ending ending) { note_end(ending); }});
}

void ModelProcess::note_ready() {
  if (is_ready_) return;
  is_ready_ = true;
  was_ever_ready_ = true;
  if (when_ready) when_ready();
}

void ModelProcess::note_errors(std::string_view bytes) {
  said_ += bytes;
  if (said_.size() > kMostKeptOfErrors) said_.erase(0, said_.size() - kMostKeptOfErrors);
}

void ModelProcess::note_end(ChildProcess::Ending ending) {
  is_ready_ = false;
  const std::string complaint = complaint_in(said_);
  const std::string why =
      complaint.empty() ? "the process that holds the model " + text_of(ending) : complaint;
  if (!was_ever_ready_) {
    if (when_useless) when_useless(why);
    return;
  }
  if (when_lost) when_lost(why);
  revival_.schedule();
}

}  // namespace dali
