/*===- random.c - random numbers by a counter -----------------------------===
 *
 * Element i of a tensor is a function of (seed, i) alone, the finaliser of
 * splitmix64 over seed + i * golden ratio: the same on every machine and in
 * every run. Nodes without a seed get one from the compiler.
 *
 *===----------------------------------------------------------------------===*/
#include "operators.h"

static uint64_t random_bits(uint64_t seed, uint64_t counter) {
  uint64_t z = seed + (counter + 1) * UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

/** Uniform in [0, 1). */
static double uniform(uint64_t seed, uint64_t counter) {
  return (double)(random_bits(seed, counter) >> 11) * 0x1p-53;
}

static uint64_t seed_of(const tsr_operator_call *call) {
  return random_bits((uint64_t)tsr_parameter_integer(call, "seed", 0), 0);
}

/** Uniform numbers in [low, high). */
TSR_OPERATOR(random_uniform) {
  const tsr_operand *result = &call->results[0];
  double low = tsr_parameter_number(call, "low", 0);
  double high = tsr_parameter_number(call, "high", 1);
  int64_t count = tsr_element_count(result);
  uint64_t seed = seed_of(call);
  for (int64_t i = 0; i < count; ++i) {
    tsr_write_number(result, i,
                     low + (high - low) * uniform(seed, (uint64_t)i));
  }
  return TSR_OK;
}

/** Normal numbers by Box and Muller's transform. */
TSR_OPERATOR(random_normal) {
  const tsr_operand *result = &call->results[0];
  double mean = tsr_parameter_number(call, "mean", 0);
  double scale = tsr_parameter_number(call, "scale", 1);
  int64_t count = tsr_element_count(result);
  uint64_t seed = seed_of(call);
  for (int64_t i = 0; i < count; ++i) {
    double radius = sqrt(-2 * log(1 - uniform(seed, 2 * (uint64_t)i)));
    double angle = 6.283185307179586 * uniform(seed, 2 * (uint64_t)i + 1);
    tsr_write_number(result, i, mean + scale * radius * cos(angle));
  }
  return TSR_OK;
}

/** 1 with the probability that the input gives, else 0. */
TSR_OPERATOR(bernoulli) {
  const tsr_operand *x = &call->inputs[0], *result = &call->results[0];
  int64_t count = tsr_element_count(result);
  uint64_t seed = seed_of(call);
  for (int64_t i = 0; i < count; ++i) {
    tsr_write_number(result, i,
                     uniform(seed, (uint64_t)i) < tsr_read_number(x, i));
  }
  return TSR_OK;
}

/** (logarithms of weights, [rows, classes]): classes drawn for each row. */
TSR_OPERATOR(multinomial) {
  const tsr_operand *x = &call->inputs[0], *result = &call->results[0];
  int64_t classes = x->extents[1], samples = result->extents[1];
  uint64_t seed = seed_of(call);
  for (int64_t row = 0; row < x->extents[0]; ++row) {
    int64_t begin = row * classes;
    double greatest = -INFINITY, sum = 0;
    for (int64_t c = 0; c < classes; ++c) {
      greatest = fmax(greatest, tsr_read_number(x, begin + c));
    }
    for (int64_t c = 0; c < classes; ++c) {
      sum += exp(tsr_read_number(x, begin + c) - greatest);
    }
    for (int64_t s = 0; s < samples; ++s) {
      int64_t at = row * samples + s, c = 0;
      double rest = uniform(seed, (uint64_t)at) * sum;
      while (c + 1 < classes &&
             (rest -= exp(tsr_read_number(x, begin + c) - greatest)) >= 0) {
        ++c;
      }
      tsr_write_number(result, at, (double)c);
    }
  }
  return TSR_OK;
}
