//===- faster_together_test.cc - schedules that slow a model down ---------===//

#include "compiler/tools/FasterTogether.h"
#include <gtest/gtest.h>
#include <numeric>

using namespace tessera::tools;

namespace {

llvm::Error failure() { return llvm::createStringError("no memory"); }

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
      result.push_back({choice, timeOf(choice)});
    }
    return result;
  }

  llvm::Expected<FasterChoice> halve(const Choice &wanted,
                                     llvm::ArrayRef<Choice> known = {}) {
    return fasterTogether(wanted, timed(known),
                          [&](llvm::ArrayRef<Choice> choices)
                              -> llvm::Expected<std::vector<TimedChoice>> {
                            comparisons.push_back(choices.vec());
                            if (comparisons.size() == failing) {
                              return failure();
                            }
                            return timed(choices);
                          });
  }

  FasterChoice kept(const Choice &wanted, llvm::ArrayRef<Choice> known = {}) {
    return llvm::cantFail(halve(wanted, known));
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

TEST_F(FasterTogether, AComparisonThatFailsIsAnError) {
  added = {-1, 10};
  failing = 2;
  auto result = halve({1, 1});
  ASSERT_FALSE(bool(result));
  EXPECT_EQ(llvm::toString(result.takeError()), "no memory");
}

} // namespace
