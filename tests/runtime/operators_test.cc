//===- operators_test.cc - functions of the operator library --------------===//

#include "operator_call.h"
#include <cmath>
#include <gtest/gtest.h>

using namespace tessera;
using Ints = std::vector<int64_t>;

extern "C" {
int32_t tsr_operator_compress(const tsr_operator_call *);
int32_t tsr_operator_non_max_suppression(const tsr_operator_call *);
int32_t tsr_operator_non_zero(const tsr_operator_call *);
int32_t tsr_operator_pad_sizes(const tsr_operator_call *);
int32_t tsr_operator_range_sizes(const tsr_operator_call *);
int32_t tsr_operator_reduction_sizes(const tsr_operator_call *);
int32_t tsr_operator_reshape_sizes(const tsr_operator_call *);
int32_t tsr_operator_resize(const tsr_operator_call *);
int32_t tsr_operator_scatter_elements(const tsr_operator_call *);
int32_t tsr_operator_scatter_nd(const tsr_operator_call *);
int32_t tsr_operator_sizes(const tsr_operator_call *);
int32_t tsr_operator_slice(const tsr_operator_call *);
int32_t tsr_operator_string_concat(const tsr_operator_call *);
int32_t tsr_operator_string_normalizer(const tsr_operator_call *);
int32_t tsr_operator_string_split(const tsr_operator_call *);
int32_t tsr_operator_top_k(const tsr_operator_call *);
int32_t tsr_operator_unique(const tsr_operator_call *);
int32_t tsr_operator_unsqueeze_sizes(const tsr_operator_call *);
}

TEST(NonZero, CoordinatesAndNegativeZero) {
  OperatorCall call;
  call.input<float>({2, 3}, {0, 1, -0.0f, 2, 0, 3}).result<int64_t>({2, -1}, 6);
  EXPECT_EQ(call.run(tsr_operator_non_zero), TSR_OK);
  EXPECT_EQ(call.shape(0), (Ints{2, 3}));
  EXPECT_EQ(call.values<int64_t>(0), (Ints{0, 1, 1, 1, 0, 2}));
}

TEST(NonZero, ReportsTheSizeItNeeds) {
  OperatorCall call;
  call.input<int32_t>({4}, {1, 1, 0, 1}).result<int64_t>({1, -1}, 2);
  EXPECT_EQ(call.run(tsr_operator_non_zero), TSR_OUTPUT_TOO_SMALL);
  EXPECT_EQ(call.shape(0), (Ints{1, 3}));
}

TEST(Compress, RowsAndFlat) {
  OperatorCall rows;
  rows.input<int64_t>({2, 2}, {1, 2, 3, 4})
      .input<uint8_t>({2}, {0, 1}, TSR_BOOL)
      .integer("axis", 0)
      .result<int64_t>({-1, 2}, 4);
  EXPECT_EQ(rows.run(tsr_operator_compress), TSR_OK);
  EXPECT_EQ(rows.values<int64_t>(0), (Ints{3, 4}));
  OperatorCall flat;
  flat.input<int64_t>({2, 2}, {1, 2, 3, 4})
      .input<uint8_t>({5}, {0, 1, 0, 0, 1}, TSR_BOOL)
      .result<int64_t>({-1}, 4);
  EXPECT_EQ(flat.run(tsr_operator_compress), TSR_INDEX_OUT_OF_RANGE);
}

TEST(ReductionSizes, PairsAndWhatRemains) {
  OperatorCall call;
  call.input<int64_t>({1}, {-2}).input<int64_t>({3}, {4, 5, 6});
  call.result<int64_t>({8}, 8);
  EXPECT_EQ(call.run(tsr_operator_reduction_sizes), TSR_OK);
  EXPECT_EQ(call.values<int64_t>(0), (Ints{4, 1, 1, 5, 6, 1, 4, 6}));
}

TEST(ReductionSizes, AxesOutOfRangeOrTwice) {
  for (const Ints &axes : {Ints{3, 0}, Ints{1, -2}}) {
    OperatorCall call;
    call.input<int64_t>({2}, axes).input<int64_t>({3}, {4, 5, 6});
    call.result<int64_t>({7}, 7);
    EXPECT_EQ(call.run(tsr_operator_reduction_sizes), TSR_INDEX_OUT_OF_RANGE);
  }
}

TEST(ReshapeSizes, OpenAndCopiedExtents) {
  auto reshaped = [](Ints shape, int64_t allowZero, Ints &result) {
    OperatorCall call;
    int64_t count = shape.size();
    call.input<int64_t>({count}, shape).input<int64_t>({3}, {2, 3, 4});
    call.integer("allowzero", allowZero).result<int64_t>({count}, count);
    int32_t status = call.run(tsr_operator_reshape_sizes);
    result = call.values<int64_t>(0);
    return status;
  };
  Ints result;
  EXPECT_EQ(reshaped({0, -1}, 0, result), TSR_OK);
  EXPECT_EQ(result, (Ints{2, 12}));
  EXPECT_EQ(reshaped({5, -1}, 0, result), TSR_DIMENSION_MISMATCH);
  EXPECT_EQ(reshaped({-1, -1}, 0, result), TSR_DIMENSION_OUT_OF_BOUNDS);
  EXPECT_EQ(reshaped({0, 24}, 1, result), TSR_DIMENSION_MISMATCH);
  EXPECT_EQ(reshaped({INT64_MAX, 3}, 0, result), TSR_DIMENSION_MISMATCH);
}

TEST(UnsqueezeSizes, NegativeAxesCountFromTheResult) {
  OperatorCall call;
  call.input<int64_t>({2}, {0, -1}).input<int64_t>({2}, {3, 4});
  call.result<int64_t>({4}, 4);
  EXPECT_EQ(call.run(tsr_operator_unsqueeze_sizes), TSR_OK);
  EXPECT_EQ(call.values<int64_t>(0), (Ints{1, 3, 4, 1}));
}

TEST(RangeSizes, BothDirectionsAndEndless) {
  auto count = [](int64_t start, int64_t limit, int64_t delta) {
    OperatorCall call;
    call.input<int64_t>({}, {start}).input<int64_t>({}, {limit});
    call.input<int64_t>({}, {delta}).result<int64_t>({1}, 1);
    int32_t status = call.run(tsr_operator_range_sizes);
    return status == TSR_OK ? call.values<int64_t>(0)[0] : -status;
  };
  EXPECT_EQ(count(1, 10, 3), 3);
  EXPECT_EQ(count(10, 1, -4), 3);
  EXPECT_EQ(count(1, 10, -3), 0);
  EXPECT_EQ(count(0, 10, 0), -TSR_DIMENSION_OUT_OF_BOUNDS);
  EXPECT_EQ(count(INT64_MIN, INT64_MAX, 1), -TSR_DIMENSION_OUT_OF_BOUNDS);
  EXPECT_EQ(count(0, INT64_MIN, -1), -TSR_DIMENSION_OUT_OF_BOUNDS);
  EXPECT_EQ(count(0, INT64_MIN, INT64_MIN), 1);
  EXPECT_EQ(count(INT64_MAX, 0, INT64_MIN), 1);
  EXPECT_EQ(count(0, INT64_MAX, INT64_MAX), 1);
  EXPECT_EQ(count(5, 5, -1), 0);
}

TEST(Slice, NegativeSteps) {
  OperatorCall call;
  call.input<int32_t>({5}, {0, 1, 2, 3, 4}).input<int64_t>({1}, {-1});
  call.input<int64_t>({1}, {INT64_MIN}).input<int64_t>({1}, {0});
  call.input<int64_t>({1}, {-2}).result<int32_t>({-1}, 5);
  EXPECT_EQ(call.run(tsr_operator_slice), TSR_OK);
  EXPECT_EQ(call.values<int32_t>(0), (std::vector<int32_t>{4, 2, 0}));
}

TEST(PadSizes, NegativeSizesAreRefused) {
  OperatorCall call;
  call.input<int64_t>({2}, {-3, -2}).absent().input<int64_t>({1}, {4});
  call.result<int64_t>({2}, 2);
  EXPECT_EQ(call.run(tsr_operator_pad_sizes), TSR_DIMENSION_OUT_OF_BOUNDS);
}

TEST(TopK, TiesByPosition) {
  OperatorCall call;
  call.input<float>({1, 5}, {3, 1, 3, 7, 1}).integer("axis", 1);
  call.integer("largest", 0)
      .result<float>({1, 3}, 3)
      .result<int64_t>({1, 3}, 3);
  EXPECT_EQ(call.run(tsr_operator_top_k), TSR_OK);
  EXPECT_EQ(call.values<float>(0), (std::vector<float>{1, 1, 3}));
  EXPECT_EQ(call.values<int64_t>(1), (Ints{1, 4, 0}));
}

TEST(TopK, MoreThanThereAre) {
  OperatorCall call;
  call.input<float>({2}, {3, 1}).result<float>({3}, 3).result<int64_t>({3}, 3);
  EXPECT_EQ(call.run(tsr_operator_top_k), TSR_DIMENSION_OUT_OF_BOUNDS);
}

TEST(Unique, SortedAndByFirstOccurrence) {
  for (int64_t sorted : {0, 1}) {
    OperatorCall call;
    call.input<float>({6}, {2, 1, 1, 3, 4, 3}).integer("sorted", sorted);
    call.result<float>({-1}, 6).result<int64_t>({-1}, 6);
    call.result<int64_t>({6}, 6).result<int64_t>({-1}, 6);
    EXPECT_EQ(call.run(tsr_operator_unique, 18), TSR_OK);
    EXPECT_EQ(call.values<float>(0), sorted ? (std::vector<float>{1, 2, 3, 4})
                                            : (std::vector<float>{2, 1, 3, 4}));
    EXPECT_EQ(call.values<int64_t>(1),
              sorted ? (Ints{1, 0, 3, 4}) : (Ints{0, 1, 3, 4}));
    EXPECT_EQ(call.values<int64_t>(2),
              sorted ? (Ints{1, 0, 0, 2, 3, 2}) : (Ints{0, 1, 1, 2, 3, 2}));
    EXPECT_EQ(call.values<int64_t>(3),
              sorted ? (Ints{2, 1, 2, 1}) : (Ints{1, 2, 2, 1}));
  }
}

TEST(NonMaxSuppression, OverlapAndCapacity) {
  OperatorCall call;
  call.input<float>({1, 3, 4}, {0, 0, 1, 1, 0, 0.1f, 1, 1.1f, 0, 5, 1, 6});
  call.input<float>({1, 1, 3}, {0.9f, 0.8f, 0.7f}).input<int64_t>({1}, {3});
  call.input<float>({1}, {0.5f}).absent();
  call.result<int64_t>({-1, 3}, 3);
  EXPECT_EQ(call.run(tsr_operator_non_max_suppression, 6),
            TSR_OUTPUT_TOO_SMALL);
  EXPECT_EQ(call.shape(0), (Ints{2, 3}));
}

TEST(Resize, NearestByTwoAndHalfPixel) {
  OperatorCall call;
  call.input<float>({2}, {1, 2}).absent().input<float>({1}, {2});
  call.absent().result<float>({-1}, 4);
  EXPECT_EQ(call.run(tsr_operator_resize), TSR_OK);
  EXPECT_EQ(call.values<float>(0), (std::vector<float>{1, 1, 2, 2}));
}

TEST(Resize, ScalesThatMakeNoSense) {
  for (float scale : {0.0f, -1.0f, 1e30f}) {
    OperatorCall call;
    call.input<float>({2}, {1, 2}).absent().input<float>({1}, {scale});
    call.absent().result<float>({-1}, 4);
    EXPECT_EQ(call.run(tsr_operator_resize), TSR_DIMENSION_OUT_OF_BOUNDS);
  }
}

TEST(Resize, RegionsThatMakeNoSense) {
  for (float begin : {NAN, 1e38f, -1e38f}) {
    for (const char *mode : {"nearest", "linear"}) {
      OperatorCall call;
      call.input<int32_t>({2}, {1, 2}).input<float>({2}, {begin, 1});
      call.input<float>({1}, {2}).absent().text("mode", mode);
      call.text("coordinate_transformation_mode", "tf_crop_and_resize");
      call.result<int32_t>({-1}, 4);
      EXPECT_EQ(call.run(tsr_operator_resize), TSR_OK);
    }
  }
}

TEST(ScatterND, LastUpdateOfARowCounts) {
  OperatorCall call;
  call.input<float>({3, 2}, {1, 2, 3, 4, 5, 6});
  call.input<int64_t>({3, 1}, {2, 0, -1});
  call.input<float>({3, 2}, {10, 11, 20, 21, 30, 31});
  call.result<float>({3, 2}, 6);
  EXPECT_EQ(call.run(tsr_operator_scatter_nd), TSR_OK);
  EXPECT_EQ(call.values<float>(0), (std::vector<float>{20, 21, 3, 4, 30, 31}));
}

TEST(ScatterND, WholeTuplesAndNoUpdates) {
  OperatorCall call;
  call.input<int32_t>({2, 2}, {1, 2, 3, 4});
  call.input<int32_t>({1, 2}, {1, -2}).input<int32_t>({1}, {9});
  call.result<int32_t>({2, 2}, 4);
  EXPECT_EQ(call.run(tsr_operator_scatter_nd), TSR_OK);
  EXPECT_EQ(call.values<int32_t>(0), (std::vector<int32_t>{1, 2, 9, 4}));
  OperatorCall none;
  none.input<int32_t>({2}, {1, 2}).input<int64_t>({0, 1}, {});
  none.input<int32_t>({0}, {}).result<int32_t>({2}, 2);
  EXPECT_EQ(none.run(tsr_operator_scatter_nd), TSR_OK);
  EXPECT_EQ(none.values<int32_t>(0), (std::vector<int32_t>{1, 2}));
}

TEST(ScatterND, RefusesIndicesAndShapes) {
  auto status = [](Ints shape, Ints indices, Ints updates) {
    OperatorCall call;
    call.input<uint8_t>({3}, {1, 2, 3}).input<int64_t>(shape, indices);
    int64_t count = updates.size();
    call.input<uint8_t>({count}, std::vector<uint8_t>(count));
    call.result<uint8_t>({3}, 3);
    return call.run(tsr_operator_scatter_nd);
  };
  EXPECT_EQ(status({1, 1}, {3}, {0}), TSR_INDEX_OUT_OF_RANGE);
  EXPECT_EQ(status({1, 1}, {-4}, {0}), TSR_INDEX_OUT_OF_RANGE);
  EXPECT_EQ(status({1, 1}, {INT64_MIN}, {0}), TSR_INDEX_OUT_OF_RANGE);
  EXPECT_EQ(status({1, 1}, {0}, {0, 0}), TSR_DIMENSION_MISMATCH);
  EXPECT_EQ(status({1, 2}, {0, 0}, {0}), TSR_DIMENSION_MISMATCH);
  EXPECT_EQ(status({}, {0}, {0}), TSR_DIMENSION_MISMATCH);
}

TEST(ScatterElements, FewerUpdatesThanElements) {
  OperatorCall call;
  call.input<float>({2, 3}, {1, 2, 3, 4, 5, 6});
  call.input<int64_t>({1, 2}, {1, -2}).input<float>({1, 2}, {10, 11});
  call.integer("axis", -1).result<float>({2, 3}, 6);
  EXPECT_EQ(call.run(tsr_operator_scatter_elements), TSR_OK);
  EXPECT_EQ(call.values<float>(0), (std::vector<float>{1, 11, 3, 4, 5, 6}));
}

TEST(ScatterElements, AlongTheFirstAxis) {
  OperatorCall call;
  call.input<int64_t>({3, 2}, {1, 2, 3, 4, 5, 6});
  call.input<int32_t>({2, 2}, {2, 0, 1, 2});
  call.input<int64_t>({2, 2}, {10, 11, 12, 13});
  call.integer("axis", 0).result<int64_t>({3, 2}, 6);
  EXPECT_EQ(call.run(tsr_operator_scatter_elements), TSR_OK);
  EXPECT_EQ(call.values<int64_t>(0), (Ints{1, 11, 12, 4, 10, 13}));
}

TEST(ScatterElements, RefusesIndicesAndShapes) {
  auto status = [](Ints shape, Ints indices) {
    OperatorCall call;
    call.input<uint8_t>({2, 2}, {1, 2, 3, 4}).input<int64_t>(shape, indices);
    call.input<uint8_t>(shape, std::vector<uint8_t>(indices.size()));
    call.integer("axis", 1).result<uint8_t>({2, 2}, 4);
    return call.run(tsr_operator_scatter_elements);
  };
  EXPECT_EQ(status({1, 1}, {2}), TSR_INDEX_OUT_OF_RANGE);
  EXPECT_EQ(status({3, 1}, {0, 0, 0}), TSR_DIMENSION_MISMATCH);
  EXPECT_EQ(status({1}, {0}), TSR_DIMENSION_MISMATCH);
  EXPECT_EQ(status({1, 3}, {0, 1, 0}), TSR_OK);
}

TEST(ScatterND, CombinesRowsInTheirOrder) {
  auto result = [](const char *reduction) {
    OperatorCall call;
    call.input<float>({2, 2}, {1, 2, 3, NAN})
        .input<int64_t>({3, 1}, {0, -1, 0});
    call.input<float>({3, 2}, {4, -5, 2, 2, 3, 1});
    call.text("reduction", reduction).result<float>({2, 2}, 4);
    EXPECT_EQ(call.run(tsr_operator_scatter_nd), TSR_OK);
    std::vector<float> values = call.values<float>(0);
    EXPECT_TRUE(std::isnan(values.back()));
    values.pop_back();
    return values;
  };
  EXPECT_EQ(result("add"), (std::vector<float>{8, -2, 5}));
  EXPECT_EQ(result("mul"), (std::vector<float>{12, -10, 6}));
  EXPECT_EQ(result("max"), (std::vector<float>{4, 2, 3}));
  EXPECT_EQ(result("min"), (std::vector<float>{1, -5, 2}));
}

template <typename Number>
static std::vector<Number>
combined(const char *reduction, std::vector<Number> data,
         std::vector<Number> updates, uint32_t type) {
  OperatorCall call;
  int64_t count = updates.size();
  call.input<Number>({1}, data, type);
  call.input<int64_t>({count}, Ints(count, 0));
  call.input<Number>({count}, updates, type);
  call.text("reduction", reduction).integer("axis", 0);
  call.result<Number>({1}, 1, type);
  EXPECT_EQ(call.run(tsr_operator_scatter_elements), TSR_OK);
  return call.values<Number>(0);
}

TEST(ScatterElements, CombinesNumbersOfAllTypes) {
  auto bytes = [](const char *reduction, std::vector<int8_t> updates) {
    return combined<int8_t>(reduction, {100}, updates, TSR_INT8)[0];
  };
  EXPECT_EQ(bytes("add", {27, 1}), -128);
  EXPECT_EQ(bytes("mul", {3, -1}), -44);
  EXPECT_EQ(bytes("max", {-3, 101}), 101);
  EXPECT_EQ(bytes("min", {-3, 101}), -3);
  auto large = [](const char *reduction, uint64_t update) {
    return combined<uint64_t>(reduction, {5}, {update}, TSR_UINT64)[0];
  };
  EXPECT_EQ(large("max", UINT64_MAX), UINT64_MAX);
  EXPECT_EQ(large("min", UINT64_MAX), 5u);
  EXPECT_EQ(large("add", UINT64_MAX), 4u);
  EXPECT_EQ(combined<double>("add", {1}, {0x1p-52, 0x1p-52}, TSR_FLOAT64)[0],
            1 + 0x1p-51);
  // 1, 2^-11 and 2^-10 in 16 bits: each sum is rounded, to even.
  EXPECT_EQ(
      combined<uint16_t>("add", {0x3c00}, {0x1000, 0x1400}, TSR_FLOAT16)[0],
      0x3c01);
}

TEST(StringConcat, BroadcastsIntoTheWorkspace) {
  OperatorCall call;
  call.strings({2}, {"a", "bc"}).strings({}, {"!"}).stringResult({2}, 2);
  EXPECT_EQ(call.run(tsr_operator_string_concat), TSR_WORKSPACE_TOO_SMALL);
  EXPECT_EQ(call.room(5).run(tsr_operator_string_concat), TSR_OK);
  EXPECT_EQ(call.stringValues(0), (std::vector<std::string>{"a!", "bc!"}));
}

TEST(StringSplit, ByDelimiterAndByWhiteSpace) {
  OperatorCall dots;
  dots.strings({2}, {"a.b.c", ""}).text("delimiter", ".");
  dots.stringResult({2, -1}, 6).result<int64_t>({2}, 2);
  EXPECT_EQ(dots.run(tsr_operator_string_split), TSR_OK);
  EXPECT_EQ(dots.stringValues(0),
            (std::vector<std::string>{"a", "b", "c", "", "", ""}));
  EXPECT_EQ(dots.values<int64_t>(1), (Ints{3, 1}));
  OperatorCall spaces;
  spaces.strings({1}, {"  1  2   3 "}).integer("maxsplit", 1);
  spaces.text("delimiter", "").stringResult({1, -1}, 3);
  spaces.result<int64_t>({1}, 1);
  EXPECT_EQ(spaces.run(tsr_operator_string_split), TSR_OK);
  EXPECT_EQ(spaces.stringValues(0), (std::vector<std::string>{"1", "2   3 "}));
}

TEST(StringNormalizer, OneEmptyTextWhenNoneIsLeft) {
  OperatorCall call;
  call.strings({2}, {"The", "THE"}).text("stopwords", "the");
  call.text("case_change_action", "UPPER").stringResult({-1}, 3);
  EXPECT_EQ(call.run(tsr_operator_string_normalizer), TSR_OK);
  EXPECT_EQ(call.stringValues(0), (std::vector<std::string>{""}));
}

TEST(Sizes, ElementsOfTypesThatSayNoSizes) {
  OperatorCall call;
  call.input<uint8_t>({1}, {1}, TSR_FLOAT4E2M1).result<int64_t>({1}, 1);
  EXPECT_EQ(call.run(tsr_operator_sizes), TSR_OK);
  EXPECT_EQ(call.values<int64_t>(0), Ints{INT64_MIN});
}
