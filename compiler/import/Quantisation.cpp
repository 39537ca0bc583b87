//===- Quantisation.cpp - adapters: QuantizeLinear and its inverse --------===//

#include "compiler/import/Quantisation.h"
#include "compiler/import/Adapters.h"
#include "compiler/import/Importer.h"
#include "compiler/import/Tensors.h"
#include "dialects/kernel/Extents.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {

//===----------------------------------------------------------------------===//
// Formulas
//===----------------------------------------------------------------------===//

Term alongAxis(Term parameter, int64_t axis, int64_t rank, AffineExpr along) {
  if (!parameter || parameter.rank() != 1) {
    return parameter;
  }
  if (along && kernel::constantOf(along) == 1) {
    parameter.node().importer.assumeEqual(parameter.extent(0), along);
    return reshape(parameter, {});
  }
  parameter = along ? spreadTo(parameter, {along}) : parameter;
  if (kernel::constantOf(parameter.extent(0)) == 1) {
    return reshape(parameter, {});
  }
  int64_t position = axis < 0 ? axis + rank : axis;
  if (position < 0 || position >= rank) {
    (void)parameter.node().fail("invalid attribute 'axis'",
                                "expected an axis of a tensor of rank " +
                                    Twine(rank) + ", got " + Twine(axis));
    return {};
  }
  Sizes extents(rank, sizeOf(parameter.node(), 1));
  extents[position] = parameter.extent(0);
  return reshape(parameter, extents);
}

Quantisation quantisationOf(Node &node, unsigned scale, int64_t axis,
                            int64_t rank, AffineExpr along) {
  Quantisation how;
  how.scale = alongAxis(inputOf(node, scale), axis, rank, along);
  if (node.has(scale + 1)) {
    how.zeroPoint = alongAxis(inputOf(node, scale + 1), axis, rank, along);
  }
  return how;
}

bool isZero(Node &node, unsigned i) {
  if (!node.has(i)) {
    return true;
  }
  const KnownTensor *known = node.known(i);
  auto values = known ? known->numbers() : std::nullopt;
  return values && all_of(*values, [](double value) { return value == 0; });
}

static Type f32Of(Node &node) { return node.builder.getF32Type(); }

Term dequantise(const Term &q, const Quantisation &how) {
  if (!q || !how.scale) {
    return {};
  }
  Type f32 = f32Of(q.node());
  Term value = cast(q, f32);
  if (how.zeroPoint) {
    value = value - cast(how.zeroPoint, f32);
  }
  return value * cast(how.scale, f32);
}

Term centred(const Term &q, const Term &zeroPoint, bool knownZero) {
  if (!q) {
    return {};
  }
  Type i32 = q.node().builder.getI32Type();
  Term value = cast(q, i32);
  return !zeroPoint || knownZero ? value : value - cast(zeroPoint, i32);
}

Term roundTo(const Term &x, const Term &zeroPoint, Type to) {
  if (!x) {
    return {};
  }
  Type f32 = f32Of(x.node());
  Term value = cast(apply<graph::RoundOp>({x}), f32);
  if (zeroPoint) {
    value = value + cast(zeroPoint, f32);
  }
  if (!isa<IntegerType>(to)) {
    (void)x.node().fail("unsupported type",
                        "expected a zero point of integers");
    return {x.node(), {}};
  }
  unsigned width = to.getIntOrFloatBitWidth();
  bool isUnsigned = to.isUnsignedInteger();
  double least = isUnsigned ? 0 : -double(1 << (width - 1));
  double greatest = double((1 << (isUnsigned ? width : width - 1)) - 1);
  value = apply<graph::MaxOp>({value, number(value, least)});
  value = apply<graph::MinOp>({value, number(value, greatest)});
  return cast(value, to);
}

Term quantise(const Term &x, const Quantisation &how) {
  if (!x || !how.scale) {
    return {};
  }
  Type to = how.zeroPoint ? how.zeroPoint.element()
                          : x.node().builder.getIntegerType(8, false);
  return roundTo(x / cast(how.scale, x.element()), how.zeroPoint, to);
}

//===----------------------------------------------------------------------===//
// Adapters
//===----------------------------------------------------------------------===//

namespace {

/// Every entry of a blocked parameter repeated for the elements of its block.
Term repeated(const Term &parameter, int64_t axis, int64_t block,
              AffineExpr extent) {
  Term apart = unsqueeze(parameter, axis + 1);
  Sizes extents = apart.extents();
  if (!apart || axis + 1 >= int64_t(extents.size())) {
    return {};
  }
  extents[axis + 1] = sizeOf(parameter.node(), block);
  Term whole = joinAxes(expand(apart, extents), axis);
  return slice(whole, axis, sizeOf(parameter.node(), 0), extent);
}

/// Inputs 1 and 2 as QuantizeLinear and DequantizeLinear take them: one pair,
/// one for each entry of an axis, or one for each block of an axis.
FailureOr<Quantisation> readQuantisation(Node &node) {
  int64_t rank = node.rank(0), block = node.integer("block_size", 0);
  int64_t axis = node.integer("axis", 1);
  if (block < 0 || block > (1 << 30)) {
    return node.fail("invalid attribute 'block_size'",
                     "expected 0 or more, got " + Twine(block));
  }
  int64_t position = axis < 0 ? axis + rank : axis;
  // A vector has no axis 1, the default: one pair serves all its elements.
  AffineExpr along = position >= 0 && position < rank
                         ? node.extents(0)[position]
                         : sizeOf(node, 1);
  Quantisation how = quantisationOf(node, 1, axis, rank, along);
  if (block > 0 && how.scale && how.scale.rank() > 0) {
    FailureOr<int64_t> position = node.axis(axis, rank);
    if (failed(position) || node.rank(1) != rank ||
        (node.has(2) && node.rank(2) != rank)) {
      return node.fail("invalid input", "expected a scale and a zero point of "
                                        "the input's rank for blocks");
    }
    AffineExpr extent = node.extents(0)[*position];
    how.scale = repeated(inputOf(node, 1), *position, block, extent);
    if (node.has(2)) {
      how.zeroPoint = repeated(inputOf(node, 2), *position, block, extent);
    }
  }
  return how;
}

/// The type that an attribute names; null when it is absent or 0.
FailureOr<Type> typeAttribute(Node &node, StringRef name) {
  int64_t code = node.integer(name, 0);
  if (code == 0) {
    return Type();
  }
  Expected<Type> type = elementTypeOf(code, node.builder.getContext());
  if (!type) {
    return node.fail("invalid attribute '" + name + "'",
                     toString(type.takeError()));
  }
  return *type;
}

LogicalResult quantizeLinear(Node &node) {
  FailureOr<Quantisation> how = readQuantisation(node);
  FailureOr<Type> wanted = typeAttribute(node, "output_dtype");
  FailureOr<Type> precision = typeAttribute(node, "precision");
  int64_t saturate = node.integer("saturate", 1);
  if (failed(how) || failed(wanted) || failed(precision)) {
    return failure();
  }
  Type to = node.has(2) ? node.type(2).getElementType()
            : *wanted   ? *wanted
                        : Type(node.builder.getIntegerType(8, false));
  // The scale's type is that of the division.
  Type work = *precision ? *precision : node.type(1).getElementType();
  if (!isa<FloatType>(work) || work.getIntOrFloatBitWidth() < 16) {
    work = f32Of(node);
  }
  if (!isa<IntegerType, FloatType>(to) || to.getIntOrFloatBitWidth() > 16) {
    return node.fail("unsupported type", "expected a type of at most 16 bits");
  }
  Term ratio = cast(inputOf(node, 0), work) / cast(how->scale, work);
  if (isa<IntegerType>(to)) {
    return node.setResult(0, roundTo(ratio, how->zeroPoint, to));
  }
  // A zero point of these types is zero, except for those without NaN.
  if (to.getIntOrFloatBitWidth() < 8 && how->zeroPoint) {
    ratio = cast(ratio, f32Of(node)) + cast(how->zeroPoint, f32Of(node));
  }
  return node.setResult(
      0, apply<graph::CastOp>({ratio},
                              {{"to", TypeAttr::get(to)},
                               {"saturate", node.integerAttribute(saturate)}}));
}

LogicalResult dequantizeLinear(Node &node) {
  FailureOr<Quantisation> how = readQuantisation(node);
  FailureOr<Type> wanted = typeAttribute(node, "output_dtype");
  if (failed(how) || failed(wanted)) {
    return failure();
  }
  Type to = *wanted ? *wanted : node.type(1).getElementType();
  if (!isa<FloatType>(to) || to.getIntOrFloatBitWidth() < 16) {
    to = f32Of(node);
  }
  if (isZero(node, 2)) {
    how->zeroPoint = Term();
  }
  return node.setResult(0, cast(dequantise(inputOf(node, 0), *how), to));
}

/// Scale and zero point from the range of the elements, 0 included.
LogicalResult dynamicQuantizeLinear(Node &node) {
  Term x = inputOf(node, 0);
  Quantisation how = dynamicQuantisation(x);
  if (failed(node.setResult(0, quantise(x, how))) ||
      (node.wants(1) && failed(node.setResult(1, how.scale)))) {
    return failure();
  }
  return node.wants(2) ? node.setResult(2, how.zeroPoint) : success();
}

} // namespace

Quantisation dynamicQuantisation(const Term &x) {
  SmallVector<int64_t> axes = to_vector(seq<int64_t>(0, x.rank()));
  Term zero = number(x, 0);
  Term greatest = apply<graph::MaxOp>({reduce("max", x, axes, false), zero});
  Term least = apply<graph::MinOp>({reduce("min", x, axes, false), zero});
  Term range = where(equal(greatest, least), number(x, 1), greatest - least);
  Quantisation how;
  how.scale = range / 255;
  Term zeroPoint = zero - least / how.scale;
  zeroPoint = apply<graph::MaxOp>({zeroPoint, zero});
  zeroPoint = apply<graph::MinOp>({zeroPoint, number(x, 255)});
  how.zeroPoint = cast(apply<graph::RoundOp>({zeroPoint}),
                       x.node().builder.getIntegerType(8, false));
  return how;
}

void addQuantisationAdapters(AdapterTable &table) {
  table.add("DequantizeLinear", 10, 2, 3, dequantizeLinear);
  table.add("DynamicQuantizeLinear", 11, 1, 1, dynamicQuantizeLinear);
  table.add("QuantizeLinear", 10, 2, 3, quantizeLinear);
  table.add("com.microsoft.DequantizeLinear", 1, 2, 3, dequantizeLinear);
  table.add("com.microsoft.QuantizeLinear", 1, 2, 3, quantizeLinear);
}

} // namespace tessera::import
