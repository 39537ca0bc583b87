/*===- select.c - elements that a condition on data selects ---------------===*/
#include "operators.h"

static int is_nonzero(const unsigned char *element, uint32_t bytes,
                      uint32_t type) {
  uint64_t bits = 0;
  memcpy(&bits, element, bytes > 8 ? 8 : bytes);
  if (tsr_is_float(type)) {
    bits <<= 64 - 8 * bytes;
    return (bits << 1) != 0; /* The sign of zero does not count. */
  }
  return bits != 0;
}

/** How many elements are not zero. Most conditions are truth values. */
static int64_t count_nonzero(const tsr_operand *x) {
  const unsigned char *data = x->data;
  uint32_t bytes = tsr_element_bytes(x->element_type);
  int64_t count = tsr_element_count(x), found = 0;
  if (bytes == 1) {
    for (int64_t i = 0; i < count; ++i) {
      found += data[i] != 0;
    }
    return found;
  }
  for (int64_t i = 0; i < count; ++i) {
    found += is_nonzero(data + i * bytes, bytes, x->element_type);
  }
  return found;
}

/** The coordinates of the elements other than zero, one row for each axis. */
TSR_OPERATOR(non_zero) {
  const tsr_operand *x = &call->inputs[0], *result = &call->results[0];
  const unsigned char *data = x->data;
  uint32_t bytes = tsr_element_bytes(x->element_type);
  int64_t count = tsr_element_count(x), found = count_nonzero(x);
  result->extents[1] = found;
  if (!tsr_result_fits(result)) {
    return TSR_OUTPUT_TOO_SMALL;
  }
  /* Rows without such elements, and how far along others lie, cost nothing but
   * the last coordinate. */
  int64_t row = x->rank == 0 ? 1 : x->extents[x->rank - 1];
  int64_t *out = result->data, column = 0;
  for (int64_t first = 0; first < count; first += row) {
    int64_t before = column;
    for (int64_t i = 0; x->rank > 0 && i < row; ++i) {
      /* Written in any case where there is room: half of the branches on data
       * would be guessed wrongly. */
      if (column < found) {
        out[(x->rank - 1) * found + column] = i;
      }
      column += is_nonzero(data + (first + i) * bytes, bytes, x->element_type);
    }
    int64_t rest = first / row; /* No row is empty: there is an element. */
    for (uint32_t axis = x->rank; column > before && axis-- > 1;) {
      int64_t at = rest % x->extents[axis - 1];
      rest /= x->extents[axis - 1];
      for (int64_t k = before; k < column; ++k) {
        out[(axis - 1) * found + k] = at;
      }
    }
  }
  return TSR_OK;
}

/** (data, condition): the slices along an axis (of the flat tensor without
 * one) at which the condition holds. */
TSR_OPERATOR(compress) {
  const tsr_operand *x = &call->inputs[0], *result = &call->results[0];
  const unsigned char *condition = call->inputs[1].data;
  int64_t given = tsr_parameter_integer(call, "axis", INT64_MIN);
  int64_t axis = given == INT64_MIN ? 0 : tsr_normal_axis(given, x->rank);
  int64_t outer = 1, extent = tsr_element_count(x), inner = 1;
  if (given != INT64_MIN) {
    outer = tsr_extent_product(x, 0, (uint32_t)axis);
    extent = x->extents[axis];
    inner = tsr_extent_product(x, (uint32_t)axis + 1, x->rank);
  }
  int64_t entries = tsr_element_count(&call->inputs[1]), kept = 0;
  for (int64_t i = 0; i < entries; ++i) {
    if (condition[i] && i >= extent) {
      return TSR_INDEX_OUT_OF_RANGE;
    }
    kept += condition[i] != 0;
  }
  result->extents[axis] = kept;
  if (!tsr_result_fits(result)) {
    return TSR_OUTPUT_TOO_SMALL;
  }
  size_t bytes = (size_t)inner * tsr_element_bytes(x->element_type);
  const unsigned char *from = x->data;
  unsigned char *to = result->data;
  for (int64_t o = 0; o < outer; ++o) {
    for (int64_t i = 0; i < entries; ++i) {
      if (condition[i]) {
        memcpy(to, from + (size_t)(o * extent + i) * bytes, bytes);
        to += bytes;
      }
    }
  }
  return TSR_OK;
}

/** Elements that a slice takes along every axis. */
typedef struct slice_axis {
  int64_t start, size, step;
} slice_axis;

enum { MAX_RANK = 32 };

/** (data, starts, ends, axes or absent, steps or absent). */
TSR_OPERATOR(slice) {
  const tsr_operand *x = &call->inputs[0], *result = &call->results[0];
  slice_axis axes[MAX_RANK];
  if (x->rank > MAX_RANK) {
    return TSR_INVALID_ARGUMENT;
  }
  int32_t status = tsr_slice_axes(call, x, &axes[0].start);
  for (uint32_t axis = 0; status == TSR_OK && axis < x->rank; ++axis) {
    result->extents[axis] = axes[axis].size;
  }
  if (status != TSR_OK || !tsr_result_fits(result)) {
    return status != TSR_OK ? status : TSR_OUTPUT_TOO_SMALL;
  }
  size_t bytes = tsr_element_bytes(x->element_type);
  int64_t count = tsr_element_count(result);
  for (int64_t i = 0; i < count; ++i) {
    int64_t rest = i, from = 0, stride = 1;
    for (uint32_t axis = x->rank; axis-- > 0;) {
      int64_t at = rest % axes[axis].size;
      rest /= axes[axis].size;
      from += (axes[axis].start + at * axes[axis].step) * stride;
      stride *= x->extents[axis];
    }
    memcpy((unsigned char *)result->data + (size_t)i * bytes,
           (const unsigned char *)x->data + (size_t)from * bytes, bytes);
  }
  return TSR_OK;
}
