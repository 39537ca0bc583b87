//===- WinogradTransforms.cpp - constant matrices in a body ---------------===//

#include "passes/graph/WinogradTransforms.h"
#include <cmath>

using namespace mlir;
using tessera::kernel::KernelBuilder;

namespace tessera::graph {

/// sum + factor * value; a null sum is 0.
static Value addProduct(KernelBuilder &k, Value sum, double factor,
                        Value value) {
  OpBuilder &b = k.body();
  if (!sum && factor == 1) {
    return value;
  }
  if (sum && factor == 1) {
    return arith::AddFOp::create(b, k.loc(), sum, value);
  }
  if (sum && factor == -1) {
    return arith::SubFOp::create(b, k.loc(), sum, value);
  }
  Value scale = k.constant(b.getF32Type(), factor);
  return sum ? math::FmaOp::create(b, k.loc(), value, scale, sum).getResult()
             : arith::MulFOp::create(b, k.loc(), value, scale).getResult();
}

static bool isZero(double coefficient) { return std::abs(coefficient) < 1e-12; }

static unsigned termsOf(ArrayRef<double> row) {
  return llvm::count_if(row, [](double c) { return !isZero(c); });
}

/// The sum of `row[i] / scale * values[i]`.
static Value sumOf(KernelBuilder &k, ArrayRef<double> row,
                   ArrayRef<Value> values, double scale = 1) {
  // From the back, where the coefficient is 1 in most rows.
  Value sum;
  for (unsigned i = row.size(); i-- > 0;) {
    if (!isZero(row[i])) {
      sum = addProduct(k, sum, row[i] / scale, values[i]);
    }
  }
  return sum;
}

/// Both `first * values` and `second * values`, from half their sum and half
/// their difference where that has fewer terms.
static void transformPair(KernelBuilder &k, ArrayRef<double> first,
                          ArrayRef<double> second, ArrayRef<Value> values,
                          SmallVectorImpl<Value> &results) {
  SmallVector<double> middle, distance;
  double scale = 0;
  for (auto [a, b] : llvm::zip_equal(first, second)) {
    middle.push_back((a + b) / 2);
    distance.push_back((a - b) / 2);
    scale = isZero(distance.back()) ? scale : distance.back();
  }
  if (termsOf(middle) + termsOf(distance) + 2 >
      termsOf(first) + termsOf(second)) {
    results.push_back(sumOf(k, first, values));
    results.push_back(sumOf(k, second, values));
    return;
  }
  Value between = sumOf(k, middle, values),
        apart = sumOf(k, distance, values, scale);
  results.push_back(addProduct(k, between, scale, apart));
  results.push_back(addProduct(k, between, -scale, apart));
}

/// `matrix * values`.
static SmallVector<Value> transformColumn(KernelBuilder &k,
                                          const Matrix &matrix,
                                          ArrayRef<Value> values) {
  SmallVector<Value> results = {sumOf(k, matrix.front(), values)};
  unsigned next = 1;
  for (; next + 2 < matrix.size(); next += 2) {
    transformPair(k, matrix[next], matrix[next + 1], values, results);
  }
  for (; next < matrix.size(); ++next) {
    results.push_back(sumOf(k, matrix[next], values));
  }
  return results;
}

SmallVector<Value> transformSquare(KernelBuilder &k, const Matrix &matrix,
                                   ArrayRef<Value> values) {
  unsigned size = matrix.front().size();
  SmallVector<SmallVector<Value>> columns;
  for (unsigned c = 0; c < size; ++c) {
    SmallVector<Value> column;
    for (unsigned r = 0; r < size; ++r) {
      column.push_back(values[r * size + c]);
    }
    columns.push_back(transformColumn(k, matrix, column));
  }
  SmallVector<Value> results;
  for (unsigned r = 0; r < matrix.size(); ++r) {
    SmallVector<Value> row;
    for (const SmallVector<Value> &column : columns) {
      row.push_back(column[r]);
    }
    results.append(transformColumn(k, matrix, row));
  }
  return results;
}

} // namespace tessera::graph
