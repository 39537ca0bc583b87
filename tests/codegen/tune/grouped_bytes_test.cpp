//===- grouped_bytes_test.cpp - tuning without an instruction for them ----===//

#include "codegen/schedule/ChooseSchedule.h"
#include "codegen/tune/KernelCode.h"
#include "tests/codegen/Contraction.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace tessera;

namespace {

// A compilation takes rows from tiles where bytes are multiplied in halves;
// what is measured must be what it makes, under the name of the schedule.
TEST(GroupedBytes, AreMeasuredInTheTilesThatACompilationMakes) {
  schedule::Target plain = *schedule::findTarget("x86-64-v4");
  plain.withByteProducts = nullptr;
  if (!(schedule::hostFeatures().*plain.required)) {
    GTEST_SKIP() << "the code needs AVX-512";
  }
  Contraction contraction(120, 64, 256, Factors::bytes, "3");
  ASSERT_TRUE(contraction.launch);
  auto data = llvm::cantFail(tune::KernelData::create(*contraction.plan, {}));
  kernel::LaunchOp launch = contraction.launch;
  kernel::ScheduleAttr chosen =
      schedule::chooseSchedule(launch, *schedule::findTarget("x86-64-v4"));
  auto code = llvm::cantFail(
      tune::KernelCode::compile(*contraction.plan, launch, {chosen}, plain,
                                *data, /*jobs=*/1, /*copies=*/1));
  ASSERT_EQ(code->kernels().size(), 1u);
  tune::Kernel &kernel = code->kernels().front();
  EXPECT_EQ(kernel.schedule, chosen);
  launch.setScheduleAttr(chosen);
  schedule::fitGroupedTiles(*contraction.plan, plain);
  ASSERT_NE(*launch.getSchedule(), chosen);
  EXPECT_EQ(kernel.emitted, *launch.getSchedule());

  data->fill(launch);
  MutableArrayRef<char> left =
      data->bytesOf(launch.getInputs()[0].getDefiningOp());
  MutableArrayRef<char> right =
      data->bytesOf(launch.getOutputs()[0].getDefiningOp());
  std::vector<uint8_t> factors(left.begin(), left.end());
  EXPECT_EQ(kernel.run(), 0);
  const auto *sums = reinterpret_cast<const int32_t *>(right.data());
  for (int64_t m = 0; m < 120; ++m) {
    int32_t sum = 0;
    for (int64_t k = 0; k < 256; ++k) {
      sum += factors[m * 256 + k];
    }
    for (int64_t n = 0; n < 64; ++n) {
      ASSERT_EQ(sums[m * 64 + n], 3 * sum);
    }
  }
}

} // namespace
