//===- QuantisedProducts.cpp - adapters: products of quantised tensors ----===//
//
// All of them are a product of integers, summed in 32 bits, and perhaps a scale
// and a rounding of the sums.
//
//===----------------------------------------------------------------------===//

#include "compiler/import/Adapters.h"
#include "compiler/import/Importer.h"
#include "compiler/import/Quantisation.h"
#include "compiler/import/Window.h"
#include "dialects/kernel/Extents.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {
namespace {

/// An operand of a matrix product: elements of 8 bits and their zero point, one
/// for all, for each row of the left or each column of the right operand.
struct Factor {
  Term q, zeroPoint;
  bool isCentred;
};

constexpr int64_t kRows = 0, kColumns = 1;

/// The extent of the rows or columns of a matrix, an input of the node.
AffineExpr extentAlong(Node &node, unsigned i, int64_t axis,
                       bool transposed = false) {
  bool last = (axis == kColumns) != transposed;
  return inputOf(node, i).extent(last ? -1 : -2);
}

Factor factorOf(Node &node, unsigned i, unsigned zero, int64_t axis,
                bool transposed = false) {
  Factor factor{inputOf(node, i), Term(), isZero(node, zero)};
  if (!factor.isCentred) {
    factor.zeroPoint = alongAxis(inputOf(node, zero), axis, 2,
                                 extentAlong(node, i, axis, transposed));
  }
  return factor;
}

/// The sums of (a - zero point) * (b - zero point) in i32. The product itself
/// is one of 8-bit integers; zero points are taken into account by sums of rows
/// and columns, which are constant for constant operands.
Term integerProduct(const Factor &a, const Factor &b, bool transposeA = false,
                    bool transposeB = false) {
  if (!a.q || !b.q) {
    return {};
  }
  Type i32 = a.q.node().builder.getI32Type();
  if (a.q.rank() < 2 || b.q.rank() < 2) {
    return matmul(centred(a.q, a.zeroPoint, a.isCentred),
                  centred(b.q, b.zeroPoint, b.isCentred), transposeA,
                  transposeB);
  }
  int64_t inner = a.q.rank() - (transposeA ? 2 : 1);
  Term sums = matmul(a.q, b.q, transposeA, transposeB);
  if (!a.isCentred) {
    int64_t axis = b.q.rank() - (transposeB ? 1 : 2);
    Term columns = reduce("sum", cast(b.q, i32), {axis}, !transposeB);
    columns = transposeB ? unsqueeze(columns, axis - 1) : columns;
    sums = sums - cast(a.zeroPoint, i32) * columns;
  }
  if (!b.isCentred) {
    Term rows = reduce("sum", cast(a.q, i32), {inner}, !transposeA);
    rows = transposeA ? unsqueeze(rows, a.q.rank() - 1) : rows;
    if (!a.isCentred) {
      Term count = sizeTerm(a.q.node(), i32, a.q.extent(inner));
      rows = rows - cast(a.zeroPoint, i32) * count;
    }
    sums = sums - rows * cast(b.zeroPoint, i32);
  }
  return sums;
}

LogicalResult matMulInteger(Node &node) {
  return node.setResult(0, integerProduct(factorOf(node, 0, 2, kRows),
                                          factorOf(node, 1, 3, kColumns)));
}

/// The sums in units of the result, whose scale and zero point are inputs
/// `result` and `result + 1`.
LogicalResult requantised(Node &node, const Term &sums, const Term &factor,
                          unsigned result, int64_t axis, int64_t rank) {
  if (!sums) {
    return failure();
  }
  AffineExpr along = sums.extent(axis - rank);
  Quantisation to = quantisationOf(node, result, axis, rank, along);
  Type f32 = node.builder.getF32Type();
  Type element = node.has(result + 1)
                     ? node.type(result + 1).getElementType()
                     : Type(node.builder.getIntegerType(8, false));
  if (!factor || !to.scale) {
    return failure();
  }
  Term ratio = cast(factor / cast(to.scale, factor.element()), f32);
  Term zeroPoint = isZero(node, result + 1) ? Term() : to.zeroPoint;
  return node.setResult(0,
                        roundTo(cast(sums, f32) * ratio, zeroPoint, element));
}

LogicalResult qLinearMatMul(Node &node) {
  Term sums = integerProduct(factorOf(node, 0, 2, kRows),
                             factorOf(node, 3, 5, kColumns));
  Term a = alongAxis(inputOf(node, 1), kRows, 2, extentAlong(node, 0, kRows));
  Term b =
      alongAxis(inputOf(node, 4), kColumns, 2, extentAlong(node, 3, kColumns));
  return requantised(node, sums, a * b, 6, kRows, 2);
}

/// The sum of the weights of each output channel times the zero point of x.
Term channelOffsets(const Term &w, const Term &zeroPoint) {
  Type i32 = w.node().builder.getI32Type();
  SmallVector<int64_t> axes = to_vector(seq<int64_t>(1, w.rank()));
  return reduce("sum", cast(w, i32), axes, false) * cast(zeroPoint, i32);
}

/// The sums of a convolution of input 0 and input `weight`, whose zero points
/// are inputs `zero` and `weightZero`; `bias` may be empty. What lies outside
/// the input counts as its zero point.
Term integerConvolution(Node &node, unsigned weight, unsigned zero,
                        unsigned weightZero, Term bias) {
  if (failed(kernelOf(node, weight))) {
    return {node, {}};
  }
  Term x = inputOf(node, 0), w = inputOf(node, weight);
  if (!isa<IntegerType>(x.element()) || !isa<IntegerType>(w.element())) {
    (void)node.fail("unsupported type", "expected integers");
    return {node, {}};
  }
  bool isCentred = isZero(node, zero);
  Term zeroPoint = isCentred
                       ? Term()
                       : alongAxis(inputOf(node, zero), 0, 1, sizeOf(node, 1));
  const KnownTensor *known = node.known(zero);
  auto value = known ? known->integers() : std::nullopt;
  if (isZero(node, weightZero) &&
      (isCentred || (value && value->size() == 1))) {
    if (!isCentred) {
      Term offsets = channelOffsets(w, zeroPoint);
      bias = bias ? bias - offsets : number(offsets, 0) - offsets;
    }
    int64_t pad = isCentred ? 0 : value->front();
    return {node, convolution(node, weight, x, w, bias, pad)};
  }
  Term weightZeroPoint = node.has(weightZero)
                             ? alongAxis(inputOf(node, weightZero), 0,
                                         node.rank(weight), w.extent(0))
                             : Term();
  x = centred(x, zeroPoint, isCentred);
  w = centred(w, weightZeroPoint, isZero(node, weightZero));
  return x && w ? Term(node, convolution(node, weight, x, w, bias))
                : Term(node, {});
}

LogicalResult convInteger(Node &node) {
  return node.setResult(0, integerConvolution(node, 1, 2, 3, Term()));
}

LogicalResult qLinearConv(Node &node) {
  Term bias = node.has(8) ? inputOf(node, 8) : Term();
  Term sums = integerConvolution(node, 3, 2, 5, bias);
  Term weightScale =
      alongAxis(inputOf(node, 4), 1, node.rank(0), inputOf(node, 3).extent(0));
  Term scale = alongAxis(inputOf(node, 1), 0, 1, sizeOf(node, 1));
  return requantised(node, sums, scale * weightScale, 6, 1, node.rank(0));
}

/// Gemm with a bias in units of the sums; without a scale of the result it is
/// f32.
LogicalResult qGemm(Node &node) {
  bool transposeA = node.integer("transA", 0) != 0;
  bool transposeB = node.integer("transB", 0) != 0;
  Term sums = integerProduct(factorOf(node, 0, 2, kRows, transposeA),
                             factorOf(node, 3, 5, kColumns, transposeB),
                             transposeA, transposeB);
  if (!sums) {
    return failure();
  }
  if (node.has(6)) {
    sums = sums + inputOf(node, 6);
  }
  Term factor = alongAxis(inputOf(node, 1), kRows, 2, sums.extent(0)) *
                alongAxis(inputOf(node, 4), kColumns, 2, sums.extent(1)) *
                node.number("alpha", 1);
  if (node.has(7)) {
    return requantised(node, sums, factor, 7, kRows, 2);
  }
  return node.setResult(0, cast(sums, node.builder.getF32Type()) * factor);
}

/// `sums * factor + bias` in f32, the bias at an optional input.
LogicalResult scaledResult(Node &node, const Term &sums, const Term &factor,
                           unsigned bias) {
  if (!sums || !factor) {
    return failure();
  }
  Term result = cast(sums, factor.element()) * factor;
  return node.setResult(0,
                        node.has(bias) ? result + inputOf(node, bias) : result);
}

LogicalResult matMulIntegerToFloat(Node &node) {
  Term sums = integerProduct(factorOf(node, 0, 4, kRows),
                             factorOf(node, 1, 5, kColumns));
  if (!sums) {
    return failure();
  }
  Term factor = alongAxis(inputOf(node, 2), kRows, 2, sums.extent(-2)) *
                alongAxis(inputOf(node, 3), kColumns, 2, sums.extent(-1));
  return scaledResult(node, sums, factor, 6);
}

/// The left operand is quantised to u8 by its own range.
LogicalResult dynamicQuantizeMatMul(Node &node) {
  Term a = inputOf(node, 0);
  Quantisation how = dynamicQuantisation(a);
  Term sums = integerProduct({quantise(a, how), how.zeroPoint, false},
                             factorOf(node, 1, 3, kColumns));
  if (!sums) {
    return failure();
  }
  Term factor =
      how.scale * alongAxis(inputOf(node, 2), kColumns, 2, sums.extent(-1));
  return scaledResult(node, sums, factor, 4);
}

} // namespace

void addQuantisedProductAdapters(AdapterTable &table) {
  table.add("ConvInteger", 10, 2, 4, convInteger);
  table.add("MatMulInteger", 10, 2, 4, matMulInteger);
  table.add("QLinearConv", 10, 8, 9, qLinearConv);
  table.add("QLinearMatMul", 10, 8, 8, qLinearMatMul);
  table.add("com.microsoft.DynamicQuantizeMatMul", 1, 3, 5,
            dynamicQuantizeMatMul);
  table.add("com.microsoft.MatMulIntegerToFloat", 1, 4, 7,
            matMulIntegerToFloat);
  table.add("com.microsoft.QGemm", 1, 6, 9, qGemm);
}

} // namespace tessera::import
