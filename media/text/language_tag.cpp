// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/text/language_tag.h"

#include <unicode/locid.h>

namespace dali {

std::string language_tag(const std::string& code) {
  UErrorCode status = U_ZERO_ERROR;
  const auto tag = icu::Locale::createCanonical(code.c_str()).toLanguageTag<std::string>(status);
  return U_SUCCESS(status) && !tag.empty() ? tag : "und";
}

}  // namespace dali
