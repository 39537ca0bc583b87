//===- confirm_fastest_test.cpp - which schedule wins ---------------------===//

#include "codegen/tune/ConfirmFastest.h"
#include "llvm/ADT/DenseMap.h"
#include <cmath>
#include <gtest/gtest.h>

using namespace mlir;
using namespace tessera;
using namespace tessera::tune;

namespace {

class ConfirmFastest : public testing::Test {
protected:
  ConfirmFastest() {
    context.loadDialect<kernel::TskDialect>();
    standard = named(1), fast = named(2), other = named(3), third = named(4);
  }

  /// Schedules are told apart by their tile.
  kernel::ScheduleAttr named(int64_t tile, int64_t prefetch = 0) {
    return kernel::ScheduleAttr::get(
        &context, kernel::Algorithm::nest, /*vectorDim=*/0, /*lanes=*/8,
        DenseI64ArrayAttr::get(&context, {tile}),
        DenseI64ArrayAttr::get(&context, {0}), /*tasks=*/1,
        DenseI64ArrayAttr::get(&context, {}), DenseI64ArrayAttr(), prefetch,
        /*panel=*/0);
  }

  /// What a batch found.
  void looked(kernel::ScheduleAttr schedule, double time, bool agrees = true) {
    Measurement one;
    one.schedule = schedule;
    one.time = time;
    one.agrees = agrees;
    result.measured.push_back(one);
  }

  /// What measuring again finds, round by round; the last one repeats.
  void is(kernel::ScheduleAttr schedule, std::vector<double> rounds) {
    truth[schedule] = std::move(rounds);
  }

  void confirm() {
    llvm::cantFail(confirmFastest(
        result, options,
        [&](ArrayRef<kernel::ScheduleAttr> schedules,
            unsigned rounds) -> llvm::Expected<std::vector<Measurement>> {
          comparisons.emplace_back(schedules.begin(), schedules.end());
          std::vector<Measurement> found;
          for (kernel::ScheduleAttr schedule : schedules) {
            Measurement one;
            one.schedule = schedule;
            for (unsigned i = 0; i < rounds; ++i) {
              const std::vector<double> &times = truth.at(schedule);
              one.rounds.push_back(
                  times[std::min<size_t>(i, times.size() - 1)]);
            }
            one.time = one.rounds.back();
            found.push_back(one);
          }
          return found;
        }));
  }

  MLIRContext context;
  TuneOptions options;
  TuneResult result;
  llvm::DenseMap<Attribute, std::vector<double>> truth;
  std::vector<std::vector<kernel::ScheduleAttr>> comparisons;
  kernel::ScheduleAttr standard, fast, other, third;
};

TEST_F(ConfirmFastest, TheFasterOneWins) {
  looked(standard, 100);
  looked(fast, 80);
  is(standard, {200});
  is(fast, {150});
  confirm();
  EXPECT_EQ(result.best().schedule, fast);
  EXPECT_EQ(result.best().time, 150);
  EXPECT_EQ(result.standard().time, 200);
  EXPECT_EQ(comparisons.size(), 1u);
}

TEST_F(ConfirmFastest, NothingIsMeasuredWhereTheDefaultLooksFastest) {
  looked(standard, 100);
  looked(other, 101);
  confirm();
  EXPECT_FALSE(result.isFaster());
  EXPECT_TRUE(comparisons.empty());
}

TEST_F(ConfirmFastest, WhatLooksFasterByLuckLoses) {
  looked(standard, 100);
  looked(fast, 80);
  is(standard, {100});
  is(fast, {99});
  confirm();
  EXPECT_FALSE(result.isFaster());
}

// Faster in two thirds of the rounds, in the others much slower.
TEST_F(ConfirmFastest, OneThatIsFasterInTooFewRoundsLoses) {
  looked(standard, 100);
  looked(fast, 80);
  is(standard, {100});
  std::vector<double> rounds;
  for (unsigned i = 0; i < 1000; ++i) {
    rounds.push_back(i % 3 == 0 ? 120 : 70);
  }
  is(fast, rounds);
  confirm();
  EXPECT_FALSE(result.isFaster());
}

TEST_F(ConfirmFastest, OneWithWrongResultsNeverTakesPart) {
  looked(standard, 100);
  looked(fast, 50, /*agrees=*/false);
  confirm();
  EXPECT_TRUE(comparisons.empty());
}

// The default of one batch was disturbed, so that all of it look fast.
TEST_F(ConfirmFastest, TheNextTakePartWhereADisturbanceKeptThemOut) {
  looked(standard, 100);
  looked(other, 50);
  looked(third, 51);
  looked(fast, 70);
  is(standard, {100});
  is(other, {98});
  is(third, {99});
  is(fast, {70});
  confirm();
  EXPECT_EQ(result.best().schedule, fast);
  ASSERT_EQ(comparisons.size(), 2u);
  EXPECT_EQ(comparisons[0],
            (std::vector<kernel::ScheduleAttr>{standard, other, third}));
  EXPECT_EQ(comparisons[1],
            (std::vector<kernel::ScheduleAttr>{standard, fast}));
}

TEST_F(ConfirmFastest, ComparisonsEnd) {
  looked(standard, 1000);
  is(standard, {1000});
  // Far apart, so that each comparison has one.
  for (int64_t i = 0; i < 20; ++i) {
    looked(named(10 + i), 100 * std::pow(1.1, i));
    is(named(10 + i), {1000});
  }
  confirm();
  EXPECT_FALSE(result.isFaster());
  EXPECT_EQ(comparisons.size(), 4u);
}

TEST_F(ConfirmFastest, AnInterruptLeavesTheDefault) {
  std::atomic<bool> stop{true};
  options.stop = &stop;
  looked(standard, 100);
  looked(fast, 50);
  confirm();
  EXPECT_FALSE(result.isFaster());
  EXPECT_TRUE(comparisons.empty());
}

// Within a model a prefetch that hardly helps alone costs more than it brings.
TEST_F(ConfirmFastest, APlainOneWinsAgainstAnEquallyFastPrefetchingOne) {
  kernel::ScheduleAttr prefetching = named(2, /*prefetch=*/4);
  looked(standard, 100);
  looked(prefetching, 80);
  looked(other, 80.5);
  is(standard, {100});
  is(prefetching, {80});
  is(other, {80.5});
  confirm();
  EXPECT_EQ(result.best().schedule, other);
  EXPECT_EQ(result.confirmed, (std::vector<size_t>{2, 1}));
}

} // namespace
