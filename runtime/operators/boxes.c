/*===- boxes.c - selection among boxes of an image ------------------------===*/
#include "operators.h"

/** A box by its corners, the lower ones first. */
typedef struct box {
  float y0, x0, y1, x1;
} box;

static box box_at(const float *values, int is_center) {
  box b;
  if (is_center) { /* x, y, width, height */
    b.x0 = values[0] - values[2] / 2;
    b.x1 = values[0] + values[2] / 2;
    b.y0 = values[1] - values[3] / 2;
    b.y1 = values[1] + values[3] / 2;
  } else { /* two opposite corners as y, x */
    b.y0 = fminf(values[0], values[2]);
    b.y1 = fmaxf(values[0], values[2]);
    b.x0 = fminf(values[1], values[3]);
    b.x1 = fmaxf(values[1], values[3]);
  }
  return b;
}

/** Whether intersection over union exceeds the limit. */
static int overlaps(box a, box b, float limit) {
  float height = fminf(a.y1, b.y1) - fmaxf(a.y0, b.y0);
  float width = fminf(a.x1, b.x1) - fmaxf(a.x0, b.x0);
  if (!(height > 0) || !(width > 0)) {
    return 0;
  }
  float shared = height * width;
  float first = (a.y1 - a.y0) * (a.x1 - a.x0);
  float second = (b.y1 - b.y0) * (b.x1 - b.x0);
  float joined = first + second - shared;
  return first > 0 && second > 0 && joined > 0 && shared / joined > limit;
}

/** Candidates by falling score, equal ones by position. */
static int comes_before(const float *scores, int64_t a, int64_t b) {
  return scores[a] > scores[b] || (scores[a] == scores[b] && a < b);
}

static void sift_down(const float *scores, int64_t *heap, int64_t root,
                      int64_t count) {
  for (int64_t child; (child = 2 * root + 1) < count; root = child) {
    if (child + 1 < count &&
        comes_before(scores, heap[child + 1], heap[child])) {
      ++child;
    }
    if (!comes_before(scores, heap[child], heap[root])) {
      return;
    }
    int64_t entry = heap[root];
    heap[root] = heap[child];
    heap[child] = entry;
  }
}

typedef struct limits {
  int64_t most;
  float overlap, score;
  int has_score, is_center;
} limits;

/** Boxes of one class that stay, best first, into `chosen`; returns how many.
 * `heap` and `chosen` have room for all. */
static int64_t select_class(const float *boxes, const float *scores,
                            int64_t count, const limits *limit, int64_t *heap,
                            int64_t *chosen) {
  int64_t size = 0, kept = 0;
  for (int64_t i = 0; i < count; ++i) {
    if (!limit->has_score || scores[i] > limit->score) {
      heap[size++] = i;
    }
  }
  for (int64_t i = size / 2; i-- > 0;) {
    sift_down(scores, heap, i, size);
  }
  while (size > 0 && kept < limit->most) {
    int64_t best = heap[0];
    heap[0] = heap[--size];
    sift_down(scores, heap, 0, size);
    box candidate = box_at(boxes + 4 * best, limit->is_center);
    int stays = 1;
    for (int64_t k = 0; k < kept && stays; ++k) {
      stays =
          !overlaps(candidate, box_at(boxes + 4 * chosen[k], limit->is_center),
                    limit->overlap);
    }
    if (stays) {
      chosen[kept++] = best;
    }
  }
  return kept;
}

/** (boxes, scores, most boxes of a class, overlap limit, score limit; the last
 * three may be absent) to rows of batch, class and box. `scratch` holds two
 * integers for every box. */
TSR_OPERATOR(non_max_suppression) {
  const tsr_operand *boxes = &call->inputs[0], *scores = &call->inputs[1];
  const tsr_operand *most = tsr_input_of(call, 2),
                    *overlap = tsr_input_of(call, 3);
  const tsr_operand *least = tsr_input_of(call, 4), *result = &call->results[0];
  const limits limit = {
      most ? tsr_read_integer(most, 0) : 0,
      overlap ? (float)tsr_read_number(overlap, 0) : 0,
      least ? (float)tsr_read_number(least, 0) : 0, least != NULL,
      tsr_parameter_integer(call, "center_point_box", 0) != 0};
  int64_t batches = scores->extents[0], classes = scores->extents[1];
  int64_t count = scores->extents[2], found = 0;
  if (boxes->extents[0] != batches || boxes->extents[1] != count ||
      boxes->extents[2] != 4) {
    return TSR_DIMENSION_MISMATCH;
  }
  int64_t *heap = (int64_t *)(void *)call->scratch, *chosen = heap + count;
  int64_t room = (int64_t)(result->bytes / (3 * sizeof(int64_t)));
  int64_t *out = result->data;
  for (int64_t batch = 0; batch < batches; ++batch) {
    for (int64_t class = 0; class < classes; ++class) {
      int64_t kept = select_class(
          (const float *)boxes->data + batch * count * 4,
          (const float *)scores->data + (batch * classes + class) * count,
          count, &limit, heap, chosen);
      for (int64_t k = 0; k < kept; ++k, ++found) {
        if (found < room) {
          out[3 * found] = batch;
          out[3 * found + 1] = class;
          out[3 * found + 2] = chosen[k];
        }
      }
    }
  }
  result->extents[0] = found;
  return found <= room ? TSR_OK : TSR_OUTPUT_TOO_SMALL;
}
