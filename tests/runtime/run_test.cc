//===- run_test.cc - workspace size and run -------------------------------===//

#include "hand_model.h"
#include <gtest/gtest.h>
#include <thread>
#include <xmmintrin.h>

using namespace tessera;

namespace {
class Run : public testing::Test {
protected:
  void SetUp() override { ASSERT_EQ(hand.open(), TSR_OK); }
  HandModel hand;
};

tsr_status workspaceSize(HandModel &hand, uint32_t structSize, int64_t rows,
                         size_t *bytes) {
  HandCall::Dims dims = {structSize, rows};
  int64_t scratch[64];
  return tsr_runtime_workspace_size(&hand.descriptor,
                                    reinterpret_cast<tsr_dims_header *>(&dims),
                                    bytes, scratch);
}
} // namespace

TEST_F(Run, ComputesAtEverySize) {
  for (int64_t rows : {0, 1, 2, 7, 100}) {
    HandCall call(rows);
    EXPECT_EQ(call.run(hand), TSR_OK);
    EXPECT_TRUE(call.isCorrect());
  }
}

TEST_F(Run, SizesOutOfBoundsOrInconsistentAreStatuses) {
  HandCall large(101), mismatch(13), negative(1);
  EXPECT_EQ(large.run(hand), TSR_DIMENSION_OUT_OF_BOUNDS);
  EXPECT_EQ(mismatch.run(hand), TSR_DIMENSION_MISMATCH);
  negative.dims.rows = -1;
  EXPECT_EQ(negative.run(hand), TSR_DIMENSION_OUT_OF_BOUNDS);
}

TEST_F(Run, StructSizesAreChecked) {
  HandCall inputs(3), outputs(3), dims(3), none(3);
  inputs.inputs.structSize = 0;
  EXPECT_EQ(inputs.run(hand), TSR_ABI_MISMATCH);
  outputs.outputs.structSize += 8;
  EXPECT_EQ(outputs.run(hand), TSR_ABI_MISMATCH);
  dims.dims.structSize = 4;
  EXPECT_EQ(dims.run(hand), TSR_ABI_MISMATCH);
  none.inputs.dims = nullptr;
  EXPECT_EQ(none.run(hand), TSR_INVALID_ARGUMENT);
}

TEST_F(Run, ThreadsAreChecked) {
  HandCall call(3);
  tsr_threads threads = {};
  EXPECT_EQ(call.run(hand, &threads), TSR_ABI_MISMATCH);
  threads.struct_size = sizeof(threads);
  EXPECT_EQ(call.run(hand, &threads), TSR_INVALID_ARGUMENT);
}

TEST_F(Run, ProfilerComesWithTheThreads) {
  HandCall call(3);
  int64_t told = 0;
  auto finished = [](void *context, int64_t launch) {
    *static_cast<int64_t *>(context) = launch;
  };
  auto serial = [](void *, int64_t count, tsr_task task, void *context) {
    for (int64_t i = 0; i < count; ++i) {
      task(context, i);
    }
  };
  tsr_profiler profiler = {finished, &told};
  tsr_profiled_threads threads = {{sizeof(threads), 2, serial, nullptr},
                                  &profiler};
  EXPECT_EQ(call.run(hand, &threads.threads), TSR_OK);
  EXPECT_TRUE(call.isCorrect());
  EXPECT_EQ(told, -1);
  told = 0;
  threads.threads.struct_size = sizeof(tsr_threads);
  EXPECT_EQ(call.run(hand, &threads.threads), TSR_OK);
  EXPECT_EQ(told, 0);
}

TEST_F(Run, NeedsAnOpenModel) {
  HandModel closed;
  HandCall call(3);
  EXPECT_EQ(call.run(closed), TSR_NOT_OPEN);
  closed.model.struct_size = 1;
  EXPECT_EQ(call.run(closed), TSR_ABI_MISMATCH);
}

TEST_F(Run, WorkspaceSize) {
  size_t bytes = 1;
  EXPECT_EQ(workspaceSize(hand, 16, 5, &bytes), TSR_OK);
  EXPECT_EQ(bytes, 5u * kWorkspacePerRow);
  EXPECT_EQ(workspaceSize(hand, 16, 101, &bytes), TSR_DIMENSION_OUT_OF_BOUNDS);
  EXPECT_EQ(workspaceSize(hand, 24, 5, &bytes), TSR_ABI_MISMATCH);
  EXPECT_EQ(workspaceSize(hand, 16, 5, nullptr), TSR_INVALID_ARGUMENT);
}

TEST_F(Run, WorkspaceIsTheMostOfAllVariants) {
  tsr_variant variants[2] = {hand.variants[0], hand.variants[0]};
  variants[1].workspace = [](const int64_t *) -> int64_t { return 6400; };
  hand.descriptor.variants = variants;
  hand.descriptor.variant_count = 2;
  size_t bytes = 0;
  EXPECT_EQ(workspaceSize(hand, 16, 5, &bytes), TSR_OK);
  EXPECT_EQ(bytes, 6400u);
}

TEST_F(Run, StatusOfAKernelIsReturned) {
  hand.variants[0].run = [](tsr_frame *frame) -> int32_t {
    frame->status = TSR_INDEX_OUT_OF_RANGE;
    return static_cast<int32_t>(frame->status);
  };
  HandCall call(3);
  EXPECT_EQ(call.run(hand), TSR_INDEX_OUT_OF_RANGE);
}

TEST_F(Run, FloatingPointModeIsDefaultInsideAndRestored) {
  static unsigned int inside;
  hand.variants[0].run = [](tsr_frame *) -> int32_t {
    inside = _mm_getcsr();
    return 0;
  };
  const unsigned int flushAndTruncate = 0xff80;
  unsigned int saved = _mm_getcsr();
  _mm_setcsr(flushAndTruncate);
  HandCall call(3);
  EXPECT_EQ(call.run(hand), TSR_OK);
  unsigned int after = _mm_getcsr();
  _mm_setcsr(saved);
  EXPECT_EQ(inside, 0x1f80u);
  EXPECT_EQ(after, flushAndTruncate);
}

TEST_F(Run, ConcurrentCallsWithTheirOwnMemory) {
  auto body = [&] {
    for (int i = 0; i < 200; ++i) {
      HandCall call(50);
      EXPECT_EQ(call.run(hand), TSR_OK);
      EXPECT_TRUE(call.isCorrect());
    }
  };
  std::thread first(body), second(body);
  first.join();
  second.join();
}

TEST(Status, EveryValueHasAText) {
  for (tsr_status status = TSR_OK; status <= TSR_NOT_A_MODEL; ++status) {
    EXPECT_STRNE(tsr_status_text(status), "unknown status") << status;
  }
  EXPECT_STREQ(tsr_status_text(-1), "unknown status");
}
