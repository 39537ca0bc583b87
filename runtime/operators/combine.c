/*===- combine.c - numbers put where others lie ---------------------------===*/
#include "operators.h"

tsr_combination tsr_combination_of(const tsr_operator_call *call) {
  static const char *const names[] = {"none", "add", "mul", "max", "min"};
  const char *given = tsr_parameter_text(call, "reduction", "none");
  for (int how = TSR_ADD; how <= TSR_LEAST; ++how) {
    if (tsr_same_text(given, names[how])) {
      return (tsr_combination)how;
    }
  }
  return TSR_REPLACE;
}

/** The greater or the less of two numbers; NaN if one is. */
static double extreme(double a, double b, int greatest) {
  return isnan(a) || isnan(b) ? NAN : (greatest ? a < b : b < a) ? b : a;
}

static double combine_numbers(tsr_combination how, double a, double b) {
  return how == TSR_ADD        ? a + b
         : how == TSR_MULTIPLY ? a * b
                               : extreme(a, b, how == TSR_GREATEST);
}

/** Sums and products wrap. */
static int64_t combine_integers(tsr_combination how, int64_t a, int64_t b,
                                int is_unsigned) {
  if (how == TSR_ADD) {
    return (int64_t)((uint64_t)a + (uint64_t)b);
  }
  if (how == TSR_MULTIPLY) {
    return (int64_t)((uint64_t)a * (uint64_t)b);
  }
  int less = is_unsigned ? (uint64_t)a < (uint64_t)b : a < b;
  return (how == TSR_GREATEST) == less ? b : a;
}

/** Most models scatter these; the others go one by one through their type. */
static void combine_floats(tsr_combination how, float *into, const float *from,
                           int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    float a = into[i], b = from[i];
    into[i] = how == TSR_ADD        ? a + b
              : how == TSR_MULTIPLY ? a * b
                                    : (float)extreme(a, b, how == TSR_GREATEST);
  }
}

void tsr_combine(tsr_combination how, const tsr_operand *into, int64_t at,
                 const tsr_operand *from, int64_t first, int64_t count) {
  uint32_t type = into->element_type;
  if (count <= 0) {
    return; /* Tensors without elements may have no memory. */
  }
  if (how == TSR_REPLACE) {
    size_t bytes = tsr_element_bytes(type);
    memcpy((unsigned char *)into->data + (size_t)at * bytes,
           (const unsigned char *)from->data + (size_t)first * bytes,
           (size_t)count * bytes);
  } else if (type == TSR_FLOAT32) {
    combine_floats(how, (float *)into->data + at,
                   (const float *)from->data + first, count);
  } else if (tsr_is_float(type)) {
    /* Rounding twice changes nothing: a double has more than twice the digits
     * of narrower types. */
    for (int64_t i = 0; i < count; ++i) {
      tsr_write_number(into, at + i,
                       combine_numbers(how, tsr_read_number(into, at + i),
                                       tsr_read_number(from, first + i)));
    }
  } else {
    for (int64_t i = 0; i < count; ++i) {
      tsr_write_integer(into, at + i,
                        combine_integers(how, tsr_read_integer(into, at + i),
                                         tsr_read_integer(from, first + i),
                                         tsr_is_unsigned(type)));
    }
  }
}
