/*===- order.c - elements by rank: the greatest ones, distinct ones -------===*/
#include "operators.h"

/** -1, 0 or 1 as element a is less, equal or greater; NaN is greatest. */
static int compare(const tsr_operand *x, int64_t a, int64_t b) {
  if (x->element_type == TSR_INT64) {
    int64_t p = ((const int64_t *)x->data)[a];
    int64_t q = ((const int64_t *)x->data)[b];
    return (p > q) - (p < q);
  }
  if (x->element_type == TSR_UINT64) {
    uint64_t p = ((const uint64_t *)x->data)[a];
    uint64_t q = ((const uint64_t *)x->data)[b];
    return (p > q) - (p < q);
  }
  if (!tsr_is_float(x->element_type)) {
    int64_t p = tsr_read_integer(x, a), q = tsr_read_integer(x, b);
    return (p > q) - (p < q);
  }
  double p = tsr_read_number(x, a), q = tsr_read_number(x, b);
  if (isnan(p) || isnan(q)) {
    return (isnan(p) != 0) - (isnan(q) != 0);
  }
  return (p > q) - (p < q);
}

/** A row of the tensor: element i stands at begin + i * step. */
typedef struct row {
  const tsr_operand *x;
  int64_t begin, step;
  int largest;
  int has_keys; /* Entries are keys, see key_of_entry. */
} row;

/** A number that grows with the float, all NaN greatest; both zeros are one. */
static uint32_t key_of_float(float value) {
  value += 0.0F; /* Makes -0 a 0. */
  uint32_t bits;
  memcpy(&bits, &value, sizeof(bits));
  /* Signs are as good as random: no branch. */
  uint32_t key = bits ^ ((0 - (bits >> 31)) | 0x80000000U);
  return isnan(value) ? UINT32_MAX : key;
}

/** Whether elements of at most 32 bits, and positions, fit into one key. */
static int fits_key(uint32_t type, int64_t extent) {
  return extent <= UINT32_MAX && type != TSR_STRING &&
         tsr_element_bytes(type) <= 4;
}

/** A number that grows with the element. */
static uint32_t key_of_element(const tsr_operand *x, int64_t index) {
  if (x->element_type == TSR_FLOAT32) {
    return key_of_float(((const float *)x->data)[index]);
  }
  if (tsr_is_float(x->element_type)) { /* 16 bits: exact as a float. */
    return key_of_float((float)tsr_read_number(x, index));
  }
  return (uint32_t)(tsr_read_integer(x, index) -
                    (tsr_is_unsigned(x->element_type) ? 0 : INT32_MIN));
}

/** Entry `i` of the row as one number, the less the earlier it comes: its
 * element, then its position. */
static uint64_t key_of_entry(const row *r, int64_t i) {
  uint32_t key = key_of_element(r->x, r->begin + i * r->step);
  return (uint64_t)(r->largest ? ~key : key) << 32 | (uint32_t)i;
}

/** Whether entry a of the row comes before entry b; equal ones by position. */
static int comes_before(const row *r, int64_t a, int64_t b) {
  if (r->has_keys) {
    return (uint64_t)a < (uint64_t)b;
  }
  int order = compare(r->x, r->begin + a * r->step, r->begin + b * r->step);
  return order == 0 ? a < b : (order > 0) == r->largest;
}

/** What stands for an entry in a heap. */
static int64_t entry_of(const row *r, int64_t i) {
  return r->has_keys ? (int64_t)key_of_entry(r, i) : i;
}

/** Restores a heap whose root, the entry that comes last, was replaced.
 * `heap[i * step]` is entry i. */
static void sift_down(const row *r, int64_t *heap, int64_t step, int64_t root,
                      int64_t count) {
  int64_t entry = heap[root * step];
  for (;;) {
    int64_t child = 2 * root + 1;
    if (child >= count) {
      break;
    }
    if (child + 1 < count &&
        comes_before(r, heap[child * step], heap[(child + 1) * step])) {
      ++child;
    }
    if (!comes_before(r, entry, heap[child * step])) {
      break;
    }
    heap[root * step] = heap[child * step];
    root = child;
  }
  heap[root * step] = entry;
}

static void sort_heap(const row *r, int64_t *heap, int64_t step,
                      int64_t count) {
  while (count > 1) {
    --count;
    int64_t last = heap[count * step];
    heap[count * step] = heap[0];
    heap[0] = last;
    sift_down(r, heap, step, 0, count);
  }
}

static void make_heap(const row *r, int64_t *heap, int64_t step,
                      int64_t count) {
  for (int64_t i = count / 2; i-- > 0;) {
    sift_down(r, heap, step, i, count);
  }
}

enum { BLOCK = 16 };

/** Whether none of BLOCK floats from entry `i` of a dense row on comes before
 * entry `last`, which stands before them. */
static int block_comes_later(const row *r, int64_t i, int64_t last) {
  const float *x = (const float *)r->x->data + r->begin;
  float bound = x[last];
  int any = 0;
  for (int64_t k = i; k < i + BLOCK; ++k) { /* One comparison of vectors. */
    any |= r->largest ? !(x[k] <= bound) : !(x[k] >= bound);
  }
  return !any;
}

/** The positions of the first `count` entries in order, into a column. */
static void top_of_row(const row *r, int64_t extent, int64_t *heap,
                       int64_t step, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    heap[i * step] = entry_of(r, i);
  }
  make_heap(r, heap, step, count);
  int is_dense =
      r->has_keys && r->x->element_type == TSR_FLOAT32 && r->step == 1;
  for (int64_t begin = count; begin < extent && count > 0; begin += BLOCK) {
    int is_whole = begin + BLOCK <= extent;
    if (is_whole && is_dense &&
        block_comes_later(r, begin, heap[0] & UINT32_MAX)) {
      continue;
    }
    int64_t end = is_whole ? begin + BLOCK : extent;
    for (int64_t i = begin; i < end; ++i) {
      int64_t entry = entry_of(r, i);
      if (comes_before(r, entry, heap[0])) {
        heap[0] = entry;
        sift_down(r, heap, step, 0, count);
      }
    }
  }
  sort_heap(r, heap, step, count);
  for (int64_t i = 0; r->has_keys && i < count; ++i) {
    heap[i * step] &= UINT32_MAX;
  }
}

/** (data) to values and positions of the greatest or least along an axis; how
 * many is the results' extent. */
TSR_OPERATOR(top_k) {
  const tsr_operand *x = &call->inputs[0], *values = &call->results[0];
  int64_t axis =
      tsr_normal_axis(tsr_parameter_integer(call, "axis", -1), x->rank);
  if (axis < 0) {
    return TSR_INDEX_OUT_OF_RANGE;
  }
  int64_t extent = x->extents[axis], count = values->extents[axis];
  if (count > extent) {
    return TSR_DIMENSION_OUT_OF_BOUNDS;
  }
  if (count == 0) {
    return TSR_OK; /* Results without elements may have no memory. */
  }
  int64_t outer = tsr_extent_product(x, 0, (uint32_t)axis);
  int64_t inner = tsr_extent_product(x, (uint32_t)axis + 1, x->rank);
  int largest = tsr_parameter_integer(call, "largest", 1) != 0;
  int has_keys = fits_key(x->element_type, extent);
  uint32_t bytes = tsr_element_bytes(x->element_type);
  for (int64_t o = 0; o < outer; ++o) {
    for (int64_t i = 0; i < inner; ++i) {
      const row r = {x, o * extent * inner + i, inner, largest, has_keys};
      int64_t to = o * count * inner + i;
      int64_t *positions = (int64_t *)call->results[1].data + to;
      top_of_row(&r, extent, positions, inner, count);
      for (int64_t k = 0; k < count; ++k) {
        int64_t from = r.begin + positions[k * inner] * inner;
        memcpy((unsigned char *)values->data + (to + k * inner) * bytes,
               (const unsigned char *)x->data + from * bytes, bytes);
      }
    }
  }
  return TSR_OK;
}

/** Slices of a tensor along an axis. */
typedef struct slices {
  const tsr_operand *x;
  int64_t outer, extent, inner;
} slices;

static int compare_slices(const slices *s, int64_t a, int64_t b) {
  for (int64_t o = 0; o < s->outer; ++o) {
    for (int64_t i = 0; i < s->inner; ++i) {
      int order = compare(s->x, (o * s->extent + a) * s->inner + i,
                          (o * s->extent + b) * s->inner + i);
      if (order != 0) {
        return order;
      }
    }
  }
  return 0;
}

static int slice_before(const slices *s, int64_t a, int64_t b) {
  int order = compare_slices(s, a, b);
  return order == 0 ? a < b : order < 0;
}

/** Heap sort: in place, and never slow. */
static void sort_slices(const slices *s, int64_t *order) {
  if (s->outer == 1 && s->inner == 1) {
    const row r = {s->x, 0, 1, /*largest=*/0,
                   fits_key(s->x->element_type, s->extent)};
    top_of_row(&r, s->extent, order, 1, s->extent);
    return;
  }
  for (int64_t i = 0; i < s->extent; ++i) {
    order[i] = i;
  }
  int64_t start = s->extent / 2, count = s->extent;
  while (count > 1) {
    if (start > 0) {
      --start;
    } else {
      --count;
      int64_t last = order[count];
      order[count] = order[0];
      order[0] = last;
    }
    int64_t root = start;
    for (int64_t child; (child = 2 * root + 1) < count; root = child) {
      if (child + 1 < count &&
          slice_before(s, order[child], order[child + 1])) {
        ++child;
      }
      if (!slice_before(s, order[root], order[child])) {
        break;
      }
      int64_t entry = order[root];
      order[root] = order[child];
      order[child] = entry;
    }
  }
}

/** Numbers the distinct slices: `group[i]` is that of slice i, in ascending
 * order or (not `sorted`) by first occurrence. Returns how many there are. */
static int64_t number_groups(const slices *s, const int64_t *order,
                             int64_t *group, int64_t *rank, int sorted) {
  int64_t count = 0;
  for (int64_t k = 0; k < s->extent; ++k) {
    count += k == 0 || compare_slices(s, order[k - 1], order[k]) != 0;
    group[order[k]] = count - 1;
  }
  for (int64_t g = 0; g < count; ++g) {
    rank[g] = sorted ? g : -1;
  }
  int64_t next = 0;
  for (int64_t i = 0; i < s->extent; ++i) {
    if (rank[group[i]] < 0) {
      rank[group[i]] = next++;
    }
    group[i] = rank[group[i]];
  }
  return count;
}

static slices slices_of(const tsr_operator_call *call, int64_t *axis) {
  const tsr_operand *x = &call->inputs[0];
  int64_t given = tsr_parameter_integer(call, "axis", INT64_MIN);
  *axis = given == INT64_MIN ? 0 : tsr_normal_axis(given, x->rank);
  if (given == INT64_MIN) {
    slices flat = {x, 1, tsr_element_count(x), 1};
    return flat;
  }
  slices result = {x, tsr_extent_product(x, 0, (uint32_t)*axis),
                   x->extents[*axis],
                   tsr_extent_product(x, (uint32_t)*axis + 1, x->rank)};
  return result;
}

/** The distinct slices along an axis (elements without one), the position of
 * each one's first occurrence, the number of each slice and how often each
 * occurs. `scratch` holds three integers for every slice. */
TSR_OPERATOR(unique) {
  int64_t axis = 0;
  const slices s = slices_of(call, &axis);
  const tsr_operand *values = &call->results[0];
  int64_t *order = (int64_t *)(void *)call->scratch, *group = order + s.extent;
  int sorted = tsr_parameter_integer(call, "sorted", 1) != 0;
  sort_slices(&s, order);
  int64_t count = number_groups(&s, order, group, group + s.extent, sorted);
  values->extents[axis] = count;
  call->results[1].extents[0] = call->results[3].extents[0] = count;
  for (uint32_t i = 0; i < 4; ++i) {
    if (!tsr_result_fits(&call->results[i])) {
      return TSR_OUTPUT_TOO_SMALL;
    }
  }
  int64_t *first = call->results[1].data, *inverse = call->results[2].data;
  int64_t *counts = call->results[3].data;
  for (int64_t g = 0; g < count; ++g) {
    first[g] = -1;
    counts[g] = 0;
  }
  size_t bytes = (size_t)s.inner * tsr_element_bytes(s.x->element_type);
  for (int64_t i = 0; i < s.extent; ++i) {
    int64_t g = inverse[i] = group[i];
    ++counts[g];
    if (first[g] >= 0) {
      continue;
    }
    first[g] = i;
    for (int64_t o = 0; o < s.outer; ++o) {
      memcpy((unsigned char *)values->data + (size_t)(o * count + g) * bytes,
             (const unsigned char *)s.x->data +
                 (size_t)(o * s.extent + i) * bytes,
             bytes);
    }
  }
  return TSR_OK;
}
