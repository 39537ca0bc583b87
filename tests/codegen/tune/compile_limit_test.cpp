//===- compile_limit_test.cpp - schedules for which there is no time ------===//

#include "codegen/schedule/EnumerateSchedules.h"
#include "codegen/tune/KernelCode.h"
#include "codegen/tune/MeasureSchedules.h"
#include "tests/codegen/Contraction.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace tessera;

namespace {

class CompileLimit : public testing::Test {
protected:
  void SetUp() override {
    target = schedule::nativeTarget();
    if (!target) {
      GTEST_SKIP() << "this machine executes none of the targets";
    }
    ASSERT_TRUE(launch);
    schedules = schedule::enumerateSchedules(launch, *target, kSchedules);
    data = llvm::cantFail(tune::KernelData::create(plan, {}));
  }

  std::vector<kernel::ScheduleAttr> compiled(std::function<bool()> isOver) {
    auto code = llvm::cantFail(
        tune::KernelCode::compile(plan, launch, schedules, *target, *data,
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
  Contraction contraction{64, 64, 64, Factors::floats, "1.0"};
  ModuleOp plan = *contraction.plan;
  kernel::LaunchOp launch = contraction.launch;
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
      plan, launch, schedules, *target, tune::thisMachine(), *data, options));
  ASSERT_FALSE(measured.empty());
  EXPECT_LT(measured.size(), schedules.size());
  EXPECT_EQ(measured.front().schedule, schedules.front());
}

} // namespace
