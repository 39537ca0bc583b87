/*===- scatter.c - writes to chosen positions -----------------------------===
 *
 * The result is a copy of the data, then updates are written in their order:
 * of several that aim at one element, the last one counts, or all are combined
 * with it one after the other.
 *
 *===----------------------------------------------------------------------===*/
#include "operators.h"

enum { MOST_AXES = 16 };

/** Copies the data; fails when the result's memory has no room for it. */
static int32_t copy_data(const tsr_operand *data, const tsr_operand *result) {
  if (!tsr_result_fits(result)) {
    return TSR_OUTPUT_TOO_SMALL;
  }
  size_t bytes =
      (size_t)tsr_element_count(data) * tsr_element_bytes(data->element_type);
  if (bytes != 0) { /* Tensors without elements may have no memory. */
    memcpy(result->data, data->data, bytes);
  }
  return TSR_OK;
}

/** Element `i` of the indices, counted from the front; -1 when it is none of
 * the extent. */
static int64_t index_of(const tsr_operand *indices, int64_t i, int64_t extent) {
  return tsr_normal_axis(tsr_read_integer(indices, i), extent);
}

/** (data, indices, updates): tuples of indices name rows of the data;
 * `reduction`. */
TSR_OPERATOR(scatter_nd) {
  const tsr_operand *data = &call->inputs[0], *indices = &call->inputs[1];
  const tsr_operand *updates = &call->inputs[2], *result = &call->results[0];
  if (indices->rank < 1 || indices->extents[indices->rank - 1] < 1 ||
      indices->extents[indices->rank - 1] > data->rank) {
    return TSR_DIMENSION_MISMATCH;
  }
  uint32_t depth = (uint32_t)indices->extents[indices->rank - 1];
  int64_t rows = tsr_extent_product(indices, 0, indices->rank - 1);
  int64_t inner = tsr_extent_product(data, depth, data->rank);
  if (tsr_element_count(updates) != rows * inner) {
    return TSR_DIMENSION_MISMATCH;
  }
  int32_t status = copy_data(data, result);
  if (status != TSR_OK) {
    return status;
  }
  tsr_combination how = tsr_combination_of(call);
  for (int64_t row = 0; row < rows; ++row) {
    int64_t at = 0;
    for (uint32_t i = 0; i < depth; ++i) {
      int64_t index = index_of(indices, row * depth + i, data->extents[i]);
      if (index < 0) {
        return TSR_INDEX_OUT_OF_RANGE;
      }
      at = at * data->extents[i] + index;
    }
    tsr_combine(how, result, at * inner, updates, row * inner, inner);
  }
  return TSR_OK;
}

/** Whether there is an update for each index, and a position of the data along
 * all axes but the one that indices count. */
static int fits_data(const tsr_operand *data, const tsr_operand *indices,
                     const tsr_operand *updates, uint32_t axis) {
  int fits = indices->rank == data->rank && updates->rank == data->rank;
  for (uint32_t a = 0; fits && a < data->rank; ++a) {
    fits = indices->extents[a] == updates->extents[a] &&
           (a == axis || indices->extents[a] <= data->extents[a]);
  }
  return fits;
}

/** (data, indices, updates): each index replaces its own coordinate along an
 * axis; `reduction`. */
TSR_OPERATOR(scatter_elements) {
  const tsr_operand *data = &call->inputs[0], *indices = &call->inputs[1];
  const tsr_operand *updates = &call->inputs[2], *result = &call->results[0];
  uint32_t rank = data->rank;
  int64_t named = tsr_normal_axis(tsr_parameter_integer(call, "axis", 0), rank);
  if (named < 0 || rank > MOST_AXES ||
      !fits_data(data, indices, updates, (uint32_t)named)) {
    return TSR_DIMENSION_MISMATCH;
  }
  int32_t status = copy_data(data, result);
  if (status != TSR_OK) {
    return status;
  }
  /* Elements of the data from one coordinate to the next; `base` is where the
   * coordinates lead without the one that the index replaces. */
  int64_t strides[MOST_AXES], at[MOST_AXES] = {0}, base = 0;
  for (uint32_t a = 0; a < rank; ++a) {
    strides[a] = tsr_extent_product(data, a + 1, rank);
  }
  int64_t along = strides[named], count = tsr_element_count(indices);
  strides[named] = 0;
  tsr_combination how = tsr_combination_of(call);
  for (int64_t i = 0; i < count; ++i) {
    int64_t index = index_of(indices, i, data->extents[named]);
    if (index < 0) {
      return TSR_INDEX_OUT_OF_RANGE;
    }
    tsr_combine(how, result, base + index * along, updates, i, 1);
    for (uint32_t a = rank; a-- > 0;) {
      base += strides[a];
      if (++at[a] < indices->extents[a]) {
        break;
      }
      base -= strides[a] * at[a];
      at[a] = 0;
    }
  }
  return TSR_OK;
}
