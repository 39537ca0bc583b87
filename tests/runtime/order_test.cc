//===- order_test.cc - elements by rank, of many types --------------------===//
//
// Against std::sort, on rows with ties, both zeros, NaN and infinities.
//
//===----------------------------------------------------------------------===//

#include "operator_call.h"
#include <algorithm>
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <numeric>
#include <random>

using namespace tessera;
using Ints = std::vector<int64_t>;

extern "C" {
int32_t tsr_operator_non_zero(const tsr_operator_call *);
int32_t tsr_operator_top_k(const tsr_operator_call *);
int32_t tsr_operator_unique(const tsr_operator_call *);
}

/// Random elements of which many are equal.
template <typename Number>
static std::vector<Number> elements(size_t count, unsigned seed) {
  std::mt19937_64 random(seed);
  std::vector<Number> values(count);
  for (Number &value : values) {
    if constexpr (std::is_floating_point_v<Number>) {
      const Number special[] = {
          Number(NAN), Number(-NAN),     0, Number(-0.0), INFINITY,
          -INFINITY,   Number(0x1p-149), -1};
      uint64_t which = random() % 40;
      value = which < 8 ? special[which]
                        : Number(double(int64_t(random() % 64)) - 32) / 8;
    } else {
      value = random() % 4 ? Number(random() % 16) : Number(random());
    }
  }
  return values;
}

/// Whether a is less than b, NaN the greatest.
template <typename Number>
static bool isLess(Number a, Number b) {
  if constexpr (std::is_floating_point_v<Number>) {
    return std::isnan(b) ? !std::isnan(a) : a < b;
  }
  return a < b;
}

template <typename Number>
static void checkTopK(uint32_t type, int64_t extent, int64_t wanted,
                      bool isLargest, bool isStrided) {
  std::vector<Number> data = elements<Number>(extent, unsigned(extent));
  Ints shape = isStrided ? Ints{extent, 2} : Ints{1, extent};
  Ints result = isStrided ? Ints{wanted, 2} : Ints{1, wanted};
  std::vector<Number> all = data;
  if (isStrided) { // The row, and behind each element another one.
    all.clear();
    for (Number value : data) {
      all.insert(all.end(), {value, Number(1)});
    }
  }
  OperatorCall call;
  call.input<Number>(shape, all, type).integer("axis", isStrided ? 0 : 1);
  call.integer("largest", isLargest);
  call.result<Number>(result, 2 * wanted, type);
  call.result<int64_t>(result, 2 * wanted);
  ASSERT_EQ(call.run(tsr_operator_top_k), TSR_OK);
  Ints expected(extent);
  std::iota(expected.begin(), expected.end(), 0);
  std::sort(expected.begin(), expected.end(), [&](int64_t a, int64_t b) {
    Number first = data[isLargest ? b : a], second = data[isLargest ? a : b];
    return isLess(first, second) || (!isLess(second, first) && a < b);
  });
  Ints positions = call.values<int64_t>(1);
  std::vector<Number> values = call.values<Number>(0);
  for (int64_t k = 0; k < wanted; ++k) {
    int64_t at = isStrided ? 2 * k : k;
    ASSERT_EQ(positions[at], expected[k]) << "type " << type << " entry " << k;
    ASSERT_EQ(std::memcmp(&values[at], &data[expected[k]], sizeof(Number)), 0);
  }
}

template <typename Number>
static void checkAllTopK(uint32_t type) {
  for (int64_t extent : {1, 5, 40, 1000}) {
    for (int64_t wanted : {int64_t(1), extent / 3, extent}) {
      for (bool isLargest : {false, true}) {
        checkTopK<Number>(type, extent, wanted, isLargest, false);
        checkTopK<Number>(type, extent, wanted, isLargest, true);
      }
    }
  }
}

TEST(Order, TopKOfEachType) {
  checkAllTopK<float>(TSR_FLOAT32);
  checkAllTopK<double>(TSR_FLOAT64);
  checkAllTopK<int8_t>(TSR_INT8);
  checkAllTopK<uint8_t>(TSR_UINT8);
  checkAllTopK<int16_t>(TSR_INT16);
  checkAllTopK<int32_t>(TSR_INT32);
  checkAllTopK<uint32_t>(TSR_UINT32);
  checkAllTopK<int64_t>(TSR_INT64);
  checkAllTopK<uint64_t>(TSR_UINT64);
}

TEST(Order, TopKOfHalves) {
  OperatorCall call; // 1, -2, NaN, -0, 0, infinity
  call.input<uint16_t>({6}, {0x3c00, 0xc000, 0x7e00, 0x8000, 0, 0x7c00},
                       TSR_FLOAT16);
  call.result<uint16_t>({6}, 6, TSR_FLOAT16).result<int64_t>({6}, 6);
  ASSERT_EQ(call.run(tsr_operator_top_k), TSR_OK);
  EXPECT_EQ(call.values<int64_t>(1), (Ints{2, 5, 0, 3, 4, 1}));
}

template <typename Number>
static void checkUnique(uint32_t type) {
  std::vector<Number> data = elements<Number>(500, 7);
  for (Number &value : data) {
    if constexpr (std::is_floating_point_v<Number>) {
      value = std::isnan(value) ? Number(3) : value; // No NaN equals another.
    }
  }
  int64_t count = data.size();
  OperatorCall call;
  call.input<Number>({count}, data, type);
  call.result<Number>({-1}, count, type);
  call.result<int64_t>({-1}, count).result<int64_t>({count}, count);
  call.result<int64_t>({-1}, count);
  ASSERT_EQ(call.run(tsr_operator_unique, 3 * count), TSR_OK);
  std::vector<Number> values = call.values<Number>(0);
  Ints inverse = call.values<int64_t>(2);
  for (size_t i = 1; i < values.size(); ++i) {
    ASSERT_TRUE(isLess(values[i - 1], values[i])) << "type " << type;
  }
  for (int64_t i = 0; i < count; ++i) {
    ASSERT_EQ(values[inverse[i]], data[i]) << "type " << type;
  }
}

TEST(Order, UniqueOfEachType) {
  checkUnique<float>(TSR_FLOAT32);
  checkUnique<double>(TSR_FLOAT64);
  checkUnique<int8_t>(TSR_INT8);
  checkUnique<uint32_t>(TSR_UINT32);
  checkUnique<int64_t>(TSR_INT64);
}

TEST(NonZero, CoordinatesAlongThreeAxes) {
  std::vector<uint8_t> data = elements<uint8_t>(2 * 3 * 7, 3);
  Ints expected[3];
  for (int64_t i = 0; i < 42; ++i) {
    data[i] = data[i] % 3 == 0 && i / 7 != 2; // One row has none.
    if (data[i] != 0) {
      expected[0].push_back(i / 21);
      expected[1].push_back(i / 7 % 3);
      expected[2].push_back(i % 7);
    }
  }
  OperatorCall call;
  call.input<uint8_t>({2, 3, 7}, data, TSR_BOOL).result<int64_t>({3, -1}, 126);
  ASSERT_EQ(call.run(tsr_operator_non_zero), TSR_OK);
  Ints all = expected[0];
  all.insert(all.end(), expected[1].begin(), expected[1].end());
  all.insert(all.end(), expected[2].begin(), expected[2].end());
  EXPECT_EQ(call.values<int64_t>(0), all);
}
