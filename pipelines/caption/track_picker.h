// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <memory>
#include <vector>

#include "pipelines/caption/track_choice.h"

namespace dali {

// Finds the chosen tracks among the pads of a uridecodebin, which shows all of them before any
// media flow. Which one comes first depends on threads and must not decide. Used from one thread
// at a time.
class TrackPicker {
 public:
  explicit TrackPicker(CaptionedTracks tracks) : tracks_(tracks) {}

  // A pad of decoded sound or picture; others are not kept.
  void add(GstPad* pad);

  // Pads of the chosen tracks among those added since the last call, the first of the kind where
  // those cannot be told; null where there is none of the kind.
  struct Picked {
    GstPad* sound = nullptr;  // borrowed until the next call
    GstPad* picture = nullptr;
  };
  Picked pick();

 private:
  struct UnrefPad {
    void operator()(GstPad* pad) const { gst_object_unref(pad); }
  };
  using PadHandle = std::unique_ptr<GstPad, UnrefPad>;
  using Pads = std::vector<PadHandle>;

  static GstPad* picked_from(const Pads& pads, const std::optional<Track>& track);

  CaptionedTracks tracks_;
  Pads sound_;
  Pads pictures_;
  Pads picked_from_;
};

}  // namespace dali
