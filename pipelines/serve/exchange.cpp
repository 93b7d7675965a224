// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/serve/exchange.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>

#include "model/base/one_line.h"
#include "pipelines/serve/early_close.h"
#include "pipelines/serve/exception_barrier.h"
#include "pipelines/serve/job_answers.h"
#include "pipelines/serve/page.h"
#include "pipelines/serve/query_fields.h"
#include "pipelines/serve/responses.h"

namespace dali {
namespace {

constexpr goffset kWorthWaitingFor = 65536;  // bytes of a body that nobody wants

SoupMessageHeaders* headers_of(SoupServerMessage* message) {
  return soup_server_message_get_request_headers(message);
}

std::optional<std::string> header(SoupServerMessage* message, const char* name) {
  const char* const value = soup_message_headers_get_one(headers_of(message), name);
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

std::string address_of(SoupServerMessage* message) {
  const char* const host = soup_server_message_get_remote_host(message);
  return host == nullptr ? "-" : host;
}

void enter(SoupServerMessage* message, Connection::Phase phase) {
  if (Connection* const connection = Connections::of(message)) connection->enter(phase);
}

// Nobody reads it but the log and the metrics.
RequestError client_left() {
  return {499, "cancelled", "The client closed the connection."};
}

// "Prefer: respond-async" (RFC 7240).
bool prefers_async(SoupServerMessage* message) {
  const char* const preferences = soup_message_headers_get_list(headers_of(message), "Prefer");
  return preferences != nullptr && soup_header_contains(preferences, "respond-async");
}

}  // namespace

Exchange::Exchange(ServerParts& parts, SoupServerMessage* message)
    : parts_(parts), message_(message), begun_us_(g_get_monotonic_time()) {}

Exchange::~Exchange() {
  no_exception_escapes([&] { give_up_job(client_left()); });
}

template <typename Step>
void Exchange::or_refuse(const Step& step) {
  try {
    step();
  } catch (const RequestError& error) {
    refuse(error);
  } catch (const std::exception& error) {
    refuse({500, "server_error", on_one_line(error.what())});
  }
}

void Exchange::got_headers() {
  // What comes is taken piece by piece, and never kept in memory.
  soup_message_body_set_accumulate(soup_server_message_get_request_body(message_), FALSE);
  or_refuse([&] {
    enter(message_, Connection::Phase::kBody);
    GUri* const uri = soup_server_message_get_uri(message_);
    path_ = g_uri_get_path(uri);
    if (path_.empty()) path_ = "/";
    route_ = route_of(soup_server_message_get_method(message_), path_);
    if (!route_.is_open) {
      parts_.access.check({.authorization = header(message_, "Authorization"),
                           .host = header(message_, "Host"),
                           .origin = header(message_, "Origin")});
    }
    const char* const query = g_uri_get_query(uri);
    query_ = query_fields(query == nullptr ? "" : query);
    if (route_.kind == Route::Kind::kMedium) begin_medium();
    if (route_.is_of_live_source()) parts_.live.source(route_.id);  // there has to be one
  });
}

void Exchange::begin_medium() {
  caption_request(route_.form, query_);  // if it is wrong, then before a byte was sent
  if (soup_message_headers_get_encoding(headers_of(message_)) == SOUP_ENCODING_CONTENT_LENGTH) {
    const auto length = static_cast<std::uint64_t>(
        std::max<goffset>(soup_message_headers_get_content_length(headers_of(message_)), 0));
    constexpr std::uint64_t kFormAround = std::uint64_t{1} << 20;
    if (length > parts_.most_upload_bytes + kFormAround) {
      throw medium_too_large(parts_.most_upload_bytes);
    }
  }
  upload_ = std::make_unique<Upload>(header(message_, "Content-Type").value_or(""), parts_.folder,
                                     parts_.most_upload_bytes);
  if (!upload_->is_form() && route_.form != RequestForm::kCaptions) {
    throw invalid_request(
        "The body should be a form, multipart/form-data, with the medium as 'file'.");
  }
  job_ = parts_.jobs.accept();
  job_id_ = job_->id;
}

void Exchange::got_chunk(std::string_view bytes) {
  received_bytes_ += bytes.size();
  if (Connection* const connection = Connections::of(message_)) {
    connection->note_body_bytes(bytes.size());
  }
  if (is_refused_ || !upload_) return;
  or_refuse([&] { upload_->push(bytes); });
}

void Exchange::got_body() {
  if (is_refused_) return;
  enter(message_, Connection::Phase::kWriting);
  or_refuse([&] {
    if (job_) {
      submit();
    } else {
      answer_now();
    }
  });
}

void Exchange::submit() {
  upload_->finish();
  RequestFields fields = query_;
  for (const auto& [name, value] : upload_->fields()) {
    if (!fields.emplace(name, value).second) {
      throw invalid_request("The field '" + name + "' stands in the address and in the form.");
    }
  }
  job_->request = caption_request(route_.form, fields);
  job_->medium = upload_->take_file();
  job_->medium_name = upload_->file_name();
  upload_.reset();
  if (!job_->request.uri.empty()) {
    check_uri(job_->request.uri, parts_.allows_uri);
    if (job_->medium)
      throw invalid_request("A request has a medium or names one by 'uri', not both.");
    job_->medium_name = job_->request.uri;
  } else if (!job_->medium || job_->medium->size() == 0) {
    throw invalid_request("The request has no medium, or an empty one.");
  }
  if (!job_->request.ignored.empty()) {
    std::string names;
    for (const std::string& name : job_->request.ignored) {
      names += (names.empty() ? "" : ", ") + name;
    }
    set_response_header(message_, "Dali-Ignored", names);
  }
  if (job_->request.is_async || prefers_async(message_)) {
    answer_job_accepted();
    return;
  }
  soup_server_message_pause(message_);
  enter(message_, Connection::Phase::kAnswering);
  if (Connection* const connection = Connections::of(message_)) {
    connection->when_left = [this] {
      const RequestError error = client_left();
      error_ = error.what();
      give_up_job(error);
      respond_with_error(message_, error);
      soup_server_message_unpause(message_);
    };
  }
  job_->when_ended = [this](Job& job) {
    answer(job);
    soup_server_message_unpause(message_);
  };
  parts_.jobs.submit(job_);
}

void Exchange::answer_job_accepted() {
  is_async_ = true;
  parts_.jobs.keep(job_);
  parts_.jobs.submit(job_);
  const std::string address = "/v1/jobs/" + job_->id;
  set_response_header(message_, "Location", address);
  if (prefers_async(message_)) {
    set_response_header(message_, "Preference-Applied", "respond-async");
  }
  respond(message_, 202, "application/json", job_json(*job_));
}

void Exchange::answer(const Job& job) {
  enter(message_, Connection::Phase::kWriting);
  if (job.error) {
    error_ = job.error->what();
    respond_with_error(message_, *job.error);
  } else {
    answer_with_captions(job, message_);
  }
}

void Exchange::answer_now() {
  switch (route_.kind) {
    case Route::Kind::kIndex:
      return answer_with_index(message_);
    case Route::Kind::kPageFile:
      return answer_with_page_file(message_, route_.id);
    case Route::Kind::kHealth:
      return answer_health(parts_, message_);
    case Route::Kind::kMetrics:
      return respond(message_, 200, "text/plain; version=0.0.4; charset=utf-8",
                     parts_.metrics.text(parts_.present()));
    case Route::Kind::kModels:
      return respond(message_, 200, "application/json", models_json(parts_.model));
    case Route::Kind::kJob:
    case Route::Kind::kJobCaptions:
      return answer_about_job(parts_.jobs, route_, message_);
    case Route::Kind::kLive:
      return respond(message_, 200, "application/json", parts_.live.json());
    case Route::Kind::kLiveVtt:
      return respond(message_, 200, "text/vtt; charset=utf-8",
                     parts_.live.source(route_.id).webvtt());
    case Route::Kind::kLiveEvents:
    case Route::Kind::kLiveLines:
      return answer_live();
    case Route::Kind::kLiveMedia:
      return answer_live_media();
    case Route::Kind::kLiveSocket:  // libsoup goes on with what asks for one, as nothing is said
    case Route::Kind::kMedium:
      break;
  }
}

void Exchange::answer_live() {
  if (parts_.jobs.is_shutting_down()) throw shutting_down();
  enter(message_, Connection::Phase::kAnswering);
  Connection* const connection = Connections::of(message_);
  if (connection != nullptr) {
    connection->when_left = [this, connection] {
      // libsoup finds it when it writes, which it does when there is something to write.
      connection->cut();
      stream_->end();
    };
  }
  const auto form = route_.kind == Route::Kind::kLiveEvents ? LiveStream::Form::kEvents
                                                            : LiveStream::Form::kJsonLines;
  stream_ = std::make_unique<LiveStream>(message_, parts_.live.source(route_.id).feed(), form,
                                         last_event_id());
}

void Exchange::answer_live_media() {
  if (parts_.jobs.is_shutting_down()) throw shutting_down();
  LiveSource& source = parts_.live.source(route_.id);
  if (!source.has_media()) {
    throw RequestError(404, "not_found", "The server was told to send no picture and sound.");
  }
  if (!source.media().has_begun()) {
    set_response_header(message_, "Retry-After", "1");
    throw RequestError(503, "not_ready", "The source has brought no picture or sound yet.");
  }
  enter(message_, Connection::Phase::kAnswering);
  Connection* const connection = Connections::of(message_);
  if (connection != nullptr) {
    connection->when_left = [this, connection] {
      connection->cut();
      media_stream_->end();
    };
  }
  media_stream_ = std::make_unique<LiveMediaStream>(message_, source.media());
  // By which a viewer knows how far captions are behind.
  set_response_header(message_, "Dali-Live-Window", fmt::format("{}", source.known_after_s()));
}

// As a browser says it when it comes again, or in the address.
std::string Exchange::last_event_id() const {
  const auto in_address = query_.find("last-event-id");
  if (in_address != query_.end()) return in_address->second;
  return header(message_, "Last-Event-ID").value_or("");
}

void Exchange::note_written(std::uint64_t bytes) {
  if (stream_) stream_->note_written(bytes);
  if (media_stream_) media_stream_->note_written(bytes);
}

void Exchange::became(SoupWebsocketConnection* connection) {
  write_log(SOUP_STATUS_SWITCHING_PROTOCOLS);
  enter(message_, Connection::Phase::kAnswering);
  parts_.live.serve(connection, parts_.live.source(route_.id), last_event_id());
}

void Exchange::refuse(const RequestError& error) {
  is_refused_ = true;
  error_ = error.what();
  give_up_job(error);
  upload_.reset();
  if (error.status() == 401) set_response_header(message_, "WWW-Authenticate", "Bearer");
  respond_with_error(message_, error);
  if (has_body_to_come()) {
    // Here libsoup is in the middle of the message, which cannot be taken from it.
    soup_server_message_pause(message_);
    const auto close = [](gpointer self) -> gboolean {
      static_cast<Exchange*>(self)->closing_.forget();
      no_exception_escapes([&] { static_cast<Exchange*>(self)->close_early(); });
      return G_SOURCE_REMOVE;
    };
    closing_ = LoopSource(g_idle_add(close, this));
  }
}

bool Exchange::has_body_to_come() const {
  SoupMessageHeaders* const headers = headers_of(message_);
  // A client that waits for a word before it sends gets the answer as that word.
  const bool waits = received_bytes_ == 0 && (soup_message_headers_get_expectations(headers) &
                                              SOUP_EXPECTATION_CONTINUE) != 0;
  if (waits) return false;
  switch (soup_message_headers_get_encoding(headers)) {
    case SOUP_ENCODING_CHUNKED:
      return true;
    case SOUP_ENCODING_CONTENT_LENGTH:
      return soup_message_headers_get_content_length(headers) -
                 static_cast<goffset>(received_bytes_) >
             kWorthWaitingFor;
    default:
      return false;
  }
}

void Exchange::close_early() {
  enter(message_, Connection::Phase::kWriting);
  write_log(static_cast<int>(soup_server_message_get_status(message_)));
  answer_and_close(message_);  // the message goes, and this with it
}

void Exchange::give_up_job(const RequestError& error) {
  if (!job_) return;
  const std::shared_ptr<Job> job = std::move(job_);
  job_.reset();
  if (is_async_) return;  // it has been accepted, and is to be asked for
  job->when_ended = nullptr;
  parts_.jobs.end(*job, Job::State::kCancelled, error);
}

void Exchange::finished() {
  enter(message_, Connection::Phase::kWriting);  // nobody is to be told any more
  stream_.reset();
  media_stream_.reset();
  give_up_job(client_left());
  write_log(static_cast<int>(soup_server_message_get_status(message_)));
}

void Exchange::write_log(int status) const {
  const char* const method = soup_server_message_get_method(message_);
  parts_.metrics.count_request(route_.pattern, status);
  if (route_.kind == Route::Kind::kHealth) return;  // asked for every few seconds
  parts_.log.write({.client = address_of(message_),
                    .method = method == nullptr ? "-" : method,
                    .path = path_.empty() ? "-" : path_,
                    .status = status,
                    .received_bytes = received_bytes_,
                    .seconds = static_cast<double>(g_get_monotonic_time() - begun_us_) / 1e6,
                    .job = job_id_.substr(0, 8),
                    .error = error_});
}

}  // namespace dali
