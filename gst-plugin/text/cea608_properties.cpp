// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/text/cea608_properties.h"

namespace dali {
namespace {

GType mode_type() {
  static const GEnumValue values[] = {
      {static_cast<int>(Cea608Mode::kRollUp2), "Lines roll up through 2 rows", "roll-up2"},
      {static_cast<int>(Cea608Mode::kRollUp3), "Lines roll up through 3 rows", "roll-up3"},
      {static_cast<int>(Cea608Mode::kRollUp4), "Lines roll up through 4 rows", "roll-up4"},
      {static_cast<int>(Cea608Mode::kPopOn), "Captions appear as a whole", "pop-on"},
      {static_cast<int>(Cea608Mode::kPaintOn), "Captions are written in place", "paint-on"},
      {0, nullptr, nullptr}};
  static const GType type = register_choices("GstDaliCea608Mode", values);
  return type;
}

GType channel_type() {
  static const GEnumValue values[] = {
      {static_cast<int>(Cea608Channel::kCc1), "CC1, in the first field", "cc1"},
      {static_cast<int>(Cea608Channel::kCc2), "CC2, in the first field", "cc2"},
      {static_cast<int>(Cea608Channel::kCc3), "CC3, in the second field", "cc3"},
      {static_cast<int>(Cea608Channel::kCc4), "CC4, in the second field", "cc4"},
      {0, nullptr, nullptr}};
  static const GType type = register_choices("GstDaliCea608Channel", values);
  return type;
}

PropertyTable<Cea608Settings> table_saying(const char* mode_blurb, const char* channel_blurb) {
  using Settings = Cea608Settings;
  return PropertyTable<Settings>({
      {{"mode", "Mode", mode_blurb},
       property::choice(&Settings::mode, mode_type()),
       Mutability::kReady},
      {{"channel", "Channel", channel_blurb},
       property::choice(&Settings::channel, channel_type()),
       Mutability::kReady},
      {{"row", "Row", "The row of the lowest line, of which 15 is the screen's last."},
       property::count(&Settings::row, 4, kCea608Rows),
       Mutability::kReady},
  });
}

}  // namespace

const PropertyTable<Cea608Settings>& cea608_properties() {
  static const auto table = table_saying(
      "How captions come onto the screen. With pop-on they are sent before they show, which adds "
      "2 s to the latency.",
      "The channel of captions. CC3 and CC4 need format=s334-1a downstream.");
  return table;
}

const PropertyTable<Cea608Settings>& cea708_properties() {
  static const auto table = table_saying(
      "How captions come onto the screen. With pop-on they are sent before they show, which adds "
      "2 s to the latency.",
      "The channel of CEA-608 that the captions are in, beside CEA-708's service 1.");
  return table;
}

}  // namespace dali
