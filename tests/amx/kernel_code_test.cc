//===- kernel_code_test.cc - one launch on tiles and without --------------===//
//
// As the tuner runs it: in this process, several functions for one schedule.
//
//===----------------------------------------------------------------------===//

#include "codegen/schedule/ChooseSchedule.h"
#include "codegen/schedule/TileProduct.h"
#include "codegen/tune/KernelCode.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Parser/Parser.h"
#include "tests/amx/emulator.h"
#include <cmath>
#include <gtest/gtest.h>

using namespace mlir;
using namespace tessera;

namespace {

constexpr llvm::StringLiteral kPlan = R"(
module attributes {tsk.workspace = affine_map<() -> (65536)>} {
  func.func @main() {
    %a = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (32768)>} : !tsk.buffer<f32>
    %o = tsk.arena {offset = affine_map<() -> (32768)>, bytes = affine_map<() -> (32768)>} : !tsk.buffer<f32>
    %w = tsk.weight dense<0.7> : tensor<128x128xf32> : !tsk.buffer<f32>
    tsk.launch ins(%a, %w : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
      attributes {extents = affine_map<() -> (64, 128, 128)>,
        iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
        input_maps = [affine_map<(m, n, k) -> (m * 128 + k)>, affine_map<(m, n, k) -> (k * 128 + n)>],
        output_maps = [affine_map<(m, n, k) -> (m * 128 + n)>], pads = [unit, unit],
        guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
    ^bb0(%x: f32, %y: f32):
      %p = arith.mulf %x, %y : f32
      %s = tsk.reduce <add> %p : f32 -> f32
      tsk.yield %s : f32
    }
    return
  }
})";

class KernelCodeTest : public ::testing::Test {
protected:
  void SetUp() override {
    if (!__builtin_cpu_supports("avx512vnni")) {
      GTEST_SKIP() << "the code around tiles needs AVX-512";
    }
    context
        .loadDialect<kernel::TskDialect, LLVM::LLVMDialect, arith::ArithDialect,
                     func::FuncDialect, math::MathDialect, scf::SCFDialect,
                     vector::VectorDialect>();
    plan = parseSourceString<ModuleOp>(kPlan, &context);
    ASSERT_TRUE(plan);
    plan->walk([&](kernel::LaunchOp found) { launch = found; });
    target = schedule::withProducts(*schedule::findTarget("x86-64-amx"),
                                    schedule::Products::bf16x6);
  }

  MutableArrayRef<float> numbersOf(Value buffer, tune::KernelData &data) {
    MutableArrayRef<char> bytes = data.bytesOf(buffer.getDefiningOp());
    return {reinterpret_cast<float *>(bytes.data()), bytes.size() / 4};
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> plan;
  kernel::LaunchOp launch;
  schedule::Target target;
};

TEST_F(KernelCodeTest, RunsOnTilesUnlessValuesForbidIt) {
  auto data = tune::KernelData::create(*plan, {});
  ASSERT_TRUE(bool(data));
  auto tiled = schedule::chooseSchedule(launch, target);
  ASSERT_EQ(tiled.getAlgorithm(), kernel::Algorithm::bf16x6);
  auto plain = schedule::withoutTiles(launch, tiled, target);
  auto code = tune::KernelCode::compile(*plan, launch, {tiled, plain}, target,
                                        **data, /*jobs=*/1, /*copies=*/1);
  ASSERT_TRUE(bool(code));
  ASSERT_EQ((*code)->kernels().size(), 2u);
  for (float special : {0.5f, INFINITY}) {
    std::vector<std::vector<float>> results;
    std::vector<uint64_t> products;
    for (tune::Kernel &kernel : (*code)->kernels()) {
      (*data)->fill(launch);
      numbersOf(launch.getInputs()[0], **data)[70] = special;
      uint64_t before = amx_emulator_counts().products;
      EXPECT_EQ(kernel.run(), 0);
      products.push_back(amx_emulator_counts().products - before);
      auto output = numbersOf(launch.getOutputs()[0], **data);
      results.emplace_back(output.begin(), output.end());
    }
    // Two blocks of rows, four panels, four steps of 24 products.
    EXPECT_EQ(products[0], std::isinf(special) ? 0u : 768u);
    EXPECT_EQ(products[1], 0u);
    for (size_t i = 0; i < results[0].size(); ++i) {
      if (std::isinf(special)) {
        ASSERT_EQ(results[0][i], results[1][i]);
      } else {
        ASSERT_NEAR(results[0][i], results[1][i], 1e-5);
      }
    }
  }
}

} // namespace
