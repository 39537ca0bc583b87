//===- fastest_in_model_test.cc - schedules that lose give way ------------===//

#include "codegen/schedule/Target.h"
#include "compiler/tools/FastestInModel.h"
#include "tests/compiler/tools/PlainLoop.h"
#include <gtest/gtest.h>

using namespace tessera;
using namespace tessera::tools;

namespace {

class FastestInModel : public testing::Test {
protected:
  void SetUp() override {
    if (!schedule::nativeTarget()) {
      GTEST_SKIP() << "this machine executes none of the targets";
    }
    options.modelPath = TESSERA_DIGITS_MODEL;
    options.targets = {schedule::nativeTarget()->name.str()};
    slow = slowKernelOf(options, *schedule::nativeTarget());
  }

  /// Its default, and a loop over single points that seemed to be four times
  /// faster.
  ModelKernel misjudgedKernel() {
    ModelKernel kernel;
    kernel.key = slow.key;
    kernel.standard = {slow.standard, 4000};
    kernel.faster = {{slow.plain, 1000}};
    kernel.record.emplace();
    kernel.record->kernel = slow.key;
    kernel.record->target = options.targets.front();
    kernel.record->schedule = slow.plain;
    kernel.record->time = 1000;
    return kernel;
  }

  KeptInModel keepFastest(ModelKernel &kernel) {
    RecordFiles files("", /*isCached=*/false);
    return llvm::cantFail(
        keepFastestInModel(kernel, files, options, {"batch=16"}, 0.2, stop));
  }

  CompileOptions options;
  SlowKernel slow;
  std::atomic<bool> stop = false;
};

TEST_F(FastestInModel, WhatIsSlowThereGivesWayToTheDefault) {
  ModelKernel kernel = misjudgedKernel();
  KeptInModel kept = keepFastest(kernel);
  EXPECT_EQ(kept.takenBack, 1u);
  EXPECT_EQ(kept.gain, 1.0);
  EXPECT_EQ(kernel.record->schedule, slow.standard);
  EXPECT_TRUE(kernel.record->isDefault);
  EXPECT_EQ(kernel.record->time, 4000);
}

TEST_F(FastestInModel, AnInterruptLeavesRecordsAsTheyAre) {
  ModelKernel kernel = misjudgedKernel();
  stop = true;
  EXPECT_EQ(keepFastest(kernel).takenBack, 0u);
  EXPECT_EQ(kernel.record->schedule, slow.plain);
}

} // namespace
