/*===- signals.c - filters and images with parameters of the run ----------===*/
#include "operators.h"

static double mel_of(double hertz) { return 2595 * log10(1 + hertz / 700); }

/** Band edge `i`, as a bin of the spectrum. */
static int64_t edge_of(int64_t i, int64_t bands, int64_t bins, int64_t length,
                       const double *limits) {
  double low = mel_of(limits[1]), high = mel_of(limits[2]);
  double mel = low + (high - low) / (double)(bands + 2) * (double)i;
  double hertz = 700 * (pow(10, mel / 2595) - 1);
  double bin = floor((double)(length + 1) * hertz / limits[0]);
  return bin<0 ? 0 : bin>(double)(bins - 1) ? bins - 1 : (int64_t)bin;
}

/** (bands, length, sample rate, lower edge, upper edge): triangles over the
 * bins of a spectrum, equally wide on the mel scale. */
TSR_OPERATOR(mel_weight_matrix) {
  const tsr_operand *result = &call->results[0];
  int64_t bands = tsr_read_integer(&call->inputs[0], 0);
  int64_t length = tsr_read_integer(&call->inputs[1], 0);
  double limits[3];
  for (int i = 0; i < 3; ++i) {
    limits[i] = tsr_read_number(&call->inputs[2 + i], 0);
  }
  const int64_t most = INT64_C(1) << 30;
  if (bands < 1 || bands > most || length < 1 || length > most ||
      !(limits[0] > 0) || isinf(limits[0]) || !(limits[1] >= 0) ||
      !(limits[2] >= 0) || !(limits[2] <= limits[0])) {
    return TSR_DIMENSION_OUT_OF_BOUNDS;
  }
  int64_t bins = length / 2 + 1;
  result->extents[0] = bins;
  result->extents[1] = bands;
  if (!tsr_result_fits(result)) {
    return TSR_OUTPUT_TOO_SMALL;
  }
  for (int64_t i = 0; i < bands; ++i) {
    int64_t left = edge_of(i, bands, bins, length, limits);
    int64_t middle = edge_of(i + 1, bands, bins, length, limits);
    int64_t right = edge_of(i + 2, bands, bins, length, limits);
    for (int64_t j = 0; j < bins; ++j) {
      double value = 0;
      if (j >= left && j <= middle) {
        value =
            left == middle ? 1 : (double)(j - left) / (double)(middle - left);
      }
      if (j >= middle && j < right) {
        value = (double)(right - j) / (double)(right - middle);
      }
      tsr_write_number(result, j * bands + i, value);
    }
  }
  return TSR_OK;
}

enum { MOST_AXES = 8 };

/** The geometry of a column's block in an image. */
typedef struct geometry {
  uint32_t rank;
  int64_t image[MOST_AXES], block[MOST_AXES], steps[MOST_AXES];
  int64_t strides[MOST_AXES], dilations[MOST_AXES], before[MOST_AXES];
  int64_t positions, block_elements, image_elements;
} geometry;

static int64_t entry(const tsr_operator_call *call, const char *name,
                     uint32_t i, int64_t otherwise) {
  uint32_t count = 0;
  const int64_t *values = tsr_parameter_integers(call, name, &count);
  return i < count ? values[i] : otherwise;
}

static int32_t read_geometry(const tsr_operator_call *call, geometry *g) {
  const int64_t most = INT64_C(1) << 30;
  int64_t rank = tsr_element_count(&call->inputs[1]);
  if (rank < 1 || rank > MOST_AXES ||
      tsr_element_count(&call->inputs[2]) != rank) {
    return TSR_DIMENSION_MISMATCH;
  }
  g->rank = (uint32_t)rank;
  g->positions = g->block_elements = g->image_elements = 1;
  for (uint32_t i = 0; i < g->rank; ++i) {
    g->image[i] = tsr_read_integer(&call->inputs[1], i);
    g->block[i] = tsr_read_integer(&call->inputs[2], i);
    g->strides[i] = entry(call, "strides", i, 1);
    g->dilations[i] = entry(call, "dilations", i, 1);
    g->before[i] = entry(call, "pads", i, 0);
    if (g->image[i] < 1 || g->image[i] > most || g->block[i] < 1 ||
        g->block[i] > most) {
      return TSR_DIMENSION_OUT_OF_BOUNDS;
    }
    int64_t room = g->image[i] + g->before[i] +
                   entry(call, "pads", g->rank + i, 0) -
                   (g->dilations[i] * (g->block[i] - 1) + 1);
    if (room < 0) {
      return TSR_DIMENSION_OUT_OF_BOUNDS;
    }
    g->steps[i] = room / g->strides[i] + 1;
    if (__builtin_mul_overflow(g->positions, g->steps[i], &g->positions) ||
        __builtin_mul_overflow(g->block_elements, g->block[i],
                               &g->block_elements) ||
        __builtin_mul_overflow(g->image_elements, g->image[i],
                               &g->image_elements)) {
      return TSR_DIMENSION_OUT_OF_BOUNDS;
    }
  }
  return TSR_OK;
}

/** Where element `inner` of the block at position `outer` lies in the image, or
 * -1 when that is padding. */
static int64_t place_of(const geometry *g, int64_t outer, int64_t inner) {
  int64_t place = 0, stride = 1;
  for (uint32_t i = g->rank; i-- > 0;) {
    int64_t at = outer % g->steps[i] * g->strides[i] +
                 inner % g->block[i] * g->dilations[i] - g->before[i];
    if (at < 0 || at >= g->image[i]) {
      return -1;
    }
    outer /= g->steps[i];
    inner /= g->block[i];
    place += at * stride;
    stride *= g->image[i];
  }
  return place;
}

/** (columns [N, C * block, positions], image, block): the sum of overlapping
 * blocks. */
TSR_OPERATOR(col2im) {
  const tsr_operand *x = &call->inputs[0], *result = &call->results[0];
  geometry g;
  int32_t status = read_geometry(call, &g);
  if (status != TSR_OK) {
    return status;
  }
  if (result->rank != g.rank + 2 || x->extents[1] % g.block_elements != 0 ||
      x->extents[2] != g.positions) {
    return TSR_DIMENSION_MISMATCH;
  }
  result->extents[0] = x->extents[0];
  result->extents[1] = x->extents[1] / g.block_elements;
  for (uint32_t i = 0; i < g.rank; ++i) {
    result->extents[2 + i] = g.image[i];
  }
  if (!tsr_result_fits(result)) {
    return TSR_OUTPUT_TOO_SMALL;
  }
  int64_t planes = result->extents[0] * result->extents[1];
  memset(result->data, 0,
         (size_t)(planes * g.image_elements) *
             tsr_element_bytes(result->element_type));
  for (int64_t plane = 0; plane < planes; ++plane) {
    for (int64_t inner = 0; inner < g.block_elements; ++inner) {
      for (int64_t outer = 0; outer < g.positions; ++outer) {
        int64_t place = place_of(&g, outer, inner);
        int64_t from = (plane * g.block_elements + inner) * g.positions + outer;
        if (place >= 0) {
          int64_t to = plane * g.image_elements + place;
          tsr_write_number(result, to,
                           tsr_read_number(result, to) +
                               tsr_read_number(x, from));
        }
      }
    }
  }
  return TSR_OK;
}
