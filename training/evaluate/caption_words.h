// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dali {

// The words that caption metrics compare: tokens as Stanford's PTB tokenizer 3.4.1 makes them, in
// lower case, without punctuation. "A dog's bark (far away), isn't it?" -> a dog 's bark -lrb- far
// away -rrb- is n't it. The field's tools run that Java program; this is enough of it for captions:
// no difference on those of AudioCaps and Clotho. `caption` is UTF-8; malformed bytes become
// U+FFFD.
std::vector<std::string> caption_words(std::string_view caption);

}  // namespace dali
