// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gst-plugin/streaming/cmaf_timing.h"
#include "gst-plugin/streaming/cmaf_track.h"
#include "gst-plugin/streaming/hls_rendition.h"

namespace dali {

// What a segment has of a track: all samples are of its form, in the order in which they are
// decoded.
struct CmafTrackMedia {
  CmafTrack track;
  std::vector<CmafSample> samples;
  std::string bytes;  // of the samples, one behind the other
};

// A run's segments of pictures and sound as files of CMAF: pictures, or sound alone, are the media;
// sound beside pictures has files of its own. Not thread-safe. Throws FileError, and
// std::runtime_error where media cannot go on as they have begun.
class CmafFiles {
 public:
  // Borrows both.
  CmafFiles(HlsRendition& media, HlsRendition& sound) : media_(media), sound_(sound) {}

  // The next segment, which lasts from `start_ns` to `end_ns`; with another form than before come
  // files that are read first. A track of which nothing came has a fragment that says so.
  void write(std::uint64_t number, std::int64_t start_ns, std::int64_t end_ns,
             const std::vector<CmafTrackMedia>& tracks);

  // The segment with which came the last files that are read first.
  std::uint64_t initialised_at() const { return initialised_at_; }

  // For segments from before there was sound: what is read first, and a fragment without any.
  std::string initialisation_of_sound() const;
  std::string silent_segment(std::uint64_t number, std::int64_t start_ns) const;

 private:
  struct Output {
    HlsRendition& rendition;
    CmafTrack track;
    CmafTiming timing;
  };

  // Returns whether it is the first, or of another form than before.
  bool take_form(std::optional<Output>& output, HlsRendition& rendition,
                 const CmafTrackMedia* media);
  void write_segment(std::optional<Output>& output, std::uint64_t number, std::int64_t start_ns,
                     std::int64_t end_ns, const CmafTrackMedia* media);

  HlsRendition& media_;
  HlsRendition& sound_;
  std::optional<Output> main_;
  std::optional<Output> beside_;
  std::uint64_t initialised_at_ = 0;
};

}  // namespace dali
