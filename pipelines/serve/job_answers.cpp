// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/serve/job_answers.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "pipelines/serve/header_parameters.h"
#include "pipelines/serve/responses.h"

namespace dali {
namespace {

using nlohmann::ordered_json;

std::string json_text(const ordered_json& object) {
  return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + '\n';
}

}  // namespace

std::string job_json(const Job& job) {
  ordered_json object = {{"id", job.id},
                         {"state", to_string(job.state)},
                         {"fraction", std::round(job.fraction() * 1e3) / 1e3}};
  if (job.error) object["error"] = {{"message", job.error->what()}, {"type", job.error->type()}};
  if (const auto warnings = job.warnings(); !warnings.empty()) object["warnings"] = warnings;
  if (job.state == Job::State::kDone) {
    // JSON as it is, other formats as a string.
    const bool is_json = content_type_of(job.request) == "application/json";
    object["result"] = is_json ? ordered_json::parse(job.answer) : ordered_json(job.answer);
    object["captions"] = "/v1/jobs/" + job.id + "/captions";
  }
  return json_text(object);
}

void answer_about_job(JobQueue& jobs, const Route& route, SoupServerMessage* message) {
  const std::shared_ptr<Job> job = jobs.find(route.id);
  if (!job) {
    throw RequestError(
        404, "not_found",
        "There is no such job: it never was, or its time to be asked for has passed.");
  }
  if (std::string_view(soup_server_message_get_method(message)) == "DELETE") {
    jobs.end(*job, Job::State::kCancelled, {499, "cancelled", "The job was cancelled."});
    jobs.forget(route.id);
    respond(message, 200, "application/json", job_json(*job));
    return;
  }
  if (route.kind == Route::Kind::kJob) {
    respond(message, 200, "application/json", job_json(*job));
  } else if (job->state == Job::State::kDone) {
    answer_with_captions(*job, message);
  } else if (job->error) {
    respond_with_error(message, *job->error);
  } else {
    RequestError error(409, "not_done", "The job has not come to its end.");
    error.retry_after_s = 1;
    throw error;
  }
}

void answer_with_captions(const Job& job, SoupServerMessage* message) {
  for (std::string warning : job.warnings()) {
    // A header has no characters beyond ASCII.
    std::replace_if(
        warning.begin(), warning.end(), [](char byte) { return byte < ' '; }, '?');
    soup_message_headers_append(soup_server_message_get_response_headers(message), "Dali-Warning",
                                warning.c_str());
  }
  respond(message, 200, content_type_of(job.request), job.answer);
}

std::string models_json(const std::string& model) {
  return json_text(
      {{"object", "list"},
       {"data",
        ordered_json::array(
            {{{"id", model}, {"object", "model"}, {"created", 0}, {"owned_by", "gst-dali"}}})}});
}

void answer_health(const ServerParts& parts, SoupServerMessage* message) {
  const char* const state = parts.jobs.is_shutting_down() ? "shutting down"
                            : parts.is_ready()            ? "ok"
                                                          : "loading the model";
  const bool is_good = parts.is_ready() && !parts.jobs.is_shutting_down();
  respond(message, is_good ? 200 : 503, "application/json", json_text({{"status", state}}));
}

void check_uri(const std::string& uri, bool is_allowed) {
  if (!is_allowed) {
    throw RequestError(403, "forbidden",
                       "This server fetches no media: send the medium with the request.");
  }
  const std::string scheme = in_small_letters(uri.substr(0, uri.find(':')));
  const bool is_plain = uri.size() <= 2000 && std::all_of(uri.begin(), uri.end(), [](char byte) {
                          return byte > ' ' && byte <= '~';
                        });
  if (!is_plain || (scheme != "http" && scheme != "https")) {
    throw invalid_request("The field 'uri' should be an address of http or https.");
  }
}

}  // namespace dali
