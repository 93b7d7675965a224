// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <string>
#include <vector>

namespace dali {

// The sources that a model's captions name, each with the words that name it:
// "ambulance": "ambulance", "siren". Nothing else that its captions say is a source.
using SourceClasses = std::map<std::string, std::vector<std::string>>;

}  // namespace dali
