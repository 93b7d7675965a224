// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/streaming/hls_publisher.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <span>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

#include "gst-plugin/streaming/webvtt_segment.h"
#include "gst-plugin/streaming/wvtt_segment.h"
#include "model/base/in_quotes.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

std::uint64_t size_of(const fs::path& path) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(path, error);
  return error ? 0 : size;
}

std::string captions_segment(const HlsRendition& text, std::uint64_t number,
                             std::span<const HlsCue> cues, std::int64_t start_ns,
                             std::int64_t end_ns) {
  return text.is_fragmented() ? wvtt_segment(number, cues, start_ns, end_ns)
                              : webvtt_segment(cues, start_ns);
}

void refuse_equal(std::vector<std::string> names, const char* complaint) {
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(
      names.begin(), names.end(),
      [](const auto& one, const auto& other) { return !one.empty() && one == other; });
  if (twice != names.end()) throw std::runtime_error(in_quotes(*twice) + complaint);
}

// `content` makes it, if it is missing.
template <typename Content>
void write_if_missing(const fs::path& path, Content&& content) {
  if (!fs::exists(path)) write_served_file(path, content());
}

std::string initialisation_of_captions() {
  return initialisation_segment(wvtt_track());
}

}  // namespace

HlsPublisher::HlsPublisher(HlsSettings settings, std::string run)
    : settings_(std::move(settings)),
      media_(settings_.location, settings_.playlist_location),
      sound_(settings_.audio_location, settings_.audio_playlist_location),
      text_(settings_.text_location, settings_.text_playlist_location),
      cmaf_(media_, sound_),
      playlist_(settings_.target_duration_s, settings_.playlist_length),
      cues_(std::move(run)) {
  check_names();
  go_on();
  first_number_ = playlist_.next_number();
  media_.begin(first_number_);
  remove_stale_initialisations();
  variant_.is_fragmented = media_.is_fragmented();
}

void HlsPublisher::check_names() const {
  refuse_equal(
      {settings_.playlist_location, settings_.text_playlist_location, settings_.master_location,
       // Sound has one of its own beside fragments alone.
       media_.is_fragmented() ? settings_.audio_playlist_location : std::string()},
      " is the name of two playlists");
  if (!media_.is_fragmented()) {
    if (!text_.is_fragmented()) return;
    throw std::runtime_error(in_quotes(settings_.text_location) +
                             " names fragments of captions, which go with fragments of media "
                             "alone; location is " +
                             in_quotes(settings_.location));
  }
  if (!sound_.is_fragmented()) {
    throw std::runtime_error(in_quotes(settings_.audio_location) +
                             " is no name for fragments of sound: .m4s, .mp4 and .cmfa are");
  }
  refuse_equal({settings_.location, settings_.audio_location, settings_.text_location},
               " is the name of two kinds of segments");
}

void HlsPublisher::go_on() {
  const std::vector<std::uint64_t> existing = media_.existing();
  std::ifstream file(settings_.playlist_location, std::ios::binary);
  if (!file) {
    if (!existing.empty()) playlist_.begin_at(existing.back() + 1);
    return;
  }
  try {
    playlist_.read(std::string(std::istreambuf_iterator<char>(file), {}),
                   [&](std::string_view address) { return media_.initialisation_at(address); });
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
    return !std::binary_search(on_disk_.begin(), on_disk_.end(), segment.number) ||
           (media_.is_fragmented() && !segment.initialised_at);
  };
  if (std::any_of(playlist_.segments().begin(), playlist_.segments().end(), is_missing)) {
    playlist_.forget_segments();
  }
}

// Of a run that was killed before its segments were published: nobody knows those files.
void HlsPublisher::remove_stale_initialisations() {
  for (const HlsRendition* rendition : {&media_, &sound_, &text_}) {
    for (const std::uint64_t number : rendition->existing_initialisations()) {
      if (number >= first_number_) rendition->remove_initialisation(number);
    }
  }
  const std::vector<std::uint64_t> existing = media_.existing_initialisations();
  initialisations_.assign(existing.begin(), existing.end());
}

void HlsPublisher::expect_text() {
  text_.begin(playlist_.next_number());
}

// A run before this one may have had no captions or no sound, nor this one at its beginning.
template <typename Initialisation, typename EmptySegment>
void HlsPublisher::write_missing(const HlsRendition& rendition, Initialisation&& initialisation,
                                 EmptySegment&& empty_segment) {
  for (const HlsSegment& segment : playlist_.segments()) {
    if (segment.number >= rendition.begins_at()) return;
    write_if_missing(rendition.path(segment.number), [&] { return empty_segment(segment); });
    if (rendition.is_fragmented() && segment.initialised_at) {
      write_if_missing(rendition.initialisation_path(*segment.initialised_at), initialisation);
    }
  }
}

void HlsPublisher::write_missing_files() {
  if (text_.is_present()) {
    write_missing(text_, initialisation_of_captions, [&](const HlsSegment& segment) {
      return captions_segment(text_, segment.number, {}, segment.start_ns,
                              segment.start_ns + segment.duration_ns);
    });
  }
  if (sound_.is_present()) {
    write_missing(
        sound_, [&] { return cmaf_.initialisation_of_sound(); },
        [&](const HlsSegment& segment) {
          return cmaf_.silent_segment(segment.number, segment.start_ns);
        });
  }
}

fs::path HlsPublisher::next_path() {
  named_ = opened_ + 1;
  return media_.path(first_number_ + opened_);
}

void HlsPublisher::finish_segment(const Finished& segment,
                                  const std::vector<CmafTrackMedia>& tracks) {
  if (finished_ >= opened_) return;
  Waiting waiting{.segment = segment, .initialised_at = std::nullopt};
  // It begins another run, whose clock and media are not those of the one before.
  waiting.segment.is_discontinuous |= finished_ == 0 && first_number_ > 0;
  if (is_fragmented()) {
    const std::uint64_t number = first_number_ + finished_;
    cmaf_.write(number, segment.start_ns, segment.end_ns, tracks);
    waiting.initialised_at = cmaf_.initialised_at();
    const bool has_other_form = waiting.initialised_at == number;
    if (has_other_form) initialisations_.push_back(number);
    waiting.segment.is_discontinuous |= has_other_form && finished_ > 0;
  }
  waiting_.push_back(waiting);
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
    const Finished& segment = waiting_.front().segment;
    const bool is_known = !text_.is_present() || cues_.is_known(segment.end_ns);
    if (!is_known && media_until_ns_ < segment.end_ns + settings_.max_text_delay_ns) break;
    if (!is_known) ++counts_.overdue_segments;
    publish(waiting_.front());
    waiting_.pop_front();
    has_grown = true;
  }
  if (!has_grown) return;
  write_playlists(/*has_ended=*/false);
  remove_old_files();
}

void HlsPublisher::publish(const Waiting& waiting) {
  const Finished& segment = waiting.segment;
  const std::uint64_t number = playlist_.next_number();
  std::uint64_t bytes = size_of(media_.path(number));
  if (sound_.is_present()) bytes += size_of(sound_.path(number));
  if (text_.is_present()) {
    const std::vector<HlsCue> cues = cues_.segment(segment.start_ns, segment.end_ns);
    const std::string text =
        captions_segment(text_, number, cues, segment.start_ns, segment.end_ns);
    bytes += text.size();
    if (text_.is_fragmented()) {
      write_if_missing(text_.initialisation_path(waiting.initialised_at.value()),
                       initialisation_of_captions);
    }
    write_served_file(text_.path(number), text);
  }
  const std::int64_t duration_ns = std::max<std::int64_t>(segment.end_ns - segment.start_ns, 1);
  playlist_.add({.number = number,
                 .duration_ns = duration_ns,
                 .start_ns = segment.start_ns,
                 .wall_time_ns = segment.wall_time_ns,
                 .is_discontinuous = segment.is_discontinuous,
                 .initialised_at = waiting.initialised_at});
  on_disk_.push_back(number);
  ++counts_.segments;
  const double rate = static_cast<double>(bytes) * 8.0 / (static_cast<double>(duration_ns) / 1e9);
  variant_.bits_per_second =
      std::max(variant_.bits_per_second, static_cast<std::uint64_t>(std::ceil(rate)));
}

// Captions and sound first: a player that sees the media's newest segment looks for the others at
// once.
void HlsPublisher::write_playlists(bool has_ended) {
  write_missing_files();
  for (const HlsRendition* rendition : {&text_, &sound_, &media_}) {
    if (rendition->is_present()) rendition->write_playlist(playlist_, has_ended);
  }
  if (!settings_.master_location.empty()) write_master();
}

void HlsPublisher::write_master() {
  const auto address_of = [&](const HlsRendition& rendition) {
    return address_from(settings_.master_location, rendition.playlist_location());
  };
  HlsVariant variant = variant_;
  variant.address = address_of(media_);
  if (sound_.is_present()) variant.sound_address = address_of(sound_);
  if (text_.is_present()) {
    variant.captions_address = address_of(text_);
    if (text_.is_fragmented() && !variant.codecs.empty()) variant.codecs += ",wvtt";
  }
  const std::string master = master_playlist(variant);
  if (master != written_master_) write_served_file(settings_.master_location, master);
  written_master_ = master;
}

// Players may still fetch what has left the playlist, for as long as that is.
void HlsPublisher::remove_old_files() {
  const std::size_t kept = std::max<std::size_t>(settings_.max_files, playlist_.segments().size());
  const auto remove_of_all = [&](void (HlsRendition::*remove)(std::uint64_t) const,
                                 std::deque<std::uint64_t>& numbers) {
    for (const HlsRendition* rendition : {&media_, &sound_, &text_}) {
      if (rendition->is_present()) (rendition->*remove)(numbers.front());
    }
    numbers.pop_front();
  };
  while (settings_.max_files > 0 && on_disk_.size() > kept) {
    remove_of_all(&HlsRendition::remove_segment, on_disk_);
  }
  // What is read before others goes when the segments that are there have a later one.
  while (settings_.max_files > 0 && initialisations_.size() > 1 &&
         initialisations_[1] <= on_disk_.front()) {
    remove_of_all(&HlsRendition::remove_initialisation, initialisations_);
  }
}

void HlsPublisher::close(Ending ending) {
  if (std::exchange(is_closed_, true)) return;
  for (; finished_ < std::max(named_, opened_); ++finished_) {
    media_.remove_segment(first_number_ + finished_);
  }
  // What is still to come has nowhere to go.
  cues_.end();
  publish_known();
  if (ending == Ending::kEnd && counts_.segments > 0) write_playlists(/*has_ended=*/true);
  if (text_.is_present()) cues_.drop_rest();
}

std::vector<HlsCue> HlsPublisher::take_lost() {
  std::vector<HlsCue> lost = cues_.take_lost();
  counts_.lost_captions += lost.size();
  return lost;
}

HlsPublisher::Counts HlsPublisher::counts() const {
  Counts counts = counts_;
  counts.captions = cues_.count();
  return counts;
}

}  // namespace dali
