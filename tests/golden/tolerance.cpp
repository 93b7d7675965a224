// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/golden/tolerance.h"

#include <fnmatch.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace dali::golden {
namespace {

std::vector<double> elements_of(const at::Tensor& tensor) {
  const at::Tensor elements = tensor.detach().cpu().to(at::kDouble).contiguous();
  const double* first = elements.data_ptr<double>();
  return {first, first + elements.numel()};
}

bool is_same_number(double left, double right) {
  return left == right || (std::isnan(left) && std::isnan(right));
}

// The smallest of `values` that at least `fraction` of them do not exceed.
double percentile(std::vector<double> values, double fraction) {
  const auto rank =
      static_cast<std::size_t>(std::ceil(fraction * static_cast<double>(values.size())));
  const auto position =
      values.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(rank, 1) - 1);
  std::nth_element(values.begin(), position, values.end());
  return *position;
}

double statistic_of(const std::vector<double>& differences, const std::string& statistic) {
  if (statistic == "max") return *std::max_element(differences.begin(), differences.end());
  if (statistic == "p99") return percentile(differences, 0.99);
  if (statistic == "p999") return percentile(differences, 0.999);
  double sum = 0.0;
  for (const double difference : differences) sum += difference;
  return sum / static_cast<double>(differences.size());
}

std::string numbers(double actual, double expected) {
  std::ostringstream text;
  text.precision(9);
  text << actual << " instead of " << expected;
  return text.str();
}

std::string figure(double value) {
  std::ostringstream text;
  text.precision(3);
  text << value;
  return text.str();
}

std::string shape_of(const at::Tensor& tensor) {
  std::ostringstream text;
  text << tensor.sizes();
  return text.str();
}

std::size_t literal_characters(const std::string& pattern) {
  return static_cast<std::size_t>(std::count_if(
      pattern.begin(), pattern.end(), [](char letter) { return letter != '*' && letter != '?'; }));
}

}  // namespace

Tolerance parse_tolerance(const nlohmann::json& entry) {
  Tolerance tolerance;
  if (entry == "exact" || entry == "exact if margins allow") {
    tolerance.is_exact = true;
    return tolerance;
  }
  static const std::map<std::string, std::string> statistic_by_word = {
      {"atol_max", "max"},   {"atol_mean", "mean"},     {"atol_p99", "p99"},
      {"atol_p999", "p999"}, {"max_abs_levels", "max"}, {"mean_abs_levels", "mean"}};
  if (!entry.is_object()) throw std::runtime_error("unknown tolerance " + entry.dump());
  for (const auto& [word, bound] : entry.items()) {
    if (word == "note") continue;
    if (!bound.is_number()) {
      throw std::runtime_error("tolerance " + word + " is not a number: " + bound.dump());
    }
    const double number = bound.get<double>();
    if (word == "atol") {
      tolerance.atol = number;
    } else if (word == "rtol") {
      tolerance.rtol = number;
    } else if (word == "atol_rel_to_absmax") {
      tolerance.atol_rel_to_absmax = number;
    } else if (const auto known = statistic_by_word.find(word); known != statistic_by_word.end()) {
      tolerance.bounds_by_statistic[known->second] = number;
    } else {
      throw std::runtime_error("unknown tolerance " + word);
    }
  }
  return tolerance;
}

std::optional<Tolerance> find_tolerance(const nlohmann::json& tolerances, const std::string& name) {
  const nlohmann::json* best = nullptr;
  std::size_t best_characters = 0;
  for (const auto& [pattern, entry] : tolerances.items()) {
    if (::fnmatch(pattern.c_str(), name.c_str(), 0) != 0) continue;
    const std::size_t characters = literal_characters(pattern);
    if (best == nullptr || characters > best_characters) {
      best = &entry;
      best_characters = characters;
    }
  }
  if (best == nullptr) return std::nullopt;
  return parse_tolerance(*best);
}

std::optional<std::string> mismatch(const at::Tensor& expected, const at::Tensor& actual,
                                    const Tolerance& tolerance) {
  if (!actual.defined()) return "is undefined";
  if (expected.sizes() != actual.sizes()) {
    return "has shape " + shape_of(actual) + " instead of " + shape_of(expected);
  }
  const auto wanted = elements_of(expected);
  const auto given = elements_of(actual);
  if (wanted.empty()) return std::nullopt;

  double greatest = 0.0;
  for (const double value : wanted) {
    if (std::isfinite(value)) greatest = std::max(greatest, std::abs(value));
  }
  const bool has_element_bound = tolerance.atol || tolerance.rtol || tolerance.atol_rel_to_absmax;
  const double absolute_bound =
      tolerance.atol.value_or(0.0) + tolerance.atol_rel_to_absmax.value_or(0.0) * greatest;
  std::vector<double> differences(wanted.size(), 0.0);
  std::size_t wrong = 0;
  std::size_t first_wrong = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (is_same_number(wanted[i], given[i])) continue;
    differences[i] = std::abs(given[i] - wanted[i]);
    bool is_close = !tolerance.is_exact && std::isfinite(differences[i]);
    if (is_close && has_element_bound) {
      is_close =
          differences[i] <= absolute_bound + tolerance.rtol.value_or(0.0) * std::abs(wanted[i]);
    }
    if (!is_close && wrong++ == 0) first_wrong = i;
  }
  if (wrong > 0) {
    return "differs in " + std::to_string(wrong) + " of " + std::to_string(wanted.size()) +
           " elements, first in element " + std::to_string(first_wrong) + ": " +
           numbers(given[first_wrong], wanted[first_wrong]);
  }
  for (const auto& [statistic, bound] : tolerance.bounds_by_statistic) {
    const double difference = statistic_of(differences, statistic);
    if (difference > bound) {
      return "has a " + statistic + " difference of " + figure(difference) + ", allowed are " +
             figure(bound);
    }
  }
  return std::nullopt;
}

Statistics statistics_of(const at::Tensor& tensor) {
  const auto elements = elements_of(tensor);
  const auto count = static_cast<double>(elements.size());
  Statistics statistics = {count};
  if (elements.empty()) return statistics;
  const auto [least, greatest] = std::minmax_element(elements.begin(), elements.end());
  double sum = 0.0, sum_of_magnitudes = 0.0, sum_of_squares = 0.0, weighted_sum = 0.0;
  for (std::size_t i = 0; i < elements.size(); ++i) {
    sum += elements[i];
    sum_of_magnitudes += std::abs(elements[i]);
    sum_of_squares += elements[i] * elements[i];
    weighted_sum += elements[i] * std::cos(0.001 * static_cast<double>(i) + 0.5);
  }
  const double mean = sum / count;
  double sum_of_deviations = 0.0;
  for (const double element : elements) sum_of_deviations += (element - mean) * (element - mean);
  return {count,          mean,        std::sqrt(sum_of_deviations / count),
          *least,         *greatest,   sum_of_magnitudes,
          sum_of_squares, weighted_sum};
}

std::optional<std::string> statistics_mismatch(const Statistics& expected, const at::Tensor& actual,
                                               const Tolerance& tolerance) {
  if (!actual.defined()) return "is undefined";
  const Statistics given = statistics_of(actual);
  const double count = expected[0];
  if (given[0] != count) return "has " + numbers(given[0], count) + " elements";
  const double magnitudes = expected[5];
  const double squares = expected[6];
  const double greatest = std::max(std::abs(expected[3]), std::abs(expected[4]));
  // By how much one element may be off, and by how much all of them on average.
  const auto bound_of = [&](const char* statistic, double otherwise) {
    const auto found = tolerance.bounds_by_statistic.find(statistic);
    return found == tolerance.bounds_by_statistic.end() ? otherwise : found->second;
  };
  const double every_element =
      tolerance.atol.value_or(0.0) + tolerance.atol_rel_to_absmax.value_or(0.0) * greatest;
  const double worst = tolerance.is_exact ? 0.0 : bound_of("max", every_element);
  const double most = 0.99 * bound_of("p99", worst) + 0.01 * worst;
  const double atol = tolerance.is_exact ? 0.0 : bound_of("mean", most);
  const double rtol = tolerance.is_exact ? 0.0 : tolerance.rtol.value_or(0.0);
  // Summing in another order moves even an exact tensor's statistics in their last digits.
  const double summing = 1e-9;
  const std::array<std::pair<const char*, double>, 8> bounds = {{
      {"count", 0.0},
      {"mean", atol + (rtol + summing) * magnitudes / count},
      {"deviation", atol + (rtol + summing) * expected[2]},
      {"least element", worst + rtol * greatest},
      {"greatest element", worst + rtol * greatest},
      {"sum of magnitudes", count * atol + (rtol + summing) * magnitudes},
      {"sum of squares",
       2.0 * (atol * magnitudes + (rtol + summing) * squares) + count * atol * atol},
      // Errors of single elements cancel here as random ones do.
      {"weighted sum", count * atol + 2.0 * (rtol + summing) * std::sqrt(squares)},
  }};
  for (std::size_t i = 1; i < bounds.size(); ++i) {
    const auto& [name, bound] = bounds[i];
    if (!is_same_number(given[i], expected[i]) && !(std::abs(given[i] - expected[i]) <= bound)) {
      return std::string("has a ") + name + " of " + numbers(given[i], expected[i]) +
             ", allowed difference " + figure(bound);
    }
  }
  return std::nullopt;
}

}  // namespace dali::golden
