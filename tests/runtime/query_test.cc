//===- query_test.cc - the generic view of a model ------------------------===//

#include "hand_model.h"
#include "tessera/runtime.h"
#include <gtest/gtest.h>

using namespace tessera;

namespace {
class Query : public testing::Test {
protected:
  void SetUp() override { ASSERT_EQ(hand.open(), TSR_OK); }
  HandModel hand;
};
} // namespace

TEST_F(Query, CountsOnlyTheDimensionsThatACallerGives) {
  tsr_model_info info;
  ASSERT_EQ(tsr_model_info_of(&hand.model, &info), TSR_OK);
  EXPECT_EQ(info.dimension_count, 1u);
  EXPECT_EQ(info.input_count, 1u);
  EXPECT_EQ(info.output_count, 2u);
  EXPECT_STREQ(info.target, "x86-64-v3");
  tsr_dimension_info dimension;
  ASSERT_EQ(tsr_model_dimension(&hand.model, 0, &dimension), TSR_OK);
  EXPECT_STREQ(dimension.name, "rows");
  EXPECT_EQ(dimension.upper, 100);
  EXPECT_EQ(tsr_model_dimension(&hand.model, 1, &dimension),
            TSR_INVALID_ARGUMENT);
}

TEST_F(Query, Tensors) {
  tsr_tensor_info tensor;
  ASSERT_EQ(tsr_model_output(&hand.model, 1, &tensor), TSR_OK);
  EXPECT_STREQ(tensor.name, "z");
  EXPECT_EQ(tensor.element_type, unsigned(TSR_INT64));
  EXPECT_EQ(tsr_model_output(&hand.model, 2, &tensor), TSR_INVALID_ARGUMENT);
  EXPECT_EQ(tsr_model_input(&hand.model, 1, &tensor), TSR_INVALID_ARGUMENT);
  tsr_axis_info axis;
  ASSERT_EQ(tsr_model_input_axis(&hand.model, 0, 1, &axis), TSR_OK);
  EXPECT_EQ(axis.extent, kColumns);
  EXPECT_EQ(axis.dimension, -1);
  ASSERT_EQ(tsr_model_output_axis(&hand.model, 0, 0, &axis), TSR_OK);
  EXPECT_EQ(axis.dimension, 0);
  EXPECT_EQ(tsr_model_output_axis(&hand.model, 0, 2, &axis),
            TSR_INVALID_ARGUMENT);
}

TEST_F(Query, DimensionsAreReadOffTheInputs) {
  int64_t shape[2] = {7, kColumns}, rows = 0;
  const int64_t *shapes[1] = {shape};
  uint32_t rank = 2, culprit = 9;
  EXPECT_EQ(tsr_model_dimensions(&hand.model, shapes, &rank, &rows, &culprit),
            TSR_OK);
  EXPECT_EQ(rows, 7);
  shape[1] = 5;
  EXPECT_EQ(tsr_model_dimensions(&hand.model, shapes, &rank, &rows, &culprit),
            TSR_SIZE_MISMATCH);
  EXPECT_EQ(culprit, 0u);
  rank = 1;
  EXPECT_EQ(tsr_model_dimensions(&hand.model, shapes, &rank, &rows, nullptr),
            TSR_SIZE_MISMATCH);
  rank = 2;
  shape[0] = 101;
  EXPECT_EQ(tsr_model_dimensions(&hand.model, shapes, &rank, &rows, &culprit),
            TSR_DIMENSION_OUT_OF_BOUNDS);
}

TEST_F(Query, ShapesFollowFromTheDimensions) {
  int64_t rows = 9, extents[2] = {0, 0};
  ASSERT_EQ(tsr_model_output_shape(&hand.model, &rows, 1, extents), TSR_OK);
  EXPECT_EQ(extents[0], 9);
  ASSERT_EQ(tsr_model_input_shape(&hand.model, &rows, 0, extents), TSR_OK);
  EXPECT_EQ(extents[1], kColumns);
  EXPECT_EQ(tsr_model_output_shape(&hand.model, &rows, 2, extents),
            TSR_INVALID_ARGUMENT);
  EXPECT_EQ(tsr_model_output_shape(&hand.model, nullptr, 0, extents),
            TSR_INVALID_ARGUMENT);
}

TEST_F(Query, VariantsAndKernels) {
  const char *target = nullptr, *name = nullptr, *nodes = nullptr;
  int supported = -1;
  ASSERT_EQ(tsr_model_variant(&hand.model, 0, &target, &supported), TSR_OK);
  EXPECT_STREQ(target, "x86-64-v3");
  EXPECT_EQ(supported, 1);
  ASSERT_EQ(tsr_model_kernel(&hand.model, 0, &name, &nodes), TSR_OK);
  EXPECT_STREQ(nodes, "Mul_1");
  EXPECT_EQ(tsr_model_kernel(&hand.model, 1, &name, &nodes),
            TSR_INVALID_ARGUMENT);
}

TEST(QueryClosed, IsAStatus) {
  tsr_model model = TSR_MODEL_INIT;
  tsr_model_info info;
  EXPECT_EQ(tsr_model_info_of(&model, &info), TSR_NOT_OPEN);
  EXPECT_EQ(
      tsr_model_run(&model, nullptr, nullptr, nullptr, nullptr, 0, nullptr),
      TSR_NOT_OPEN);
  EXPECT_EQ(tsr_model_close(&model), TSR_NOT_OPEN);
}
