// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/serve/job.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "model/base/one_line.h"
#include "pipelines/serve/answer_forms.h"

namespace dali {
namespace {

// dali-caption's exit statuses.
constexpr int kMediumFailed = 1;
constexpr int kUsedWrongly = 2;

// What it said, with the medium's own name in place of the one that it had here.
std::string in_clients_words(const Job& job, std::string text) {
  constexpr std::string_view kUri = "file://";
  for (const std::string& name : {std::string(kUri) + kMediumName, std::string(kMediumName)}) {
    for (std::size_t at = text.find(name); at != std::string::npos;
         at = text.find(name, at + job.medium_name.size())) {
      text.replace(at, name.size(), job.medium_name);
    }
  }
  return on_one_line(text);
}

RequestError error_of(const Job& job, const CaptionOutcome& outcome, int seconds_allowed) {
  if (outcome.was_late) {
    return {504, "time_limit",
            fmt::format("{}: captioning took longer than the {} seconds that this server gives it.",
                        job.medium_name, seconds_allowed)};
  }
  if (outcome.ending.signal != 0) {
    return {500, "decoder_crashed",
            fmt::format("{}: the process that captioned it {}.", job.medium_name,
                        text_of(outcome.ending))};
  }
  const std::vector<std::string>& complaints = outcome.report.complaints();
  const std::string said =
      complaints.empty() ? std::string() : in_clients_words(job, complaints.back());
  if (said.find("standard output: cannot be written") != std::string::npos) {
    return {507, "storage_full", "The server has no room for these captions now."};
  }
  if (outcome.ending.exit_status == kMediumFailed) {
    // Without a word of its own, it was the process that captioned a medium that crashed.
    const bool crashed = said.find(": the process that captions it ") != std::string::npos;
    for (const char* type : {"application/x-hls", "text/uri-list", "application/dash+xml",
                             "application/sdp", "application/vnd.ms-sstr+xml"}) {
      if (said.find(type) == std::string::npos) continue;
      return {422, "media_error",
              job.medium_name + ": it is a list of other media, which are not opened."};
    }
    if (crashed) return {500, "decoder_crashed", said};
    return {422, "media_error", said.empty() ? "The medium cannot be captioned." : said};
  }
  if (outcome.ending.exit_status == kUsedWrongly) return invalid_request(said);
  return {500, "server_error", said.empty() ? "Captions cannot be made here." : said};
}

}  // namespace

double Job::fraction() const {
  if (state == State::kDone) return 1.0;
  return process ? process->fraction() : 0.0;
}

std::vector<std::string> Job::warnings() const {
  std::vector<std::string> warnings;
  if (state != State::kDone) return warnings;
  for (const std::string& complaint : outcome.report.complaints()) {
    warnings.push_back(in_clients_words(*this, complaint));
  }
  return warnings;
}

const char* to_string(Job::State state) {
  switch (state) {
    case Job::State::kReceiving:
      return "receiving";
    case Job::State::kQueued:
      return "queued";
    case Job::State::kRunning:
      return "running";
    case Job::State::kDone:
      return "done";
    case Job::State::kFailed:
      return "failed";
    case Job::State::kCancelled:
      break;
  }
  return "cancelled";
}

std::string unguessable_id() {
  std::array<unsigned char, 16> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    throw std::system_error(errno, std::generic_category(), "no random numbers");
  }
  std::string id;
  for (const unsigned byte : bytes) id += fmt::format("{:02x}", byte);
  return id;
}

void take_outcome(Job& job, CaptionOutcome outcome, int seconds_allowed) {
  try {
    if (outcome.is_good()) {
      job.answer = answer_of(job.request, outcome.captions);
      job.state = Job::State::kDone;
    } else {
      job.error = error_of(job, outcome, seconds_allowed);
      job.state = Job::State::kFailed;
    }
  } catch (const std::exception& error) {
    job.error = RequestError(500, "server_error", on_one_line(error.what()));
    job.state = Job::State::kFailed;
  }
  outcome.captions.clear();
  job.outcome = std::move(outcome);
}

}  // namespace dali
