/*===- fourier.c - Fourier transforms with lengths of the run -------------===
 *
 * Transforms whose length is known at compile time are products with constant
 * matrices; these sum directly, in double precision. A last axis of one or two
 * entries holds the real and the imaginary part.
 *
 *===----------------------------------------------------------------------===*/
#include "operators.h"

static const double TWO_PI = 6.283185307179586476925;

/** A transform of `given` points, seen as `length` with zeros behind them. */
typedef struct transform {
  int64_t length, given, kept;
  int inverse, symmetric; /**< symmetric: half of a spectrum, a real result */
  uint32_t parts, out_parts;
} transform;

/** Point k of the transform of elements from `first`, `stride` apart in units
 * of `parts`; `window` (or NULL) scales them. */
static void transform_point(const transform *t, const tsr_operand *x,
                            int64_t first, int64_t stride,
                            const tsr_operand *window, int64_t k, double *re,
                            double *im) {
  *re = 0;
  *im = 0;
  for (int64_t i = 0; i < t->given; ++i) {
    int64_t at = (first + i * stride) * t->parts;
    double a = tsr_read_number(x, at);
    double b = t->parts == 2 ? tsr_read_number(x, at + 1) : 0;
    double weight = window == NULL ? 1 : tsr_read_number(window, i);
    if (t->symmetric && i != 0 && 2 * i != t->length) {
      weight *= 2;
    }
    /* Reduced first, so that large products lose no precision. */
    double angle = TWO_PI * (double)(i * k % t->length) / (double)t->length;
    double c = cos(angle) * weight;
    double s = (t->inverse ? sin(angle) : -sin(angle)) * weight;
    *re += a * c - b * s;
    *im += a * s + b * c;
  }
  if (t->inverse) {
    *re /= (double)t->length;
    *im /= (double)t->length;
  }
}

/** Stores a point at position `at` of the result, in units of its parts. */
static void store_point(const transform *t, const tsr_operand *result,
                        int64_t at, double re, double im) {
  tsr_write_number(result, at * t->out_parts, re);
  if (t->out_parts == 2) {
    tsr_write_number(result, at * 2 + 1, im);
  }
}

static int has_parts(const tsr_operand *x) {
  int64_t parts = x->rank == 0 ? 0 : x->extents[x->rank - 1];
  return parts == 1 || parts == 2;
}

/** The one value of an optional input. */
static int64_t value_of(const tsr_operand *given, int64_t otherwise) {
  return given == NULL || tsr_element_count(given) != 1
             ? otherwise
             : tsr_read_integer(given, 0);
}

/** Inputs: the signal, the length (optional), the axis (optional). */
TSR_OPERATOR(dft) {
  const tsr_operand *x = &call->inputs[0], *result = &call->results[0];
  transform t;
  t.inverse = tsr_parameter_integer(call, "inverse", 0) != 0;
  int onesided = tsr_parameter_integer(call, "onesided", 0) != 0;
  int64_t axis = tsr_normal_axis(
      value_of(tsr_input_of(call, 2), tsr_parameter_integer(call, "axis", -2)),
      x->rank);
  if (!has_parts(x) || axis < 0 || axis + 1 >= x->rank) {
    return TSR_INVALID_ARGUMENT;
  }
  int64_t own = x->extents[axis];
  t.parts = (uint32_t)x->extents[x->rank - 1];
  t.symmetric = t.inverse && onesided;
  t.out_parts = t.symmetric ? 1 : 2;
  t.length = value_of(tsr_input_of(call, 1), t.symmetric ? 2 * (own - 1) : own);
  if (t.length < 1 || t.length > INT32_MAX) {
    return TSR_INVALID_ARGUMENT;
  }
  int64_t half = t.length / 2 + 1, read = t.symmetric ? half : t.length;
  t.given = own < read ? own : read;
  t.kept = onesided && !t.inverse ? half : t.length;
  for (uint32_t a = 0; a < x->rank; ++a) {
    result->extents[a] = x->extents[a];
  }
  result->extents[axis] = t.kept;
  result->extents[x->rank - 1] = t.out_parts;
  if (!tsr_result_fits(result)) {
    return TSR_OUTPUT_TOO_SMALL;
  }
  int64_t outer = tsr_extent_product(x, 0, (uint32_t)axis);
  int64_t inner = tsr_extent_product(x, (uint32_t)axis + 1, x->rank - 1);
  for (int64_t o = 0; o < outer; ++o) {
    for (int64_t k = 0; k < t.kept; ++k) {
      for (int64_t i = 0; i < inner; ++i) {
        double re, im;
        transform_point(&t, x, o * own * inner + i, inner, NULL, k, &re, &im);
        store_point(&t, result, (o * t.kept + k) * inner + i, re, im);
      }
    }
  }
  return TSR_OK;
}

/** Inputs: the signal [batch, length, parts], the step, the window and the
 * frame's length (optional both). The result is [batch, frames, kept, 2]. */
TSR_OPERATOR(stft) {
  const tsr_operand *x = &call->inputs[0], *result = &call->results[0];
  const tsr_operand *window = tsr_input_of(call, 2);
  int64_t step = value_of(tsr_input_of(call, 1), 0);
  if (x->rank != 3 || !has_parts(x) || step < 1) {
    return TSR_INVALID_ARGUMENT;
  }
  int64_t samples = x->extents[1];
  int64_t whole = window == NULL ? samples : tsr_element_count(window);
  transform t;
  t.length = t.given = value_of(tsr_input_of(call, 3), whole);
  if (t.length < 1 || t.length > samples ||
      (window != NULL && whole != t.length)) {
    return TSR_INVALID_ARGUMENT;
  }
  t.inverse = t.symmetric = 0;
  t.parts = (uint32_t)x->extents[2];
  t.out_parts = 2;
  int onesided = tsr_parameter_integer(call, "onesided", 1) != 0;
  t.kept = onesided ? t.length / 2 + 1 : t.length;
  int64_t frames = (samples - t.length) / step + 1;
  result->extents[0] = x->extents[0];
  result->extents[1] = frames;
  result->extents[2] = t.kept;
  result->extents[3] = 2;
  if (!tsr_result_fits(result)) {
    return TSR_OUTPUT_TOO_SMALL;
  }
  int64_t at = 0;
  for (int64_t b = 0; b < x->extents[0]; ++b) {
    for (int64_t f = 0; f < frames; ++f) {
      for (int64_t k = 0; k < t.kept; ++k) {
        double re, im;
        transform_point(&t, x, b * samples + f * step, 1, window, k, &re, &im);
        store_point(&t, result, at++, re, im);
      }
    }
  }
  return TSR_OK;
}
