//===- Contraction.cpp - matrix products and einsum -----------------------===//

#include "dialects/graph/Shapes.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace tessera;
using namespace tessera::graph;
using namespace tessera::kernel;

namespace {
/// The axes of a product's operand: leading ones, rows and columns (absent for
/// vectors) as positions in the operand.
struct MatrixAxes {
  Extents extents, leading;
  int row = -1, column = -1;
};
} // namespace

/// `isLeft` tells how a vector is read: as a row on the left, as a column on
/// the right.
static MatrixAxes matrixAxesOf(Value value, bool isLeft, bool transposed) {
  MatrixAxes axes;
  axes.extents = extentsOf(value);
  int rank = axes.extents.size();
  if (rank == 1) {
    (isLeft ? axes.column : axes.row) = 0;
    return axes;
  }
  axes.row = transposed ? rank - 1 : rank - 2;
  axes.column = transposed ? rank - 2 : rank - 1;
  axes.leading.assign(axes.extents.begin(), axes.extents.end() - 2);
  return axes;
}

LogicalResult MatmulOp::inferReturnTypes(MLIRContext *context,
                                         MaybeLocation location,
                                         Adaptor adaptor, Types &types) {
  if (failed(checkRanked(location, adaptor.getOperands()))) {
    return failure();
  }
  Type element = productElement(location, adaptor.getA(), adaptor.getB());
  if (!element) {
    return failure();
  }
  for (Value operand : adaptor.getOperands()) {
    if (extentsOf(operand).empty()) {
      return emitInferError(location)
             << "expected operands of rank 1 or more, got "
             << operand.getType();
    }
  }
  MatrixAxes a = matrixAxesOf(adaptor.getA(), true, adaptor.getTransposeA());
  MatrixAxes b = matrixAxesOf(adaptor.getB(), false, adaptor.getTransposeB());
  if (!mayBeEqual(a.extents[a.column], b.extents[b.row])) {
    return emitInferError(location)
           << "expected equal inner extents, got " << textOf(a.extents)
           << " and " << textOf(b.extents);
  }
  FailureOr<Extents> result =
      broadcastExtents(location, {a.leading, b.leading});
  if (failed(result)) {
    return failure();
  }
  if (a.row >= 0) {
    result->push_back(a.extents[a.row]);
  }
  if (b.column >= 0) {
    result->push_back(b.extents[b.column]);
  }
  return inferTensor(types, element, *result);
}

Lowered MatmulOp::lower(OpBuilder &builder) {
  MatrixAxes a = matrixAxesOf(getA(), true, getTransposeA());
  MatrixAxes b = matrixAxesOf(getB(), false, getTransposeB());
  KernelBuilder k(builder, getLoc());
  Coordinates dims = k.parallel(extentsOf(getResult()));
  AffineExpr inner = a.extents[a.column];
  requireEqual(*this, inner, b.extents[b.row]);
  AffineExpr reduced =
      k.reduction(constantOf(inner) ? inner : b.extents[b.row]);
  unsigned leading = dims.size() - (a.row >= 0) - (b.column >= 0);
  auto read = [&](Value value, const MatrixAxes &axes, AffineExpr row,
                  AffineExpr column) {
    Extents result = extentsOf(getResult());
    requireBroadcast(*this, axes.leading, ArrayRef(result).take_front(leading));
    Coordinates coordinates =
        broadcastCoordinates(axes.leading, ArrayRef(dims).take_front(leading));
    coordinates.resize(axes.extents.size());
    if (axes.row >= 0) {
      coordinates[axes.row] = row;
    }
    if (axes.column >= 0) {
      coordinates[axes.column] = column;
    }
    return k.read(value, coordinates);
  };
  Value x = read(getA(), a, a.row >= 0 ? dims[leading] : AffineExpr(), reduced);
  Value y =
      read(getB(), b, reduced, b.column >= 0 ? dims.back() : AffineExpr());
  Value sum = sumOfProducts(k, x, y, getA(), getB());
  return llvm::to_vector_of<Value>(
      k.finish({sum}, {dims}, {getResult().getType()}).getResults());
}

//===----------------------------------------------------------------------===//
// Einsum
//===----------------------------------------------------------------------===//

namespace {
/// An einsum's equation with every axis named by a letter; the axes of an
/// ellipsis have the letters '0', '1', ... counted from the last.
struct Equation {
  SmallVector<std::string> inputs;
  std::string output;
  /// Extent of each letter.
  SmallVector<std::pair<char, AffineExpr>> letters;

  AffineExpr extentOf(char letter) const {
    for (auto &[name, extent] : letters) {
      if (name == letter) {
        return extent;
      }
    }
    return {};
  }
};
} // namespace

/// Replaces "..." by the letters of its `count` axes.
static std::string spellOut(StringRef term, unsigned count) {
  std::string ellipsis;
  for (unsigned i = count; i > 0; --i) {
    ellipsis.push_back('0' + i - 1);
  }
  size_t at = term.find("...");
  return at == StringRef::npos
             ? term.str()
             : (term.take_front(at) + ellipsis + term.drop_front(at + 3)).str();
}

/// The output of an equation without "->": the ellipsis, then the letters that
/// occur once, sorted.
static std::string implicitOutput(const Equation &equation) {
  std::string all, once, dots;
  for (const std::string &term : equation.inputs) {
    all += term;
  }
  llvm::sort(all);
  for (char letter : all) {
    if (llvm::isDigit(letter)) {
      if (dots.find(letter) == std::string::npos) {
        dots.insert(dots.begin(), letter);
      }
    } else if (llvm::count(all, letter) == 1) {
      once.push_back(letter);
    }
  }
  return dots + once;
}

static FailureOr<Equation> parseEquation(MaybeLocation location, StringRef text,
                                         ValueRange inputs) {
  std::string compact = text.str();
  llvm::erase(compact, ' ');
  auto [left, right] = StringRef(compact).split("->");
  SmallVector<StringRef> terms;
  left.split(terms, ',');
  auto mismatch = [&] {
    return emitInferError(location)
           << "expected an equation for operands of these ranks, got " << text;
  };
  if (terms.size() != inputs.size()) {
    return mismatch();
  }
  Equation equation;
  unsigned dots = 0;
  for (auto [term, input] : llvm::zip(terms, inputs)) {
    Extents extents = extentsOf(input);
    int64_t named = term.size() - (term.contains("...") ? 3 : 0);
    int64_t count = static_cast<int64_t>(extents.size()) - named;
    if (count < 0 || count > 9 || (count > 0 && !term.contains("..."))) {
      return mismatch();
    }
    dots = std::max<unsigned>(dots, count);
    equation.inputs.push_back(spellOut(term, count));
    for (auto [letter, extent] : llvm::zip(equation.inputs.back(), extents)) {
      if (!llvm::isAlnum(letter)) {
        return mismatch();
      }
      AffineExpr known = equation.extentOf(letter);
      AffineExpr merged = known ? broadcastExtent(known, extent) : extent;
      if (!merged) {
        return emitInferError(location)
               << "expected one extent for axis " << Twine(letter) << ", got "
               << textOf({known, extent});
      }
      llvm::erase_if(equation.letters,
                     [l = letter](auto &entry) { return entry.first == l; });
      equation.letters.emplace_back(letter, merged);
    }
  }
  equation.output = StringRef(compact).contains("->")
                        ? spellOut(right, dots)
                        : implicitOutput(equation);
  for (char letter : equation.output) {
    if (!equation.extentOf(letter) ||
        llvm::count(equation.output, letter) != 1) {
      return mismatch();
    }
  }
  return equation;
}

LogicalResult EinsumOp::inferReturnTypes(MLIRContext *context,
                                         MaybeLocation location,
                                         Adaptor adaptor, Types &types) {
  ValueRange inputs = adaptor.getInputs();
  if (inputs.empty()) {
    return emitInferError(location)
           << "expected at least one operand, got none";
  }
  if (failed(checkRanked(location, inputs)) ||
      failed(checkSameElement(location, inputs))) {
    return failure();
  }
  FailureOr<Equation> equation =
      parseEquation(location, adaptor.getEquation(), inputs);
  if (failed(equation)) {
    return failure();
  }
  Extents extents;
  for (char letter : equation->output) {
    extents.push_back(equation->extentOf(letter));
  }
  return inferTensor(types, getElementTypeOrSelf(inputs.front()), extents);
}

Lowered EinsumOp::lower(OpBuilder &builder) {
  FailureOr<Equation> equation =
      parseEquation(getLoc(), getEquation(), getInputs());
  if (failed(equation)) {
    return failure();
  }
  KernelBuilder k(builder, getLoc());
  SmallVector<std::pair<char, AffineExpr>> dims;
  Coordinates output;
  for (char letter : equation->output) {
    output.push_back(k.parallel(equation->extentOf(letter)));
    dims.emplace_back(letter, output.back());
  }
  bool reduces = false;
  for (auto &[letter, extent] : equation->letters) {
    if (equation->output.find(letter) == std::string::npos) {
      dims.emplace_back(letter, k.reduction(extent));
      reduces = true;
    }
  }
  Value product;
  for (auto [input, term] : llvm::zip(getInputs(), equation->inputs)) {
    Coordinates coordinates;
    for (auto [letter, extent] : llvm::zip(term, extentsOf(input))) {
      auto *dim = llvm::find_if(
          dims, [l = letter](auto &entry) { return entry.first == l; });
      bool single = constantOf(extent) == 1;
      coordinates.push_back(single ? constantExpr(getContext(), 0)
                                   : dim->second);
      if (!single) {
        requireEqual(*this, extent, equation->extentOf(letter));
      }
    }
    Value x = k.read(input, coordinates);
    if (!product) {
      product = x;
    } else if (isa<FloatType>(x.getType())) {
      product = arith::MulFOp::create(k.body(), k.loc(), product, x);
    } else {
      product = arith::MulIOp::create(k.body(), k.loc(), product, x);
    }
  }
  Value result = reduces ? k.reduce(ReduceKind::add, product) : product;
  return llvm::to_vector_of<Value>(
      k.finish({result}, {output}, {getResult().getType()}).getResults());
}
