// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "gst-plugin/session/sampled_window.h"

namespace dali {

// A picture at so small a size that noise averages out and that what moves in it hardly shows.
// Values are those of eight bits, each the mean of its part of the picture.
struct PictureThumbnail {
  static constexpr std::size_t kColumns = 32;
  static constexpr std::size_t kRows = 18;
  using Plane = std::array<float, kColumns * kRows>;  // [rows, columns]
  Plane luma = {};
  Plane blue = {};  // differences to luma, with 128 for none
  Plane red = {};
};

// Finds where one shot of a programme ends and the next begins: a cut from one picture to another
// that is much unlike it, when pictures around it change much less from one to the next, and when
// the new one stays. So fades and dissolves, the movement of a camera and noise are no cuts, nor
// are flashes, or a change of light on the same scene.
//
// To know that a picture stays takes kFlashNs of pictures, and one more at least unless it lasts
// for a second by itself. What is found depends on the pictures and their times alone. Not
// thread-safe: the pictures' streaming thread's own.
class ShotDetector {
 public:
  // What is shown for a shorter time is a flash.
  static constexpr std::int64_t kFlashNs = 240'000'000;

  // The next picture; its length is unknown when `end_ns` is empty. Returns when the shot began
  // that is certain to have begun with this picture or one shortly before.
  std::optional<std::int64_t> look_at(const PictureThumbnail& picture, std::int64_t start_ns,
                                      std::optional<std::int64_t> end_ns);

  // What comes next does not follow what was.
  void forget();

 private:
  struct Change {
    std::int64_t time_ns = 0;
    float size = 0.0F;
  };
  // A cut, or a flash, or the beginning of a movement.
  struct Candidate {
    PictureThumbnail before;
    Change cut;
    float usual = 0.0F;        // size of the changes before
    float settling = 0.0F;     // the greatest change after half of kFlashNs
    bool is_followed = false;  // by another picture
  };

  void take_change(const Change& change);
  float usual_change() const;
  bool is_cut(const Candidate& candidate) const;

  std::optional<PictureThumbnail> last_;
  std::int64_t last_start_ns_ = 0;
  std::deque<Change> changes_;  // of the last second, but for the latest
  std::optional<Candidate> candidate_;
};

// How unlike two pictures are: the mean difference of luma, and half of those of the colours.
float difference(const PictureThumbnail& left, const PictureThumbnail& right);

// How alike the lights and darks of two pictures lie, whatever the light: the correlation of their
// luma, from -1 to 1. Nothing when one of them is all but plain.
std::optional<float> likeness(const PictureThumbnail& left, const PictureThumbnail& right);

}  // namespace dali
