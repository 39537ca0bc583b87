//===- WinogradMatrices.cpp - matrices of short convolutions --------------===//

#include "passes/graph/WinogradMatrices.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <cmath>

using llvm::ArrayRef;
using llvm::SmallVector;

namespace tessera::graph {

static constexpr int64_t kTaps = 3;

/// Coefficients, lowest power first, of the product of x - root over the roots.
static SmallVector<double> polynomialOf(ArrayRef<double> roots) {
  SmallVector<double> coefficients = {1};
  for (double root : roots) {
    coefficients.insert(coefficients.begin(), 0);
    for (size_t i = 0; i + 1 < coefficients.size(); ++i) {
      coefficients[i] -= root * coefficients[i + 1];
    }
  }
  return coefficients;
}

/// Finite points; infinity is the last one. Chosen by the error of sums of 576
/// and 1152 terms: with 4 outputs these have a third of the error of 1 and 2.
static SmallVector<double> pointsFor(int64_t outputs) {
  double small = std::sqrt(0.5), large = std::sqrt(2.0);
  switch (outputs) {
  case 2:
    return {0, 1, -1};
  case 3:
    return {0, small, -small, large};
  case 4:
    return {0, small, -small, large, -large};
  default:
    return {0, 0.6, -0.6, 1.1, -1.1, 2};
  }
}

WinogradMatrices winogradMatrices(int64_t outputs) {
  WinogradMatrices result;
  result.outputs = outputs;
  SmallVector<double> points = pointsFor(outputs);
  result.output.resize(outputs);
  for (auto [i, point] : llvm::enumerate(points)) {
    SmallVector<double> others(points);
    others.erase(others.begin() + i);
    SmallVector<double> row = polynomialOf(others);
    row.resize(result.points(), 0);
    result.input.push_back(row);
    double scale = 1;
    for (double other : others) {
      scale *= point - other;
    }
    SmallVector<double> taps;
    for (int64_t power = 0; power < kTaps; ++power) {
      taps.push_back(std::pow(point, power) / scale);
    }
    result.weights.push_back(taps);
    for (int64_t power = 0; power < outputs; ++power) {
      result.output[power].push_back(std::pow(point, power));
    }
  }
  result.input.push_back(polynomialOf(points));
  result.weights.push_back({0, 0, 1});
  for (int64_t power = 0; power < outputs; ++power) {
    result.output[power].push_back(power == outputs - 1);
  }
  return result;
}

double WinogradMatrices::errorBound(int64_t channels) const {
  // How much larger than a direct sum's the terms of one result may be in sum,
  // along one axis.
  double growth = 0;
  for (const auto &row : output) {
    for (int64_t tap = 0; tap < kTaps; ++tap) {
      double sum = 0;
      for (int64_t i = 0; i < points(); ++i) {
        double terms = 0;
        for (double coefficient : input[i]) {
          terms += std::abs(coefficient);
        }
        sum += std::abs(row[i]) * terms * std::abs(weights[i][tap]);
      }
      growth = std::max(growth, sum);
    }
  }
  // Roundings on the way of one term: constants and sums of both transforms
  // along both axes, the product, and the transform back.
  int64_t roundings =
      4 * points() + 4 * kTaps + channels + points() * points() + 1;
  return growth * growth * roundings * std::ldexp(1.0, -24);
}

} // namespace tessera::graph
