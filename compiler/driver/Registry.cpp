//===- Registry.cpp - every dialect and pass of the project ---------------===//
//
// A stage that gains a dialect or a Passes.td adds one line here.
//
//===----------------------------------------------------------------------===//

#include "compiler/driver/Registry.h"
#include "codegen/cpu/Passes.h"
#include "codegen/schedule/Passes.h"
#include "dialects/graph/Graph.h"
#include "dialects/kernel/Kernel.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Transforms/Passes.h"
#include "passes/fusion/Passes.h"
#include "passes/graph/Passes.h"
#include "passes/layout/Passes.h"
#include "passes/plan/Passes.h"

using namespace mlir;

void tessera::registerDialects(DialectRegistry &registry) {
  registry.insert<graph::TsrDialect, kernel::TskDialect>();
  registry.insert<arith::ArithDialect, cf::ControlFlowDialect,
                  func::FuncDialect, LLVM::LLVMDialect, math::MathDialect,
                  scf::SCFDialect, vector::VectorDialect>();
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
}

void tessera::registerPasses() {
  schedule::registerSchedulePasses();
  cpu::registerCpuPasses();
  graph::registerGraphPasses();
  fusion::registerFusionPasses();
  layout::registerLayoutPasses();
  plan::registerPlanPasses();
  registerCanonicalizerPass();
  registerCSEPass();
}
