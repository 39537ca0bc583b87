//===- Scatter.cpp - adapters: writes to chosen positions -----------------===//
//
// Few updates are not scattered: each element of the result looks for those
// that aim at it, which is a reduction over the updates along one axis and
// fuses with what is around. That search is as long as there are updates, so
// many are written one by one, by a call of the library.
//
//===----------------------------------------------------------------------===//

#include "compiler/import/Adapters.h"
#include "compiler/import/Evaluate.h"
#include "compiler/import/Importer.h"
#include "compiler/import/LibraryCall.h"
#include "compiler/import/Term.h"
#include "dialects/kernel/Extents.h"
#include "dialects/kernel/Library.h"
#include "llvm/ADT/StringSwitch.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {
namespace {

/// Indices from the front, as i64; `extent` is that of the axis they count.
Term wrapped(const Term &indices, AffineExpr extent) {
  Node &node = indices.node();
  Type i64 = node.builder.getI64Type();
  Term index = cast(indices, i64);
  return where(index < number(index, 0), index + sizeTerm(node, i64, extent),
               index);
}

/// Combines what the element holds with the updates that match it, which lie
/// along `axis` of `matches` and `updates`; `data` has extent 1 there.
Term combine(StringRef reduction, const Term &matches, const Term &updates,
             const Term &data, int64_t axis) {
  StringRef kind = llvm::StringSwitch<StringRef>(reduction)
                       .Case("add", "sum")
                       .Case("mul", "prod")
                       .Default(reduction);
  Term own = squeeze(data, axis);
  if (kind == "max" || kind == "min") {
    // The element itself stands for the updates that do not match.
    Term all = reduce(kind, where(matches, updates, data), {axis}, false);
    return kind == "max" ? apply<graph::MaxOp>({own, all})
                         : apply<graph::MinOp>({own, all});
  }
  bool sums = kind == "sum";
  Term neutral = number(data, sums ? 0 : 1);
  Term all = reduce(kind, where(matches, updates, neutral), {axis}, false);
  return sums ? own + all : own * all;
}

/// Which update along `axis` comes last among those that match; -1 for none.
Term lastMatch(const Term &matches, AffineExpr count, int64_t axis) {
  Node &node = matches.node();
  Term position = positions(node, count);
  Sizes along(matches.rank(), sizeOf(node, 1));
  along[axis] = count;
  position = reshape(position, along);
  return reduce("max", where(matches, position, number(position, -1)), {axis},
                false);
}

bool checkReduction(Node &node, StringRef reduction) {
  bool known = llvm::StringSwitch<bool>(reduction)
                   .Cases({"none", "add", "mul", "max", "min"}, true)
                   .Default(false);
  if (!known) {
    (void)node.fail("invalid attribute 'reduction'",
                    "expected none, add, mul, max or min, got " + reduction);
  }
  return known;
}

/// Whether the library writes this many updates that aim at one element: it
/// knows elements of whole bytes and strings, and combines integers and floats.
bool writesOneByOne(Node &node, AffineExpr updates, StringRef reduction) {
  constexpr int64_t kMostSearched = 16;
  std::optional<int64_t> count = kernel::constantOf(updates);
  Type element = node.type(0).getElementType();
  bool isNumber =
      element.isIntOrFloat() && element.getIntOrFloatBitWidth() >= 8;
  bool isKnown =
      isNumber || (reduction == "none" &&
                   (kernel::isStringType(element) || element.isInteger(1)));
  return isKnown && (!count || *count > kMostSearched);
}

LogicalResult callLibrary(Node &node, StringRef function, StringRef reduction,
                          Attribute axis) {
  Attribute how =
      reduction == "none" ? Attribute() : node.builder.getStringAttr(reduction);
  return LibraryCall(node, function)
      .inputs(0, 3)
      .parameter("axis", axis)
      .parameter("reduction", how)
      .result(node.type(0).getElementType(), node.extents(0))
      .buildResults();
}

/// The term enlarged at the ends of all axes but one, to the extents of
/// `target`.
Term padAcross(const Term &x, Sizes target, int64_t axis, Attribute value) {
  target[axis] = x.extent(axis);
  return padTo(x, target, value);
}

/// The updates with an entry along `axis` even if there is none at run time:
/// elements that no update aims at read the first and drop it.
Term withOne(const Term &updates, int64_t axis) {
  ModuleOp module = *updates.node().importer.module;
  AffineExpr count = updates.extent(axis);
  if (!updates || rangeOf(count, module).lower.value_or(0) > 0) {
    return updates;
  }
  Sizes extents = updates.extents();
  extents[axis] = extremeOf(module, kernel::DimensionKind::max, count,
                            sizeOf(updates.node(), 1));
  return padTo(updates, extents);
}

LogicalResult scatterElements(Node &node) {
  Term data = inputOf(node, 0), indices = inputOf(node, 1),
       updates = inputOf(node, 2);
  FailureOr<int64_t> axis = node.axis(node.integer("axis", 0), data.rank());
  std::string reduction = node.text("reduction", "none");
  if (failed(axis) || !checkReduction(node, reduction)) {
    return failure();
  }
  if (indices.rank() != data.rank() || updates.rank() != data.rank()) {
    return node.fail("invalid input", "expected data, indices and updates of "
                                      "one rank");
  }
  AffineExpr count = indices.extent(*axis), extent = data.extent(*axis);
  if (kernel::constantOf(count) == 0) {
    return node.setAlias(0, node.tensorOf(0));
  }
  if (writesOneByOne(node, count, reduction)) {
    return callLibrary(node, "scatter_elements", reduction,
                       node.integerAttribute(*axis));
  }
  Term index = padAcross(wrapped(indices, extent), data.extents(), *axis,
                         node.builder.getI64IntegerAttr(-1));
  Term values = padAcross(updates, data.extents(), *axis, {});
  // [..., elements of data, updates, ...]
  Sizes along(data.rank() + 1, sizeOf(node, 1));
  along[*axis] = extent;
  Term matches =
      equal(unsqueeze(index, *axis), reshape(positions(node, extent), along));
  if (reduction != "none") {
    return node.setResult(0,
                          combine(reduction, matches, unsqueeze(values, *axis),
                                  unsqueeze(data, *axis + 1), *axis + 1));
  }
  if (!matches) {
    return failure();
  }
  Term last = lastMatch(matches, count, *axis + 1), zero = number(last, 0);
  Term source = apply<graph::MaxOp>({last, zero});
  return node.setResult(
      0, where(zero <= last,
               gatherElements(withOne(values, *axis), source, *axis), data));
}

/// The position of each index tuple among the rows of the data, [M].
Term rowsOf(const Term &indices, const Term &data, int64_t depth) {
  Node &node = indices.node();
  Type i64 = node.builder.getI64Type();
  Sizes extents = data.extents();
  Term row;
  for (int64_t i = 0; i < depth; ++i) {
    Term part = wrapped(slice(indices, -1, sizeOf(node, i), sizeOf(node, 1)),
                        extents[i]);
    row = row ? row * sizeTerm(node, i64, extents[i]) + part : part;
  }
  Sizes outer = indices.extents();
  outer.pop_back();
  return reshape(row, {kernel::productOf(node.builder.getContext(), outer)});
}

LogicalResult scatterND(Node &node) {
  // The ranks tell how many values an index tuple has.
  int64_t implied = node.rank(0) + node.rank(1) - 1 - node.rank(2);
  if (node.rank(1) > 0 && implied >= 0) {
    (void)node.fixExtent(
        1, node.rank(1) - 1,
        getAffineConstantExpr(implied, node.builder.getContext()));
  }
  Term data = inputOf(node, 0), indices = inputOf(node, 1),
       updates = inputOf(node, 2);
  std::string reduction = node.text("reduction", "none");
  std::optional<int64_t> depth = kernel::constantOf(indices.extent(-1));
  if (!checkReduction(node, reduction)) {
    return failure();
  }
  if (indices.rank() < 1 || !depth || *depth < 1 || *depth > data.rank()) {
    return node.fail("invalid input", "expected index tuples of 1 to " +
                                          Twine(data.rank()) + " values");
  }
  MLIRContext *context = node.builder.getContext();
  Sizes extents = data.extents();
  AffineExpr count =
      kernel::productOf(context, ArrayRef(extents).take_front(*depth));
  AffineExpr inner =
      kernel::productOf(context, ArrayRef(extents).drop_front(*depth));
  Term row = rowsOf(indices, data, *depth);
  AffineExpr writes = row.extent(0);
  if (kernel::constantOf(writes) == 0) {
    return node.setAlias(0, node.tensorOf(0));
  }
  if (writesOneByOne(node, writes, reduction)) {
    return callLibrary(node, "scatter_nd", reduction, {});
  }
  Term rows = reshape(data, {count, inner}),
       values = reshape(updates, {writes, inner});
  Term matches = equal(unsqueeze(positions(node, count), 1), unsqueeze(row, 0));
  Term result;
  if (reduction != "none") {
    result = combine(reduction, unsqueeze(matches, 2), unsqueeze(values, 0),
                     unsqueeze(rows, 1), 1);
  } else {
    if (!matches) {
      return failure();
    }
    Term last = lastMatch(matches, writes, 1), zero = number(last, 0);
    Term source = apply<graph::MaxOp>({last, zero});
    result = where(unsqueeze(zero <= last, 1),
                   gather(withOne(values, 0), source, 0), rows);
  }
  return node.setResult(0, reshape(result, extents));
}

/// The extents of the tensor that was pooled, if no element was left over.
FailureOr<Sizes> unpooledExtents(Node &node) {
  SmallVector<int64_t> kernel = node.integers("kernel_shape"),
                       strides = node.integers("strides"),
                       pads = node.integers("pads");
  Sizes extents = node.extents(0);
  size_t count = kernel.size();
  if (extents.size() != count + 2 || count == 0 ||
      (!strides.empty() && strides.size() != count) ||
      (!pads.empty() && pads.size() != 2 * count)) {
    return node.fail("invalid attribute 'kernel_shape'",
                     "expected one value for each spatial axis");
  }
  for (size_t i = 0; i < count; ++i) {
    int64_t stride = strides.empty() ? 1 : strides[i];
    int64_t removed = pads.empty() ? 0 : pads[i] + pads[count + i];
    extents[2 + i] =
        kernel::simplify((extents[2 + i] - 1) * stride + kernel[i] - removed);
  }
  return extents;
}

/// The tensor with zeros at the ends of its axes, to the extents of input 2.
Term enlarged(Node &node, const Term &x) {
  FailureOr<Sizes> target = anySizes(node, 2, {0, 1, 2, 3, 4});
  if (failed(target)) {
    return {node, {}};
  }
  Sizes pads(2 * x.rank(), sizeOf(node, 0));
  if (int64_t(target->size()) != x.rank()) {
    (void)node.fail("invalid output shape", "expected one size an axis");
    return {node, {}};
  }
  for (auto [axis, size] : enumerate(*target)) {
    pads[x.rank() + axis] = kernel::simplify(size - x.extent(axis));
  }
  return apply<graph::PadOp>({x}, {{"pads", node.sizesAttribute(pads)},
                                   {"mode", node.textAttribute("constant")}});
}

/// Indices count in the tensor that was pooled; a given shape enlarges it.
LogicalResult maxUnpool(Node &node) {
  FailureOr<Sizes> extents = unpooledExtents(node);
  if (failed(extents)) {
    return failure();
  }
  Term x = inputOf(node, 0);
  MLIRContext *context = node.builder.getContext();
  Sizes all = {kernel::productOf(context, *extents)},
        windows = {kernel::productOf(context, x.extents())};
  // As many indices as elements are expected.
  Operation *scatter = LibraryCall(node, "scatter_elements")
                           .input(filled(node, x.element(), 0, all))
                           .input(node.reshape(node.input(1), windows))
                           .input(reshape(x, windows))
                           .parameter("axis", node.integerAttribute(0))
                           .result(x.element(), all)
                           .build();
  if (!scatter) {
    return failure();
  }
  Term result = reshape({node, scatter->getResult(0)}, *extents);
  return node.setResult(0, node.has(2) && result ? enlarged(node, result)
                                                 : result);
}

} // namespace

void addScatterAdapters(AdapterTable &table) {
  table.add("MaxUnpool", 9, 2, 3, maxUnpool);
  table.add("Scatter", 9, 3, 3, scatterElements);
  table.add("ScatterElements", 11, 3, 3, scatterElements);
  table.add("ScatterND", 11, 3, 3, scatterND);
}

} // namespace tessera::import
