//===- parallel_test.cc - splitting a launch ------------------------------===//

extern "C" {
#include "internal.h"
}
#include <gtest/gtest.h>
#include <utility>
#include <vector>

namespace {
using Ranges = std::vector<std::pair<int64_t, int64_t>>;

void record(void *context, int64_t begin, int64_t end) {
  static_cast<Ranges *>(context)->push_back({begin, end});
}

/// A caller's parallel_for that runs tasks one after another, backwards.
void backwards(void *calls, int64_t count, tsr_task task, void *context) {
  ++*static_cast<int *>(calls);
  while (count-- > 0) {
    task(context, count);
  }
}
} // namespace

TEST(Parallel, OneThreadGetsEverythingAtOnce) {
  Ranges ranges;
  tsr_runtime_parallel(nullptr, record, &ranges, 10);
  EXPECT_EQ(ranges, (Ranges{{0, 10}}));
  int calls = 0;
  tsr_threads one = {sizeof(one), 1, backwards, &calls};
  tsr_runtime_parallel(&one, record, &ranges, 5);
  EXPECT_EQ(ranges.back(), std::make_pair(int64_t(0), int64_t(5)));
  EXPECT_EQ(calls, 0);
}

TEST(Parallel, NothingToDo) {
  Ranges ranges;
  tsr_runtime_parallel(nullptr, record, &ranges, 0);
  EXPECT_TRUE(ranges.empty());
}

TEST(Parallel, PartsCoverEveryPointOnce) {
  for (int64_t count : {1, 2, 3, 7, 8, 9, 100, 1001}) {
    int calls = 0;
    tsr_threads threads = {sizeof(threads), 2, backwards, &calls};
    Ranges ranges;
    tsr_runtime_parallel(&threads, record, &ranges, count);
    std::sort(ranges.begin(), ranges.end());
    int64_t next = 0;
    for (auto [begin, end] : ranges) {
      EXPECT_EQ(begin, next);
      EXPECT_LT(begin, end);
      next = end;
    }
    EXPECT_EQ(next, count);
  }
}
