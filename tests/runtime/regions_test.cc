//===- regions_test.cc - regions of images, pooled ------------------------===//

#include "operator_call.h"
#include <cmath>
#include <gtest/gtest.h>
#include <numeric>

using namespace tessera;

extern "C" int32_t tsr_operator_roi_align(const tsr_operator_call *);

static int32_t pool(std::vector<float> regions, int64_t image, bool takesMax,
                    std::vector<float> *values = nullptr) {
  std::vector<float> elements(16);
  std::iota(elements.begin(), elements.end(), 0.0f);
  OperatorCall call;
  call.input<float>({1, 1, 4, 4}, elements).input<float>({1, 4}, regions);
  call.input<int64_t>({1}, {image}).integer("takes_max", takesMax);
  call.result<float>({1, 1, 2, 2}, 4);
  int32_t status = call.run(tsr_operator_roi_align);
  if (values) {
    *values = call.values<float>(0);
  }
  return status;
}

// Samples lie on elements here: two by two in each cell.
TEST(RoiAlign, AsManySamplesAsARegionIsLarge) {
  std::vector<float> values;
  EXPECT_EQ(pool({0, 0, 4, 4}, 0, false, &values), TSR_OK);
  EXPECT_EQ(values, (std::vector<float>{2.5, 4.5, 10.5, 12.5}));
  EXPECT_EQ(pool({0, 0, 4, 4}, 0, true, &values), TSR_OK);
  EXPECT_EQ(values, (std::vector<float>{5, 7, 13, 15}));
}

TEST(RoiAlign, NothingFarFromTheImageAndWithoutSize) {
  std::vector<float> values;
  EXPECT_EQ(pool({100, 100, 104, 104}, 0, false, &values), TSR_OK);
  EXPECT_EQ(values, std::vector<float>(4));
  EXPECT_EQ(pool({3, 3, 1, 1}, 0, false, &values), TSR_OK);
  EXPECT_EQ(values, std::vector<float>(4));
  EXPECT_EQ(pool({NAN, 0, 4, 4}, 0, false, &values), TSR_OK);
  EXPECT_EQ(values, std::vector<float>(4));
}

TEST(RoiAlign, RefusesImagesAndRegions) {
  EXPECT_EQ(pool({0, 0, 4, 4}, 1, false), TSR_INDEX_OUT_OF_RANGE);
  EXPECT_EQ(pool({0, 0, 4, 4}, -1, false), TSR_INDEX_OUT_OF_RANGE);
  EXPECT_EQ(pool({0, 0, 1e9, 4}, 0, false), TSR_INVALID_ARGUMENT);
}
