//===- accuracy_test.cc - sums of products of parts, and in order ---------===//
//
// The arithmetic of a sum on tiles, step by step, for sums as long as models
// have; products.py tests that generated code does the same.
//
//===----------------------------------------------------------------------===//

#include <cmath>
#include <cstring>
#include <functional>
#include <gtest/gtest.h>
#include <random>
#include <vector>

namespace {

using Numbers = std::vector<float>;

uint32_t bitsOf(float value) {
  uint32_t bits;
  memcpy(&bits, &value, 4);
  return bits;
}

float floatOf(uint32_t bits) {
  float value;
  memcpy(&value, &bits, 4);
  return value;
}

/// Takes the next part of bf16 from `rest`; the third one is what is left.
float takePart(float &rest, bool isRounded) {
  float part = isRounded ? floatOf((bitsOf(rest) + 0x8000) & 0xffff0000) : rest;
  rest -= part;
  return part;
}

struct Parts {
  Numbers values[3];
};

Parts split(const Numbers &numbers) {
  Parts parts;
  for (float number : numbers) {
    for (int i = 0; i < 3; ++i) {
      parts.values[i].push_back(takePart(number, i < 2));
    }
    // Nothing is left, and the last part is a bf16.
    EXPECT_EQ(number, 0);
    EXPECT_EQ(bitsOf(parts.values[2].back()) & 0xffff, 0u);
  }
  return parts;
}

/// What one tile instruction adds to a sum.
float tileSum(float sum, const float *x, const float *y) {
  float even = 0, odd = 0;
  for (int k = 0; k < 32; k += 2) {
    even = std::fma(x[k], y[k], even);
    odd = std::fma(x[k + 1], y[k + 1], odd);
  }
  return sum + (even + odd);
}

using Pairs = std::vector<std::pair<int, int>>;
const Pairs kSix = {{0, 2}, {0, 1}, {1, 1}, {1, 0}, {2, 0}, {0, 0}};
const Pairs kThree = {{0, 1}, {0, 0}, {1, 0}};

float onTiles(const Parts &x, const Parts &y, const Pairs &pairs) {
  float sum = 0;
  for (size_t k = 0; k < x.values[0].size(); k += 32) {
    for (auto [i, j] : pairs) {
      sum = tileSum(sum, &x.values[i][k], &y.values[j][k]);
    }
  }
  return sum;
}

float inOrder(const Numbers &x, const Numbers &y) {
  float sum = 0;
  for (size_t k = 0; k < x.size(); ++k) {
    sum = std::fma(x[k], y[k], sum);
  }
  return sum;
}

/// The largest error over |A||B| and the mean of their squares.
struct Errors {
  double largest = 0, squares = 0;
  void add(double sum, double right, double weight) {
    double error = std::abs(sum - right) / weight;
    largest = std::max(largest, error);
    squares += error * error;
  }
};

using Source = std::function<void(std::mt19937 &, Numbers &, Numbers &)>;

/// Six products are at least as good as sums in order, three as promised.
void compare(const Source &source, int length) {
  constexpr int sums = 400;
  std::mt19937 random(length);
  Errors six, order;
  double largest = 0, difference = 0;
  for (int i = 0; i < sums; ++i) {
    Numbers x(length), y(length);
    source(random, x, y);
    double right = 0, weight = 0;
    for (int k = 0; k < length; ++k) {
      right += double(x[k]) * y[k];
      weight += std::abs(double(x[k]) * y[k]);
    }
    Parts left = split(x), other = split(y);
    six.add(onTiles(left, other, kSix), right, weight);
    order.add(inOrder(x, y), right, weight);
    largest = std::max(largest, std::abs(right));
    difference =
        std::max(difference, std::abs(onTiles(left, other, kThree) - right));
  }
  EXPECT_LE(six.largest, 1.25 * order.largest);
  EXPECT_LE(six.squares, order.squares);
  printf("length %5d: six products %.2e (rms %.2e), in order %.2e (rms %.2e), "
         "three %.2e of the largest sum\n",
         length, six.largest, std::sqrt(six.squares / sums), order.largest,
         std::sqrt(order.squares / sums), difference / largest);
}

void compareAll(const Source &source) {
  for (int length : {32, 64, 256, 768, 3072}) {
    compare(source, length);
  }
}

void fillNormal(std::mt19937 &random, Numbers &x, Numbers &y) {
  std::normal_distribution<float> normal;
  for (size_t k = 0; k < x.size(); ++k) {
    x[k] = normal(random);
    y[k] = normal(random);
  }
}

TEST(Accuracy, NormalNumbers) { compareAll(fillNormal); }

TEST(Accuracy, PositiveNumbers) {
  compareAll([](std::mt19937 &random, Numbers &x, Numbers &y) {
    fillNormal(random, x, y);
    for (size_t k = 0; k < x.size(); ++k) {
      x[k] = std::abs(x[k]);
      y[k] = std::abs(y[k]);
    }
  });
}

TEST(Accuracy, WideExponents) {
  compareAll([](std::mt19937 &random, Numbers &x, Numbers &y) {
    fillNormal(random, x, y);
    std::uniform_int_distribution<int> exponent(-20, 20);
    for (size_t k = 0; k < x.size(); ++k) {
      x[k] = std::ldexp(x[k], exponent(random));
      y[k] = std::ldexp(y[k], exponent(random));
    }
  });
}

TEST(Accuracy, Cancellation) {
  compareAll([](std::mt19937 &random, Numbers &x, Numbers &y) {
    fillNormal(random, x, y);
    std::normal_distribution<float> tiny(1, 1e-6f);
    size_t half = x.size() / 2;
    for (size_t k = 0; k < half; ++k) {
      x[half + k] = -x[k] * tiny(random);
      y[half + k] = y[k];
    }
  });
}

/// All bits of both factors are set: no part is short.
TEST(Accuracy, FullMantissas) {
  compareAll([](std::mt19937 &random, Numbers &x, Numbers &y) {
    std::uniform_int_distribution<uint32_t> low(0, 0xff);
    for (size_t k = 0; k < x.size(); ++k) {
      x[k] = floatOf(0x3f7f7f00 + low(random) + (low(random) & 1) * 0x80000000);
      y[k] = floatOf(0x3f807f80 + low(random));
    }
  });
}

TEST(Accuracy, ThreeProductsOfNormalNumbers) {
  std::mt19937 random(1);
  double largest = 0, difference = 0;
  for (int i = 0; i < 400; ++i) {
    Numbers x(768), y(768);
    fillNormal(random, x, y);
    double right = 0;
    for (size_t k = 0; k < x.size(); ++k) {
      right += double(x[k]) * y[k];
    }
    largest = std::max(largest, std::abs(right));
    difference = std::max(
        difference, std::abs(onTiles(split(x), split(y), kThree) - right));
  }
  EXPECT_LE(difference, 2e-5 * largest);
}

} // namespace
