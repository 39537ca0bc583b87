//===- Dimensions.cpp - free dimensions of the model's inputs -------------===//

#include "compiler/import/Dimensions.h"
#include "dialects/kernel/Extents.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

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
                               const std::vector<DimensionRule> &rules,
                               const LeastSizes &leastSizes)
    : module(module), rules(rules), leastSizes(leastSizes), used(rules.size()) {
}

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
                         const onnx::TensorShapeProto_Dimension &dimension,
                         int64_t least) {
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
  if (rule && rule->upper >= 0 && rule->upper < least) {
    return failure("'" + name + "' is at least " + Twine(least) +
                   "; expected a greater --dim, got " + Twine(rule->upper));
  }
  auto needed = leastSizes.find(name);
  bool isAllowed = needed != leastSizes.end() &&
                   (!rule || rule->upper < 0 || rule->upper >= needed->second);
  if (isAllowed) {
    least = std::max(least, needed->second);
  }
  AffineExpr extent;
  if (rule && rule->lower == rule->upper) {
    extent = getAffineConstantExpr(rule->lower, context);
  } else {
    extent = getAffineSymbolExpr(entries.size(), context);
    entries.push_back(kernel::DimensionAttr::get(
        context, name, kernel::DimensionKind::input,
        std::max(least, rule ? rule->lower : 0), rule ? rule->upper : -1,
        AffineMap::get(context)));
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

bool isAtMostOne(AffineExpr extent, ModuleOp module) {
  return !kernel::constantOf(extent) &&
         rangeOf(extent, module).upper.value_or(2) <= 1;
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

/// How much an expression changes at least and at most when a symbol grows by
/// 1; nothing when that depends on more than the symbol.
static std::optional<std::pair<int64_t, int64_t>> slopeOf(AffineExpr expr,
                                                          AffineExpr symbol) {
  using Slope = std::pair<int64_t, int64_t>;
  if (expr == symbol) {
    return Slope{1, 1};
  }
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary) {
    return Slope{0, 0};
  }
  auto left = slopeOf(binary.getLHS(), symbol),
       right = slopeOf(binary.getRHS(), symbol);
  if (!left || !right) {
    return std::nullopt;
  }
  if (*left == Slope{0, 0} && *right == Slope{0, 0}) {
    return left;
  }
  auto constant = dyn_cast<AffineConstantExpr>(binary.getRHS());
  // Larger factors are no sizes, and their products would wrap.
  int64_t factor = constant ? constant.getValue() : 0;
  bool isSmall = factor != 0 && std::abs(factor) < (int64_t(1) << 20) &&
                 std::abs(left->first) < (int64_t(1) << 20) &&
                 std::abs(left->second) < (int64_t(1) << 20);
  switch (expr.getKind()) {
  case AffineExprKind::Add:
    return Slope{left->first + right->first, left->second + right->second};
  case AffineExprKind::Mul:
    if (!isSmall) {
      return std::nullopt;
    }
    return Slope{std::min(left->first * factor, left->second * factor),
                 std::max(left->first * factor, left->second * factor)};
  case AffineExprKind::FloorDiv:
  case AffineExprKind::CeilDiv:
    if (!isSmall || factor < 0) {
      return std::nullopt;
    }
    return Slope{divideFloorSigned(left->first, factor),
                 divideCeilSigned(left->second, factor)};
  default:
    return std::nullopt;
  }
}

/// The derived dimensions in an expression.
static SmallVector<AffineSymbolExpr> derivedIn(AffineExpr expr,
                                               ArrayAttr list) {
  SmallVector<AffineSymbolExpr> found;
  expr.walk([&](AffineExpr part) {
    auto symbol = dyn_cast<AffineSymbolExpr>(part);
    if (symbol && list && symbol.getPosition() < list.size() &&
        !is_contained(found, symbol) &&
        isDerived(cast<kernel::DimensionAttr>(list[symbol.getPosition()]))) {
      found.push_back(symbol);
    }
  });
  return found;
}

bool usesDerivedDimensions(AffineExpr expr, ModuleOp module) {
  return !derivedIn(expr,
                    module->getAttrOfType<ArrayAttr>(kernel::kDimensionsAttr))
              .empty();
}

/// Tightens a range with what a minimum or maximum says about its operands:
/// x - min(x, 1) is not negative.
static ValueRange64 refinedRange(AffineExpr expr, ModuleOp module,
                                 unsigned depth) {
  ValueRange64 range = intervalOf(expr, module);
  auto list = module->getAttrOfType<ArrayAttr>(kernel::kDimensionsAttr);
  SmallVector<AffineSymbolExpr> symbols = derivedIn(expr, list);
  if (depth == 0 || symbols.size() > 4) {
    return range;
  }
  for (AffineSymbolExpr symbol : symbols) {
    auto slope = slopeOf(expr, symbol);
    if (!slope || (slope->first < 0 && slope->second > 0)) {
      continue;
    }
    auto dimension = cast<kernel::DimensionAttr>(list[symbol.getPosition()]);
    bool isMin = dimension.getKind() == kernel::DimensionKind::min;
    bool falls = slope->first < 0;
    for (AffineExpr operand : dimension.getOperands().getResults()) {
      ValueRange64 other = refinedRange(
          kernel::simplify(expr.replace(symbol, operand)), module, depth - 1);
      // A minimum is at most each operand: a bound from below of what falls
      // with it, from above of what grows. A maximum the other way.
      if (isMin == falls) {
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
