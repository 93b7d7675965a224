// SPDX-License-Identifier: LGPL-2.1-or-later
// As check_for_cpp.h, for tests that use GStreamer's own fixtures and harness.
#pragma once

#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>
#undef fail
