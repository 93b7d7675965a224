// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>

#include "gst-plugin/session/decision.h"
#include "model/base/appended_file.h"

namespace dali {

// A file of JSON, a line for each window, in the order of the stream:
//   window                   its number, from 0 at every start and flush
//   start, end, shown_end    running time in seconds; the caption is shown until the last of them
//   outcome                  "caption", "silence", "rejected", "failed" or "dropped"
//   reason                   of the outcomes "rejected" and "failed"
//   text, extends_last       of a caption
//   words                    of a caption, if they were asked for: objects of text, start and end,
//                            of those that are known to sound
//   held_back                what the level of detail did not let through, beside a reason
//   off_screen, sources      where it is known what of a caption is heard and not seen: whether all
//                            that it names is, and objects of name, gain and off_screen
//   confidence               geometric mean of the tokens' probabilities, of what the model said
//   modality, model          what it was asked about, and who
//   waited, described        seconds by the wall clock: before the model, and in it
// and one for each event that the windows settle, behind the one that settled it:
//   event                    "starts", "continues" or "stops"
//   source                   its number; what stops and starts again is another one
//   name, label              what it is, and what the first caption said of it
//   time, start              running time in seconds: of the event, and of the source's start
//   confidence               of the caption that was surest of it
//   window                   the one that settled it
//   announced                whether a caption tells it
//   reason                   of one that the level of detail holds back
//   off_screen               whether it is heard and not seen, where that is known
// and, of captions of events, one for each that is sent, when it is:
//   caption                  its words
//   start, end               running time in seconds; it is shown from one to the other
//   confidence               of the least sure event in it
//   sources                  the numbers of those that it tells of
//   off_screen               whether all of them are heard and not seen, where that is known
// Not thread-safe.
class WindowLog {
 public:
  // Appends to a file that exists. Throws FileError when it cannot be opened, and write() does when
  // the line did not get there.
  explicit WindowLog(const std::filesystem::path& file);

  // Nothing for decisions that are about no window.
  void write(const Decision& decision);
  void write(const SourceEvent& event);
  // Of a decision that EventCaptions made.
  void write_caption(const Decision& caption);

 private:
  AppendedFile records_;
};

}  // namespace dali
