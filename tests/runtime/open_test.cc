//===- open_test.cc - opening and closing a model -------------------------===//

#include "hand_model.h"
#include <cstdlib>
#include <gtest/gtest.h>

using namespace tessera;

TEST(Open, FillsTheModelAndCloseClearsIt) {
  HandModel hand;
  ASSERT_EQ(hand.open(), TSR_OK);
  EXPECT_EQ(hand.model.descriptor, &hand.descriptor);
  EXPECT_EQ(hand.model.variant, &hand.variants[0]);
  EXPECT_EQ(hand.model.weights, hand.weights);
  EXPECT_EQ(tsr_runtime_close(&hand.descriptor, &hand.model), TSR_OK);
  EXPECT_EQ(hand.model.descriptor, nullptr);
  EXPECT_EQ(tsr_runtime_close(&hand.descriptor, &hand.model), TSR_NOT_OPEN);
}

TEST(Open, RefusesOtherInterfaceVersions) {
  HandModel hand;
  hand.model.abi_version = TSR_ABI_VERSION + 1;
  EXPECT_EQ(hand.open(), TSR_ABI_MISMATCH);
  hand.model.abi_version = TSR_ABI_VERSION;
  hand.model.struct_size = 0;
  EXPECT_EQ(hand.open(), TSR_ABI_MISMATCH);
  hand.model = TSR_MODEL_INIT;
  tsr_options options = {};
  EXPECT_EQ(hand.open(&options), TSR_ABI_MISMATCH);
  EXPECT_EQ(tsr_runtime_open(&hand.descriptor, nullptr, nullptr),
            TSR_INVALID_ARGUMENT);
}

TEST(Open, RefusesUnknownFlags) {
  HandModel hand;
  tsr_options options = {sizeof(options), 0, 1u << 30, 0, nullptr};
  EXPECT_EQ(hand.open(&options), TSR_INVALID_ARGUMENT);
}

TEST(Open, ChoosesTheBestSupportedVariant) {
  HandModel hand;
  tsr_variant variants[2] = {hand.variants[0], hand.variants[0]};
  variants[1].isa = TSR_ISA_X86_64_V4;
  hand.descriptor.variants = variants;
  hand.descriptor.variant_count = 2;
  ASSERT_EQ(hand.open(), TSR_OK);
  EXPECT_EQ(hand.model.variant,
            &variants[tsr_runtime_cpu_supports(TSR_ISA_X86_64_V4) ? 1 : 0]);
  tsr_options options = {sizeof(options), TSR_ISA_X86_64_V3, 0, 0, nullptr};
  ASSERT_EQ(hand.open(&options), TSR_OK);
  EXPECT_EQ(hand.model.variant, &variants[0]);
}

TEST(Open, TakesTheVariantThatTheEnvironmentNames) {
  HandModel hand;
  tsr_variant variants[2] = {hand.variants[0], hand.variants[0]};
  variants[1].isa = TSR_ISA_X86_64_V4;
  variants[1].target = "x86-64-v4";
  hand.descriptor.variants = variants;
  hand.descriptor.variant_count = 2;
  setenv("TESSERA_ISA", "x86-64-v3", 1);
  ASSERT_EQ(hand.open(), TSR_OK);
  EXPECT_EQ(hand.model.variant, &variants[0]);
  setenv("TESSERA_ISA", "z80", 1);
  EXPECT_EQ(hand.open(), TSR_UNSUPPORTED_CPU);
  // Options go before the environment.
  tsr_options options = {sizeof(options), TSR_ISA_X86_64_V3, 0, 0, nullptr};
  EXPECT_EQ(hand.open(&options), TSR_OK);
  unsetenv("TESSERA_ISA");
}

TEST(Open, RefusesWhatTheMachineCannotRun) {
  HandModel hand;
  hand.variants[0].isa = 1000;
  EXPECT_EQ(hand.open(), TSR_UNSUPPORTED_CPU);
}
