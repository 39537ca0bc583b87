//===- Signal.cpp - adapters: Fourier transforms and windows --------------===//
//
// A discrete Fourier transform is a product with a constant matrix, one over
// overlapping frames is a convolution with it.
//
//===----------------------------------------------------------------------===//

#include "compiler/import/Signal.h"
#include "compiler/import/Adapters.h"
#include "compiler/import/LibraryCall.h"
#include "compiler/import/Tensors.h"
#include "compiler/import/Term.h"
#include "dialects/kernel/Extents.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include <cmath>

using namespace llvm;
using namespace mlir;

namespace tessera::import {
namespace {

/// Elements of the largest matrix that is written into a model.
constexpr int64_t kMaxMatrix = int64_t(1) << 24;

/// Which transform: `length` points, of which `given` are read and `kept`
/// written, each with a real and perhaps an imaginary part.
struct Transform {
  int64_t length, given, kept;
  bool complexIn, complexOut, inverse;
};

/// The weight of input frequency k of an inverse transform whose input is the
/// first half of a symmetric spectrum.
double symmetricWeight(const Transform &t, int64_t k) {
  return k == 0 || 2 * k == t.length ? 1 : 2;
}

/// Row-major [given, parts in, kept, parts out].
SmallVector<double> matrixOf(const Transform &t) {
  int64_t in = t.complexIn ? 2 : 1, out = t.complexOut ? 2 : 1;
  SmallVector<double> matrix(t.given * in * t.kept * out);
  double scale = t.inverse ? 1.0 / t.length : 1.0;
  bool symmetric = t.inverse && !t.complexOut;
  size_t next = 0;
  for (int64_t i = 0; i < t.given; ++i) {
    double weight = symmetric ? scale * symmetricWeight(t, i) : scale;
    for (int64_t part = 0; part < in; ++part) {
      for (int64_t k = 0; k < t.kept; ++k) {
        // Reduced first, so that large products lose no precision.
        double angle = 2 * M_PI * double((i * k) % t.length) / t.length;
        angle = t.inverse ? angle : -angle;
        double c = weight * std::cos(angle), s = weight * std::sin(angle);
        matrix[next++] = part == 0 ? c : -s;
        if (t.complexOut) {
          matrix[next++] = part == 0 ? s : c;
        }
      }
    }
  }
  return matrix;
}

/// Zeros appended to, or elements cut off, one axis.
Term resizeAxis(const Term &x, int64_t axis, int64_t own, int64_t wanted) {
  Node &node = x.node();
  if (own >= wanted) {
    return own == wanted
               ? x
               : slice(x, axis, sizeOf(node, 0), sizeOf(node, wanted));
  }
  Sizes extents = x.extents();
  extents[axis] = sizeOf(node, wanted - own);
  return concat({x, filled(node, x.element(), 0, extents)}, axis);
}

/// The axis of a DFT node from the front.
FailureOr<int64_t> transformAxis(Node &node, int64_t rank) {
  int64_t given = node.opset < 20 ? node.integer("axis", 1) : -2;
  if (node.opset >= 20 && node.has(2)) {
    FailureOr<SmallVector<int64_t>> values = node.constants(2);
    if (failed(values)) {
      return failure();
    }
    given = values->empty() ? -2 : values->front();
  }
  FailureOr<int64_t> axis = node.axis(given, rank);
  if (succeeded(axis) && *axis == rank - 1) {
    return node.fail("invalid axis", "the last axis has the complex parts");
  }
  return axis;
}

LogicalResult dft(Node &node) {
  Term x = inputOf(node, 0);
  bool inverse = node.integer("inverse", 0) != 0,
       oneSided = node.integer("onesided", 0) != 0;
  std::optional<int64_t> parts = kernel::constantOf(x.extent(-1));
  if (!isConstantInput(node, 2)) {
    return dftAtRunTime(node, std::nullopt);
  }
  FailureOr<int64_t> axis = transformAxis(node, x.rank());
  if (failed(axis)) {
    return failure();
  }
  std::optional<int64_t> own = kernel::constantOf(x.extent(*axis));
  if (!isConstantInput(node, 1) || !own || !parts) {
    return dftAtRunTime(node, *axis);
  }
  if (x.rank() < 2 || (*parts != 1 && *parts != 2)) {
    return node.fail("invalid input", "expected a last axis of 1 or 2 parts");
  }
  bool toReal = inverse && oneSided;
  int64_t length = toReal ? 2 * (*own - 1) : *own;
  if (node.has(1)) {
    FailureOr<SmallVector<int64_t>> given = node.constants(1);
    if (failed(given)) {
      return failure();
    }
    length = given->empty() ? length : given->front();
  }
  Transform t{length,
              toReal ? length / 2 + 1 : length,
              oneSided && !inverse ? length / 2 + 1 : length,
              *parts == 2,
              !toReal,
              inverse};
  int64_t out = toReal ? 1 : 2;
  if (length < 1) {
    return node.fail("invalid length", "expected 1 or more points");
  }
  if (length > kMaxMatrix || t.given * *parts * t.kept * out > kMaxMatrix) {
    return dftAtRunTime(node, *axis);
  }
  x = resizeAxis(x, *axis, *own, t.given);
  if (!x) {
    return failure();
  }
  SmallVector<int64_t> perm;
  for (int64_t i = 0; i < x.rank() - 1; ++i) {
    if (i != *axis) {
      perm.push_back(i);
    }
  }
  perm.append({*axis, x.rank() - 1});
  Term matrix = constantTensor(node, x.element(),
                               {t.given * *parts, t.kept * out}, matrixOf(t));
  Term product = matmul(joinAxes(transpose(x, perm), -2), matrix);
  Term split = splitAxis(product, -1, sizeOf(node, t.kept), sizeOf(node, out));
  return node.setResult(0, transpose(split, invertPermutationVector(perm)));
}

/// The length of a frame: given, or that of the window.
FailureOr<int64_t> frameLength(Node &node) {
  if (node.has(3)) {
    FailureOr<SmallVector<int64_t>> given = node.constants(3);
    if (failed(given)) {
      return failure();
    }
    return given->empty() ? 0 : given->front();
  }
  std::optional<int64_t> own =
      kernel::constantOf(node.has(2) ? node.extents(2)[0] : node.extents(0)[1]);
  if (!own) {
    return node.fail("unsupported frame", "expected a constant length");
  }
  return *own;
}

LogicalResult stft(Node &node) {
  Term x = inputOf(node, 0), window = inputOf(node, 2);
  std::optional<int64_t> parts = kernel::constantOf(x.extent(-1));
  bool oneSided = node.integer("onesided", 1) != 0;
  AffineExpr points = node.has(2) ? window.extent(0) : x.extent(1);
  bool isFixed = node.has(3) || kernel::constantOf(points);
  if (!isConstantInput(node, 1) || !isConstantInput(node, 3) || !isFixed ||
      (x.rank() == 3 && !parts)) {
    return stftAtRunTime(node);
  }
  if (x.rank() == 2) {
    x = unsqueeze(x, 2);
    parts = 1;
  }
  if (x.rank() != 3 || !parts || (*parts != 1 && *parts != 2) ||
      (window && window.rank() != 1)) {
    return node.fail("invalid input",
                     "expected a signal [B, L, 1 or 2] and a window [n]");
  }
  FailureOr<SmallVector<int64_t>> step = node.constants(1);
  FailureOr<int64_t> length = frameLength(node);
  if (failed(step) || failed(length)) {
    return failure();
  }
  int64_t kept = oneSided ? *length / 2 + 1 : *length;
  if (step->size() != 1 || step->front() < 1 || *length < 1) {
    return node.fail("invalid frame",
                     "expected a positive step and 1 or more points");
  }
  if (*length > kMaxMatrix || *length * *parts * kept * 2 > kMaxMatrix) {
    return stftAtRunTime(node);
  }
  Transform t{*length, *length, kept, *parts == 2, true, false};
  Term matrix = constantTensor(node, x.element(), {*length, *parts, 2 * kept},
                               matrixOf(t));
  // [outputs, parts, points], as a convolution's weight.
  Term weight = transpose(matrix, {2, 1, 0});
  if (window) {
    weight = weight * window;
  }
  AffineExpr none = sizeOf(node, 0);
  Term frames =
      apply<graph::ConvOp>({transpose(x, {0, 2, 1}), weight},
                           {{"strides", node.integersAttribute(*step)},
                            {"dilations", node.integersAttribute({1})},
                            {"pads", node.sizesAttribute({none, none})},
                            {"group", node.integerAttribute(1)}});
  Term ordered = transpose(frames, {0, 2, 1});
  return node.setResult(
      0, splitAxis(ordered, 2, sizeOf(node, kept), sizeOf(node, 2)));
}

/// The element type that `output_datatype` names.
Type outputElement(Node &node) {
  Expected<Type> type = elementTypeOf(node.integer("output_datatype", 1),
                                      node.builder.getContext());
  if (type) {
    return *type;
  }
  (void)node.fail("unsupported attribute 'output_datatype'",
                  toString(type.takeError()));
  return node.builder.getF32Type();
}

/// a0 - a1 cos(2 pi n / N) + a2 cos(4 pi n / N) for n below the given size.
LogicalResult cosineWindow(Node &node, double a0, double a1, double a2) {
  FailureOr<Sizes> size = anySizes(node, 0);
  if (failed(size)) {
    return failure();
  }
  if (size->size() != 1) {
    return node.fail("invalid size", "expected one value");
  }
  bool periodic = node.integer("periodic", 1) != 0;
  Type element = outputElement(node);
  Type wide = isa<FloatType>(element) && element.isF64()
                  ? element
                  : Type(node.builder.getF64Type());
  Term count = sizeTerm(node, wide, (*size)[0]);
  Term angle = cast(positions(node, (*size)[0]), wide) * (2 * M_PI) /
               (periodic ? count : count - 1.0);
  Term window = number(angle, a0) - apply<graph::CosOp>({angle}) * a1;
  if (a2 != 0) {
    window = window + apply<graph::CosOp>({angle * 2.0}) * a2;
  }
  return node.setResult(0, cast(window, element));
}

/// Triangles over the bins of a spectrum, equally wide on the mel scale.
LogicalResult melWeightMatrix(Node &node) {
  SmallVector<double> values;
  for (unsigned i = 0; i < 5; ++i) {
    if (!isConstantInput(node, i)) {
      return melWeightsAtRunTime(node, outputElement(node));
    }
    FailureOr<SmallVector<double>> value = node.constantNumbers(i);
    if (failed(value)) {
      return failure();
    }
    values.push_back(value->size() == 1 ? value->front() : -1);
  }
  int64_t bands = values[0], length = values[1];
  if (!(values[0] >= 1 && values[0] < 65536) ||
      !(values[1] >= 1 && values[1] < 1e7) || !(values[2] > 0) ||
      !(values[3] >= 0) || !(values[4] <= values[2]) ||
      bands * (length / 2 + 1) > kMaxMatrix) {
    return node.fail("invalid input", "expected a positive number of bands, "
                                      "points and samples, and edges in order");
  }
  auto toMel = [](double hertz) { return 2595 * std::log10(1 + hertz / 700); };
  double low = toMel(values[3]), high = toMel(values[4]);
  int64_t bins = length / 2 + 1;
  SmallVector<int64_t> edges;
  for (int64_t i = 0; i < bands + 2; ++i) {
    double mel = low + (high - low) / (bands + 2) * i;
    double hertz = 700 * (std::pow(10.0, mel / 2595) - 1);
    auto bin = int64_t(std::floor((length + 1) * hertz / values[2]));
    edges.push_back(std::clamp<int64_t>(bin, 0, bins - 1));
  }
  SmallVector<double> matrix(bins * bands, 0.0);
  for (int64_t i = 0; i < bands; ++i) {
    int64_t left = edges[i], middle = edges[i + 1], right = edges[i + 2];
    for (int64_t j = left; j <= middle; ++j) {
      matrix[j * bands + i] =
          left == middle ? 1 : double(j - left) / double(middle - left);
    }
    for (int64_t j = middle; j < right; ++j) {
      matrix[j * bands + i] = double(right - j) / double(right - middle);
    }
  }
  Type element = outputElement(node);
  Term result =
      constantTensor(node, node.builder.getF64Type(), {bins, bands}, matrix);
  return node.setResult(0, cast(result, element));
}

} // namespace

void addSignalAdapters(AdapterTable &table) {
  table.add("BlackmanWindow", 17, 1, 1,
            [](Node &node) { return cosineWindow(node, 0.42, 0.5, 0.08); });
  table.add("DFT", 17, 1, 3, dft);
  table.add("HammingWindow", 17, 1, 1, [](Node &node) {
    return cosineWindow(node, 25.0 / 46.0, 21.0 / 46.0, 0);
  });
  table.add("HannWindow", 17, 1, 1,
            [](Node &node) { return cosineWindow(node, 0.5, 0.5, 0); });
  table.add("MelWeightMatrix", 17, 5, 5, melWeightMatrix);
  table.add("STFT", 17, 2, 4, stft);
}

} // namespace tessera::import
