// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace dali {

// classes.json: class name -> the words any of which names it in a caption.
using ClassWords = std::map<std::string, std::vector<std::string>>;

// Throws std::runtime_error naming the file when it is missing or malformed.
ClassWords read_class_words(const std::filesystem::path& file);

// The classes that a caption names: one of their words stands in it whole, alone or with a plural
// s, in any case.
std::set<std::string> named_classes(std::string_view caption, const ClassWords& classes);

// How often captions name what sounds, over clips with one sounding thing, with more, and with
// none.
class SoundAccuracy {
 public:
  // `named`: the classes that a caption names, of those that can sound; `sounds`: those that do;
  // `is_seen`: false when one of these is not in the picture.
  void add(const std::set<std::string>& named, const std::set<std::string>& sounds,
           bool is_seen = true);

  struct Counts {
    int clips = 0;
    int right = 0;  // names all that sounds and nothing else
    int named = 0;  // names all that sounds, and perhaps more
    // Classes, over all clips: those that sound, those that are named, and those that are both.
    int sounding_classes = 0;
    int named_classes = 0;
    int found_classes = 0;

    double right_share() const { return share(right, clips); }
    double named_share() const { return share(named, clips); }
    double precision() const { return share(found_classes, named_classes); }
    double recall() const { return share(found_classes, sounding_classes); }
    // The harmonic mean of the two.
    double f1() const { return share(2 * found_classes, sounding_classes + named_classes); }

   private:
    static double share(int part, int whole) {
      return whole == 0 ? 0.0 : static_cast<double>(part) / whole;
    }
  };
  const Counts& single() const { return single_; }
  const Counts& several() const { return several_; }
  // Of the single ones, those whose sound comes from outside of the picture.
  const Counts& unseen() const { return unseen_; }
  // Those in which nothing sounds: right is what names nothing.
  const Counts& none() const { return none_; }

 private:
  Counts single_;
  Counts several_;
  Counts unseen_;
  Counts none_;
};

// How often captions name things that only show, which no sound can tell of: the image bias of the
// paper's table 2.
struct ImageBias {
  int captions = 0;
  int naming = 0;     // name one or more
  int inventing = 0;  // name one that the clip does not show

  // `named`: the classes that a caption names, of those that only show; `shows`: those in the clip.
  void add(const std::set<std::string>& named, const std::set<std::string>& shows);

  double naming_share() const { return share(naming); }
  double inventing_share() const { return share(inventing); }
  double share(int count) const {
    return captions == 0 ? 0.0 : static_cast<double>(count) / captions;
  }
};

}  // namespace dali
