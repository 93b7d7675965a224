// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

namespace dali {

// A medium may name other files and addresses, as a playlist does. From now on GStreamer takes none
// of its elements that open them. Once GStreamer is initialised; FFmpeg's libraries are told for
// each medium, by Medium::refuses_references.
void refuse_references();

}  // namespace dali
