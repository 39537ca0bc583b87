//===- CompiledFunction.h - functions of floats as kernels have -*- C++ -*-===//
//
// Compiles an elementary function as kernels are compiled and runs it in this
// process; how far a result is from the exact one.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_TESTS_CODEGEN_MATH_COMPILEDFUNCTION_H
#define TESSERA_TESTS_CODEGEN_MATH_COMPILEDFUNCTION_H

#include "codegen/cpu/ExpandMath.h"
#include "codegen/cpu/LowerToLLVM.h"
#include "codegen/cpu/Object.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ExecutionEngine/Orc/ExecutionUtils.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include <cmath>
#include <cstring>

namespace tessera::test {

/// Applies a function to floats; works as long as the object lives.
class Compiled {
public:
  /// `lanes` 1: scalars.
  Compiled(const char *function, unsigned lanes, const schedule::Target &target,
           bool hasTwoArguments = false) {
    context.loadDialect<mlir::arith::ArithDialect, mlir::func::FuncDialect,
                        mlir::LLVM::LLVMDialect, mlir::math::MathDialect,
                        mlir::scf::SCFDialect, mlir::vector::VectorDialect>();
    mlir::OwningOpRef<mlir::ModuleOp> module =
        mlir::parseSourceString<mlir::ModuleOp>(
            text(function, lanes, hasTwoArguments), &context);
    cpu::ObjectOptions options;
    if (!module || mlir::failed(cpu::expandMath(*module)) ||
        mlir::failed(cpu::lowerToLLVM(*module))) {
      return;
    }
    auto objects = cpu::compileObjects(*module, target, options);
    if (mlir::succeeded(objects)) {
      link(std::move(*objects));
    }
  }

  /// y[i] = f(x[i]), or f(x[i], z[i]); `count` is a multiple of the lanes.
  /// Null: not compiled.
  void (*run)(const float *x, const float *z, float *y,
              int64_t count) = nullptr;

private:
  /// %b = f(%a) or f(%a, %c); of several operations for `sigmoid`,
  /// `one_plus_` functions, and e^-|a|, `not_positive_exp`
  /// or, without denormal results, `flushed_exp`.
  static std::string call(const std::string &function, bool hasTwoArguments,
                          const std::string &type) {
    std::string one = "%one = arith.constant " +
                      std::string(type == "f32" ? "1.0" : "dense<1.0>") +
                      " : " + type + "\n";
    if (function == "sigmoid") {
      return one + "%n = arith.negf %a : " + type +
             "\n%e = math.exp %n : " + type +
             "\n%s = arith.addf %e, %one : " + type +
             "\n%b = arith.divf %one, %s : " + type;
    }
    if (function == "not_positive_exp" || function == "flushed_exp") {
      std::string flushes = function == "flushed_exp" ? "tsk.may_flush, " : "";
      return "%m = math.absf %a : " + type + "\n%n = arith.negf %m : " + type +
             "\n%b = math.exp %n {" + flushes + "tsk.not_positive} : " + type;
    }
    llvm::StringRef name(function);
    if (name.consume_front("one_plus_")) {
      return one + "%f = math." + name.str() + " %a : " + type +
             "\n%b = arith.addf %one, %f : " + type;
    }
    return "%b = math." + function +
           (hasTwoArguments ? " %a, %c : " : " %a : ") + type;
  }

  static std::string text(const std::string &function, unsigned lanes,
                          bool hasTwoArguments) {
    std::string type =
        lanes == 1 ? "f32" : "vector<" + std::to_string(lanes) + "xf32>";
    return R"(func.func @apply(%x: !llvm.ptr, %z: !llvm.ptr, %y: !llvm.ptr {llvm.noalias}, %count: i64) {
  %zero = arith.constant 0 : i64
  %step = arith.constant )" +
           std::to_string(lanes) + R"( : i64
  scf.for %i = %zero to %count step %step : i64 {
    %from = llvm.getelementptr %x[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f32
    %a = llvm.load %from {alignment = 4 : i64} : !llvm.ptr -> )" +
           type + R"(
    %next = llvm.getelementptr %z[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f32
    %c = llvm.load %next {alignment = 4 : i64} : !llvm.ptr -> )" +
           type + R"(
)" + call(function, hasTwoArguments, type) +
           R"(
    %to = llvm.getelementptr %y[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f32
    llvm.store %b, %to {alignment = 4 : i64} : )" +
           type + R"(, !llvm.ptr
  }
  return
})";
  }

  void link(cpu::Objects objects) {
    jit = cantFail(llvm::orc::LLJITBuilder().create());
    jit->getMainJITDylib().addGenerator(
        cantFail(llvm::orc::DynamicLibrarySearchGenerator::GetForCurrentProcess(
            jit->getDataLayout().getGlobalPrefix())));
    for (auto &object : objects) {
      cantFail(jit->addObjectFile(std::move(object)));
    }
    run =
        cantFail(jit->lookup("apply"))
            .toPtr<void (*)(const float *, const float *, float *, int64_t)>();
  }

  mlir::MLIRContext context;
  std::unique_ptr<llvm::orc::LLJIT> jit;
};

/// The distance of two floats next to `exact`.
inline double lastPlace(double exact) {
  int exponent;
  std::frexp(exact, &exponent);
  return std::ldexp(1.0, std::max(exponent - 24, -149));
}

/// The error of `actual`; infinite where special values differ.
inline double errorOf(float actual, double exact) {
  if (std::isnan(exact) || std::isnan(actual)) {
    return std::isnan(exact) == std::isnan(actual) ? 0 : INFINITY;
  }
  if (static_cast<float>(exact) == actual) {
    return 0;
  }
  // Rounding to infinity begins half a unit above the largest float.
  double largest = 3.4028234663852886e38;
  double nearest = std::isinf(actual)
                       ? std::copysign(largest + lastPlace(largest), actual)
                       : actual;
  return std::isinf(exact) ? INFINITY
                           : std::abs(nearest - exact) / lastPlace(exact);
}

} // namespace tessera::test

#endif // TESSERA_TESTS_CODEGEN_MATH_COMPILEDFUNCTION_H
