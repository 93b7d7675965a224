// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "gst-plugin/streaming/cmaf_files.h"
#include "gst-plugin/streaming/hls_cues.h"
#include "gst-plugin/streaming/hls_playlist.h"
#include "gst-plugin/streaming/hls_rendition.h"
#include "gst-plugin/streaming/hls_settings.h"

namespace dali {

// Brings segments of media before their players, with the captions of the same time. Somebody else
// writes those of a transport stream; fragments of MP4 are written here. A segment stands in no
// playlist before what is said in it is known, or the media are further than it by the longest
// delay that text may have. All that it writes appears whole. Times are in nanoseconds of one
// timeline. Not thread-safe. What cannot be written throws FileError.
class HlsPublisher {
 public:
  struct Finished {
    std::int64_t start_ns = 0;
    std::int64_t end_ns = 0;
    std::int64_t wall_time_ns = 0;  // of its start, since 1970
    bool is_discontinuous = false;
  };
  struct Counts {
    std::uint64_t segments = 0;
    std::uint64_t captions = 0;
    std::uint64_t late_captions = 0;
    std::uint64_t lost_captions = 0;
    std::uint64_t overdue_segments = 0;  // published before what is said in them was known
  };

  // Goes on where the playlist that there is ends. `run` tells the captions of this run from those
  // before it. Throws std::runtime_error when the names of files do not do.
  HlsPublisher(HlsSettings settings, std::string run);

  // Media and sound are fragments of MP4, a track a file.
  bool is_fragmented() const { return media_.is_fragmented(); }

  // Text is to come: from now on segments wait for it.
  void expect_text();

  // Why the playlist that there is could not be read; empty when it could, or there is none.
  const std::string& complaint() const { return complaint_; }

  // Where the segment that is opened next is to be written; the same until it has been.
  std::filesystem::path next_path();
  void open_segment() { ++opened_; }
  // The one opened first of those that are not yet finished. `tracks`: what it has, where media are
  // fragments.
  void finish_segment(const Finished& segment, const std::vector<CmafTrackMedia>& tracks = {});

  // Returns by how much it was too late.
  std::int64_t add_text(std::int64_t start_ns, std::int64_t end_ns, const std::string& text);
  void pass_text(std::int64_t until_ns);
  void end_text();
  // Media have come until then.
  void pass_media(std::int64_t until_ns);

  // For the master playlist. Its addresses, its rate and the captions' codec are set here.
  HlsVariant& variant() { return variant_; }

  // Publishes what is left, with an end where the stream has one. What was opened and is not
  // finished is removed.
  enum class Ending { kEnd, kStop };
  void close(Ending ending);

  std::vector<HlsCue> take_lost();
  Counts counts() const;

 private:
  struct Waiting {
    Finished segment;
    std::optional<std::uint64_t> initialised_at;
  };

  void check_names() const;
  void go_on();
  void remove_stale_initialisations();
  void publish_known();
  void publish(const Waiting& waiting);
  void write_playlists(bool has_ended);
  void write_missing_files();
  template <typename Initialisation, typename EmptySegment>
  void write_missing(const HlsRendition& rendition, Initialisation&& initialisation,
                     EmptySegment&& empty_segment);
  void write_master();
  void remove_old_files();

  const HlsSettings settings_;
  HlsRendition media_;
  HlsRendition sound_;  // where it has files of its own
  HlsRendition text_;
  CmafFiles cmaf_;
  HlsPlaylist playlist_;
  HlsCues cues_;
  HlsVariant variant_;
  std::string written_master_;
  std::string complaint_;
  std::deque<Waiting> waiting_;
  std::uint64_t named_ = 0;   // files that there may be
  std::uint64_t opened_ = 0;  // segments since the beginning of this run
  std::uint64_t finished_ = 0;
  std::uint64_t first_number_ = 0;  // of this run
  std::int64_t media_until_ns_ = 0;
  // Numbers of files that there are, the least first.
  std::deque<std::uint64_t> on_disk_;
  std::deque<std::uint64_t> initialisations_;
  Counts counts_;
  bool is_closed_ = false;
};

}  // namespace dali
