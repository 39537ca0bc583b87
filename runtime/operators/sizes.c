/*===- sizes.c - sizes from tensors of the run ----------------------------===
 *
 * Shapes, axes and bounds that are inputs of a model become the values of
 * dimensions here; ordinary kernels then do the work. Each function writes
 * int64 elements to its one result. `extents` is an int64 input with those of
 * the tensor that the sizes are about.
 *
 *===----------------------------------------------------------------------===*/
#include "operators.h"

static int64_t *result_of(const tsr_operator_call *call) {
  return call->results[0].data;
}

/** The integers as they are. */
TSR_OPERATOR(sizes) {
  const tsr_operand *values = &call->inputs[0];
  int64_t count = tsr_element_count(values);
  for (int64_t i = 0; i < count; ++i) {
    result_of(call)[i] = tsr_read_integer(values, i);
  }
  return TSR_OK;
}

/** Whether the axes (a tensor of `rank` or fewer) name axis `wanted`; an axis
 * out of range sets `*bad`. */
static int names_axis(const tsr_operand *axes, int64_t rank, int64_t wanted,
                      int *bad) {
  int found = 0;
  int64_t count = axes == NULL ? 0 : tsr_element_count(axes);
  for (int64_t i = 0; i < count; ++i) {
    int64_t axis = tsr_normal_axis(tsr_read_integer(axes, i), rank);
    *bad |= axis < 0 || (axis == wanted && found);
    found |= axis == wanted;
  }
  return found;
}

/** (axes, extents): for each axis (kept, reduced), whose product is the
 * extent; then the extents that remain when reduced axes are dropped. */
TSR_OPERATOR(reduction_sizes) {
  const tsr_operand *axes = tsr_input_of(call, 0), *extents = &call->inputs[1];
  int64_t rank = extents->extents[0], *out = result_of(call);
  int64_t room = call->results[0].extents[0] - 2 * rank, remaining = 0;
  int all = (axes == NULL || tsr_element_count(axes) == 0) &&
            !tsr_parameter_integer(call, "noop_with_empty_axes", 0);
  int bad = 0;
  for (int64_t axis = 0; axis < rank; ++axis) {
    int64_t extent = tsr_read_integer(extents, axis);
    int reduced = all || names_axis(axes, rank, axis, &bad);
    out[2 * axis] = reduced ? 1 : extent;
    out[2 * axis + 1] = reduced ? extent : 1;
    if (!reduced && remaining < room) {
      out[2 * rank + remaining++] = extent;
    }
  }
  return bad || remaining < room ? TSR_INDEX_OUT_OF_RANGE : TSR_OK;
}

/** (shape, extents): the shape with -1 and 0 replaced. */
TSR_OPERATOR(reshape_sizes) {
  const tsr_operand *shape = &call->inputs[0], *extents = &call->inputs[1];
  int64_t count = tsr_element_count(shape), rank = tsr_element_count(extents);
  int64_t total = 1, others = 1, open = -1, *out = result_of(call);
  int keeps_zero = tsr_parameter_integer(call, "allowzero", 0) != 0;
  for (int64_t i = 0; i < rank; ++i) {
    total *= tsr_read_integer(extents, i);
  }
  for (int64_t i = 0; i < count; ++i) {
    int64_t size = tsr_read_integer(shape, i);
    if (size == 0 && !keeps_zero) {
      if (i >= rank) {
        return TSR_DIMENSION_OUT_OF_BOUNDS;
      }
      size = tsr_read_integer(extents, i);
    }
    if (size < -1 || (size == -1 && open >= 0)) {
      return TSR_DIMENSION_OUT_OF_BOUNDS;
    }
    if (size == -1) {
      open = i;
    } else if (__builtin_mul_overflow(others, size, &others)) {
      return TSR_DIMENSION_MISMATCH;
    }
    out[i] = size;
  }
  if (open >= 0) {
    out[open] = others == 0 ? 0 : total / others;
    others *= out[open];
  }
  return others == total ? TSR_OK : TSR_DIMENSION_MISMATCH;
}

/** (axes, extents): the extents without those axes, which are 1. */
TSR_OPERATOR(squeeze_sizes) {
  const tsr_operand *axes = &call->inputs[0], *extents = &call->inputs[1];
  int64_t rank = tsr_element_count(extents), next = 0;
  int64_t room = tsr_element_count(&call->results[0]);
  int bad = 0;
  for (int64_t axis = 0; axis < rank; ++axis) {
    int64_t extent = tsr_read_integer(extents, axis);
    if (!names_axis(axes, rank, axis, &bad)) {
      if (next == room) {
        return TSR_INDEX_OUT_OF_RANGE;
      }
      result_of(call)[next++] = extent;
    } else if (extent != 1) {
      return TSR_DIMENSION_MISMATCH;
    }
  }
  return bad || next != room ? TSR_INDEX_OUT_OF_RANGE : TSR_OK;
}

/** (axes, extents): the extents with 1 at those axes of the result. */
TSR_OPERATOR(unsqueeze_sizes) {
  const tsr_operand *axes = &call->inputs[0], *extents = &call->inputs[1];
  int64_t rank = tsr_element_count(&call->results[0]), next = 0;
  int64_t count = tsr_element_count(extents);
  int bad = 0;
  for (int64_t axis = 0; axis < rank; ++axis) {
    int inserted = names_axis(axes, rank, axis, &bad);
    if (!inserted && next == count) {
      return TSR_INDEX_OUT_OF_RANGE;
    }
    result_of(call)[axis] = inserted ? 1 : tsr_read_integer(extents, next++);
  }
  return bad || next != count ? TSR_INDEX_OUT_OF_RANGE : TSR_OK;
}

/** (shape, extents): numpy's common shape. */
TSR_OPERATOR(expand_sizes) {
  const tsr_operand *shape = &call->inputs[0], *extents = &call->inputs[1];
  int64_t rank = tsr_element_count(&call->results[0]);
  int64_t first = rank - tsr_element_count(shape);
  int64_t second = rank - tsr_element_count(extents);
  for (int64_t i = 0; i < rank; ++i) {
    int64_t a = i < first ? 1 : tsr_read_integer(shape, i - first);
    int64_t b = i < second ? 1 : tsr_read_integer(extents, i - second);
    if (a != b && a != 1 && b != 1) {
      return TSR_DIMENSION_MISMATCH;
    }
    result_of(call)[i] = a == 1 ? b : a;
  }
  return TSR_OK;
}

/** (axis, extents): elements before, along and behind the axis. */
TSR_OPERATOR(axis_sizes) {
  const tsr_operand *extents = &call->inputs[1];
  int64_t rank = tsr_element_count(extents), *out = result_of(call);
  int64_t axis = tsr_normal_axis(tsr_read_integer(&call->inputs[0], 0), rank);
  if (axis < 0) {
    return TSR_INDEX_OUT_OF_RANGE;
  }
  out[0] = out[1] = out[2] = 1;
  for (int64_t i = 0; i < rank; ++i) {
    out[i < axis ? 0 : i == axis ? 1 : 2] *= tsr_read_integer(extents, i);
  }
  return TSR_OK;
}

static int64_t clamp(int64_t value, int64_t low, int64_t high) {
  return value < low ? low : value > high ? high : value;
}

/** Normalises one axis of a slice: out is (start, size, step). */
static void slice_axis(int64_t start, int64_t end, int64_t step, int64_t extent,
                       int64_t *out) {
  int64_t low = step > 0 ? 0 : -1, high = step > 0 ? extent : extent - 1;
  start = clamp(start < 0 ? start + extent : start, low, high);
  end = clamp(end < 0 && end >= -extent ? end + extent : end, low, high);
  int64_t distance = step > 0 ? end - start : start - end;
  int64_t stride = step > 0 ? step : -step;
  out[0] = start < 0 ? 0 : start;
  out[1] = distance <= 0 ? 0 : distance / stride + (distance % stride != 0);
  out[2] = step;
}

int32_t tsr_slice_axes(const tsr_operator_call *call,
                       const tsr_operand *extents, int64_t *out) {
  const tsr_operand *starts = &call->inputs[1], *axes = tsr_input_of(call, 3);
  const tsr_operand *steps = tsr_input_of(call, 4);
  int64_t count = tsr_element_count(starts), rank = extents->rank;
  for (int64_t axis = 0; axis < rank; ++axis) {
    out[3 * axis] = 0;
    out[3 * axis + 1] = extents->extents[axis];
    out[3 * axis + 2] = 1;
  }
  if (tsr_element_count(&call->inputs[2]) != count ||
      (axes != NULL && tsr_element_count(axes) != count) ||
      (steps != NULL && tsr_element_count(steps) != count)) {
    return TSR_DIMENSION_MISMATCH;
  }
  for (int64_t i = 0; i < count; ++i) {
    int64_t axis = tsr_normal_axis(axes ? tsr_read_integer(axes, i) : i, rank);
    int64_t step = steps ? tsr_read_integer(steps, i) : 1;
    if (axis < 0 || step == 0 || step == INT64_MIN) {
      return TSR_INDEX_OUT_OF_RANGE;
    }
    slice_axis(tsr_read_integer(starts, i),
               tsr_read_integer(&call->inputs[2], i), step,
               extents->extents[axis], &out[3 * axis]);
  }
  return TSR_OK;
}

/** (data, starts, ends, axes or absent, steps or absent): for each axis of the
 * data (start, size, step); of the data only the extents are read. */
TSR_OPERATOR(slice_sizes) {
  return tsr_slice_axes(call, &call->inputs[0], result_of(call));
}

/** How many integers there are from `start` on, `delta` apart, up to before
 * `limit`. Differences of two integers fit an unsigned one. */
static uint64_t range_length(int64_t start, int64_t limit, int64_t delta) {
  int rises = delta > 0;
  if (rises ? start >= limit : start <= limit) {
    return 0;
  }
  uint64_t distance = rises ? (uint64_t)limit - (uint64_t)start
                            : (uint64_t)start - (uint64_t)limit;
  uint64_t step = rises ? (uint64_t)delta : 0 - (uint64_t)delta;
  return distance / step + (distance % step != 0);
}

/** (start, limit, delta), scalars of one type: how many values there are. */
TSR_OPERATOR(range_sizes) {
  double count = 0;
  if (tsr_is_float(call->inputs[0].element_type)) {
    double start = tsr_read_number(&call->inputs[0], 0);
    double limit = tsr_read_number(&call->inputs[1], 0);
    count = ceil((limit - start) / tsr_read_number(&call->inputs[2], 0));
  } else {
    int64_t delta = tsr_read_integer(&call->inputs[2], 0);
    if (delta == 0) {
      return TSR_DIMENSION_OUT_OF_BOUNDS;
    }
    count = (double)range_length(tsr_read_integer(&call->inputs[0], 0),
                                 tsr_read_integer(&call->inputs[1], 0), delta);
  }
  if (!(count < 0x1p47)) {
    return TSR_DIMENSION_OUT_OF_BOUNDS;
  }
  result_of(call)[0] = count > 0 ? (int64_t)count : 0;
  return TSR_OK;
}

/** (pads, axes or absent, extents): amounts before each axis, then behind. */
TSR_OPERATOR(pad_sizes) {
  const tsr_operand *pads = &call->inputs[0], *axes = tsr_input_of(call, 1);
  const tsr_operand *extents = &call->inputs[2];
  int64_t rank = tsr_element_count(extents), *out = result_of(call);
  int64_t count = axes == NULL ? rank : tsr_element_count(axes);
  memset(out, 0, (size_t)(2 * rank) * sizeof(int64_t));
  if (tsr_element_count(pads) != 2 * count) {
    return TSR_DIMENSION_MISMATCH;
  }
  for (int64_t i = 0; i < count; ++i) {
    int64_t axis = tsr_normal_axis(axes ? tsr_read_integer(axes, i) : i, rank);
    if (axis < 0) {
      return TSR_INDEX_OUT_OF_RANGE;
    }
    out[axis] = tsr_read_integer(pads, i);
    out[rank + axis] = tsr_read_integer(pads, count + i);
  }
  for (int64_t axis = 0; axis < rank; ++axis) {
    const int64_t most = INT64_C(1) << 46;
    int64_t before = out[axis], behind = out[rank + axis];
    if (before > most || before < -most || behind > most || behind < -most ||
        tsr_read_integer(extents, axis) + before + behind < 0) {
      return TSR_DIMENSION_OUT_OF_BOUNDS;
    }
  }
  return TSR_OK;
}
