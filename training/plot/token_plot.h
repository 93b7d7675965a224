// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <string>

#include "media/drawing/svg.h"
#include "training/evaluate/token_means.h"

namespace dali {

// One model's mean tokens, under the name of how it was aligned.
struct NamedTokenMeans {
  std::string name;
  TokenMeans means;
};

// The two directions in which points differ most, and the points along them.
struct PrincipalComponents {
  at::Tensor places;             // [points, 2], double
  double explained_share = 0.0;  // of the variance, 0 to 1
};

// points [points, width], at least two of both.
PrincipalComponents principal_components(const at::Tensor& points);

// The paper's figure 4: a panel a model, a dot a clip, of its sound's mean token and of its
// picture's, along the two principal components of both together. Under each panel stands how far
// apart a clip's two means are, as a multiple of how far apart two clips' pictures are.
SvgDrawing token_plot(std::span<const NamedTokenMeans> models);

}  // namespace dali
