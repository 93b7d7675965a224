// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/text/composition.h"

#include <unicode/normalizer2.h>
#include <unicode/unistr.h>

#include <cstdint>
#include <stdexcept>

namespace dali {
namespace {

std::string normalised(std::string_view text, const icu::Normalizer2* normaliser,
                       UErrorCode status) {
  std::string result;
  if (U_SUCCESS(status)) {
    const auto given = icu::UnicodeString::fromUTF8(
        icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
    normaliser->normalize(given, status).toUTF8String(result);
  }
  if (U_FAILURE(status)) {
    throw std::runtime_error(std::string("no rules for accents: ICU says ") + u_errorName(status));
  }
  return result;
}

}  // namespace

std::string composed(std::string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* normaliser = icu::Normalizer2::getNFCInstance(status);
  return normalised(text, normaliser, status);
}

std::string decomposed(std::string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* normaliser = icu::Normalizer2::getNFDInstance(status);
  return normalised(text, normaliser, status);
}

}  // namespace dali
