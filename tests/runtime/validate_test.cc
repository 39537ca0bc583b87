//===- validate_test.cc - wrong memory is a status ------------------------===//

#include "hand_model.h"
#include <gtest/gtest.h>

using namespace tessera;

namespace {
class Validate : public testing::Test {
protected:
  void SetUp() override { ASSERT_EQ(hand.open(), TSR_OK); }
  HandModel hand;
  HandCall call{10};
};
} // namespace

TEST_F(Validate, GoodCall) { EXPECT_EQ(call.run(hand), TSR_OK); }

TEST_F(Validate, InputBytes) {
  call.inputs.x.bytes -= 4;
  EXPECT_EQ(call.run(hand), TSR_SIZE_MISMATCH);
  call.inputs.x.bytes += 8;
  EXPECT_EQ(call.run(hand), TSR_SIZE_MISMATCH);
}

TEST_F(Validate, OutputCapacity) {
  int64_t extents[2] = {0, 0};
  call.outputs.y.extents = extents;
  call.outputs.y.bytes -= 1;
  EXPECT_EQ(call.run(hand), TSR_OUTPUT_TOO_SMALL);
  EXPECT_EQ(extents[0], 10);
  EXPECT_EQ(extents[1], kColumns);
}

TEST_F(Validate, ExtentsOfEveryOutputAreReported) {
  int64_t extent = 0;
  call.outputs.z.extents = &extent;
  call.outputs.y.bytes = 0;
  EXPECT_EQ(call.run(hand), TSR_OUTPUT_TOO_SMALL);
  EXPECT_EQ(extent, 10);
}

TEST_F(Validate, MissingMemory) {
  HandCall noInput(10), noOutput(10), noWorkspace(10);
  noInput.inputs.x.data = nullptr;
  EXPECT_EQ(noInput.run(hand), TSR_INVALID_ARGUMENT);
  noOutput.outputs.z.data = nullptr;
  EXPECT_EQ(noOutput.run(hand), TSR_INVALID_ARGUMENT);
  noWorkspace.workspace = nullptr;
  EXPECT_EQ(noWorkspace.run(hand), TSR_INVALID_ARGUMENT);
}

TEST_F(Validate, EmptyTensorsNeedNoMemory) {
  HandCall empty(0);
  empty.inputs.x.data = nullptr;
  empty.outputs.y.data = nullptr;
  empty.outputs.z.data = nullptr;
  empty.workspace = nullptr;
  EXPECT_EQ(empty.run(hand), TSR_OK);
}

TEST_F(Validate, Alignment) {
  HandCall input(10), output(10), workspace(10);
  input.inputs.x.data = reinterpret_cast<char *>(input.x.data()) + 2;
  EXPECT_EQ(input.run(hand), TSR_MISALIGNED);
  output.outputs.z.data = reinterpret_cast<char *>(output.z.data()) + 4;
  EXPECT_EQ(output.run(hand), TSR_MISALIGNED);
  workspace.workspace = static_cast<char *>(workspace.workspace) + 32;
  EXPECT_EQ(workspace.run(hand), TSR_MISALIGNED);
}

TEST_F(Validate, WorkspaceSize) {
  call.bytes -= 1;
  EXPECT_EQ(call.run(hand), TSR_WORKSPACE_TOO_SMALL);
}

TEST_F(Validate, Overlap) {
  HandCall inPlace(10), outputs(10), workspace(10), inputWorkspace(10);
  inPlace.outputs.y.data = inPlace.x.data();
  EXPECT_EQ(inPlace.run(hand), TSR_OVERLAP);
  outputs.outputs.z.data = outputs.y.data() + 2;
  EXPECT_EQ(outputs.run(hand), TSR_OVERLAP);
  workspace.outputs.y.data = workspace.workspace;
  EXPECT_EQ(workspace.run(hand), TSR_OVERLAP);
  inputWorkspace.inputs.x.data = inputWorkspace.workspace;
  EXPECT_EQ(inputWorkspace.run(hand), TSR_OVERLAP);
}

TEST_F(Validate, RoomUpToTheEndOfMemoryOverlaps) {
  call.outputs.y.data = call.x.data();
  call.outputs.y.bytes = SIZE_MAX;
  EXPECT_EQ(call.run(hand), TSR_OVERLAP);
}

TEST_F(Validate, NeighboursDoNotOverlap) {
  std::vector<float> both(2 * 10 * kColumns);
  call.inputs.x.data = both.data();
  call.outputs.y.data = both.data() + 10 * kColumns;
  EXPECT_EQ(call.run(hand), TSR_OK);
}
