// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <c10/util/Exception.h>

#include <exception>
#include <new>
#include <string>

#include "model/base/one_line.h"
#include "model/captioner/caption_engine.h"

namespace dali {

// Calls `body` and turns whatever it throws into a CaptionError of one line. `doing` says what was
// tried, for errors that do not name a file themselves.
template <typename Body>
auto with_caption_errors(const std::string& doing, Body&& body) {
  try {
    return body();
  } catch (const CaptionError&) {
    throw;
  } catch (const c10::Error& error) {
    throw CaptionError(doing + ": " + first_line(error.what_without_backtrace()));
  } catch (const std::bad_alloc&) {
    throw CaptionError(doing + ": not enough memory");
  } catch (const std::exception& error) {
    throw CaptionError(first_line(error.what()));
  }
}

}  // namespace dali
