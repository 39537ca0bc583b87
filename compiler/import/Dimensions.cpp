//===- Dimensions.cpp - free dimensions of the model's inputs -------------===//

#include "compiler/import/Dimensions.h"
#include "dialects/kernel/Extents.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {

static Error failure(const Twine &why) {
  return createStringError(inconvertibleErrorCode(), why);
}

Expected<DimensionRule> parseDimensionRule(StringRef text) {
  auto [name, value] = text.rsplit('=');
  auto [lower, upper] = value.split("..");
  DimensionRule rule;
  rule.name = name.str();
  bool isRange = value.contains("..");
  if (name.empty() || lower.getAsInteger(10, rule.lower) ||
      (isRange && upper.getAsInteger(10, rule.upper))) {
    return failure("expected NAME=N, NAME=LO..HI or INPUT[AXIS]=..., got '" +
                   text + "'");
  }
  if (!isRange) {
    rule.upper = rule.lower;
  }
  if (rule.lower < 0 || rule.upper < rule.lower) {
    return failure("expected bounds 0 <= LO <= HI, got '" + text + "'");
  }
  return rule;
}

DimensionTable::DimensionTable(ModuleOp module,
                               const std::vector<DimensionRule> &rules)
    : module(module), rules(rules), used(rules.size()) {}

const DimensionRule *DimensionTable::ruleFor(StringRef name) {
  const DimensionRule *found = nullptr;
  for (auto [i, rule] : enumerate(rules)) {
    if (rule.name == name) {
      used[i] = true;
      found = &rule; // The last one wins, as on any command line.
    }
  }
  return found;
}

std::optional<int64_t> DimensionTable::fixedNumber(StringRef name) {
  const DimensionRule *rule = ruleFor(name);
  return rule && rule->lower == rule->upper ? std::optional(rule->lower)
                                            : std::nullopt;
}

static bool isNameless(StringRef name) {
  return name.empty() || name == "?" || name == "None";
}

Expected<AffineExpr>
DimensionTable::extentOf(StringRef input, unsigned axis,
                         const onnx::TensorShapeProto_Dimension &dimension) {
  MLIRContext *context = module.getContext();
  if (dimension.has_dim_value() && dimension.dim_value() >= 0) {
    return getAffineConstantExpr(dimension.dim_value(), context);
  }
  std::string position = (input + "[" + Twine(axis) + "]").str();
  std::string name = dimension.has_dim_value() ? "" : dimension.dim_param();
  if (isNameless(name)) {
    name = position;
  }
  auto known = extents.find(name);
  if (known != extents.end()) {
    ruleFor(position); // The same extent under its other address.
    return known->second;
  }
  names.push_back(name);
  const DimensionRule *rule = ruleFor(name);
  if (const DimensionRule *local = ruleFor(position)) {
    rule = local;
  }
  AffineExpr extent;
  if (rule && rule->lower == rule->upper) {
    extent = getAffineConstantExpr(rule->lower, context);
  } else {
    extent = getAffineSymbolExpr(entries.size(), context);
    entries.push_back(kernel::DimensionAttr::get(
        context, name, kernel::DimensionKind::input, rule ? rule->lower : 0,
        rule ? rule->upper : -1, AffineMap::get(context)));
    module->setAttr(kernel::kDimensionsAttr, ArrayAttr::get(context, entries));
  }
  extents[name] = extent;
  return extent;
}

Error DimensionTable::checkRulesUsed() const {
  for (auto [i, rule] : enumerate(rules)) {
    if (!used[i]) {
      return failure(
          "no free dimension '" + rule.name + "': the model has " +
          (names.empty() ? std::string("none") : llvm::join(names, ", ")));
    }
  }
  return Error::success();
}

using Bound = std::optional<int64_t>;

static Bound addBounds(Bound a, Bound b) {
  int64_t sum;
  return a && b && !__builtin_add_overflow(*a, *b, &sum) ? Bound(sum)
                                                         : std::nullopt;
}

/// The product's bounds; with an unbounded factor only signs that are known
/// to be non-negative give a lower bound.
static ValueRange64 multiply(const ValueRange64 &a, const ValueRange64 &b) {
  if (a.lower && a.upper && b.lower && b.upper) {
    Bound least, greatest;
    for (int64_t x : {*a.lower, *a.upper}) {
      for (int64_t y : {*b.lower, *b.upper}) {
        int64_t product;
        if (__builtin_mul_overflow(x, y, &product)) {
          return {};
        }
        least = std::min(least.value_or(product), product);
        greatest = std::max(greatest.value_or(product), product);
      }
    }
    return {least, greatest};
  }
  if (a.lower && b.lower && *a.lower >= 0 && *b.lower >= 0) {
    int64_t product;
    if (!__builtin_mul_overflow(*a.lower, *b.lower, &product)) {
      return {product, std::nullopt};
    }
  }
  // A negative constant turns the range around.
  for (auto [x, y] : {std::pair(a, b), std::pair(b, a)}) {
    int64_t product;
    if (x.lower && x.lower == x.upper && *x.lower < 0 && y.lower &&
        !__builtin_mul_overflow(*x.lower, *y.lower, &product)) {
      return {std::nullopt, product};
    }
  }
  return {};
}

static ValueRange64 rangeOfSymbol(unsigned position, ModuleOp module) {
  auto list = module->getAttrOfType<ArrayAttr>(kernel::kDimensionsAttr);
  if (!list || position >= list.size()) {
    return {};
  }
  auto dimension = cast<kernel::DimensionAttr>(list[position]);
  bool isGiven = dimension.getKind() == kernel::DimensionKind::input;
  if (isGiven || dimension.getKind() == kernel::DimensionKind::computed) {
    ValueRange64 range{dimension.getLower(), dimension.getUpper()};
    if (dimension.getUpper() < 0) {
      AffineMap bound = dimension.getOperands();
      range.upper = bound.getNumResults() == 0
                        ? Bound()
                        : rangeOf(bound.getResult(0), module).upper;
    }
    return range;
  }
  bool isMin = dimension.getKind() == kernel::DimensionKind::min;
  ValueRange64 result;
  bool first = true, lowerKnown = true, upperKnown = true;
  for (AffineExpr operand : dimension.getOperands().getResults()) {
    ValueRange64 range = rangeOf(operand, module);
    lowerKnown &= range.lower.has_value();
    upperKnown &= range.upper.has_value();
    auto pick = [&](Bound &into, Bound value) {
      if (value) {
        into = !into ? value
                     : Bound(isMin ? std::min(*into, *value)
                                   : std::max(*into, *value));
      }
    };
    pick(result.lower, range.lower);
    pick(result.upper, range.upper);
    first = false;
  }
  // One known operand bounds a minimum from above and a maximum from below.
  if (first || (isMin && !lowerKnown)) {
    result.lower.reset();
  }
  if (first || (!isMin && !upperKnown)) {
    result.upper.reset();
  }
  return result;
}

/// The range by interval arithmetic, as if all symbols were independent.
static ValueRange64 intervalOf(AffineExpr expr, ModuleOp module) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr)) {
    return {constant.getValue(), constant.getValue()};
  }
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr)) {
    return rangeOfSymbol(symbol.getPosition(), module);
  }
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary) {
    return {};
  }
  ValueRange64 a = intervalOf(binary.getLHS(), module);
  ValueRange64 b = intervalOf(binary.getRHS(), module);
  switch (expr.getKind()) {
  case AffineExprKind::Add:
    return {addBounds(a.lower, b.lower), addBounds(a.upper, b.upper)};
  case AffineExprKind::Mul:
    return multiply(a, b);
  case AffineExprKind::Mod:
    return {Bound(0), b.upper ? Bound(*b.upper - 1) : Bound()};
  default:
    // Division by a positive constant keeps the order.
    if (b.lower && b.lower == b.upper && *b.lower > 0) {
      auto divide = [&](Bound x, int64_t round) {
        return x ? Bound(*x >= 0 ? (*x + round) / *b.lower
                                 : -((-*x - round + *b.lower - 1) / *b.lower))
                 : Bound();
      };
      int64_t round =
          expr.getKind() == AffineExprKind::CeilDiv ? *b.lower - 1 : 0;
      return {divide(a.lower, round), divide(a.upper, round)};
    }
    return a.lower && *a.lower >= 0 && b.lower && *b.lower >= 0
               ? ValueRange64{Bound(0), a.upper}
               : ValueRange64{};
  }
}

static bool isDerived(kernel::DimensionAttr dimension) {
  return dimension.getKind() == kernel::DimensionKind::min ||
         dimension.getKind() == kernel::DimensionKind::max;
}

/// The derived dimensions that are terms of a sum, with their coefficients.
static void
addDerivedTerms(AffineExpr expr, int64_t coefficient, ArrayAttr list,
                SmallVectorImpl<std::pair<AffineSymbolExpr, int64_t>> &terms) {
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr)) {
    if (list && symbol.getPosition() < list.size() &&
        isDerived(cast<kernel::DimensionAttr>(list[symbol.getPosition()]))) {
      terms.push_back({symbol, coefficient});
    }
    return;
  }
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary) {
    return;
  }
  if (expr.getKind() == AffineExprKind::Add) {
    addDerivedTerms(binary.getLHS(), coefficient, list, terms);
    addDerivedTerms(binary.getRHS(), coefficient, list, terms);
  } else if (expr.getKind() == AffineExprKind::Mul) {
    if (auto factor = dyn_cast<AffineConstantExpr>(binary.getRHS())) {
      addDerivedTerms(binary.getLHS(), coefficient * factor.getValue(), list,
                      terms);
    }
  }
}

/// Tightens a range with what a minimum or maximum says about its operands:
/// x - min(x, 1) is not negative.
static ValueRange64 refinedRange(AffineExpr expr, ModuleOp module,
                                 unsigned depth) {
  ValueRange64 range = intervalOf(expr, module);
  auto list = module->getAttrOfType<ArrayAttr>(kernel::kDimensionsAttr);
  SmallVector<std::pair<AffineSymbolExpr, int64_t>> terms;
  addDerivedTerms(expr, 1, list, terms);
  if (depth == 0 || terms.size() > 4) {
    return range;
  }
  for (auto [symbol, coefficient] : terms) {
    auto dimension = cast<kernel::DimensionAttr>(list[symbol.getPosition()]);
    bool isMin = dimension.getKind() == kernel::DimensionKind::min;
    for (AffineExpr operand : dimension.getOperands().getResults()) {
      ValueRange64 other = refinedRange(
          kernel::simplify(expr.replace(symbol, operand)), module, depth - 1);
      // A minimum is at most each operand: a bound from below when it is
      // subtracted, from above when it is added. A maximum the other way.
      if (isMin == (coefficient < 0)) {
        if (other.lower) {
          range.lower =
              std::max(range.lower.value_or(*other.lower), *other.lower);
        }
      } else if (other.upper) {
        range.upper =
            std::min(range.upper.value_or(*other.upper), *other.upper);
      }
    }
  }
  return range;
}

ValueRange64 rangeOf(AffineExpr expr, ModuleOp module) {
  return refinedRange(expr, module, /*depth=*/3);
}

} // namespace tessera::import
