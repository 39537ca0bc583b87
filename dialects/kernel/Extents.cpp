//===- Extents.cpp - shapes whose extents may be symbols ------------------===//

#include "dialects/kernel/Extents.h"
#include "dialects/kernel/ExtentLimits.h"
#include "mlir/IR/AffineMap.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace tessera::kernel {

Extents extentsOf(RankedTensorType type) {
  MLIRContext *context = type.getContext();
  if (auto encoding = dyn_cast_or_null<AffineMapAttr>(type.getEncoding())) {
    return Extents(encoding.getValue().getResults());
  }
  Extents extents;
  for (int64_t size : type.getShape()) {
    extents.push_back(getAffineConstantExpr(size, context));
  }
  return extents;
}

Extents extentsOf(Value tensor) {
  return extentsOf(cast<RankedTensorType>(tensor.getType()));
}

/// One more than the largest symbol position used by the expressions.
static unsigned symbolCountOf(ArrayRef<AffineExpr> exprs) {
  unsigned count = 0;
  for (AffineExpr expr : exprs) {
    expr.walk([&](AffineExpr e) {
      if (auto symbol = dyn_cast<AffineSymbolExpr>(e)) {
        count = std::max(count, symbol.getPosition() + 1);
      }
    });
  }
  return count;
}

AffineMap extentMapOf(MLIRContext *context, ArrayRef<AffineExpr> exprs) {
  return accessMapOf(context, 0, exprs);
}

AffineMap accessMapOf(MLIRContext *context, unsigned dims,
                      ArrayRef<AffineExpr> exprs) {
  return AffineMap::get(dims, symbolCountOf(exprs), exprs, context);
}

RankedTensorType tensorTypeOf(Type element, ArrayRef<AffineExpr> extents) {
  SmallVector<int64_t> shape;
  Extents simplified;
  for (AffineExpr extent : extents) {
    simplified.push_back(simplify(extent));
    shape.push_back(
        constantOf(simplified.back()).value_or(ShapedType::kDynamic));
  }
  Attribute encoding;
  if (llvm::is_contained(shape, ShapedType::kDynamic)) {
    encoding =
        AffineMapAttr::get(extentMapOf(element.getContext(), simplified));
  }
  return RankedTensorType::get(shape, element, encoding);
}

std::optional<int64_t> constantOf(AffineExpr expr) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr)) {
    return constant.getValue();
  }
  return std::nullopt;
}

namespace {
/// A sum of products in a canonical order: each term is a coefficient and the
/// sorted list of its non-constant factors.
struct Term {
  SmallVector<AffineExpr> factors;
  int64_t coefficient;
};
} // namespace

/// Products and sums that no extent can have keep a value that none has either;
/// see problemOfType.
static int64_t multiplied(int64_t a, int64_t b) {
  int64_t product;
  return __builtin_mul_overflow(a, b, &product)
             ? ((a < 0) == (b < 0) ? INT64_MAX : -INT64_MAX)
             : product;
}

static int64_t added(int64_t a, int64_t b) {
  int64_t sum;
  return __builtin_add_overflow(a, b, &sum) ? (a > 0 ? INT64_MAX : -INT64_MAX)
                                            : sum;
}

static void addTerm(SmallVectorImpl<Term> &terms, Term term) {
  for (Term &other : terms) {
    if (other.factors == term.factors) {
      other.coefficient = added(other.coefficient, term.coefficient);
      return;
    }
  }
  terms.push_back(std::move(term));
}

namespace {
/// Brings expressions into normal form. Quotients are remembered: nested ones
/// would else be looked at twice as often at each level; texts are, because
/// they are compared often.
class Simplifier {
public:
  SmallVector<Term> termsOf(AffineExpr expr);
  AffineExpr simplify(AffineExpr expr);
  AffineExpr divideExactly(AffineExpr numerator, AffineExpr denominator);

private:
  /// A total order on expressions that does not depend on addresses, so that
  /// the same model always prints the same.
  const std::string &keyOf(AffineExpr expr);
  void sortFactors(SmallVectorImpl<AffineExpr> &factors);
  AffineExpr sumOf(MLIRContext *context, SmallVector<Term> terms);
  SmallVector<Term> productOf(ArrayRef<Term> left, ArrayRef<Term> right,
                              MLIRContext *context);
  SmallVector<Term> quotientOf(AffineBinaryOpExpr expr);

  llvm::DenseMap<AffineExpr, AffineExpr> quotients;
  llvm::DenseMap<AffineExpr, std::string> keys;
};
} // namespace

const std::string &Simplifier::keyOf(AffineExpr expr) {
  std::string &text = keys[expr];
  if (text.empty()) {
    llvm::raw_string_ostream(text) << expr;
  }
  return text;
}

void Simplifier::sortFactors(SmallVectorImpl<AffineExpr> &factors) {
  llvm::sort(factors, [&](AffineExpr x, AffineExpr y) {
    // A reference into the map would not outlive its growth.
    std::string left = keyOf(x);
    return left < keyOf(y);
  });
}

AffineExpr Simplifier::sumOf(MLIRContext *context, SmallVector<Term> terms) {
  llvm::erase_if(terms, [](const Term &t) { return t.coefficient == 0; });
  SmallVector<std::pair<std::string, const Term *>> ordered;
  for (const Term &term : terms) {
    std::string text;
    for (AffineExpr factor : term.factors) {
      text += (text.empty() ? "" : "*") + keyOf(factor);
    }
    ordered.push_back({text, &term});
  }
  llvm::sort(ordered, [](const auto &a, const auto &b) {
    // Constants last, as MLIR prints them.
    bool aLast = a.second->factors.empty(), bLast = b.second->factors.empty();
    return aLast != bLast ? bLast : a.first < b.first;
  });
  AffineExpr sum = getAffineConstantExpr(0, context);
  for (const auto &[text, term] : ordered) {
    AffineExpr product = getAffineConstantExpr(1, context);
    for (AffineExpr factor : term->factors) {
      product = product * factor;
    }
    sum = sum + product * term->coefficient;
  }
  return sum;
}

SmallVector<Term> Simplifier::productOf(ArrayRef<Term> left,
                                        ArrayRef<Term> right,
                                        MLIRContext *context) {
  // Products of longer sums, and longer products, are left as they are.
  constexpr size_t kMostTerms = 64, kMostFactors = 32;
  auto factorsOf = [](ArrayRef<Term> terms) {
    size_t most = 0;
    for (const Term &term : terms) {
      most = std::max<size_t>(most, term.factors.size());
    }
    return most;
  };
  SmallVector<Term> terms;
  if (left.size() * right.size() > kMostTerms ||
      factorsOf(left) + factorsOf(right) > kMostFactors) {
    Term product{{sumOf(context, SmallVector<Term>(left)),
                  sumOf(context, SmallVector<Term>(right))},
                 1};
    sortFactors(product.factors);
    terms.push_back(std::move(product));
    return terms;
  }
  for (const Term &a : left) {
    for (const Term &b : right) {
      Term product{a.factors, multiplied(a.coefficient, b.coefficient)};
      product.factors.append(b.factors);
      sortFactors(product.factors);
      addTerm(terms, product);
    }
  }
  return terms;
}

SmallVector<Term> Simplifier::quotientOf(AffineBinaryOpExpr expr) {
  auto known = quotients.find(expr);
  if (known != quotients.end()) {
    return known->second == expr ? SmallVector<Term>{Term{{expr}, 1}}
                                 : termsOf(known->second);
  }
  AffineExpr lhs = simplify(expr.getLHS()), rhs = simplify(expr.getRHS());
  AffineExpr result = expr.getKind() != AffineExprKind::Mod
                          ? divideExactly(lhs, rhs)
                          : AffineExpr();
  if (!result) {
    result = getAffineBinaryOpExpr(expr.getKind(), lhs, rhs);
  }
  quotients[expr] = result;
  return result == expr ? SmallVector<Term>{Term{{expr}, 1}} : termsOf(result);
}

SmallVector<Term> Simplifier::termsOf(AffineExpr expr) {
  if (auto constant = constantOf(expr)) {
    return {Term{{}, *constant}};
  }
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary) {
    return {Term{{expr}, 1}};
  }
  switch (expr.getKind()) {
  case AffineExprKind::Add: {
    SmallVector<Term> terms = termsOf(binary.getLHS());
    for (Term &term : termsOf(binary.getRHS())) {
      addTerm(terms, term);
    }
    return terms;
  }
  case AffineExprKind::Mul:
    return productOf(termsOf(binary.getLHS()), termsOf(binary.getRHS()),
                     expr.getContext());
  default:
    return quotientOf(binary);
  }
}

AffineExpr Simplifier::simplify(AffineExpr expr) {
  if (isa<AffineConstantExpr, AffineDimExpr, AffineSymbolExpr>(expr)) {
    return expr;
  }
  return sumOf(expr.getContext(), termsOf(expr));
}

AffineExpr simplify(AffineExpr expr) { return Simplifier().simplify(expr); }

AffineExpr productOf(MLIRContext *context, ArrayRef<AffineExpr> exprs) {
  AffineExpr product = getAffineConstantExpr(1, context);
  for (AffineExpr expr : exprs) {
    product = product * expr;
  }
  return simplify(product);
}

AffineExpr Simplifier::divideExactly(AffineExpr numerator,
                                     AffineExpr denominator) {
  if (numerator == denominator) {
    return getAffineConstantExpr(1, numerator.getContext());
  }
  SmallVector<Term> divisor = termsOf(denominator);
  if (divisor.size() != 1 || divisor[0].coefficient == 0) {
    return {};
  }
  SmallVector<Term> quotient;
  for (Term term : termsOf(numerator)) {
    // The least number divided by -1 overflows.
    if (term.coefficient == INT64_MIN ||
        term.coefficient % divisor[0].coefficient != 0) {
      return {};
    }
    term.coefficient /= divisor[0].coefficient;
    for (AffineExpr factor : divisor[0].factors) {
      auto *found = llvm::find(term.factors, factor);
      if (found == term.factors.end()) {
        return {};
      }
      term.factors.erase(found);
    }
    addTerm(quotient, term);
  }
  return sumOf(numerator.getContext(), quotient);
}

AffineExpr divideExactly(AffineExpr numerator, AffineExpr denominator) {
  return Simplifier().divideExactly(numerator, denominator);
}

static bool isShort(AffineExpr expr, int64_t &left) {
  if (--left < 0) {
    return false;
  }
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  return !binary ||
         (isShort(binary.getLHS(), left) && isShort(binary.getRHS(), left));
}

bool areShort(ArrayRef<AffineExpr> exprs) {
  constexpr int64_t kMostParts = 4096;
  return llvm::all_of(exprs, [](AffineExpr expr) {
    int64_t left = kMostParts;
    return isShort(expr, left);
  });
}

/// Whether no constant in a short expression is out of proportion.
static bool hasSmallConstants(AffineExpr expr) {
  bool small = true;
  expr.walk([&](AffineExpr part) {
    int64_t value = constantOf(part).value_or(0);
    small &= value > -kMostBytes && value < kMostBytes;
  });
  return small;
}

std::string problemOfType(RankedTensorType type) {
  int64_t bytes = storageBytesOf(type.getElementType());
  Extents extents = extentsOf(type);
  if (int64_t(extents.size()) > kMostAxes) {
    return "expected a rank of at most " + std::to_string(kMostAxes) +
           ", got " + std::to_string(extents.size());
  }
  for (AffineExpr extent : extents) {
    int64_t size = constantOf(extent).value_or(1);
    if (size < 0) {
      return "expected extents of zero or more, got " + std::to_string(size);
    }
    if (size > 0 &&
        (__builtin_mul_overflow(bytes, size, &bytes) || bytes > kMostBytes)) {
      return "expected a tensor of at most " + std::to_string(kMostBytes) +
             " bytes";
    }
  }
  if (!areShort(extents) || !llvm::all_of(extents, hasSmallConstants)) {
    return "its extents are too large, or too complicated to compute with";
  }
  return "";
}

AffineExpr derivedDimension(ModuleOp module, DimensionKind kind,
                            ArrayRef<AffineExpr> operands) {
  MLIRContext *context = module.getContext();
  SmallVector<AffineExpr> distinct;
  std::optional<int64_t> folded;
  for (AffineExpr operand : operands) {
    AffineExpr simplified = simplify(operand);
    if (auto value = constantOf(simplified)) {
      folded = !folded                      ? *value
               : kind == DimensionKind::min ? std::min(*folded, *value)
                                            : std::max(*folded, *value);
    } else if (!llvm::is_contained(distinct, simplified)) {
      distinct.push_back(simplified);
    }
  }
  if (folded) {
    distinct.push_back(getAffineConstantExpr(*folded, context));
  }
  if (distinct.size() == 1) {
    return distinct[0];
  }
  AffineMap map = extentMapOf(context, distinct);
  auto list = module->getAttrOfType<ArrayAttr>(kDimensionsAttr);
  SmallVector<Attribute> entries =
      list ? llvm::to_vector(list.getValue()) : SmallVector<Attribute>();
  for (auto [i, entry] : llvm::enumerate(entries)) {
    auto dimension = cast<DimensionAttr>(entry);
    if (dimension.getKind() == kind && dimension.getOperands() == map) {
      return getAffineSymbolExpr(i, context);
    }
  }
  std::string name =
      (stringifyDimensionKind(kind) + llvm::Twine(entries.size())).str();
  entries.push_back(DimensionAttr::get(context, name, kind, 0, -1, map));
  module->setAttr(kDimensionsAttr, ArrayAttr::get(context, entries));
  return getAffineSymbolExpr(entries.size() - 1, context);
}

} // namespace tessera::kernel
