/*===- fourier.c - Fourier transforms whose form is known at run time ------===
 *
 * In double precision: by halves for powers of two, and as a convolution with a
 * chirp for other lengths (Bluestein), so that every length costs n log n. When
 * the memory to work in is too small for that, term by term.
 *
 *===----------------------------------------------------------------------===*/
#include "operators.h"

typedef struct complex_number {
  double re, im;
} complex_number;

/** A transform of `length` points; `size` is the power of two behind it. */
typedef struct transform {
  int64_t length, size;
  complex_number *values; /* `size`: input and output */
  complex_number *roots;  /* size / 2 roots of unity; NULL: term by term */
  complex_number *chirp;  /* `length`; NULL for powers of two */
  complex_number *kernel; /* `size`: the transformed chirp */
} transform;

static complex_number unit(int64_t part, int64_t whole) {
  double angle = -2 * 3.14159265358979323846 * (double)part / (double)whole;
  return (complex_number){cos(angle), sin(angle)};
}

static complex_number product(complex_number a, complex_number b) {
  return (complex_number){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

/** Transforms `size` values, a power of two, in place. */
static void by_halves(complex_number *values, const complex_number *roots,
                      int64_t size) {
  for (int64_t i = 1, j = 0; i < size; ++i) {
    int64_t bit = size >> 1;
    for (; j & bit; bit >>= 1) {
      j ^= bit;
    }
    j ^= bit;
    if (i < j) {
      complex_number swapped = values[i];
      values[i] = values[j];
      values[j] = swapped;
    }
  }
  for (int64_t half = 1; half < size; half *= 2) {
    int64_t stride = size / (2 * half);
    for (int64_t first = 0; first < size; first += 2 * half) {
      for (int64_t k = 0; k < half; ++k) {
        complex_number *a = &values[first + k], *b = a + half;
        complex_number odd = product(*b, roots[k * stride]);
        *b = (complex_number){a->re - odd.re, a->im - odd.im};
        *a = (complex_number){a->re + odd.re, a->im + odd.im};
      }
    }
  }
}

/** Prepares a transform in the call's memory; what does not fit is NULL. */
static transform prepare(const tsr_operator_call *call, int64_t length) {
  transform t = {length, 1, NULL, NULL, NULL, NULL};
  int is_power = (length & (length - 1)) == 0;
  while (t.size < (is_power ? length : 2 * length - 1)) {
    t.size *= 2;
  }
  int64_t room = (int64_t)(call->scratch_bytes / sizeof(complex_number));
  int64_t needed =
      is_power ? t.size + t.size / 2 : 2 * t.size + t.size / 2 + length;
  complex_number *memory = (complex_number *)(void *)call->scratch;
  if (needed > room) {
    return t;
  }
  t.values = memory;
  t.roots = t.values + t.size;
  for (int64_t k = 0; k < t.size / 2; ++k) {
    t.roots[k] = unit(k, t.size);
  }
  if (is_power) {
    return t;
  }
  t.chirp = t.roots + t.size / 2;
  t.kernel = t.chirp + length;
  memset(t.kernel, 0, (size_t)t.size * sizeof(complex_number));
  for (int64_t k = 0; k < length; ++k) {
    complex_number own = unit(k * k % (2 * length), 2 * length);
    complex_number turned = {own.re, -own.im};
    t.chirp[k] = own;
    t.kernel[k] = turned;
    if (k > 0) {
      t.kernel[t.size - k] = turned;
    }
  }
  by_halves(t.kernel, t.roots, t.size);
  return t;
}

/** Transforms t->values, of which `length` are given. */
static void run(const transform *t) {
  if (t->chirp == NULL) {
    by_halves(t->values, t->roots, t->size);
    return;
  }
  for (int64_t k = 0; k < t->size; ++k) {
    t->values[k] = k < t->length ? product(t->values[k], t->chirp[k])
                                 : (complex_number){0, 0};
  }
  by_halves(t->values, t->roots, t->size);
  for (int64_t k = 0; k < t->size; ++k) { /* conjugated: the way back */
    complex_number value = product(t->values[k], t->kernel[k]);
    t->values[k] = (complex_number){value.re, -value.im};
  }
  by_halves(t->values, t->roots, t->size);
  for (int64_t k = 0; k < t->length; ++k) {
    complex_number value = {t->values[k].re / (double)t->size,
                            -t->values[k].im / (double)t->size};
    t->values[k] = product(value, t->chirp[k]);
  }
}

/** One line of a tensor: what is transformed, and where it goes. */
typedef struct line {
  const tsr_operand *from, *to, *window;
  int64_t first, step, given, parts; /* element and distance in `from` */
  int64_t out_first, out_step, kept, out_parts;
  int inverse, symmetric; /* symmetric: the first half of a spectrum is given */
} line;

/** Point i of a line's input. */
static complex_number read_point(const line *l, int64_t i, int64_t length) {
  int64_t at = i;
  if (l->symmetric && 2 * i > length) {
    at = length - i;
  }
  if (at >= l->given) {
    return (complex_number){0, 0};
  }
  int64_t element = (l->first + at * l->step) * l->parts;
  complex_number value = {tsr_read_number(l->from, element), 0};
  if (l->parts == 2) {
    value.im = tsr_read_number(l->from, element + 1);
  }
  if (at != i) {
    value.im = -value.im;
  } else if (l->symmetric && (i == 0 || 2 * i == length)) {
    value.im = 0; /* Has no part in a real result. */
  }
  if (l->window != NULL) {
    double weight = tsr_read_number(l->window, i);
    value = (complex_number){value.re * weight, value.im * weight};
  }
  /* The inverse is the transform of the conjugate, conjugated. */
  return l->inverse ? (complex_number){value.re, -value.im} : value;
}

static complex_number one_point(const line *l, int64_t k, int64_t length) {
  complex_number sum = {0, 0};
  for (int64_t i = 0; i < length; ++i) {
    complex_number term =
        product(read_point(l, i, length), unit(i * k % length, length));
    sum = (complex_number){sum.re + term.re, sum.im + term.im};
  }
  return sum;
}

static void transform_line(const transform *t, const line *l) {
  double scale = l->inverse ? 1 / (double)t->length : 1;
  for (int64_t i = 0; t->values != NULL && i < t->length; ++i) {
    t->values[i] = read_point(l, i, t->length);
  }
  if (t->values != NULL) {
    run(t);
  }
  for (int64_t k = 0; k < l->kept; ++k) {
    complex_number value =
        t->values != NULL ? t->values[k] : one_point(l, k, t->length);
    int64_t element = (l->out_first + k * l->out_step) * l->out_parts;
    tsr_write_number(l->to, element, value.re * scale);
    if (l->out_parts == 2) {
      tsr_write_number(l->to, element + 1,
                       (l->inverse ? -value.im : value.im) * scale);
    }
  }
}

/** Longer transforms would not be exact in the arithmetic on positions. */
#define MOST_POINTS (INT64_C(1) << 30)

/** (signal [..., parts], length or absent, axis or absent) */
TSR_OPERATOR(dft) {
  const tsr_operand *x = &call->inputs[0], *given = tsr_input_of(call, 1);
  const tsr_operand *axes = tsr_input_of(call, 2), *result = &call->results[0];
  int inverse = tsr_parameter_integer(call, "inverse", 0) != 0;
  int one_sided = tsr_parameter_integer(call, "onesided", 0) != 0;
  uint32_t last = x->rank - 1;
  int64_t axis = axes == NULL ? tsr_parameter_integer(call, "axis", -2)
                              : tsr_read_integer(axes, 0);
  axis = tsr_normal_axis(axis, x->rank);
  if (axis < 0 || axis == last) {
    return TSR_INDEX_OUT_OF_RANGE;
  }
  int64_t own = x->extents[axis], parts = x->extents[last];
  int symmetric = inverse && one_sided;
  int64_t length = symmetric ? 2 * (own - 1) : own;
  if (given != NULL) {
    length = tsr_read_integer(given, 0);
  }
  if (length < 1 || length > MOST_POINTS || (parts != 1 && parts != 2)) {
    return TSR_DIMENSION_OUT_OF_BOUNDS;
  }
  int64_t kept = one_sided && !inverse ? length / 2 + 1 : length;
  for (uint32_t i = 0; i < last; ++i) {
    result->extents[i] = i == axis ? kept : x->extents[i];
  }
  if (!tsr_result_fits(result)) {
    return TSR_OUTPUT_TOO_SMALL;
  }
  int64_t outer = tsr_extent_product(x, 0, (uint32_t)axis);
  int64_t inner = tsr_extent_product(x, (uint32_t)axis + 1, last);
  int64_t most = symmetric ? length / 2 + 1 : length;
  transform t = prepare(call, length);
  for (int64_t i = 0; i < outer * inner; ++i) {
    line l = {x,
              result,
              NULL,
              0,
              inner,
              own < most ? own : most,
              parts,
              0,
              inner,
              kept,
              symmetric ? 1 : 2,
              inverse,
              symmetric};
    l.first = i / inner * own * inner + i % inner;
    l.out_first = i / inner * kept * inner + i % inner;
    transform_line(&t, &l);
  }
  return TSR_OK;
}

/** (signal [batch, length, parts], step, window or absent, frame length or
 * absent): the transform of each frame. */
TSR_OPERATOR(stft) {
  const tsr_operand *x = &call->inputs[0], *window = tsr_input_of(call, 2);
  const tsr_operand *given = tsr_input_of(call, 3), *result = &call->results[0];
  int64_t step = tsr_read_integer(&call->inputs[1], 0);
  int64_t own = x->extents[1], parts = x->extents[2];
  int64_t length = given != NULL    ? tsr_read_integer(given, 0)
                   : window != NULL ? window->extents[0]
                                    : own;
  if (step < 1 || length < 1 || length > own || length > MOST_POINTS ||
      (parts != 1 && parts != 2) ||
      (window != NULL && window->extents[0] != length)) {
    return TSR_DIMENSION_OUT_OF_BOUNDS;
  }
  int64_t frames = (own - length) / step + 1;
  int one_sided = tsr_parameter_integer(call, "onesided", 1) != 0;
  int64_t kept = one_sided ? length / 2 + 1 : length;
  result->extents[1] = frames;
  result->extents[2] = kept;
  if (!tsr_result_fits(result)) {
    return TSR_OUTPUT_TOO_SMALL;
  }
  transform t = prepare(call, length);
  for (int64_t i = 0; i < x->extents[0] * frames; ++i) {
    line l = {x,        result, window, 0, 1, length, parts,
              i * kept, 1,      kept,   2, 0, 0};
    l.first = i / frames * own + i % frames * step;
    transform_line(&t, &l);
  }
  return TSR_OK;
}
