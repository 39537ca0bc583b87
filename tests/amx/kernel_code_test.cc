//===- kernel_code_test.cc - one launch on tiles and without --------------===//
//
// As the tuner runs it: in this process, several functions for one schedule.
//
//===----------------------------------------------------------------------===//

#include "codegen/schedule/ChooseSchedule.h"
#include "codegen/schedule/TileProduct.h"
#include "codegen/tune/KernelCode.h"
#include "tests/amx/emulator.h"
#include "tests/codegen/Contraction.h"
#include <cmath>
#include <gtest/gtest.h>

using namespace mlir;
using namespace tessera;

namespace {

class KernelCodeTest : public ::testing::Test {
protected:
  void SetUp() override {
    if (!__builtin_cpu_supports("avx512vnni")) {
      GTEST_SKIP() << "the code around tiles needs AVX-512";
    }
    ASSERT_TRUE(launch);
    target = schedule::withProducts(*schedule::findTarget("x86-64-amx"),
                                    schedule::Products::bf16x6);
  }

  MutableArrayRef<float> numbersOf(Value buffer, tune::KernelData &data) {
    MutableArrayRef<char> bytes = data.bytesOf(buffer.getDefiningOp());
    return {reinterpret_cast<float *>(bytes.data()), bytes.size() / 4};
  }

  Contraction contraction{64, 128, 128, Factors::floats, "0.7"};
  ModuleOp plan = *contraction.plan;
  kernel::LaunchOp launch = contraction.launch;
  schedule::Target target;
};

TEST_F(KernelCodeTest, RunsOnTilesUnlessValuesForbidIt) {
  auto data = tune::KernelData::create(plan, {});
  ASSERT_TRUE(bool(data));
  auto tiled = schedule::chooseSchedule(launch, target);
  ASSERT_EQ(tiled.getAlgorithm(), kernel::Algorithm::bf16x6);
  auto plain = schedule::withoutTiles(launch, tiled, target);
  auto code = tune::KernelCode::compile(plan, launch, {tiled, plain}, target,
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
