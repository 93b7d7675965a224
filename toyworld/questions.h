// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "toyworld/random.h"
#include "toyworld/scene.h"

namespace dali {

// One turn of a conversation. An empty question stands for a statement.
struct QuestionAndAnswer {
  std::string question;  // "What colour is the dog?"
  std::string answer;    // "brown": as captions are, lower case and without a full stop
};

// Questions that a picture of the scene answers, one of each kind, worded at random: describe it,
// what things are there, colours, sides, place, how many, is there a ..., and what might be heard.
// No sound is ever needed for the answer. What might be heard is asked twice in other worlds than
// the small one, and what is about a thing that sounds only where one is seen.
std::vector<QuestionAndAnswer> questions_about(const Scene& scene, Random& random);

// Plain text, about no picture: what things of the world sound like, or what makes which sound.
QuestionAndAnswer plain_text_about_sounds(Random& random, World world = World::kSmall);

// Sentences that hold every word of the world, with the frequencies of its captions, questions
// and answers, the questions within the conversation that the model is asked them in: for training
// a tokenizer. The same every time.
std::vector<std::string> caption_corpus(World world = World::kSmall);

}  // namespace dali
