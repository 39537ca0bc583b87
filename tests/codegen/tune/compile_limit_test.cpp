//===- compile_limit_test.cpp - schedules for which there is no time ------===//

#include "codegen/schedule/EnumerateSchedules.h"
#include "codegen/tune/KernelCode.h"
#include "codegen/tune/MeasureSchedules.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Parser/Parser.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace tessera;

namespace {

constexpr llvm::StringLiteral kPlan = R"(
module attributes {tsk.workspace = affine_map<() -> (32768)>} {
  func.func @main() {
    %a = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (16384)>} : !tsk.buffer<f32>
    %o = tsk.arena {offset = affine_map<() -> (16384)>, bytes = affine_map<() -> (16384)>} : !tsk.buffer<f32>
    %w = tsk.weight dense<1.0> : tensor<64x64xf32> : <f32>
    tsk.launch ins(%a, %w : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>) attributes {
        extents = affine_map<() -> (64, 64, 64)>, feedback = array<i64: -1, -1>,
        guards = [unit, unit],
        input_maps = [affine_map<(m, n, k) -> (m * 64 + k)>, affine_map<(m, n, k) -> (k * 64 + n)>],
        iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
        output_maps = [affine_map<(m, n, k) -> (m * 64 + n)>],
        pads = [unit, unit]} computes {
    ^bb0(%x: f32, %y: f32):
      %p = arith.mulf %x, %y : f32
      %s = tsk.reduce <add> %p : f32 -> f32
      tsk.yield %s : f32
    }
    return
  }
})";

class CompileLimit : public testing::Test {
protected:
  void SetUp() override {
    target = schedule::nativeTarget();
    if (!target) {
      GTEST_SKIP() << "this machine executes none of the targets";
    }
    context.loadDialect<kernel::TskDialect, arith::ArithDialect,
                        func::FuncDialect, math::MathDialect, scf::SCFDialect,
                        vector::VectorDialect, LLVM::LLVMDialect>();
    plan = parseSourceString<ModuleOp>(kPlan, &context);
    ASSERT_TRUE(plan);
    plan->walk([&](kernel::LaunchOp found) { launch = found; });
    schedules = schedule::enumerateSchedules(launch, *target, kSchedules);
    data = llvm::cantFail(tune::KernelData::create(*plan, {}));
  }

  std::vector<kernel::ScheduleAttr> compiled(std::function<bool()> isOver) {
    auto code = llvm::cantFail(
        tune::KernelCode::compile(*plan, launch, schedules, *target, *data,
                                  /*jobs=*/1, /*copies=*/1, isOver));
    std::vector<kernel::ScheduleAttr> result;
    for (tune::Kernel &kernel : code->kernels()) {
      EXPECT_EQ(kernel.run(), 0);
      result.push_back(kernel.schedule);
    }
    return result;
  }

  static constexpr size_t kSchedules = 40;
  const schedule::Target *target = nullptr;
  MLIRContext context;
  OwningOpRef<ModuleOp> plan;
  kernel::LaunchOp launch;
  llvm::SmallVector<kernel::ScheduleAttr> schedules;
  std::unique_ptr<tune::KernelData> data;
};

TEST_F(CompileLimit, WithoutOneAllAreCompiled) {
  EXPECT_EQ(compiled({}).size(), schedules.size());
}

TEST_F(CompileLimit, TheFirstIsCompiledAnyway) {
  std::vector<kernel::ScheduleAttr> found = compiled([] { return true; });
  ASSERT_FALSE(found.empty());
  EXPECT_LT(found.size(), schedules.size());
  EXPECT_EQ(found.front(), schedules.front());
}

TEST_F(CompileLimit, TheFirstOnesInTheirOrderAreKept) {
  int asked = 0;
  std::vector<kernel::ScheduleAttr> found =
      compiled([&] { return ++asked > 3; });
  ASSERT_LT(found.size(), schedules.size());
  EXPECT_TRUE(std::equal(found.begin(), found.end(), schedules.begin()));
}

TEST_F(CompileLimit, AnInterruptLeavesTheDefaultMeasured) {
  std::atomic<bool> stop{true};
  tune::TuneOptions options;
  options.stop = &stop;
  auto measured = llvm::cantFail(tune::measureSchedules(
      *plan, launch, schedules, *target, tune::thisMachine(), *data, options));
  ASSERT_FALSE(measured.empty());
  EXPECT_LT(measured.size(), schedules.size());
  EXPECT_EQ(measured.front().schedule, schedules.front());
}

} // namespace
