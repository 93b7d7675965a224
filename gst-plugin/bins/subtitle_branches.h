// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <array>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "gst-plugin/bins/media_taker.h"
#include "gst-plugin/bins/sleeping_decoder.h"
#include "gst-plugin/bins/tried_input.h"
#include "gst-plugin/empty_stream_flush.h"

namespace dali {

// How the captions leave a dalisubtitlebin.
enum class SubtitleMode {
  kText,    // on text_src
  kCea608,  // in the pictures' closed captions
  kCea708,  // there too, as both
  kBurnIn,  // in the pictures
};

// The properties of a dalisubtitlebin that are no captioner's.
struct SubtitleSettings {
  SubtitleMode mode = SubtitleMode::kText;
};

// The inside of a dalisubtitlebin. Each input goes two ways behind a tee: decoded, to the
// captioner, and as it came, through a queue that holds it for as long as its captions take. So
// encoded media are held encoded, which is a hundredth of the memory, and decoded once more where
// captions are put into the pictures.
//
//     audio_sink ─ tee ┬─ queue ─ decodebin ─ queue ─┬─ captioner ─ text_src
//                      └─ hold ─ audio_src           │      │
//     video_sink ─ tee ┬─ queue ─ decodebin ─ queue ─┘      ▼ unless the mode is kText
//                      └─ hold ─ (decodebin ─ overlay or closed captions) ─ video_src
//
// No lock but mutex_ is held while pads are made and taken apart; both happen in whichever thread
// the application has for it.
class SubtitleBranches {
 public:
  // Makes the captioner and text_src. `bin` (borrowed) owns every element and pad. Whatever makes
  // elements here throws std::runtime_error naming one that is not installed.
  explicit SubtitleBranches(GstBin* bin);

  // For inputs asked for from now on.
  void set_settings(const SubtitleSettings& settings);
  SubtitleSettings settings() const;

  GstElement* captioner() const { return captioner_; }  // borrowed

  // The sink of a new branch, borrowed; null when there is one of its kind already.
  GstPad* add(GstPadTemplate* sink_template, bool is_audio);
  // When it is linked, the bin shows the source: before, nobody could know what comes out of it,
  // and gst-launch would link it to whichever pad a muxer offers first.
  void show_source(GstPad* sink);  // borrows
  void remove(GstPad* sink);       // borrows
  void remove_all();
  // For a bin that has come down to READY: its inputs may have other streams, or none.
  void forget_streams();

 private:
  struct Branch {
    GstPad* sink = nullptr;             // ghost pads; null while there is no such input,
    GstPad* source = nullptr;           //   and until it has been linked
    GstPad* captioner_sink = nullptr;   // owned
    GstElement* hold = nullptr;         // borrowed, as are
    GstElement* captions = nullptr;     // a queue, null unless they are put into the pictures,
    GstElement* end = nullptr;          // whose source pad the source shows, and
    std::vector<GstElement*> elements;  // in the order of the stream
    // The captioner's, and one for pictures that captions are put into.
    std::vector<std::unique_ptr<SleepingDecoder>> decoders;
  };

  // Whoever set it: the bin's own user, or one who reaches for the captioner in it.
  static void on_captioner_set(GObject* captioner, GParamSpec* property, gpointer branches);
  void size_queues();

  // With mutex_ held:
  void build(Branch& branch, GstPadTemplate* sink_template, bool is_audio);
  Branch* branch_of(const GstPad* sink);  // null when it has been removed
  // `role`: what its name says of it, "audio-hold" of a queue that holds sound.
  GstElement* make(Branch& branch, const char* factory, const char* role);
  // Links what comes out of the queue to the decoder, and what that decodes to `next`.
  void decode(Branch& branch, GstElement* queue, GstElement* decoder, GstElement* next);
  // Returns the last of them.
  GstElement* put_captions_in(Branch& branch, GstElement* pictures);
  void size_queue(const Branch& branch);
  void release_text(const Branch& branch);
  // Without it, or for a branch that nobody else knows of yet.
  void dismantle(const Branch& branch);
  // The captioner's input has ended or is flushed: when nothing came on it, that is told to whoever
  // waits for it. Borrows both.
  void pass_missing(std::size_t input, GstPad* taker, GstEvent* event) noexcept;

  GstBin* const bin_;
  GstElement* captioner_ = nullptr;
  gulong captioner_handler_ = 0;  // until remove_all()
  GstElement* texts_ = nullptr;   // the tee that captions come from

  mutable std::mutex mutex_;
  SubtitleSettings settings_;       // under mutex_, as are
  std::array<Branch, 2> branches_;  // audio, video
  std::array<TriedInput, 2> tried_;
  std::array<MediaTaker, 2> takers_;         // of what the captioner passes on
  std::array<EmptyStreamFlush, 2> flushes_;  // of whom pass_missing() has told
};

}  // namespace dali
