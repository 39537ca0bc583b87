//===- LowerToLLVM.cpp - kernels to the LLVM dialect ----------------------===//
//
// Kernels address memory through bare pointers, so nothing here touches
// memref. Operations without a single counterpart are expanded first, since a
// conversion would choose the short way where both exist.
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/LowerToLLVM.h"
#include "codegen/cpu/Passes.h"
#include "codegen/cpu/WidenFloats.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVM.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Conversion/UBToLLVM/UBToLLVM.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVM.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/DialectConversion.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace tessera::cpu {
#define GEN_PASS_DEF_LOWERTOLLVM
#include "codegen/cpu/Passes.h.inc"
} // namespace tessera::cpu

using namespace mlir;

/// Extremes keep NaN; which zero is the greater one is left open, as it is in
/// every model, because x86 needs four more instructions to tell.
template <typename OpT>
static void leaveSignOfZeroOpen(OpT op) {
  op.setFastmath(op.getFastmath() | arith::FastMathFlags::nsz);
}

static void relaxExtremes(ModuleOp module) {
  module.walk([](Operation *op) {
    if (auto maximum = dyn_cast<arith::MaximumFOp>(op)) {
      leaveSignOfZeroOpen(maximum);
    } else if (auto minimum = dyn_cast<arith::MinimumFOp>(op)) {
      leaveSignOfZeroOpen(minimum);
    } else if (auto reduction = dyn_cast<vector::ReductionOp>(op)) {
      if (llvm::is_contained({vector::CombiningKind::MAXIMUMF,
                              vector::CombiningKind::MINIMUMF},
                             reduction.getKind())) {
        leaveSignOfZeroOpen(reduction);
      }
    }
  });
}

/// vector.fma would become an LLVM operation that may round twice.
static void fuseExactly(ModuleOp module) {
  module.walk([](vector::FMAOp op) {
    OpBuilder builder(op);
    Value fused = math::FmaOp::create(builder, op.getLoc(), op.getLhs(),
                                      op.getRhs(), op.getAcc());
    op.getResult().replaceAllUsesWith(fused);
    op.erase();
  });
}

/// Rounds to bfloat16 by integer operations (LLVM would call a function that
/// libc does not have) and divides towards minus or plus infinity.
static LogicalResult expandArithmetic(ModuleOp module) {
  RewritePatternSet patterns(module.getContext());
  arith::populateCeilFloorDivExpandOpsPatterns(patterns);
  arith::populateExpandBFloat16Patterns(patterns);
  return applyPatternsGreedily(module, std::move(patterns));
}

static LogicalResult convert(ModuleOp module) {
  MLIRContext *context = module.getContext();
  LowerToLLVMOptions options(context);
  options.useBarePtrCallConv = true;
  LLVMTypeConverter converter(context, options);
  RewritePatternSet patterns(context);
  populateSCFToControlFlowConversionPatterns(patterns);
  cf::populateControlFlowToLLVMConversionPatterns(converter, patterns);
  arith::populateArithToLLVMConversionPatterns(converter, patterns);
  populateMathToLLVMConversionPatterns(converter, patterns,
                                       /*approximateLog1p=*/false);
  // The lanes of a float reduction are combined as a tree: the order is fixed
  // by the number of lanes, and the chain would cost a latency each.
  populateVectorToLLVMConversionPatterns(converter, patterns,
                                         /*reassociateFPReductions=*/true);
  ub::populateUBToLLVMConversionPatterns(converter, patterns);
  populateFuncToLLVMConversionPatterns(converter, patterns);
  LLVMConversionTarget target(*context);
  target.addLegalOp<ModuleOp>();
  return applyFullConversion(module, target, std::move(patterns));
}

LogicalResult tessera::cpu::lowerToLLVM(ModuleOp module) {
  module.getContext()
      ->loadDialect<cf::ControlFlowDialect, LLVM::LLVMDialect,
                    math::MathDialect>();
  relaxExtremes(module);
  fuseExactly(module);
  widenFloats(module);
  if (failed(expandArithmetic(module))) {
    return module.emitError("expected arithmetic that can be expanded");
  }
  return convert(module);
}

namespace {
struct LowerToLLVM : tessera::cpu::impl::LowerToLLVMBase<LowerToLLVM> {
  void runOnOperation() override {
    if (failed(tessera::cpu::lowerToLLVM(getOperation()))) {
      signalPassFailure();
    }
  }
};
} // namespace
