// Check's macro `fail` breaks C++ streams, so nobody includes check.h but this header.
#pragma once

#include <check.h>
#undef fail
