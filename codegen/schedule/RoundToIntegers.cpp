//===- RoundToIntegers.cpp - quantisation in fewer instructions -----------===//
//
// q = clamp(round(y) + z, lo, hi) with integers z, lo and hi is
// round(clamp(y, lo - z, hi - z)) + z. As an integer it is one conversion,
// which rounds, and an integer sum; q - z as a float needs neither.
//
//===----------------------------------------------------------------------===//

#include "codegen/schedule/KnownNumbers.h"
#include "codegen/schedule/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/RegionUtils.h"
#include <cmath>

namespace tessera::schedule {
#define GEN_PASS_DEF_ROUNDTOINTEGERS
#include "codegen/schedule/Passes.h.inc"
} // namespace tessera::schedule

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::schedule {

namespace {
/// clamp(round(y) + zeroPoint, low, high); a null zero point is 0.
struct Quantised {
  Value y, zeroPoint, low, high;
};
} // namespace

/// The value that `value` is where it lies on the right side of `bound`:
/// select(x `predicate` bound, bound, x).
static std::pair<Value, Value> boundedBy(Value value,
                                         arith::CmpFPredicate predicate) {
  auto select = value.getDefiningOp<arith::SelectOp>();
  auto compare = select ? select.getCondition().getDefiningOp<arith::CmpFOp>()
                        : arith::CmpFOp();
  bool matches = compare && compare.getPredicate() == predicate &&
                 compare.getLhs() == select.getFalseValue() &&
                 compare.getRhs() == select.getTrueValue();
  return matches ? std::pair(select.getFalseValue(), select.getTrueValue())
                 : std::pair<Value, Value>();
}

static std::optional<int64_t> integerOf(LaunchOp launch, Value value) {
  constexpr float most = 1 << 20;
  auto number = numberOf(launch, value);
  return number && std::abs(*number) <= most && std::trunc(*number) == *number
             ? std::optional(static_cast<int64_t>(*number))
             : std::nullopt;
}

static std::optional<Quantised> quantisedBy(LaunchOp launch, Value value) {
  Quantised parts;
  Value raised, sum;
  std::tie(raised, parts.high) = boundedBy(value, arith::CmpFPredicate::OGT);
  if (raised) {
    std::tie(sum, parts.low) = boundedBy(raised, arith::CmpFPredicate::OLT);
  }
  if (!sum || !integerOf(launch, parts.low) || !integerOf(launch, parts.high)) {
    return std::nullopt;
  }
  if (auto add = sum.getDefiningOp<arith::AddFOp>()) {
    sum = add.getLhs();
    parts.zeroPoint = add.getRhs();
  }
  auto round = sum.getDefiningOp<math::RoundEvenOp>();
  if (!round || (parts.zeroPoint && !integerOf(launch, parts.zeroPoint))) {
    return std::nullopt;
  }
  parts.y = round.getOperand();
  return parts;
}

/// Writes the other forms of one quantised value.
class Rewriter {
public:
  Rewriter(LaunchOp launch, const Quantised &parts, arith::FPToSIOp converted)
      : launch(launch), parts(parts), converted(converted), b(converted) {}

  void run() {
    for (Operation *user :
         llvm::make_early_inc_range(converted.getResult().getUsers())) {
      if (auto narrow = dyn_cast<arith::TruncIOp>(user)) {
        dequantise(narrow);
      }
    }
    if (!converted.getResult().use_empty()) {
      converted.replaceAllUsesWith(integer());
    }
    converted.erase();
  }

private:
  bool hasZeroPoint() const {
    return parts.zeroPoint && integerOf(launch, parts.zeroPoint) != 0;
  }

  /// `bound` less the zero point.
  Value moved(Value bound) {
    return hasZeroPoint() ? b.createOrFold<arith::SubFOp>(
                                converted.getLoc(), bound, parts.zeroPoint)
                          : bound;
  }

  Value bounded(Value value, Value bound, arith::CmpFPredicate predicate) {
    Location loc = converted.getLoc();
    Value beyond = arith::CmpFOp::create(b, loc, predicate, value, bound);
    return arith::SelectOp::create(b, loc, beyond, bound, value);
  }

  /// y, where it can be rounded.
  Value clamped() {
    if (!clampedValue) {
      Value raised =
          bounded(parts.y, moved(parts.low), arith::CmpFPredicate::OLT);
      clampedValue =
          bounded(raised, moved(parts.high), arith::CmpFPredicate::OGT);
    }
    return clampedValue;
  }

  Value integer() {
    Location loc = converted.getLoc();
    Type type = converted.getType();
    Value nearest = LLVM::LrintOp::create(b, loc, type, clamped());
    if (!hasZeroPoint()) {
      return nearest;
    }
    Value zeroPoint =
        b.createOrFold<arith::FPToSIOp>(loc, type, parts.zeroPoint);
    return arith::AddIOp::create(b, loc, nearest, zeroPoint);
  }

  /// Floats made of the byte, less the zero point.
  void dequantise(arith::TruncIOp narrow) {
    if (!narrow.getType().isInteger(8)) {
      return;
    }
    int64_t low = *integerOf(launch, parts.low);
    int64_t high = *integerOf(launch, parts.high);
    for (Operation *user :
         llvm::make_early_inc_range(narrow.getResult().getUsers())) {
      bool keepsValue =
          (isa<arith::UIToFPOp>(user) && low >= 0 && high <= 255) ||
          (isa<arith::SIToFPOp>(user) && low >= -128 && high <= 127);
      if (keepsValue && user->getResult(0).getType().isF32()) {
        replaceFloat(user->getResult(0));
        user->erase();
      }
    }
    if (narrow->use_empty()) {
      narrow.erase();
    }
  }

  void replaceFloat(Value q) {
    Value rounded = math::RoundEvenOp::create(b, converted.getLoc(), clamped());
    for (Operation *user : llvm::make_early_inc_range(q.getUsers())) {
      auto difference = dyn_cast<arith::SubFOp>(user);
      if (difference && parts.zeroPoint && difference.getLhs() == q &&
          difference.getRhs() == parts.zeroPoint) {
        difference.replaceAllUsesWith(rounded);
        difference.erase();
      }
    }
    if (!q.use_empty()) {
      q.replaceAllUsesWith(hasZeroPoint()
                               ? arith::AddFOp::create(b, converted.getLoc(),
                                                       rounded, parts.zeroPoint)
                                     .getResult()
                               : rounded);
    }
  }

  LaunchOp launch;
  Quantised parts;
  arith::FPToSIOp converted;
  OpBuilder b;
  Value clampedValue;
};

namespace {
struct RoundToIntegers : impl::RoundToIntegersBase<RoundToIntegers> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    getOperation().walk([&](LaunchOp launch) {
      auto schedule = launch.getSchedule();
      // Halide's code is made of the operations that its program knows.
      if (!schedule || schedule->getAlgorithm() == Algorithm::halide) {
        return;
      }
      Block &body = launch.getBody().front();
      SmallVector<arith::FPToSIOp> conversions(body.getOps<arith::FPToSIOp>());
      for (arith::FPToSIOp converted : conversions) {
        auto parts = converted.getType().isInteger(32)
                         ? quantisedBy(launch, converted.getIn())
                         : std::nullopt;
        if (parts) {
          Rewriter(launch, *parts, converted).run();
        }
      }
      (void)runRegionDCE(rewriter, launch->getRegions());
    });
  }
};
} // namespace
} // namespace tessera::schedule
