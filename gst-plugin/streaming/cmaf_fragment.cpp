// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/streaming/cmaf_fragment.h"

#include <algorithm>

#include "gst-plugin/streaming/box_writer.h"

namespace dali {
namespace {

// Of "tfhd".
constexpr std::uint32_t kBaseIsFragment = 0x020000;
constexpr std::uint32_t kIsEmpty = 0x010000;

// Of "trun".
constexpr std::uint32_t kHasDataOffset = 0x001;
constexpr std::uint32_t kHasDurations = 0x100;
constexpr std::uint32_t kHasSizes = 0x200;
constexpr std::uint32_t kHasFlags = 0x400;
constexpr std::uint32_t kHasOffsets = 0x800;

// Of a sample: whether it depends on others, and is no place to begin at.
constexpr std::uint32_t kDependsOnNone = 0x02000000;
constexpr std::uint32_t kDependsOnOthers = 0x01010000;

void write_run(BoxWriter& writer, const Fragment& fragment, std::size_t& data_offset) {
  const bool has_offsets =
      std::any_of(fragment.samples.begin(), fragment.samples.end(),
                  [](const FragmentSample& sample) { return sample.shown_after != 0; });
  const std::uint32_t flags =
      kHasDataOffset | kHasDurations | kHasSizes | kHasFlags | (has_offsets ? kHasOffsets : 0);
  writer.full_box("trun", 1, flags, [&] {
    writer.number(fragment.samples.size(), 4);
    data_offset = writer.place();
    for (const FragmentSample& sample : fragment.samples) {
      writer.number(sample.duration, 4);
      writer.number(sample.size_bytes, 4);
      writer.number(sample.is_key ? kDependsOnNone : kDependsOnOthers, 4);
      if (has_offsets) writer.number(static_cast<std::uint32_t>(sample.shown_after), 4);
    }
  });
}

}  // namespace

std::string media_segment(const Fragment& fragment, std::string_view content) {
  BoxWriter writer;
  writer.box("styp", [&] {
    writer.append("msdh");
    writer.number(0, 4);
    for (const char* brand : {"msdh", "cmfs"}) writer.append(brand);
  });
  const std::size_t start = writer.size();
  std::size_t data_offset = 0;
  const bool is_empty = fragment.samples.empty();
  writer.box("moof", [&] {
    writer.full_box("mfhd", 0, 0, [&] { writer.number(fragment.number, 4); });
    writer.box("traf", [&] {
      writer.full_box("tfhd", 0, kBaseIsFragment | (is_empty ? kIsEmpty : 0),
                      [&] { writer.number(1, 4); });
      writer.full_box("tfdt", 1, 0, [&] { writer.number(fragment.decode_time, 8); });
      if (!is_empty) write_run(writer, fragment, data_offset);
    });
  });
  if (!is_empty) writer.fill(data_offset, writer.size() - start + 8);
  writer.box("mdat", [&] { writer.append(content); });
  return writer.take();
}

}  // namespace dali
