/*===- elements.c - elements of any type, one at a time -------------------===*/
#include "operators.h"

int64_t tsr_extent_product(const tsr_operand *operand, uint32_t begin,
                           uint32_t end) {
  int64_t product = 1;
  for (uint32_t axis = begin; axis < end; ++axis) {
    product *= operand->extents[axis];
  }
  return product;
}

int64_t tsr_element_count(const tsr_operand *operand) {
  return tsr_extent_product(operand, 0, operand->rank);
}

uint32_t tsr_element_bytes(uint32_t element_type) {
  switch (element_type) {
  case TSR_UINT8:
  case TSR_INT8:
  case TSR_BOOL:
    return 1;
  case TSR_UINT16:
  case TSR_INT16:
  case TSR_FLOAT16:
  case TSR_BFLOAT16:
    return 2;
  case TSR_FLOAT32:
  case TSR_INT32:
  case TSR_UINT32:
    return 4;
  case TSR_FLOAT64:
  case TSR_INT64:
  case TSR_UINT64:
  case TSR_COMPLEX64:
    return 8;
  case TSR_COMPLEX128:
  case TSR_STRING:
    return 16;
  default:
    return 0;
  }
}

int tsr_is_float(uint32_t element_type) {
  return element_type == TSR_FLOAT32 || element_type == TSR_FLOAT64 ||
         element_type == TSR_FLOAT16 || element_type == TSR_BFLOAT16;
}

int tsr_is_unsigned(uint32_t element_type) {
  return element_type == TSR_UINT8 || element_type == TSR_UINT16 ||
         element_type == TSR_UINT32 || element_type == TSR_UINT64 ||
         element_type == TSR_BOOL;
}

static double float_of_bits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof(value));
  return value;
}

static double half_to_number(uint16_t bits) {
  int exponent = (bits >> 10) & 31, fraction = bits & 1023;
  double value = exponent == 31  ? (fraction ? NAN : INFINITY)
                 : exponent == 0 ? ldexp(fraction, -24)
                                 : ldexp(fraction + 1024, exponent - 25);
  return bits >> 15 ? -value : value;
}

/** Rounds to a float of 16 bits, ties to even: `fraction_bits` explicit ones
 * and the least exponent of a normal number. */
static uint16_t number_to_half(double value, int fraction_bits, int least) {
  uint16_t sign = signbit(value) ? 0x8000 : 0;
  uint16_t infinity = (uint16_t)(0x7fff >> fraction_bits << fraction_bits);
  double magnitude = fabs(value);
  if (isnan(value)) {
    return (uint16_t)(sign | infinity | (1 << (fraction_bits - 1)));
  }
  int exponent = 0;
  (void)frexp(magnitude, &exponent);
  int unit = (exponent - 1 < least ? least : exponent - 1) - fraction_bits;
  double steps = isinf(value) ? 0 : rint(ldexp(magnitude, -unit));
  /* Rounding up to the next power of two carries into the exponent. */
  double bits = steps + ldexp(unit + fraction_bits - least, fraction_bits);
  return isinf(value) || bits >= infinity ? sign | infinity
                                          : (uint16_t)(sign | (uint16_t)bits);
}

int64_t tsr_integer_of(double value) {
  return value >= -0x1p63 && value < 0x1p63 ? (int64_t)value : INT64_MIN;
}

int64_t tsr_read_integer(const tsr_operand *operand, int64_t index) {
  const unsigned char *at = operand->data;
  switch (operand->element_type) {
  case TSR_UINT8:
  case TSR_BOOL:
    return at[index];
  case TSR_INT8:
    return ((const int8_t *)operand->data)[index];
  case TSR_UINT16:
    return ((const uint16_t *)operand->data)[index];
  case TSR_INT16:
    return ((const int16_t *)operand->data)[index];
  case TSR_INT32:
    return ((const int32_t *)operand->data)[index];
  case TSR_UINT32:
    return ((const uint32_t *)operand->data)[index];
  case TSR_INT64:
  case TSR_UINT64:
    return ((const int64_t *)operand->data)[index];
  default:
    /* Neither function knows the types that are left. */
    return tsr_integer_of(tsr_is_float(operand->element_type)
                              ? tsr_read_number(operand, index)
                              : NAN);
  }
}

double tsr_read_number(const tsr_operand *operand, int64_t index) {
  switch (operand->element_type) {
  case TSR_FLOAT32:
    return ((const float *)operand->data)[index];
  case TSR_FLOAT64:
    return ((const double *)operand->data)[index];
  case TSR_FLOAT16:
    return half_to_number(((const uint16_t *)operand->data)[index]);
  case TSR_BFLOAT16:
    return float_of_bits((uint32_t)((const uint16_t *)operand->data)[index]
                         << 16);
  case TSR_UINT64:
    return (double)((const uint64_t *)operand->data)[index];
  case TSR_COMPLEX64:
  case TSR_COMPLEX128:
    return NAN;
  default:
    return (double)tsr_read_integer(operand, index);
  }
}

/** Stores the low bytes of an integer. */
static void write_bits(const tsr_operand *operand, int64_t index,
                       uint64_t bits) {
  uint32_t bytes = tsr_element_bytes(operand->element_type);
  memcpy((unsigned char *)operand->data + index * bytes, &bits,
         bytes > 8 ? 8 : bytes);
}

void tsr_write_integer(const tsr_operand *operand, int64_t index,
                       int64_t value) {
  if (tsr_is_float(operand->element_type)) {
    tsr_write_number(operand, index, (double)value);
  } else {
    write_bits(operand, index, (uint64_t)value);
  }
}

void tsr_write_number(const tsr_operand *operand, int64_t index, double value) {
  switch (operand->element_type) {
  case TSR_FLOAT32:
    ((float *)operand->data)[index] = (float)value;
    return;
  case TSR_FLOAT64:
    ((double *)operand->data)[index] = value;
    return;
  case TSR_FLOAT16:
    write_bits(operand, index, number_to_half(value, 10, -14));
    return;
  case TSR_BFLOAT16:
    write_bits(operand, index, number_to_half(value, 7, -126));
    return;
  default:
    write_bits(operand, index,
               value >= 0x1p63 && value < 0x1p64
                   ? (uint64_t)value
                   : (uint64_t)tsr_integer_of(value));
    return;
  }
}

int64_t tsr_normal_axis(int64_t axis, int64_t rank) {
  return axis < -rank || axis >= rank ? -1 : axis < 0 ? axis + rank : axis;
}

int tsr_result_fits(const tsr_operand *result) {
  uint64_t bytes = tsr_element_bytes(result->element_type);
  for (uint32_t axis = 0; axis < result->rank; ++axis) {
    if (result->extents[axis] == 0) {
      return 1;
    }
  }
  for (uint32_t axis = 0; axis < result->rank; ++axis) {
    if (result->extents[axis] < 0 ||
        __builtin_mul_overflow(bytes, (uint64_t)result->extents[axis],
                               &bytes)) {
      return 0;
    }
  }
  return bytes <= result->bytes;
}
