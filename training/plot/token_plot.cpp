// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/plot/token_plot.h"

#include <ATen/Functions.h>
#include <fmt/format.h>

#include "training/plot/panel_row.h"

namespace dali {
namespace {

constexpr PanelRow kPanels = {.side = 260.0,
                              .margin = 20.0,
                              .head = 50.0,
                              .foot = 46.0,
                              .sounds = "sound",
                              .pictures = "picture",
                              .pictures_left = 70.0};

// Mean distance of a clip's two means, over that of two neighbouring clips' pictures.
double relative_gap(const TokenMeans& means) {
  const auto image = means.image.to(at::kDouble);
  const auto gap = (means.audio.to(at::kDouble) - image).norm(2, {1}).mean();
  const auto spread = (image - image.roll({1}, {0})).norm(2, {1}).mean().clamp_min(1e-12);
  return (gap / spread).item<double>();
}

// places [clips, 2], in [0, 1].
void add_dots(SvgDrawing& drawing, const Box& panel, const at::Tensor& places, Colour colour) {
  constexpr double kInset = 0.04;
  for (std::int64_t clip = 0; clip < places.size(0); ++clip) {
    const auto along = [&](int axis) {
      return kInset + (1.0 - 2.0 * kInset) * places[clip][axis].item<double>();
    };
    drawing.add_dot(panel.left + along(0) * panel.width, panel.top + along(1) * panel.height,
                    /*radius=*/2.2, colour, /*opacity=*/0.6);
  }
}

void add_panel(SvgDrawing& drawing, const Box& panel, const NamedTokenMeans& model) {
  const auto components = principal_components(at::cat({model.means.audio, model.means.image}));
  // One scale for both axes: distances stay comparable.
  const auto least = std::get<0>(components.places.min(0));
  const auto extent = std::get<0>(components.places.max(0)) - least;
  const auto side = extent.max().clamp_min(1e-12);
  const auto centred = (components.places - least - extent / 2) / side + 0.5;
  const auto halves = centred.split(model.means.audio.size(0));

  const double middle = panel.left + panel.width / 2;
  drawing.add_text(middle, panel.top - 10.0, model.name, TextAnchor::kMiddle);
  drawing.add_frame(panel);
  add_dots(drawing, panel, halves[1], kPictureColour);
  add_dots(drawing, panel, halves[0], kSoundColour);
  drawing.add_text(middle, panel.top + panel.height + 18.0,
                   fmt::format("gap {:.2f} of the pictures' spread", relative_gap(model.means)),
                   TextAnchor::kMiddle);
  drawing.add_text(middle, panel.top + panel.height + 36.0,
                   fmt::format("{:.0f} % of the variance", 100.0 * components.explained_share),
                   TextAnchor::kMiddle);
}

}  // namespace

PrincipalComponents principal_components(const at::Tensor& points) {
  TORCH_CHECK(points.dim() == 2 && points.size(0) >= 2 && points.size(1) >= 2,
              "principal_components wants [points, width], two of both at least, got ",
              points.sizes());
  const auto exact = points.detach().to(at::kCPU, at::kDouble);
  const auto centred = exact - exact.mean(0);
  const auto covariance = at::mm(centred.t(), centred);
  const auto [variances, directions] = at::linalg_eigh(covariance);  // the greatest last
  const auto best = directions.slice(1, -2).flip({1});
  const double total = variances.sum().item<double>();
  return {
      .places = at::mm(centred, best),
      .explained_share = total > 0.0 ? variances.slice(0, -2).sum().item<double>() / total : 1.0};
}

SvgDrawing token_plot(std::span<const NamedTokenMeans> models) {
  return panel_row(kPanels, models.size(),
                   [&](SvgDrawing& drawing, const Box& panel, std::size_t number) {
                     add_panel(drawing, panel, models[number]);
                   });
}

}  // namespace dali
