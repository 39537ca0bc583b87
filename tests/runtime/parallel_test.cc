//===- parallel_test.cc - splitting a launch ------------------------------===//

extern "C" {
#include "internal.h"
}
#include <algorithm>
#include <gtest/gtest.h>
#include <utility>
#include <vector>

namespace {
using Ranges = std::vector<std::pair<int64_t, int64_t>>;

void record(void *context, int64_t begin, int64_t end) {
  static_cast<Ranges *>(context)->push_back({begin, end});
}

/// The counts that a caller's parallel_for got; it runs tasks one after
/// another.
void countParts(void *counts, int64_t count, tsr_task task, void *context) {
  static_cast<std::vector<int64_t> *>(counts)->push_back(count);
  for (int64_t part = 0; part < count; ++part) {
    task(context, part);
  }
}

/// One launch of several that write to the same record, behind its number.
struct Launch {
  std::vector<std::pair<int, Ranges::value_type>> *record;
  int number;
};

void recordLaunch(void *context, int64_t begin, int64_t end) {
  const Launch *launch = static_cast<const Launch *>(context);
  launch->record->push_back({launch->number, {begin, end}});
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

TEST(Parallel, OneThreadGetsAllStepsAtOnce) {
  Ranges ranges;
  tsr_runtime_parallel_steps(nullptr, record, &ranges, 3, 10);
  EXPECT_EQ(ranges, (Ranges{{0, 30}}));
  // One task in a step leaves nothing to share.
  int calls = 0;
  tsr_threads threads = {sizeof(threads), 2, backwards, &calls};
  tsr_runtime_parallel_steps(&threads, record, &ranges, 4, 1);
  EXPECT_EQ(ranges.back(), std::make_pair(int64_t(0), int64_t(4)));
  EXPECT_EQ(calls, 0);
}

TEST(Parallel, NoStepsOrNothingInThem) {
  Ranges ranges;
  tsr_runtime_parallel_steps(nullptr, record, &ranges, 0, 5);
  tsr_runtime_parallel_steps(nullptr, record, &ranges, 5, 0);
  EXPECT_TRUE(ranges.empty());
}

TEST(Parallel, StepsFollowEachOther) {
  constexpr int64_t kSteps = 4;
  for (int64_t count : {2, 3, 8, 100}) {
    int calls = 0;
    tsr_threads threads = {sizeof(threads), 3, backwards, &calls};
    Ranges ranges;
    tsr_runtime_parallel_steps(&threads, record, &ranges, kSteps, count);
    EXPECT_EQ(calls, kSteps);
    size_t parts = ranges.size() / kSteps;
    for (int64_t step = 0; step < kSteps; ++step) {
      auto first = ranges.begin() + step * parts, last = first + parts;
      std::sort(first, last);
      int64_t next = step * count;
      for (auto part = first; part != last; ++part) {
        EXPECT_EQ(part->first, next);
        next = part->second;
      }
      EXPECT_EQ(next, (step + 1) * count);
    }
  }
}

TEST(Parallel, EachThreadGetsOnePart) {
  for (uint32_t count : {2, 3, 4, 16}) {
    std::vector<int64_t> counts;
    tsr_threads threads = {sizeof(threads), count, countParts, &counts};
    for (int64_t points = count; points <= 3 * count + 1; ++points) {
      Ranges ranges;
      counts.clear();
      tsr_runtime_parallel(&threads, record, &ranges, points);
      EXPECT_EQ(counts, std::vector<int64_t>{count});
      ASSERT_EQ(ranges.size(), count);
      int64_t next = 0, least = points / count;
      for (auto [begin, end] : ranges) {
        EXPECT_EQ(begin, next);
        EXPECT_GE(end - begin, least);
        EXPECT_LE(end - begin, least + (points % count != 0));
        next = end;
      }
      EXPECT_EQ(next, points);
    }
  }
}

TEST(Parallel, FewPointsAreOnePartEach) {
  std::vector<int64_t> counts;
  tsr_threads threads = {sizeof(threads), 8, countParts, &counts};
  Ranges ranges;
  tsr_runtime_parallel(&threads, record, &ranges, 3);
  EXPECT_EQ(counts, std::vector<int64_t>{3});
  EXPECT_EQ(ranges, (Ranges{{0, 1}, {1, 2}, {2, 3}}));
}

TEST(Parallel, JoinedLaunchesAreHandedOutOnce) {
  std::vector<std::pair<int, Ranges::value_type>> record;
  Launch first = {&record, 0}, second = {&record, 1}, third = {&record, 2};
  // Seven units of one task, seven of three of which the last has two, and one
  // task that is no unit.
  tsr_joined_launch launches[] = {{recordLaunch, &first, 7, 1},
                                  {recordLaunch, &second, 20, 3},
                                  {recordLaunch, &third, 1, 0}};
  for (uint32_t count : {2, 3, 7, 16}) {
    int calls = 0;
    tsr_threads threads = {sizeof(threads), count, backwards, &calls};
    record.clear();
    tsr_runtime_parallel_joined(&threads, launches, 3);
    EXPECT_EQ(calls, 1);
    int64_t begins[3] = {7, 20, 1}, last = 0;
    for (auto [number, range] : record) {
      // Parts come backwards, launches in order within each.
      EXPECT_EQ(range.second, begins[number]);
      begins[number] = range.first;
      EXPECT_TRUE(number > last || number == 0);
      if (number == 1) {
        EXPECT_EQ(range.first, 3 * begins[0]);
      }
      last = number;
    }
    EXPECT_EQ(begins[0] + begins[1] + begins[2], 0);
  }
}

TEST(Parallel, OneThreadRunsJoinedLaunchesInOrder) {
  std::vector<std::pair<int, Ranges::value_type>> record;
  Launch first = {&record, 0}, second = {&record, 1}, third = {&record, 2};
  tsr_joined_launch launches[] = {{recordLaunch, &first, 5, 1},
                                  {recordLaunch, &second, 0, 0},
                                  {recordLaunch, &third, 9, 2}};
  tsr_runtime_parallel_joined(nullptr, launches, 3);
  ASSERT_EQ(record.size(), 2u);
  EXPECT_EQ(record[0],
            std::make_pair(0, std::make_pair(int64_t(0), int64_t(5))));
  EXPECT_EQ(record[1],
            std::make_pair(2, std::make_pair(int64_t(0), int64_t(9))));
}

namespace {
/// Two launches of eight bands; each band of the second needs the first's up to
/// its own, and the last one of the part before.
class Bands : public testing::Test {
protected:
  static constexpr int64_t kBands = 8;
  std::vector<std::pair<int, Ranges::value_type>> record;
  Launch first = {&record, 0}, second = {&record, 1};
  int64_t firstEnds[kBands] = {3, 5, 7, 9, 11, 13, 15, 16};
  int64_t secondEnds[kBands] = {1, 2, 3, 4, 5, 6, 7, 8};
  tsr_banded_launch launches[2] = {{recordLaunch, &first, firstEnds, 1},
                                   {recordLaunch, &second, secondEnds, 0}};

  /// How many calls of parallel_for so many threads make.
  int run(uint32_t count) {
    int calls = 0;
    tsr_threads threads = {sizeof(threads), count, backwards, &calls};
    record.clear();
    tsr_runtime_parallel_bands(&threads, launches, 2, kBands);
    return calls;
  }

  static std::pair<int, Ranges::value_type> entry(int launch, int64_t begin,
                                                  int64_t end) {
    return {launch, {begin, end}};
  }
};
} // namespace

TEST_F(Bands, OneThreadTakesTurns) {
  EXPECT_EQ(run(1), 0);
  ASSERT_EQ(record.size(), 2u * kBands);
  EXPECT_EQ(record[0], entry(0, 0, 3));
  EXPECT_EQ(record[1], entry(1, 0, 1));
  EXPECT_EQ(record[2], entry(0, 3, 5));
  EXPECT_EQ(record[15], entry(1, 7, 8));
}

TEST_F(Bands, EdgesComeFirst) {
  EXPECT_EQ(run(2), 2);
  // Parts come backwards: the last one has no edge that another needs and
  // begins with its own first band.
  EXPECT_EQ(record[0], entry(0, 9, 11));
  EXPECT_EQ(record[1], entry(0, 7, 9));
  // Then the second part without that band, and the first without its edge.
  EXPECT_EQ(record[2], entry(1, 4, 5));
  EXPECT_EQ(record[3], entry(0, 11, 13));
  EXPECT_EQ(record[9], entry(0, 0, 3));
  EXPECT_EQ(record.back(), entry(1, 3, 4));
  EXPECT_EQ(record.size(), 2u * kBands);
}

TEST_F(Bands, WithoutEdgesThereIsOneWait) {
  launches[0].edge = 0;
  EXPECT_EQ(run(2), 1);
  EXPECT_EQ(record.size(), 2u * kBands);
}

TEST_F(Bands, LaunchesRunOneByOneWhereBandsAreTooFewOrUneven) {
  // Three threads would get two bands or three; sixteen less than one.
  for (uint32_t count : {3, 16}) {
    EXPECT_EQ(run(count), 2);
    int last = 0;
    for (auto [number, range] : record) {
      EXPECT_GE(number, last);
      last = number;
    }
  }
  // Parts of four bands cannot hold an edge of five.
  launches[0].edge = 5;
  EXPECT_EQ(run(2), 2);
  EXPECT_EQ(record[0], entry(0, 8, 16));
}

TEST_F(Bands, EveryTaskRunsOnce) {
  for (int64_t edge : {0, 1, 2, 3}) {
    launches[0].edge = edge;
    launches[1].edge = edge / 2;
    for (uint32_t count : {1, 2, 3, 4, 5, 8}) {
      run(count);
      std::vector<int> times[2] = {std::vector<int>(16), std::vector<int>(8)};
      for (auto [number, range] : record) {
        for (int64_t task = range.first; task < range.second; ++task) {
          ++times[number][task];
        }
      }
      for (const std::vector<int> &launch : times) {
        EXPECT_EQ(std::count(launch.begin(), launch.end(), 1), launch.size())
            << edge << " edges, " << count << " threads";
      }
    }
  }
}
