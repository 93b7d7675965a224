// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dali {

// "a frog croaks while a dog barks", joined by "while" -> "a dog barks while a frog croaks": the
// parts of a label between words of `joints` in alphabetical order, the joints where they were.
// Which of two things a caption of a picture names first depends on the picture, and no sound tells
// it.
std::string in_alphabetical_order(std::string_view label, const std::vector<std::string>& joints);

}  // namespace dali
