//===- faster_together_test.cc - schedules that slow a model down ---------===//

#include "compiler/tools/FasterTogether.h"
#include <gtest/gtest.h>
#include <numeric>

using namespace tessera::tools;

namespace {

class FasterTogether : public testing::Test {
protected:
  /// A run with the defaults takes 100; what each kernel's wanted schedule adds
  /// to that.
  double timeOf(const Choice &choice) const {
    double time = 100;
    for (size_t kernel = 0; kernel < choice.size(); ++kernel) {
      time += choice[kernel] > 0 ? added[kernel] : 0;
    }
    return time;
  }

  std::vector<TimedChoice> timed(llvm::ArrayRef<Choice> choices) const {
    std::vector<TimedChoice> result;
    for (const Choice &choice : choices.take_front(mostVersions)) {
      result.push_back({choice, std::vector<double>(4, timeOf(choice))});
    }
    return result;
  }

  FasterChoice kept(const Choice &wanted, llvm::ArrayRef<Choice> known = {}) {
    return fasterTogether(wanted, timed(known),
                          [&](llvm::ArrayRef<Choice> choices)
                              -> std::optional<std::vector<TimedChoice>> {
                            comparisons.push_back(choices.vec());
                            if (comparisons.size() == failing) {
                              return std::nullopt;
                            }
                            return timed(choices);
                          });
  }

  std::vector<double> added;
  /// So many versions are measured at a time.
  size_t mostVersions = 100;
  /// The comparison that fails; 0 for none.
  size_t failing = 0;
  std::vector<std::vector<Choice>> comparisons;
};

TEST_F(FasterTogether, WhatIsFasterTogetherIsKeptAtOnce) {
  added = {-10, 0, -10};
  FasterChoice result = kept({2, 0, 1});
  EXPECT_EQ(result.choice, (Choice{2, 0, 1}));
  EXPECT_EQ(result.gain, 100.0 / 80);
  EXPECT_EQ(comparisons,
            (std::vector<std::vector<Choice>>{{{0, 0, 0}, {2, 0, 1}}}));
}

TEST_F(FasterTogether, WhatIsKnownIsNotMeasuredAgain) {
  added = {-10, -10};
  FasterChoice result = kept({1, 1}, {{0, 0}, {1, 1}, {2, 2}});
  EXPECT_EQ(result.choice, (Choice{1, 1}));
  EXPECT_EQ(result.gain, 100.0 / 80);
  EXPECT_TRUE(comparisons.empty());
}

TEST_F(FasterTogether, NothingIsMeasuredWhereNothingIsWanted) {
  added = {-10, -10};
  FasterChoice result = kept({0, 0}, {{0, 0}, {1, 1}});
  EXPECT_EQ(result.choice, (Choice{0, 0}));
  EXPECT_EQ(result.gain, 1.0);
  EXPECT_TRUE(comparisons.empty());
}

// The third kernel slows the others down by more than all four gain.
TEST_F(FasterTogether, GroupsAreHalvedUntilTheSlowOneIsAlone) {
  added = {-1, -1, 10, -1};
  FasterChoice result = kept({1, 1, 1, 1});
  EXPECT_EQ(result.choice, (Choice{1, 1, 0, 1}));
  EXPECT_EQ(comparisons, (std::vector<std::vector<Choice>>{
                             {{0, 0, 0, 0}, {1, 1, 1, 1}},
                             {{0, 0, 0, 0}, {1, 1, 0, 0}, {0, 0, 1, 1}},
                             {{0, 0, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}}}));
  // Only its parts were measured.
  EXPECT_EQ(result.gain, std::nullopt);
}

TEST_F(FasterTogether, TheGainOfASingleGroupIsKnown) {
  added = {20, -10};
  FasterChoice result = kept({1, 1});
  EXPECT_EQ(result.choice, (Choice{0, 1}));
  EXPECT_EQ(result.gain, 100.0 / 90);
}

TEST_F(FasterTogether, DefaultsStayWhereNothingIsFaster) {
  added = {1, 0, 2};
  FasterChoice result = kept({1, 1, 1});
  EXPECT_EQ(result.choice, (Choice{0, 0, 0}));
  EXPECT_EQ(result.gain, 1.0);
}

TEST_F(FasterTogether, ComparisonsEnd) {
  added.assign(64, 1);
  added.back() = -1;
  EXPECT_EQ(kept(Choice(64, 1)).choice, Choice(64, 0));
  EXPECT_EQ(comparisons.size(), kMostComparisons);
}

TEST_F(FasterTogether, WhatIsKnownCountsAsAComparison) {
  added.assign(64, 1);
  kept(Choice(64, 1), {Choice(64, 0), Choice(64, 1)});
  EXPECT_EQ(comparisons.size(), kMostComparisons - 1);
}

TEST_F(FasterTogether, WhatThereWasNoTimeForIsMeasuredNext) {
  added = {10, -10};
  mostVersions = 2;
  FasterChoice result = kept({1, 1}, {{0, 0}, {1, 1}});
  EXPECT_EQ(result.choice, (Choice{0, 1}));
  EXPECT_EQ(comparisons, (std::vector<std::vector<Choice>>{
                             {{0, 0}, {1, 0}, {0, 1}}, {{0, 0}, {0, 1}}}));
}

TEST_F(FasterTogether, AllThatIsWantedStaysWhereTheFirstComparisonFails) {
  added = {-1, 10};
  failing = 1;
  FasterChoice result = kept({1, 1});
  EXPECT_EQ(result.choice, (Choice{1, 1}));
  EXPECT_EQ(result.gain, std::nullopt);
  EXPECT_EQ(comparisons.size(), 1u);
}

// Not the last kernel, though it would be faster alone.
TEST_F(FasterTogether, WhatIsKnownToBeFasterStaysWhereALaterOneFails) {
  added = {-1, -1, 10, -1};
  failing = 3;
  EXPECT_EQ(kept({1, 1, 1, 1}).choice, (Choice{1, 1, 0, 0}));
}

TEST(GainBeyondNoise, IsTheMedianOfTheRounds) {
  EXPECT_EQ(gainBeyondNoise({10, 10, 10, 10, 10}, {5, 8, 4, 5, 9}), 2);
}

// Of 16 rounds 12 must be faster: half of them and two standard deviations.
TEST(GainBeyondNoise, IsNoneWhereTooFewRoundsAreFaster) {
  const std::vector<double> before(16, 10);
  std::vector<double> after(16, 9);
  std::fill_n(after.begin(), 4, 11);
  EXPECT_GT(gainBeyondNoise(before, after), 1);
  std::fill_n(after.begin(), 5, 11);
  EXPECT_EQ(gainBeyondNoise(before, after), 1);
}

// A machine that becomes faster does so for both.
TEST(GainBeyondNoise, ComparesRoundsWithRounds) {
  EXPECT_EQ(gainBeyondNoise({40, 30, 20, 10}, {41, 31, 21, 11}), 1);
  EXPECT_GT(gainBeyondNoise({40, 30, 20, 10}, {39, 29, 19, 9}), 1);
}

TEST(GainBeyondNoise, IsNoneOfFewRounds) {
  EXPECT_EQ(gainBeyondNoise({10, 10, 10}, {1, 1, 1}), 1);
  EXPECT_EQ(gainBeyondNoise({}, {}), 1);
}

} // namespace
