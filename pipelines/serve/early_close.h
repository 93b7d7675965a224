// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <libsoup/soup.h>

namespace dali {

// Sends the answer that is set in `message`, which is paused, and closes its connection, without
// waiting for the rest of the request: libsoup would read a body to its end, however long, before
// it says that nobody wants it. What comes meanwhile is thrown away for a moment, as a connection
// that is closed with bytes unread is reset, and a client then loses the answer.
void answer_and_close(SoupServerMessage* message);

}  // namespace dali
