//===- emulator_test.cc - tile instructions against scalar arithmetic -----===//

#include "tests/amx/emulator.h"
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <immintrin.h>
#include <random>

namespace {

bool hasAvx512() { return __builtin_cpu_supports("avx512f"); }

struct alignas(64) Configuration {
  uint8_t palette = 1, start = 0, reserved[14] = {};
  uint16_t rowBytes[16] = {};
  uint8_t rows[16] = {};
};

float floatOf(uint16_t bits) {
  uint32_t word = uint32_t(bits) << 16;
  float value;
  memcpy(&value, &word, 4);
  return value;
}

/// With denormals as zero.
float flushed(float value) {
  return std::fpclassify(value) == FP_SUBNORMAL ? std::copysign(0.0f, value)
                                                : value;
}

/// One element of the product, as the manual describes it.
float expected(float before, const uint16_t *left, const uint16_t *right,
               int pairs, int rightStep) {
  float sums[2] = {0, 0};
  for (int k = 0; k < pairs; ++k) {
    for (int half = 0; half < 2; ++half) {
      float x = flushed(floatOf(left[2 * k + half])),
            y = flushed(floatOf(right[k * rightStep + half]));
      sums[half] = flushed(std::fma(x, y, sums[half]));
    }
  }
  return flushed(flushed(before) + flushed(sums[0] + sums[1]));
}

__attribute__((target("amx-tile,amx-bf16"))) void
multiply(const Configuration &configuration, float *sums, const uint16_t *left,
         const uint16_t *right, int64_t leftStep) {
  _tile_loadconfig(&configuration);
  _tile_loadd(0, sums, 64);
  _tile_loadd(1, left, leftStep);
  _tile_loadd(2, right, 64);
  _tile_dpbf16ps(0, 1, 2);
  _tile_stored(0, sums, 64);
  _tile_release();
}

/// bf16 numbers of many magnitudes, denormals among them.
uint16_t anyNumber(std::mt19937 &random) {
  return (random() & 0x807f) | ((random() % 0x60 + (random() % 3) * 0x28) << 7);
}

void check(int rows, int columns, int pairs) {
  std::mt19937 random(rows + 31 * columns);
  Configuration configuration;
  configuration.rows[0] = configuration.rows[1] = rows;
  configuration.rows[2] = pairs;
  configuration.rowBytes[0] = configuration.rowBytes[2] = 4 * columns;
  configuration.rowBytes[1] = 4 * pairs;
  constexpr int leftStep = 40;
  uint16_t left[16 * leftStep], right[16 * 32];
  float sums[16 * 16], wanted[16 * 16];
  for (uint16_t &value : left) {
    value = anyNumber(random);
  }
  for (uint16_t &value : right) {
    value = anyNumber(random);
  }
  for (int i = 0; i < 256; ++i) {
    sums[i] = floatOf(anyNumber(random));
    bool inside = i / 16 < rows && i % 16 < columns;
    wanted[i] = inside ? expected(sums[i], left + i / 16 * leftStep,
                                  right + i % 16 * 2, pairs, 32)
                       : sums[i];
  }
  amx_counts before = amx_emulator_counts();
  multiply(configuration, sums, left, right, 2 * leftStep);
  EXPECT_EQ(memcmp(sums, wanted, sizeof sums), 0);
  amx_counts after = amx_emulator_counts();
  EXPECT_EQ(after.products - before.products, 1u);
  EXPECT_EQ(after.loads - before.loads, 3u);
  EXPECT_EQ(after.stores - before.stores, 1u);
}

TEST(Emulator, MultipliesWholeTiles) {
  if (!hasAvx512()) {
    GTEST_SKIP() << "the emulator computes with AVX-512";
  }
  check(16, 16, 16);
}

TEST(Emulator, MultipliesPartsOfTiles) {
  if (!hasAvx512()) {
    GTEST_SKIP() << "the emulator computes with AVX-512";
  }
  check(5, 16, 16);
  check(16, 3, 7);
  check(1, 1, 1);
}

__attribute__((target("amx-tile"))) void clear(float *sums) {
  Configuration configuration;
  configuration.rows[7] = 2;
  configuration.rowBytes[7] = 8;
  _tile_loadconfig(&configuration);
  _tile_zero(7);
  _tile_stored(7, sums, 16);
  _tile_release();
}

TEST(Emulator, StoresInSteps) {
  float sums[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  clear(sums);
  const float wanted[8] = {0, 0, 3, 4, 0, 0, 7, 8};
  EXPECT_EQ(memcmp(sums, wanted, sizeof sums), 0);
}

} // namespace
