// SPDX-License-Identifier: LGPL-2.1-or-later
// Precompiled once per target (-Dtorch_pch=true). A file includes what it uses as well: a build
// without this header must pass. No #pragma once: a header compiled on its own warns of it.

#include <ATen/ATen.h>
#include <torch/nn/module.h>
#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/pimpl.h>
