//===- places_test.cpp - data to measure with lie in several places -------===//

#include "codegen/schedule/ChooseSchedule.h"
#include "codegen/tune/KernelCode.h"
#include "codegen/tune/Memory.h"
#include "tests/codegen/Contraction.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace tessera;

namespace {

TEST(Places, AreAsManyAsMemoryAllows) {
  EXPECT_EQ(tune::placesFor(0, 16), 16);
  EXPECT_EQ(tune::placesFor(8 << 20, 16), 16);
  EXPECT_EQ(tune::placesFor(64 << 20, 16), 2);
  EXPECT_EQ(tune::placesFor(int64_t(3) << 30, 16), 1);
}

class PlacesOfKernel : public testing::Test {
protected:
  void SetUp() override {
    if (!schedule::nativeTarget()) {
      GTEST_SKIP() << "this machine executes none of the targets";
    }
    data = llvm::cantFail(tune::KernelData::create(*contraction.plan, {}));
    launch = contraction.launch;
    ASSERT_GT(data->numPlaces(), 2u);
  }

  ArrayRef<char> input(size_t place) {
    return data->bytesOf(launch.getInputs()[0].getDefiningOp(), place);
  }
  ArrayRef<char> output(size_t place) {
    return data->bytesOf(launch.getOutputs()[0].getDefiningOp(), place);
  }

  Contraction contraction{24, 32, 40, Factors::floats, "0.5"};
  kernel::LaunchOp launch;
  std::unique_ptr<tune::KernelData> data;
};

TEST_F(PlacesOfKernel, HaveTheSameNumbers) {
  data->fillAll(launch);
  EXPECT_NE(input(0).data(), input(1).data());
  EXPECT_EQ(input(0), input(1));
  EXPECT_EQ(input(0), input(data->numPlaces() - 1));
}

// Results are compared in the first place alone.
TEST_F(PlacesOfKernel, AreFilledForMeasuringAlone) {
  std::vector<char> untouched = input(1);
  data->fill(launch);
  EXPECT_NE(input(0), ArrayRef(untouched));
  EXPECT_EQ(input(1), ArrayRef(untouched));
}

TEST_F(PlacesOfKernel, AreReadAndWrittenAlone) {
  const schedule::Target &target = *schedule::nativeTarget();
  for (unsigned copies : {1u, 3u}) {
    auto code = llvm::cantFail(tune::KernelCode::compile(
        *contraction.plan, launch, {schedule::chooseSchedule(launch, target)},
        target, *data, /*jobs=*/1, copies));
    tune::Kernel &kernel = code->kernels().front();
    data->fillAll(launch);
    std::vector<char> zeroes = output(0);
    EXPECT_EQ(kernel.run(/*copy=*/copies - 1, /*place=*/2), 0);
    EXPECT_EQ(output(0), ArrayRef(zeroes));
    EXPECT_NE(output(2), ArrayRef(zeroes));
    EXPECT_EQ(kernel.run(), 0);
    EXPECT_EQ(output(0), output(2));
    EXPECT_EQ(output(1), ArrayRef(zeroes));
  }
}

} // namespace
