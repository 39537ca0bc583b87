//===- fastest_in_model_test.cc - schedules that lose give way ------------===//

#include "codegen/schedule/ChooseSchedule.h"
#include "codegen/schedule/ScheduleFile.h"
#include "compiler/tools/FastestInModel.h"
#include "tests/compiler/tools/PlainLoop.h"
#include <gtest/gtest.h>

using namespace tessera;
using namespace tessera::tools;

namespace {

/// As it is after tuning alone, which recorded the first of `faster`.
ModelKernel tunedKernel(const std::string &key, const std::string &target,
                        const TimedSchedule &standard,
                        const std::vector<TimedSchedule> &faster) {
  ModelKernel kernel;
  kernel.key = key;
  kernel.standard = standard;
  kernel.faster = faster;
  kernel.record.emplace();
  kernel.record->kernel = key;
  kernel.record->target = target;
  kernel.record->schedule = faster.front().schedule;
  kernel.record->time = faster.front().time;
  return kernel;
}

class FastestInModel : public testing::Test {
protected:
  void SetUp() override {
    if (!schedule::nativeTarget()) {
      GTEST_SKIP() << "this machine executes none of the targets";
    }
    options.modelPath = TESSERA_DIGITS_MODEL;
    options.targets = {schedule::nativeTarget()->name.str()};
    visitWidest(options, [&](kernel::LaunchOp launch) {
      key = schedule::kernelKeyOf(launch);
      plain = plainLoopOf(launch);
      llvm::raw_string_ostream(standard)
          << schedule::chooseSchedule(launch, *schedule::nativeTarget());
    });
  }

  /// Its default, and a loop over single points that seemed to be four times
  /// faster.
  ModelKernel misjudgedKernel() {
    return tunedKernel(key, options.targets.front(), {standard, 4000},
                       {{plain, 1000}});
  }

  KeptInModel keepFastest(ModelKernel &kernel) {
    RecordFiles files("", /*isCached=*/false);
    return keepFastestInModel(kernel, files, options, {"batch=16"}, 0.2, stop);
  }

  CompileOptions options;
  std::string key, standard, plain;
  std::atomic<bool> stop = false;
};

TEST_F(FastestInModel, WhatIsSlowThereGivesWayToTheDefault) {
  ModelKernel kernel = misjudgedKernel();
  KeptInModel kept = keepFastest(kernel);
  EXPECT_EQ(kept.takenBack, 1u);
  EXPECT_EQ(kept.gain, 1.0);
  EXPECT_EQ(kernel.record->schedule, standard);
  EXPECT_TRUE(kernel.record->isDefault);
  EXPECT_EQ(kernel.record->time, 4000);
}

TEST_F(FastestInModel, AnInterruptLeavesRecordsAsTheyAre) {
  ModelKernel kernel = misjudgedKernel();
  stop = true;
  EXPECT_EQ(keepFastest(kernel).takenBack, 0u);
  EXPECT_EQ(kernel.record->schedule, plain);
}

/// Two kernels, of which the fastest alone are a1 and b1. Within the model a1
/// and b2 are, which no version has together at first.
class KeepFastest : public testing::Test {
protected:
  TimedVersion timesOf(const Choice &choice) const {
    constexpr double kTimes[2][3] = {{100, 60, 90}, {100, 90, 80}};
    double a = kTimes[0][choice[0]], b = kTimes[1][choice[1]];
    double another = choice[1] == 2 ? besideB2 : 10;
    TimedVersion timed;
    timed.kernels["a"] = a;
    timed.kernels["b"] = b;
    timed.kernels["another"] = another;
    timed.rounds.assign(4, a + b + another);
    return timed;
  }

  KeptInModel keep() {
    RecordFiles files("", /*isCached=*/false);
    return keepFastest(
        kernels, files,
        [&](llvm::ArrayRef<Choice> choices,
            double time) -> llvm::Expected<std::vector<TimedVersion>> {
          seconds.push_back(time);
          stop = seconds.size() == stopping;
          if (stop || seconds.size() == failing) {
            return llvm::createStringError("no memory");
          }
          std::vector<TimedVersion> times;
          for (const Choice &choice : choices) {
            times.push_back(timesOf(choice));
          }
          return times;
        },
        /*seconds=*/4, stop);
  }

  /// What it warns of.
  std::string warning(KeptInModel &kept) {
    testing::internal::CaptureStderr();
    kept = keep();
    return testing::internal::GetCapturedStderr();
  }

  std::vector<std::string> schedules() const {
    return {kernels[0].record->schedule, kernels[1].record->schedule};
  }

  std::vector<ModelKernel> kernels = {
      tunedKernel("a", "t", {"a0", 50}, {{"a1", 40}, {"a2", 45}}),
      tunedKernel("b", "t", {"b0", 50}, {{"b1", 40}, {"b2", 45}})};
  /// What a kernel that is not tuned takes then.
  double besideB2 = 10;
  /// The comparisons that fail, and that an interrupt ends; 0 for none.
  size_t failing = 0, stopping = 0;
  std::atomic<bool> stop = false;
  /// Of each comparison.
  std::vector<double> seconds;
};

TEST_F(KeepFastest, TheFastestOfEachIsKeptWhereTheModelIsFasterForThem) {
  KeptInModel kept = keep();
  EXPECT_EQ(schedules(), (std::vector<std::string>{"a1", "b2"}));
  EXPECT_EQ(kept.takenBack, 0u);
  EXPECT_EQ(kept.gain, 210.0 / 150);
  EXPECT_EQ(kernels[1].record->time, 45);
  EXPECT_EQ(seconds, (std::vector<double>{4, 2}));
}

TEST_F(KeepFastest, WhatSlowsTheOthersDownIsTakenBack) {
  besideB2 = 80;
  KeptInModel kept = keep();
  EXPECT_EQ(schedules(), (std::vector<std::string>{"a1", "b0"}));
  EXPECT_TRUE(kernels[1].record->isDefault);
  EXPECT_EQ(kept.takenBack, 1u);
  EXPECT_EQ(kept.gain, 210.0 / 170);
  EXPECT_EQ(seconds, (std::vector<double>{4, 2, 2}));
}

TEST_F(KeepFastest, AFirstComparisonThatFailsLeavesRecordsAsTheyAre) {
  failing = 1;
  KeptInModel kept;
  EXPECT_EQ(warning(kept),
            "warning: gains are those of kernels alone, since the model did "
            "not run on random inputs: no memory\n");
  EXPECT_EQ(schedules(), (std::vector<std::string>{"a1", "b1"}));
  EXPECT_EQ(kept.gain, std::nullopt);
}

TEST_F(KeepFastest, WhatSlowedTheModelDownIsTakenBackWhereTheNextFails) {
  besideB2 = 80;
  failing = 3;
  KeptInModel kept;
  EXPECT_NE(warning(kept).find("no memory"), std::string::npos);
  EXPECT_EQ(schedules(), (std::vector<std::string>{"a0", "b0"}));
  EXPECT_EQ(kept.takenBack, 2u);
}

TEST_F(KeepFastest, ALaterComparisonThatFailsLeavesTheFastestOfEach) {
  failing = 2;
  KeptInModel kept;
  EXPECT_EQ(warning(kept),
            "warning: what the schedules gain together is not known, since "
            "comparing them within the model failed: no memory\n");
  EXPECT_EQ(schedules(), (std::vector<std::string>{"a1", "b2"}));
  EXPECT_EQ(kept.gain, std::nullopt);
}

TEST_F(KeepFastest, AnInterruptIsNoWarning) {
  KeptInModel kept;
  for (size_t comparison : {2, 1}) {
    stop = false;
    seconds.clear();
    stopping = comparison;
    EXPECT_EQ(warning(kept), "");
  }
}

} // namespace
