// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fetch/http_transfer.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <strings.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string_view>

#include "command/stop_signal.h"
#include "model/base/file_replacement.h"
#include "model/base/one_line.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

struct CleanUp {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

void initialise_curl() {
  static const CURLcode result = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (result != CURLE_OK) throw std::runtime_error("libcurl cannot be used on this machine");
}

std::string first_line_of(const fs::path& file) {
  std::ifstream stream(file);
  std::string line;
  std::getline(stream, line);
  return line;
}

// "bytes 100-199/200" -> 100 and 200; nothing for what is none.
struct ContentRange {
  std::uint64_t begin = 0;
  std::optional<std::uint64_t> total;
};
std::optional<ContentRange> content_range(std::string_view text) {
  constexpr std::string_view kUnit = "bytes ";
  if (!text.starts_with(kUnit)) return std::nullopt;
  text.remove_prefix(kUnit.size());
  ContentRange range;
  const auto begin = std::from_chars(text.data(), text.data() + text.size(), range.begin);
  const std::size_t slash = text.find('/');
  if (begin.ec != std::errc() || slash == std::string_view::npos) return std::nullopt;
  std::uint64_t total = 0;
  const auto end = std::from_chars(text.data() + slash + 1, text.data() + text.size(), total);
  if (end.ec == std::errc()) range.total = total;
  return range;
}

class Transfer {
 public:
  Transfer(const Download& download, const fs::path& part, bool resumes,
           const std::function<void(std::uint64_t)>& after_bytes)
      : download_(download), part_(part), after_bytes_(after_bytes) {
    descriptor_ = ::open(part.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor_ < 0) throw FileError(part, errno);
    const off_t end = resumes ? ::lseek(descriptor_, 0, SEEK_END) : 0;
    if (end < 0 || (!resumes && ::ftruncate(descriptor_, 0) != 0)) {
      const int error = errno;
      ::close(descriptor_);
      throw FileError(part, error);
    }
    bytes_ = asked_from_ = static_cast<std::uint64_t>(end);
  }
  ~Transfer() { ::close(descriptor_); }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  TransferEnd run(const DownloadLimits& limits);

 private:
  static std::size_t take_header(char* text, std::size_t, std::size_t count, void* self) {
    return static_cast<Transfer*>(self)->take_header({text, count});
  }
  static std::size_t take_bytes(char* bytes, std::size_t, std::size_t count, void* self) {
    return static_cast<Transfer*>(self)->take_bytes(bytes, count) ? count : 0;
  }
  static int go_on(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    auto* transfer = static_cast<Transfer*>(self);
    transfer->after_bytes_(transfer->bytes_);
    return StopSignal::received() != 0 ? 1 : 0;
  }

  std::size_t take_header(std::string_view line);
  bool take_bytes(const char* bytes, std::size_t count);
  bool begin_body();
  void remember_version() const;
  bool refuse(const std::string& why) {
    refusal_ = why;
    return false;
  }
  TransferEnd end_of(CURLcode result, const char* curls_words);

  const Download& download_;
  const fs::path& part_;
  const std::function<void(std::uint64_t)>& after_bytes_;
  std::unique_ptr<CURL, CleanUp> handle_;
  int descriptor_ = -1;
  std::uint64_t asked_from_ = 0;
  std::uint64_t bytes_ = 0;  // in the file
  bool has_body_ = false;
  std::string refusal_;                                 // why this program ended it
  std::optional<FileError> failure_;                    // of writing
  std::string range_, entity_tag_, modified_, length_;  // headers of the last answer
};

std::size_t Transfer::take_header(std::string_view line) {
  if (line.starts_with("HTTP/")) {  // after a redirect, another answer
    range_.clear(), entity_tag_.clear(), modified_.clear(), length_.clear();
  }
  const struct {
    std::string_view name;
    std::string& value;
  } rows[] = {{"content-range:", range_},
              {"etag:", entity_tag_},
              {"last-modified:", modified_},
              {"content-length:", length_}};
  for (const auto& row : rows) {
    if (line.size() < row.name.size() ||
        ::strncasecmp(line.data(), row.name.data(), row.name.size()) != 0) {
      continue;
    }
    std::string_view value = line.substr(row.name.size());
    while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
    while (!value.empty() && std::strchr(" \r\n", value.back()) != nullptr) value.remove_suffix(1);
    row.value = value;
  }
  return line.size();
}

// What the first byte tells: where it belongs, and how many are to come.
bool Transfer::begin_body() {
  long status = 0;
  curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
  std::optional<std::uint64_t> total;
  if (status == 206) {
    const auto range = content_range(range_);
    if (!range || range->begin != asked_from_) {
      return refuse("sends another part of the file than it was asked for");
    }
    total = range->total;
  } else {
    if (bytes_ > 0 &&
        (::ftruncate(descriptor_, 0) != 0 || ::lseek(descriptor_, 0, SEEK_SET) != 0)) {
      failure_.emplace(part_, errno);
      return false;
    }
    bytes_ = 0;
    std::uint64_t length = 0;
    const auto parsed = std::from_chars(length_.data(), length_.data() + length_.size(), length);
    if (!length_.empty() && parsed.ec == std::errc()) total = length;
  }
  if (total && download_.bytes && *total != *download_.bytes) {
    return refuse("has " + std::to_string(*total) + " bytes there, and not " +
                  std::to_string(*download_.bytes) + " as published");
  }
  remember_version();
  return true;
}

// A weak tag does not promise the same bytes; a date does, of a server that states one.
void Transfer::remember_version() const {
  const bool is_strong = !entity_tag_.empty() && !entity_tag_.starts_with("W/");
  const std::string& version = is_strong ? entity_tag_ : modified_;
  std::error_code ignored;
  if (version.empty()) {
    fs::remove(version_file_of(part_), ignored);
  } else {
    replace_file(version_file_of(part_), version + "\n", Sync::kLater);
  }
}

bool Transfer::take_bytes(const char* bytes, std::size_t count) try {
  if (!has_body_ && !begin_body()) return false;
  has_body_ = true;
  if (download_.bytes && bytes_ + count > *download_.bytes) {
    return refuse("sends more than the " + std::to_string(*download_.bytes) +
                  " bytes that are published");
  }
  while (count > 0) {
    const ssize_t written = ::write(descriptor_, bytes, count);
    if (written < 0) {
      if (errno == EINTR) continue;
      failure_.emplace(part_, errno);
      return false;
    }
    bytes += written;
    count -= static_cast<std::size_t>(written);
    bytes_ += static_cast<std::uint64_t>(written);
  }
  return true;
} catch (const FileError& error) {  // no exception passes through libcurl
  failure_ = error;
  return false;
}

TransferEnd Transfer::run(const DownloadLimits& limits) {
  initialise_curl();
  handle_.reset(curl_easy_init());
  if (handle_ == nullptr) throw std::runtime_error("libcurl cannot be used on this machine");
  CURL* curl = handle_.get();
  const char* protocols = download_.address.starts_with("http://") ? "http,https" : "https";
  curl_easy_setopt(curl, CURLOPT_URL, download_.address.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, protocols);
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, protocols);
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, static_cast<long>(limits.redirects));
  curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, static_cast<long>(limits.silence_s));
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(limits.silence_s));
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "gst-dali/" DALI_VERSION);
  for (const char* variable : {"CURL_CA_BUNDLE", "SSL_CERT_FILE"}) {  // as the program curl does
    const char* certificates = std::getenv(variable);
    if (certificates == nullptr || *certificates == '\0') continue;
    curl_easy_setopt(curl, CURLOPT_CAINFO, certificates);
    break;
  }
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION,
                   static_cast<curl_write_callback>(&Transfer::take_header));
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION,
                   static_cast<curl_write_callback>(&Transfer::take_bytes));
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &Transfer::go_on);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, this);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  char words[CURL_ERROR_SIZE] = "";
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, words);

  std::unique_ptr<curl_slist, CleanUp> headers;
  if (asked_from_ > 0) {
    const std::string range = std::to_string(asked_from_) + "-";
    curl_easy_setopt(curl, CURLOPT_RANGE, range.c_str());
    if (const std::string version = first_line_of(version_file_of(part_)); !version.empty()) {
      headers.reset(curl_slist_append(nullptr, ("If-Range: " + version).c_str()));
      curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
    }
  }
  const CURLcode result = curl_easy_perform(curl);
  if (failure_) throw *failure_;
  return end_of(result, *words == '\0' ? curl_easy_strerror(result) : words);
}

TransferEnd Transfer::end_of(CURLcode result, const char* curls_words) {
  using Kind = TransferEnd::Kind;
  if (!refusal_.empty()) return {Kind::kRefused, refusal_};
  long status = 0;
  curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
  switch (result) {
    case CURLE_OK:
      if (!has_body_ && bytes_ > 0 && status == 200) {  // an empty file now
        if (!begin_body()) return {Kind::kRefused, refusal_};
      }
      return {};
    case CURLE_ABORTED_BY_CALLBACK:
      throw std::runtime_error(kInterrupted);
    case CURLE_HTTP_RETURNED_ERROR: {
      const std::string why = "answers with HTTP status " + std::to_string(status);
      if (status == 416 && asked_from_ > 0) return {Kind::kNoRange, why};
      const bool may_pass = status == 408 || status == 429 || status >= 500;
      return {may_pass ? Kind::kBroken : Kind::kRefused, why};
    }
    case CURLE_TOO_MANY_REDIRECTS:
      return {Kind::kRefused, "leads from one address to another without an end"};
    case CURLE_UNSUPPORTED_PROTOCOL:
      return {Kind::kRefused, "leads to an address that is not https"};
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return {Kind::kRefused, on_one_line(curls_words) + " (without internet: --mirror)"};
    case CURLE_OPERATION_TIMEDOUT:
      return {Kind::kBroken, "says nothing"};
    case CURLE_COULDNT_CONNECT:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return {Kind::kBroken, on_one_line(curls_words)};
    default:
      return {Kind::kRefused, on_one_line(curls_words)};
  }
}

}  // namespace

TransferEnd transfer(const Download& download, const DownloadLimits& limits, const fs::path& part,
                     bool resumes, const std::function<void(std::uint64_t bytes)>& after_bytes) {
  return Transfer(download, part, resumes, after_bytes).run(limits);
}

fs::path version_file_of(const fs::path& part) {
  return part.string() + ".version";
}

}  // namespace dali
