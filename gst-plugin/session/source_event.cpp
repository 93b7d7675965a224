// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/session/source_event.h"

namespace dali {

const char* name_of(SourceEvent::Kind kind) {
  switch (kind) {
    case SourceEvent::Kind::kStarts:
      return "starts";
    case SourceEvent::Kind::kContinues:
      return "continues";
    case SourceEvent::Kind::kStops:
      break;
  }
  return "stops";
}

}  // namespace dali
