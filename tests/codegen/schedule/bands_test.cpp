//===- bands_test.cpp - attacks on launches that take turns ---------------===//
//
// Random launches on one piece of memory, run by the runtime in the bands that
// were found for them. Of two launches whose tasks touch the same element, one
// of them storing it, the first launch's task must have run before the second's
// on any number of threads: found by visiting every element.
//
//===----------------------------------------------------------------------===//

#include "codegen/schedule/Bands.h"
#include "random_launches.h"
#include "tessera/abi.h"
#include <map>

using namespace tessera::schedule;

namespace {

class BandedLaunches : public RandomLaunches {
protected:
  /// Lets nothing be known of an operand of some launches, as of tables that
  /// are read at computed places.
  void forgetSome(llvm::MutableArrayRef<JoinCandidate> launches) {
    for (JoinCandidate &launch : launches) {
      if (random() % 12 == 0) {
        Footprint &known = launch.footprints[random() % 2];
        Footprint unknown;
        unknown.buffer = known.buffer;
        unknown.isStored = known.isStored;
        known = unknown;
      }
    }
  }
};

/// When a task ran: tasks of the same call of parallel_for and different parts
/// may run at the same time.
struct Moment {
  int64_t call = -1, part = 0, place = 0;

  bool isBefore(const Moment &other) const {
    return call < other.call ||
           (call == other.call && part == other.part && place < other.place);
  }
};

/// Threads that record when the tasks of a launch run.
struct Recorder {
  Moment now = {0, 0, 0};

  static void parallelFor(void *context, int64_t parts, tsr_task task,
                          void *argument) {
    auto *self = static_cast<Recorder *>(context);
    ++self->now.call;
    for (int64_t part = 0; part < parts; ++part) {
      self->now.part = part;
      task(argument, part);
    }
    ++self->now.call;
    self->now.part = 0;
  }
};

struct RecordedLaunch {
  Recorder *recorder;
  std::vector<Moment> moments;

  static void run(void *context, int64_t begin, int64_t end) {
    auto *self = static_cast<RecordedLaunch *>(context);
    for (int64_t task = begin; task < end; ++task) {
      ++self->recorder->now.place;
      // No task may run twice.
      EXPECT_EQ(self->moments[task].call, -1);
      self->moments[task] = self->recorder->now;
    }
  }
};

/// Runs the launches in bands and returns when the tasks of each ran.
std::vector<std::vector<Moment>>
momentsOf(llvm::ArrayRef<Copy> launches, const Bands &bands, uint32_t threads) {
  Recorder recorder;
  std::vector<RecordedLaunch> recorded;
  for (const Copy &launch : launches) {
    recorded.push_back({&recorder, std::vector<Moment>(launch.taskCount())});
  }
  std::vector<tsr_banded_launch> banded;
  for (size_t i = 0; i < recorded.size(); ++i) {
    banded.push_back({RecordedLaunch::run, &recorded[i], bands.ends[i].data(),
                      bands.edges[i]});
  }
  tsr_threads handed = {sizeof(handed), threads, Recorder::parallelFor,
                        &recorder};
  tsr_runtime_parallel_bands(&handed, banded.data(), banded.size(),
                             bands.ends[0].size());
  std::vector<std::vector<Moment>> moments;
  for (RecordedLaunch &launch : recorded) {
    moments.push_back(std::move(launch.moments));
  }
  return moments;
}

/// Tasks that touch an element, and whether they store it.
using Touched = std::multimap<int64_t, std::pair<int64_t, bool>>;

/// Whether every task ran, and those that meet in order.
bool areInOrder(llvm::ArrayRef<Copy> launches,
                const std::vector<std::vector<Moment>> &moments) {
  bool right = true;
  std::vector<Touched> touched(launches.size());
  for (size_t i = 0; i < launches.size(); ++i) {
    for (const Moment &moment : moments[i]) {
      right &= moment.call >= 0;
    }
    launches[i].forEach([&](int64_t at, bool isStored, int64_t task) {
      touched[i].insert({at, {task, isStored}});
      for (size_t before = 0; before < i; ++before) {
        auto [first, last] = touched[before].equal_range(at);
        for (auto other = first; other != last; ++other) {
          auto [otherTask, otherStored] = other->second;
          right &= (!isStored && !otherStored) ||
                   moments[before][otherTask].isBefore(moments[i][task]);
        }
      }
    });
  }
  return right;
}

/// Whether the first launch is not done when the last one starts.
bool takeTurns(const Bands &bands) {
  return bands.ends.front().front() < bands.ends.front().back();
}

TEST_F(BandedLaunches, WhatMeetsRunsInOrder) {
  int turns = 0, shared = 0;
  for (int i = 0; i < 3000; ++i) {
    int64_t extents[kDims] = {choose({8, 9, 12}), choose({1, 2, 4}),
                              choose({1, 3, 4})};
    std::vector<Copy> launches = {copy(extents), copy(extents), copy(extents)};
    for (int j : {1, 2}) {
      if (random() % 4) {
        // It reads what the one before stores, perhaps rows further on.
        launches[j].from = launches[j - 1].to;
        std::copy_n(launches[j - 1].extents, kDims, launches[j].extents);
        std::copy_n(launches[j - 1].order, kDims, launches[j].order);
        launches[j].from.base += choose({0, 0, 1, 4, 16});
      }
    }
    int64_t count = choose({2, 4, 6, 8});
    llvm::SmallVector<JoinCandidate> candidates =
        candidatesOf({&launches[0], &launches[1], &launches[2]});
    forgetSome(candidates);
    Bands bands = bandsOf(candidates, count, Places::known);
    turns += takeTurns(bands);
    shared +=
        takeTurns(bands) && bands.edges[0] > 0 && bands.edges[0] <= count / 2;
    for (uint32_t threads : {1, 2, 3, 4}) {
      ASSERT_TRUE(areInOrder(launches, momentsOf(launches, bands, threads)))
          << threads << " threads, " << count << " bands:\n"
          << launches[0].text() << launches[1].text() << launches[2].text();
    }
  }
  // Many take turns, and parts with edges among them.
  EXPECT_GT(turns, 300);
  EXPECT_GT(shared, 100);
}

} // namespace
