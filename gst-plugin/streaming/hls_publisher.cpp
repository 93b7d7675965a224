// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/streaming/hls_publisher.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "model/base/file_replacement.h"
#include "model/base/in_quotes.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

// A playlist that a power cut takes is a segment old; waiting for the disk at each costs more.
void write(const fs::path& path, const std::string& text) {
  replace_file(path, text, Sync::kLater);
}

std::uint64_t size_of(const fs::path& path) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(path, error);
  return error ? 0 : size;
}

}  // namespace

HlsPublisher::HlsPublisher(HlsSettings settings, std::string run)
    : settings_(std::move(settings)),
      media_files_(settings_.location),
      text_files_(settings_.text_location),
      playlist_(settings_.target_duration_s, settings_.playlist_length),
      cues_(std::move(run)) {
  go_on();
  first_number_ = playlist_.next_number();
}

void HlsPublisher::go_on() {
  const std::vector<std::uint64_t> existing = media_files_.existing();
  std::ifstream file(settings_.playlist_location, std::ios::binary);
  if (!file) {
    if (!existing.empty()) playlist_.begin_at(existing.back() + 1);
    return;
  }
  try {
    playlist_.read(std::string(std::istreambuf_iterator<char>(file), {}));
  } catch (const std::exception& error) {
    complaint_ = fmt::format("{} cannot be read, and begins anew: {}", settings_.playlist_location,
                             error.what());
    playlist_.begin_at(existing.empty() ? 0 : existing.back() + 1);
    return;
  }
  const std::uint64_t next = playlist_.next_number();
  const std::uint64_t oldest =
      next - std::min<std::uint64_t>(next, settings_.max_files + playlist_.segments().size());
  std::copy_if(existing.begin(), existing.end(), std::back_inserter(on_disk_),
               [&](std::uint64_t number) { return number >= oldest && number < next; });
  const auto is_missing = [&](const HlsSegment& segment) {
    return !std::binary_search(on_disk_.begin(), on_disk_.end(), segment.number);
  };
  if (std::any_of(playlist_.segments().begin(), playlist_.segments().end(), is_missing)) {
    playlist_.forget_segments();
  }
}

void HlsPublisher::expect_text() {
  if (!std::exchange(has_text_, true)) text_from_ = playlist_.next_number();
}

// A run before this one may have had no captions, nor this one at its beginning.
void HlsPublisher::write_missing_text() {
  for (const HlsSegment& segment : playlist_.segments()) {
    if (segment.number >= text_from_) return;
    const fs::path path = text_files_.path(segment.number);
    if (!fs::exists(path)) write(path, webvtt_header(0));
  }
}

fs::path HlsPublisher::next_path() {
  named_ = opened_ + 1;
  return media_files_.path(first_number_ + opened_);
}

void HlsPublisher::finish_segment(const Finished& segment) {
  if (finished_ >= opened_) return;
  waiting_.push_back(segment);
  // It begins another run, whose clock and media are not those of the one before.
  waiting_.back().is_discontinuous |= finished_ == 0 && first_number_ > 0;
  ++finished_;
  pass_media(segment.end_ns);
}

std::int64_t HlsPublisher::add_text(std::int64_t start_ns, std::int64_t end_ns,
                                    const std::string& text) {
  const std::int64_t late_ns = cues_.add(start_ns, end_ns, text);
  if (late_ns > 0) ++counts_.late_captions;
  publish_known();
  return late_ns;
}

void HlsPublisher::pass_text(std::int64_t until_ns) {
  cues_.pass_time(until_ns);
  publish_known();
}

void HlsPublisher::end_text() {
  cues_.end();
  publish_known();
}

void HlsPublisher::pass_media(std::int64_t until_ns) {
  media_until_ns_ = std::max(media_until_ns_, until_ns);
  publish_known();
}

void HlsPublisher::publish_known() {
  bool has_grown = false;
  while (!waiting_.empty()) {
    const Finished& segment = waiting_.front();
    const bool is_known = !has_text_ || cues_.is_known(segment.end_ns);
    if (!is_known && media_until_ns_ < segment.end_ns + settings_.max_text_delay_ns) break;
    if (!is_known) ++counts_.overdue_segments;
    publish(segment);
    waiting_.pop_front();
    has_grown = true;
  }
  if (!has_grown) return;
  write_playlists(/*has_ended=*/false);
  remove_old_files();
}

void HlsPublisher::publish(const Finished& segment) {
  const std::uint64_t number = playlist_.next_number();
  std::uint64_t bytes = size_of(media_files_.path(number));
  if (has_text_) {
    const std::string text = cues_.segment(segment.start_ns, segment.end_ns);
    bytes += text.size();
    write(text_files_.path(number), text);
  }
  const std::int64_t duration_ns = std::max<std::int64_t>(segment.end_ns - segment.start_ns, 1);
  playlist_.add({.number = number,
                 .duration_ns = duration_ns,
                 .wall_time_ns = segment.wall_time_ns,
                 .is_discontinuous = segment.is_discontinuous});
  on_disk_.push_back(number);
  ++counts_.segments;
  const double rate = static_cast<double>(bytes) * 8.0 / (static_cast<double>(duration_ns) / 1e9);
  variant_.bits_per_second =
      std::max(variant_.bits_per_second, static_cast<std::uint64_t>(std::ceil(rate)));
}

// Captions first: a player that sees the media's newest segment looks for the captions' at once.
void HlsPublisher::write_playlists(bool has_ended) {
  const auto addresses = [](const fs::path& playlist, const NumberedFiles& files) {
    return [&](std::uint64_t number) { return address_from(playlist, files.path(number)); };
  };
  if (has_text_) {
    write_missing_text();
    const fs::path path = settings_.text_playlist_location;
    write(path, playlist_.text(addresses(path, text_files_), has_ended));
  }
  const fs::path path = settings_.playlist_location;
  write(path, playlist_.text(addresses(path, media_files_), has_ended));
  if (settings_.master_location.empty()) return;
  variant_.address = address_from(settings_.master_location, path);
  if (has_text_) {
    variant_.captions_address =
        address_from(settings_.master_location, settings_.text_playlist_location);
  }
  const std::string master = master_playlist(variant_);
  if (master != written_master_) write(settings_.master_location, master);
  written_master_ = master;
}

// Players may still fetch what has left the playlist, for as long as that is.
void HlsPublisher::remove_old_files() {
  const std::size_t kept = std::max<std::size_t>(settings_.max_files, playlist_.segments().size());
  while (settings_.max_files > 0 && on_disk_.size() > kept) {
    std::error_code error;
    fs::remove(media_files_.path(on_disk_.front()), error);
    if (has_text_) fs::remove(text_files_.path(on_disk_.front()), error);
    on_disk_.pop_front();
  }
}

void HlsPublisher::close(Ending ending) {
  if (std::exchange(is_closed_, true)) return;
  for (; finished_ < std::max(named_, opened_); ++finished_) {
    std::error_code error;
    fs::remove(media_files_.path(first_number_ + finished_), error);
  }
  // What is still to come has nowhere to go.
  cues_.end();
  publish_known();
  if (ending == Ending::kEnd && counts_.segments > 0) write_playlists(/*has_ended=*/true);
  if (has_text_) cues_.drop_rest();
}

std::vector<HlsCues::Cue> HlsPublisher::take_lost() {
  std::vector<HlsCues::Cue> lost = cues_.take_lost();
  counts_.lost_captions += lost.size();
  return lost;
}

HlsPublisher::Counts HlsPublisher::counts() const {
  Counts counts = counts_;
  counts.captions = cues_.count();
  return counts;
}

}  // namespace dali
