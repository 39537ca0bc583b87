// Rules on free dimensions as they stand on the command line.
#include "compiler/import/Import.h"
#include <gtest/gtest.h>

using namespace tessera::import;

namespace {

TEST(DimensionRule, FixesAndBounds) {
  llvm::Expected<DimensionRule> fixed = parseDimensionRule("batch=4");
  ASSERT_TRUE(bool(fixed));
  EXPECT_EQ(fixed->name, "batch");
  EXPECT_EQ(fixed->lower, 4);
  EXPECT_EQ(fixed->upper, 4);
  llvm::Expected<DimensionRule> bounded = parseDimensionRule("x[1]=2..9");
  ASSERT_TRUE(bool(bounded));
  EXPECT_EQ(bounded->name, "x[1]");
  EXPECT_EQ(bounded->lower, 2);
  EXPECT_EQ(bounded->upper, 9);
}

TEST(DimensionRule, RefusesOtherForms) {
  for (const char *text : {"", "batch", "=4", "batch=", "batch=four",
                           "batch=9..2", "batch=-1", "batch=1..", "a=..3"}) {
    llvm::Expected<DimensionRule> rule = parseDimensionRule(text);
    EXPECT_FALSE(bool(rule)) << text;
    llvm::consumeError(rule.takeError());
  }
}

} // namespace
