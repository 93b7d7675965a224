// SPDX-License-Identifier: LGPL-2.1-or-later
// Check's macro `fail` breaks C++ streams, so nobody includes check.h but this header.
#pragma once

#include <check.h>
#undef fail
