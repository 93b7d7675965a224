// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/streaming/hls_rendition.h"

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

#include "model/base/file_replacement.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

// Of CMAF's tracks, and of MP4.
constexpr std::array<std::string_view, 5> kFragmentEndings = {".m4s", ".mp4", ".cmfv", ".cmfa",
                                                              ".cmft"};

std::optional<NumberedFiles> initialisations_of(const std::string& location) {
  if (!is_name_of_fragments(location)) return std::nullopt;
  const std::string ending = fs::path(location).extension().string();
  return NumberedFiles(location.substr(0, location.size() - ending.size()) + ".init" + ending);
}

void remove_if_there(const fs::path& path) {
  std::error_code error;
  fs::remove(path, error);
}

}  // namespace

bool is_name_of_fragments(const std::string& location) {
  const std::string ending = fs::path(location).extension().string();
  return std::find(kFragmentEndings.begin(), kFragmentEndings.end(), ending) !=
         kFragmentEndings.end();
}

void write_served_file(const fs::path& path, std::string_view content) {
  replace_file(path, content, Sync::kLater);
}

HlsRendition::HlsRendition(const std::string& location, std::string playlist_location)
    : segments_(location),
      initialisations_(initialisations_of(location)),
      playlist_location_(std::move(playlist_location)) {}

void HlsRendition::begin(std::uint64_t number) {
  if (!from_) from_ = number;
}

fs::path HlsRendition::initialisation_path(std::uint64_t number) const {
  return initialisations_.value().path(number);
}

std::vector<std::uint64_t> HlsRendition::existing_initialisations() const {
  return initialisations_ ? initialisations_->existing() : std::vector<std::uint64_t>();
}

std::optional<std::uint64_t> HlsRendition::initialisation_at(std::string_view address) const {
  for (const std::uint64_t number : existing_initialisations()) {
    if (address_from(playlist_location_, initialisation_path(number)) == address) return number;
  }
  return std::nullopt;
}

void HlsRendition::remove_segment(std::uint64_t number) const {
  remove_if_there(path(number));
}

void HlsRendition::remove_initialisation(std::uint64_t number) const {
  if (initialisations_) remove_if_there(initialisation_path(number));
}

void HlsRendition::write_playlist(const HlsPlaylist& playlist, bool has_ended) const {
  const auto segment = [&](std::uint64_t number) {
    return address_from(playlist_location_, path(number));
  };
  HlsPlaylist::AddressOf initialisation;
  if (initialisations_) {
    initialisation = [&](std::uint64_t number) {
      return address_from(playlist_location_, initialisation_path(number));
    };
  }
  write_served_file(playlist_location_, playlist.text(segment, has_ended, initialisation));
}

}  // namespace dali
