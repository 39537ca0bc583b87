//===- other_size_test.cc - what wins at one size may lose at another -----===//

#include "codegen/schedule/ChooseSchedule.h"
#include "compiler/tools/Tune.h"
#include "mlir/AsmParser/AsmParser.h"
#include <gtest/gtest.h>

using namespace tessera;
using namespace tessera::tools;

namespace {

class OtherSize : public testing::Test {
protected:
  void SetUp() override {
    context.loadDialect<kernel::TskDialect>();
    workshop.target =
        std::make_shared<schedule::Target>(schedule::allTargets().front());
    // Half the default's time at the usual size.
    result.measured = {measurement("[4, 8]", 100), measurement("[8, 8]", 50)};
    result.confirmed = {1};
  }

  tune::Measurement measurement(llvm::StringRef tile, double time,
                                bool agrees = true) {
    tune::Measurement measured;
    std::string text =
        "#tsk.schedule<nest, vector_dim = 1, lanes = 8, tile = " + tile.str() +
        ", order = [0, 1], tasks = 0, packed = []>";
    measured.schedule =
        llvm::cast<kernel::ScheduleAttr>(mlir::parseAttribute(text, &context));
    measured.time = time;
    measured.agrees = agrees;
    return measured;
  }

  /// What is recorded after these times, and whether results agreed, at the
  /// other size.
  tune::TuningRecord recorded(double standard, double best,
                              bool agrees = true) {
    result.compareElsewhere(measurement("[4, 8]", standard),
                            measurement("[8, 8]", best, agrees));
    return workshop.recordOf(result, "key", "map", 10);
  }

  mlir::MLIRContext context;
  Workshop workshop;
  tune::TuneResult result;
};

TEST_F(OtherSize, WhatLosesThereIsNotRecorded) {
  tune::TuningRecord record = recorded(130, 131);
  EXPECT_TRUE(record.isDefault);
  EXPECT_EQ(record.time, 100);
  EXPECT_NE(record.schedule.find("tile = [4, 8]"), std::string::npos);
}

TEST_F(OtherSize, WhatIsNotSlowerThereIsRecorded) {
  tune::TuningRecord record = recorded(130, 130);
  EXPECT_FALSE(record.isDefault);
  EXPECT_EQ(record.time, 50);
  EXPECT_NE(record.schedule.find("tile = [8, 8]"), std::string::npos);
}

TEST_F(OtherSize, WhatComputesSomethingElseThereIsNotRecorded) {
  EXPECT_TRUE(recorded(130, 60, /*agrees=*/false).isDefault);
}

} // namespace
