//===- power_test.cpp - errors of x^y -------------------------------------===//
//
// Special values in every pair, and random floats of all magnitudes, against
// libm in double.
//
//===----------------------------------------------------------------------===//

#include "tests/codegen/math/CompiledFunction.h"
#include <gtest/gtest.h>
#include <random>

using namespace tessera::test;

namespace {

struct Pairs {
  std::vector<float> x, y;
  void add(float base, float exponent) {
    x.push_back(base);
    y.push_back(exponent);
  }
};

float randomFloat(std::mt19937 &random) {
  uint32_t bits = random();
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

/// A multiple of 64 pairs.
Pairs pairs() {
  Pairs result;
  const float inf = INFINITY;
  const float special[] = {
      0,      -0.f,    1,     -1,         2,          -2,     3,
      -3,     0.5f,    -0.5f, 0.75f,      -0.75f,     1e-45f, -1e-45f,
      1e-38f, 3.4e38f, inf,   -inf,       NAN,        1e6f,   16777215,
      -5,     2.5f,    -2.5f, 0.9999999f, 1.0000001f, 149,    -149};
  for (float x : special) {
    for (float y : special) {
      result.add(x, y);
    }
  }
  std::mt19937 random(7);
  std::uniform_real_distribution<float> exponents(-40, 40), products(-152, 130);
  for (int i = 0; i < 400000; ++i) {
    float x = randomFloat(random);
    result.add(x, exponents(random));
    result.add(x, std::round(exponents(random)));
    result.add(x, randomFloat(random));
    // What is neither 0 nor infinity.
    result.add(std::abs(x), products(random) / std::log2(std::abs(x)));
    float near = 1 + std::ldexp(exponents(random), -12);
    result.add(near, products(random) / std::log2(near));
  }
  while (result.x.size() % 64 != 0) {
    result.add(1, 1);
  }
  return result;
}

TEST(Power, IsAccurateAndEqualOnAllTargets) {
  Pairs in = pairs();
  std::vector<float> first, result(in.x.size());
  tessera::schedule::CpuFeatures host = tessera::schedule::hostFeatures();
  for (const tessera::schedule::Target &target :
       tessera::schedule::allTargets()) {
    if (!(host.*target.required)) {
      continue;
    }
    for (unsigned lanes : {target.f32Lanes(), 1u}) {
      Compiled power("powf", lanes, target, /*hasTwoArguments=*/true);
      ASSERT_TRUE(power.run);
      power.run(in.x.data(), in.y.data(), result.data(), result.size());
      if (first.empty()) {
        first = result;
      }
      for (size_t i = 0; i < result.size(); ++i) {
        ASSERT_TRUE(first[i] == result[i] ||
                    (std::isnan(first[i]) && std::isnan(result[i])))
            << in.x[i] << " ^ " << in.y[i] << ": " << first[i] << " or "
            << result[i];
      }
    }
  }
  if (first.empty()) {
    GTEST_SKIP() << "this machine executes none of the targets";
  }
  double worst = 0;
  for (size_t i = 0; i < first.size(); ++i) {
    double exact = std::pow(double(in.x[i]), double(in.y[i]));
    double error = errorOf(first[i], exact);
    EXPECT_LE(error, 0.51) << in.x[i] << " ^ " << in.y[i] << " = " << first[i]
                           << ", exactly " << exact;
    EXPECT_TRUE(std::isnan(exact) ||
                std::signbit(first[i]) == std::signbit(exact))
        << in.x[i] << " ^ " << in.y[i];
    worst = std::max(worst, error);
  }
  std::printf("largest error %.3f ulp\n", worst);
}

} // namespace
