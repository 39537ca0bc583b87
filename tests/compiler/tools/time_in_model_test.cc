//===- time_in_model_test.cc - a bad schedule is slow within its model ----===//

#include "codegen/schedule/ScheduleFile.h"
#include "codegen/schedule/Target.h"
#include "compiler/tools/FasterTogether.h"
#include "compiler/tools/TimeInModel.h"
#include "tests/ScratchFolder.h"
#include "tests/compiler/tools/PlainLoop.h"
#include <fstream>
#include <gtest/gtest.h>

using namespace tessera;
using namespace tessera::tools;

namespace {

class TimeInModel : public testing::Test {
protected:
  void SetUp() override {
    if (!schedule::nativeTarget()) {
      GTEST_SKIP() << "this machine executes none of the targets";
    }
    target = schedule::nativeTarget()->name.str();
    options.modelPath = TESSERA_DIGITS_MODEL;
    options.targets = {target};
    records = folder / "records.jsonl";
  }

  /// Records a loop over single points for the kernel with the most work;
  /// returns its key.
  std::string recordPlainLoop() {
    std::string key;
    visitWidest(options, [&](kernel::LaunchOp launch) {
      key = schedule::kernelKeyOf(launch);
      std::ofstream(records)
          << "{\"kernel\": \"" << key << "\", \"target\": \"" << target
          << "\", \"schedule\": \"" << plainLoopOf(launch) << "\"}\n";
    });
    return key;
  }

  ScratchFolder folder;
  CompileOptions options;
  std::string target, records;
};

TEST_F(TimeInModel, SeesWhatASlowScheduleCosts) {
  std::string key = recordPlainLoop();
  auto times = timeInModel(options, {"", records}, {"batch=16"}, 0.1);
  ASSERT_TRUE(bool(times)) << llvm::toString(times.takeError());
  ASSERT_EQ(times->size(), 2u);
  double standard = times->front().kernels.lookup(key);
  EXPECT_GT(standard, 0);
  EXPECT_GT(times->back().kernels.lookup(key), 1.5 * standard);
  EXPECT_GE(times->front().rounds.size(), 12u);
  EXPECT_GT(gainBeyondNoise(times->back().rounds, times->front().rounds), 1);
}

TEST_F(TimeInModel, LeavesOutVersionsThatThereIsNoTimeFor) {
  recordPlainLoop();
  auto times =
      timeInModel(options, {"", records, "", records}, {"batch=16"}, 1e-6);
  ASSERT_TRUE(bool(times)) << llvm::toString(times.takeError());
  EXPECT_EQ(times->size(), 2u);
}

TEST_F(TimeInModel, SaysThatTheModelCannotBeRun) {
  recordPlainLoop();
  auto times = timeInModel(options, {"", records}, {"absent=3"}, 0.1);
  ASSERT_FALSE(bool(times));
  EXPECT_NE(llvm::toString(times.takeError()).find("absent"),
            std::string::npos);
}

} // namespace
