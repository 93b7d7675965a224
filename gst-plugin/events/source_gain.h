// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <vector>

#include "gst-plugin/events/source_names.h"
#include "model/base/caption.h"

namespace dali {

// How much likelier the sound makes it that a caption names this source than the picture alone: the
// mean of the gains of the words that name it, of all that it says where there is no telling which
// do. What follows the name, as "barks", is as likely with a picture of a dog as without: it says
// nothing. Nothing where the caption's words are not known.
std::optional<double> gain_of(const NamedSource& source, const std::vector<WeighedWord>& words,
                              const SourceNames& names);

}  // namespace dali
