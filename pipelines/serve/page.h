// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <libsoup/soup.h>

#include <string_view>

namespace dali {

// What is at the server's address: the page for browsers, and for others the list of places. The
// page holds nothing that is not in the source, so that it asks for no token; what it shows, it
// asks of the other places.
void answer_with_index(SoupServerMessage* message);

// A file that the page is made of. Throws RequestError when there is none of that name.
void answer_with_page_file(SoupServerMessage* message, std::string_view name);

}  // namespace dali
