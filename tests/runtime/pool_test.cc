//===- pool_test.cc - the built-in thread pool ----------------------------===//

extern "C" {
#include "internal.h"
}
#include <atomic>
#include <gtest/gtest.h>
#include <thread>
#include <vector>

namespace {

/// Counts how often each index ran; plain memory, so that a race shows.
struct Counts {
  std::vector<int> hits;
  explicit Counts(size_t size) : hits(size) {}
  bool allOnce() const {
    return std::all_of(hits.begin(), hits.end(),
                       [](int hit) { return hit == 1; });
  }
};

void countOne(void *context, int64_t index) {
  ++static_cast<Counts *>(context)->hits[index];
}

void runOn(const tsr_threads &threads, Counts &counts) {
  threads.parallel_for(threads.context, counts.hits.size(), countOne, &counts);
}

class Pool : public testing::TestWithParam<uint32_t> {
protected:
  void SetUp() override {
    ASSERT_EQ(tsr_runtime_threads_create(GetParam(), &threads), TSR_OK);
  }
  void TearDown() override {
    EXPECT_EQ(tsr_runtime_threads_destroy(&threads), TSR_OK);
  }
  tsr_threads threads = {};
};

} // namespace

TEST_P(Pool, RunsEveryIndexOnce) {
  EXPECT_EQ(threads.count, GetParam());
  for (size_t size : {0, 1, 2, 3, 8, 100}) {
    for (int repeat = 0; repeat < 50; ++repeat) {
      Counts counts(size);
      runOn(threads, counts);
      EXPECT_TRUE(counts.allOnce());
    }
  }
}

TEST_P(Pool, ManySmallJobsWithPauses) {
  for (int repeat = 0; repeat < 300; ++repeat) {
    Counts counts(repeat % 9);
    runOn(threads, counts);
    EXPECT_TRUE(counts.allOnce());
    if (repeat % 60 == 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }
}

TEST_P(Pool, BusyPoolRunsTheSecondCallerSerially) {
  auto body = [&] {
    for (int repeat = 0; repeat < 200; ++repeat) {
      Counts counts(16);
      runOn(threads, counts);
      EXPECT_TRUE(counts.allOnce());
    }
  };
  std::thread first(body), second(body), third(body);
  first.join();
  second.join();
  third.join();
}

TEST_P(Pool, NestedCallsRunSerially) {
  struct Nested {
    tsr_threads *threads;
    std::atomic<int> inner{0};
  } nested;
  nested.threads = &threads;
  auto outer = [](void *context, int64_t) {
    auto *nested = static_cast<Nested *>(context);
    Counts counts(5);
    runOn(*nested->threads, counts);
    nested->inner += counts.allOnce() ? 1 : 0;
  };
  threads.parallel_for(threads.context, 10, outer, &nested);
  EXPECT_EQ(nested.inner, 10);
}

INSTANTIATE_TEST_SUITE_P(Sizes, Pool, testing::Values(1, 2, 3, 8));

TEST(PoolArguments, WrongOnesAreStatuses) {
  tsr_threads threads = {};
  EXPECT_EQ(tsr_runtime_threads_create(0, &threads), TSR_INVALID_ARGUMENT);
  EXPECT_EQ(tsr_runtime_threads_create(100000, &threads), TSR_INVALID_ARGUMENT);
  EXPECT_EQ(tsr_runtime_threads_create(2, nullptr), TSR_INVALID_ARGUMENT);
  EXPECT_EQ(tsr_runtime_threads_destroy(&threads), TSR_INVALID_ARGUMENT);
  EXPECT_EQ(tsr_runtime_threads_destroy(nullptr), TSR_INVALID_ARGUMENT);
}
