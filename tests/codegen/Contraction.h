//===- Contraction.h - a plan with one contraction --------------*- C++ -*-===//

#ifndef TESSERA_TESTS_CODEGEN_CONTRACTION_H
#define TESSERA_TESTS_CODEGEN_CONTRACTION_H

#include "dialects/kernel/Kernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/FormatVariadic.h"
#include <string>

namespace tessera {

/// Numbers of f32, or bytes (the first unsigned) whose products are summed as
/// i32.
enum class Factors { floats, bytes };

/// `output[m, n] = sum of a[m, k] * weight[k, n]` without a schedule, both
/// tensors in the arena and `element` everywhere in the weight; ready to be
/// compiled.
class Contraction {
public:
  Contraction(int64_t m, int64_t n, int64_t k, Factors factors,
              const char *element) {
    context.loadDialect<kernel::TskDialect, mlir::LLVM::LLVMDialect,
                        mlir::arith::ArithDialect, mlir::func::FuncDialect,
                        mlir::math::MathDialect, mlir::scf::SCFDialect,
                        mlir::vector::VectorDialect>();
    plan = mlir::parseSourceString<mlir::ModuleOp>(
        textOf(m, n, k, factors, element), &context);
    if (plan) {
      plan->walk([&](kernel::LaunchOp found) { launch = found; });
    }
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> plan;
  kernel::LaunchOp launch;

private:
  static std::string textOf(int64_t m, int64_t n, int64_t k, Factors factors,
                            const char *element) {
    bool isByte = factors == Factors::bytes;
    int64_t inputBytes = m * k * (isByte ? 1 : 4), outputBytes = m * n * 4;
    int64_t begin = (inputBytes + 63) / 64 * 64;
    const char *left = isByte ? "ui8" : "f32", *right = isByte ? "i8" : "f32";
    return llvm::formatv(
        R"(
module attributes {{tsk.workspace = affine_map<() -> ({0})>} {{
  func.func @main() {{
    %a = tsk.arena {{offset = affine_map<() -> (0)>, bytes = affine_map<() -> ({1})>} : !tsk.buffer<{2}>
    %o = tsk.arena {{offset = affine_map<() -> ({3})>, bytes = affine_map<() -> ({4})>} : !tsk.buffer<{5}>
    %w = tsk.weight dense<{6}> : tensor<{7}x{8}x{9}> : !tsk.buffer<{9}>
    tsk.launch ins(%a, %w : !tsk.buffer<{2}>, !tsk.buffer<{9}>) outs(%o : !tsk.buffer<{5}>) attributes {{
        extents = affine_map<() -> ({10}, {8}, {7})>, feedback = array<i64: -1, -1>, guards = [unit, unit],
        input_maps = [affine_map<(m, n, k) -> (m * {7} + k)>, affine_map<(m, n, k) -> (k * {8} + n)>],
        iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
        output_maps = [affine_map<(m, n, k) -> (m * {8} + n)>], pads = [unit, unit]} computes {{
    {11}
    }
    return
  }
})",
        begin + outputBytes, inputBytes, left, begin, outputBytes,
        isByte ? "i32" : "f32", element, k, n, right, m,
        isByte ? kByteBody : kFloatBody);
  }

  static constexpr const char *kFloatBody = R"(^bb0(%x: f32, %y: f32):
      %p = arith.mulf %x, %y : f32
      %s = tsk.reduce <add> %p : f32 -> f32
      tsk.yield %s : f32)";
  static constexpr const char *kByteBody = R"(^bb0(%x: i8, %y: i8):
      %left = arith.extui %x : i8 to i32
      %right = arith.extsi %y : i8 to i32
      %p = arith.muli %left, %right : i32
      %s = tsk.reduce <add> %p : i32 -> i32
      tsk.yield %s : i32)";
};

} // namespace tessera

#endif // TESSERA_TESTS_CODEGEN_CONTRACTION_H
