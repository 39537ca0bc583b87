/*===- regions.c - regions of images, pooled ------------------------------===
 *
 * For regions that have as many samples as they are large. With a fixed number
 * of samples the compiler writes kernels. Formulas: the operator's text in the
 * ONNX specification; a corner's weight times its element is what `max` takes.
 *
 *===----------------------------------------------------------------------===*/
#include "operators.h"

/** One axis of a region: where it begins, the width of one of its cells, and
 * the samples in each. */
typedef struct region_axis {
  float start, cell;
  int64_t samples, extent;
} region_axis;

/** Two neighbours of a sample along an axis and the weight of the second. */
typedef struct neighbours {
  int64_t low, high;
  float fraction;
  int inside;
} neighbours;

/** More samples than any region of an image has. */
static const float most_samples = 4096;

static region_axis axis_of(float begin, float end, float scale, int half_pixel,
                           int64_t cells, int64_t extent) {
  float shift = half_pixel ? 0.5F : 0;
  region_axis axis = {begin * scale - shift, 0, 0, extent};
  float length = end * scale - shift - axis.start;
  if (!half_pixel && !(length >= 1)) {
    length = 1;
  }
  axis.cell = length / (float)cells;
  float samples = ceilf(axis.cell);
  axis.samples = samples > most_samples ? -1
                 : samples > 0          ? (int64_t)samples
                                        : 0;
  return axis;
}

static neighbours neighbours_of(const region_axis *axis, int64_t cell,
                                int64_t sample) {
  float at = axis->start + (float)cell * axis->cell +
             ((float)sample + 0.5F) * axis->cell / (float)axis->samples;
  neighbours result = {0, 0, 0, at >= -1 && at <= (float)axis->extent};
  if (!result.inside) {
    return result;
  }
  int64_t last = axis->extent - 1;
  at = at<0 ? 0 : at>(float) last ? (float)last : at;
  result.low = (int64_t)at;
  result.high = result.low < last ? result.low + 1 : last;
  result.fraction = at - (float)result.low;
  return result;
}

/** Adds one sample to a cell of all channels, or takes the greatest. */
static void add_sample(const tsr_operand *x, int64_t image, neighbours y,
                       neighbours z, float *cell, int64_t step, int takes_max,
                       int is_first) {
  int64_t channels = x->extents[1], width = x->extents[3];
  int64_t area = x->extents[2] * width;
  const float *data = (const float *)x->data + image * channels * area;
  float weights[4] = {(1 - y.fraction) * (1 - z.fraction),
                      (1 - y.fraction) * z.fraction,
                      y.fraction * (1 - z.fraction), y.fraction * z.fraction};
  int64_t places[4] = {y.low * width + z.low, y.low * width + z.high,
                       y.high * width + z.low, y.high * width + z.high};
  int inside = y.inside && z.inside;
  for (int64_t c = 0; c < channels; ++c) {
    float total = 0;
    for (int i = 0; inside && i < 4; ++i) {
      float part = weights[i] * data[c * area + places[i]];
      total = i == 0 ? part : takes_max ? fmaxf(total, part) : total + part;
    }
    float *to = &cell[c * step];
    *to = is_first ? total : takes_max ? fmaxf(*to, total) : *to + total;
  }
}

/** One region, [C, height, width]. */
static void pool_region(const tsr_operand *x, int64_t image, region_axis y,
                        region_axis z, float *to, const int64_t *cells,
                        int takes_max) {
  int64_t step = cells[0] * cells[1], count = y.samples * z.samples;
  for (int64_t cell = 0; cell < step; ++cell) {
    for (int64_t c = 0; c < x->extents[1]; ++c) {
      to[c * step + cell] = 0;
    }
    for (int64_t i = 0; i < count; ++i) {
      add_sample(x, image, neighbours_of(&y, cell / cells[1], i / z.samples),
                 neighbours_of(&z, cell % cells[1], i % z.samples), &to[cell],
                 step, takes_max, i == 0);
    }
    for (int64_t c = 0; !takes_max && count > 0 && c < x->extents[1]; ++c) {
      to[c * step + cell] /= (float)count;
    }
  }
}

/** (data [N, C, H, W], regions [R, 4], batch indices [R]): f32; parameters
 * half_pixel, spatial_scale and takes_max. */
TSR_OPERATOR(roi_align) {
  const tsr_operand *x = &call->inputs[0], *regions = &call->inputs[1];
  const tsr_operand *images = &call->inputs[2], *result = &call->results[0];
  int half_pixel = tsr_parameter_integer(call, "half_pixel", 1) != 0;
  int takes_max = tsr_parameter_integer(call, "takes_max", 0) != 0;
  float scale = (float)tsr_parameter_number(call, "spatial_scale", 1);
  if (regions->extents[0] != images->extents[0] || regions->extents[1] != 4) {
    return TSR_DIMENSION_MISMATCH;
  }
  if (!tsr_result_fits(result)) {
    return TSR_OUTPUT_TOO_SMALL;
  }
  const int64_t *cells = &result->extents[2];
  for (int64_t r = 0; r < regions->extents[0]; ++r) {
    const float *corners = (const float *)regions->data + 4 * r;
    int64_t image = tsr_read_integer(images, r);
    region_axis y = axis_of(corners[1], corners[3], scale, half_pixel, cells[0],
                            x->extents[2]);
    region_axis z = axis_of(corners[0], corners[2], scale, half_pixel, cells[1],
                            x->extents[3]);
    if (image < 0 || image >= x->extents[0]) {
      return TSR_INDEX_OUT_OF_RANGE;
    }
    if (y.samples < 0 || z.samples < 0) {
      return TSR_INVALID_ARGUMENT;
    }
    if (x->extents[2] == 0 || x->extents[3] == 0) {
      y.samples = 0;
    }
    pool_region(x, image, y, z,
                (float *)result->data + r * x->extents[1] * cells[0] * cells[1],
                cells, takes_max);
  }
  return TSR_OK;
}
