// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace dali {

// What is said of a caption: one line without what only eyes read, such as brackets around it.
std::string spoken_text(std::string_view caption);

// A shorter way to say a text: without its last sentence, else its last clause, else the last part
// of one that an English sentence can do without. That is what the model would say with fewer new
// tokens, as it says the same words in the same order, but for the half of a sentence that it would
// break off in. Nothing: it has no such part.
std::optional<std::string> shorter_text(const std::string& text);

// The words of a text, each once, in lower case.
std::set<std::string> words_of(std::string_view text);

}  // namespace dali
