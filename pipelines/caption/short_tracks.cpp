// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/short_tracks.h"

#include <cstddef>
#include <optional>
#include <string_view>

namespace dali {
namespace {

using Bytes = std::span<std::uint8_t>;

std::uint64_t number_at(Bytes bytes, std::size_t at, std::size_t size) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < size; ++i) number = number << 8 | bytes[at + i];
  return number;
}

void set_number(Bytes bytes, std::size_t at, std::size_t size, std::uint64_t number) {
  for (std::size_t i = size; i-- > 0; number >>= 8) bytes[at + i] = number & 0xFF;
}

constexpr std::size_t kHeader = 8;  // of a box: its size and its name

bool is_named(Bytes box, std::string_view name) {
  return std::string_view(reinterpret_cast<const char*>(box.data()) + 4, 4) == name;
}

// The box at the beginning, cut to its size; nothing where there is no whole one.
std::optional<Bytes> first_box(Bytes bytes) {
  if (bytes.size() < kHeader) return std::nullopt;
  const std::uint64_t size = number_at(bytes, 0, 4);
  if (size < kHeader || size > bytes.size()) return std::nullopt;
  return bytes.first(size);
}

template <typename Visit>
void for_each_child(Bytes box, std::string_view name, const Visit& visit) {
  Bytes rest = box.subspan(kHeader);
  while (const std::optional<Bytes> child = first_box(rest)) {
    if (is_named(*child, name)) visit(*child);
    rest = rest.subspan(child->size());
  }
}

// A length of time as 'mvhd' and 'mdhd' have it: ticks, of which a second has so many.
class BoxDuration {
 public:
  // Nothing when the box is too short.
  static std::optional<BoxDuration> in(Bytes box) {
    if (box.size() <= kHeader) return std::nullopt;
    BoxDuration duration;
    const bool is_long = box[kHeader] == 1;  // the box's version
    duration.size_ = is_long ? 8 : 4;
    const std::size_t rate_at = kHeader + 4 + 2 * duration.size_;  // behind two dates
    duration.at_ = rate_at + 4;
    if (box.size() < duration.at_ + duration.size_) return std::nullopt;
    duration.box_ = box;
    duration.ticks_per_second = number_at(box, rate_at, 4);
    duration.ticks = number_at(box, duration.at_, duration.size_);
    return duration;
  }

  bool is_unknown() const { return ticks == (size_ == 8 ? ~std::uint64_t{0} : 0xFFFFFFFF); }
  bool can_hold(std::uint64_t longer) const { return size_ == 8 || longer < 0xFFFFFFFF; }
  void set(std::uint64_t longer) { set_number(box_, at_, size_, longer); }

  std::uint64_t ticks_per_second = 0;
  std::uint64_t ticks = 0;

 private:
  Bytes box_;
  std::size_t at_ = 0;
  std::size_t size_ = 4;
};

// The fewest ticks that qtdemux takes a track of the movie with; 0 when it takes any.
std::uint64_t fewest_ticks(const BoxDuration& movie, const BoxDuration& track) {
  if (movie.is_unknown() || movie.ticks_per_second == 0 || track.ticks == 0) return 0;
  const guint64 as_long =
      gst_util_uint64_scale_ceil(movie.ticks, track.ticks_per_second, movie.ticks_per_second);
  return as_long / 5 + 1;
}

GstPadProbeReturn on_movie(GstPad*, GstPadProbeInfo* info, gpointer) noexcept {
  GstBuffer* buffer = GST_PAD_PROBE_INFO_BUFFER(info);
  constexpr std::string_view kMovie = "moov";
  if (buffer == nullptr || gst_buffer_memcmp(buffer, 4, kMovie.data(), kMovie.size()) != 0) {
    return GST_PAD_PROBE_OK;
  }
  buffer = gst_buffer_make_writable(buffer);
  GST_PAD_PROBE_INFO_DATA(info) = buffer;
  GstMapInfo mapped;
  if (gst_buffer_map(buffer, &mapped, GST_MAP_READWRITE) != FALSE) {
    raise_short_tracks(Bytes(mapped.data, mapped.size));
    gst_buffer_unmap(buffer, &mapped);
  }
  return GST_PAD_PROBE_OK;
}

void on_element(GstBin*, GstBin*, GstElement* element, gpointer) noexcept {
  GstElementFactory* factory = gst_element_get_factory(element);
  if (factory == nullptr || std::string_view(GST_OBJECT_NAME(factory)) != "qtdemux") return;
  g_autoptr(GstPad) sink = gst_element_get_static_pad(element, "sink");
  gst_pad_add_probe(sink, GST_PAD_PROBE_TYPE_BUFFER, on_movie, nullptr, nullptr);
}

}  // namespace

bool raise_short_tracks(Bytes movie_box) {
  const std::optional<Bytes> box = first_box(movie_box);
  if (!box || !is_named(*box, "moov")) return false;
  std::optional<BoxDuration> movie;
  for_each_child(*box, "mvhd", [&](Bytes header) { movie = BoxDuration::in(header); });
  if (!movie) return false;
  bool has_raised = false;
  for_each_child(*box, "trak", [&](Bytes track) {
    for_each_child(track, "mdia", [&](Bytes media) {
      for_each_child(media, "mdhd", [&](Bytes header) {
        std::optional<BoxDuration> duration = BoxDuration::in(header);
        if (!duration) return;
        const std::uint64_t fewest = fewest_ticks(*movie, *duration);
        if (duration->ticks >= fewest || !duration->can_hold(fewest)) return;
        duration->set(fewest);
        has_raised = true;
      });
    });
  });
  return has_raised;
}

void keep_short_tracks(GstElement* decoder) {
  g_signal_connect(decoder, "deep-element-added", G_CALLBACK(on_element), nullptr);
}

}  // namespace dali
