//===- DotProduct.cpp - sums of products of bytes -------------------------===//

#include "dialects/kernel/DotProduct.h"
#include "dialects/kernel/Extents.h"
#include "dialects/kernel/LinearForm.h"

using namespace mlir;

namespace tessera::kernel {

namespace {
/// An argument of 8 bits behind its extension to 32.
struct Factor {
  unsigned input;
  bool isSigned;
};
} // namespace

static std::optional<Factor> factorOf(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op || !isa<arith::ExtUIOp, arith::ExtSIOp>(op)) {
    return std::nullopt;
  }
  auto argument = dyn_cast<BlockArgument>(op->getOperand(0));
  if (!argument || !argument.getType().isInteger(8)) {
    return std::nullopt;
  }
  return Factor{argument.getArgNumber(), isa<arith::ExtSIOp>(op)};
}

/// The product of two bytes that the launch's only reduction sums.
static arith::MulIOp summedProduct(LaunchOp launch) {
  auto reductions = launch.getBody().front().getOps<ReduceOp>();
  if (reductions.empty() || std::next(reductions.begin()) != reductions.end()) {
    return {};
  }
  ReduceOp reduce = *reductions.begin();
  bool isSum = reduce.getKind() == ReduceKind::add &&
               reduce.getValue().getType().isInteger(32);
  return isSum ? reduce.getValue().getDefiningOp<arith::MulIOp>()
               : arith::MulIOp();
}

std::optional<DotProduct> dotProductOf(LaunchOp launch, int64_t vectorDim,
                                       int64_t lanes, ArrayRef<int64_t> order,
                                       ArrayRef<int64_t> packed) {
  arith::MulIOp product = summedProduct(launch);
  if (!product || vectorDim < 0 || lanes < 4 || order.empty()) {
    return std::nullopt;
  }
  auto left = factorOf(product.getLhs()), right = factorOf(product.getRhs());
  if (!left || !right || left->input == right->input) {
    return std::nullopt;
  }
  if (!llvm::is_contained(packed, static_cast<int64_t>(right->input))) {
    std::swap(left, right);
  }
  unsigned dim = order.back();
  auto extent = constantOf(launch.getExtents().getResult(dim));
  auto formOf = [&](unsigned input) {
    return linearFormOf(launch.getInputMap(input).getResult(0),
                        launch.getNumDims());
  };
  LinearForm from = formOf(left->input), constants = formOf(right->input);
  auto stride = constants.stride(dim);
  bool fillsGroups =
      extent && (*extent % kGroup == 0 ||
                 isa_and_nonnull<ArenaOp>(
                     launch.getInputs()[left->input].getDefiningOp()));
  bool fits = llvm::is_contained(packed, static_cast<int64_t>(right->input)) &&
              launch.getIterator(dim) == IteratorKind::reduction &&
              fillsGroups && *extent > 1 && from.stride(dim) == 1 &&
              !from.uses(vectorDim) && stride.value_or(0) != 0 &&
              isa<UnitAttr>(launch.getGuards()[left->input]) &&
              launch.getFeedback()[left->input] < 0;
  if (!fits) {
    return std::nullopt;
  }
  return DotProduct{left->input,     right->input, dim,    left->isSigned,
                    right->isSigned, *stride,      *extent};
}

std::optional<DotProduct> dotProductOf(LaunchOp launch) {
  auto schedule = launch.getSchedule();
  if (!schedule || schedule->getOrder().empty()) {
    return std::nullopt;
  }
  ArrayRef<int64_t> order = schedule->getOrder().asArrayRef();
  if (schedule->getTile()[order.back()] % kGroup != 0) {
    return std::nullopt;
  }
  return dotProductOf(launch, schedule->getVectorDim(), schedule->getLanes(),
                      order, schedule->getPacked().asArrayRef());
}

} // namespace tessera::kernel
