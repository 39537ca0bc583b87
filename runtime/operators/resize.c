/*===- resize.c - resampling with sizes of the run ------------------------===
 *
 * Every output element is a weighted sum over a box of input elements; weights
 * are products of one factor for each resized axis. Formulas: the operator's
 * text in the ONNX specification.
 *
 *===----------------------------------------------------------------------===*/
#include "operators.h"

enum { MAX_RANK = 16 };

typedef struct settings {
  const char *mode, *coordinates, *nearest, *policy;
  double cubic, extrapolation;
  int antialias, excludes;
} settings;

/** How one axis is resampled, and the taps of the current output position. */
typedef struct axis_plan {
  int64_t in, out;
  double scale, begin, end; /* of the region of interest, in [0, 1] */
  int active, outside;
  int64_t first, count; /* input positions with a weight, before clamping */
  double center, norm;
} axis_plan;

static settings settings_of(const tsr_operator_call *call) {
  settings s;
  s.mode = tsr_parameter_text(call, "mode", "nearest");
  s.coordinates =
      tsr_parameter_text(call, "coordinate_transformation_mode", "half_pixel");
  s.nearest = tsr_parameter_text(call, "nearest_mode", "round_prefer_floor");
  s.policy = tsr_parameter_text(call, "keep_aspect_ratio_policy", "stretch");
  s.cubic = tsr_parameter_number(call, "cubic_coeff_a", -0.75);
  s.extrapolation = tsr_parameter_number(call, "extrapolation_value", 0);
  s.antialias = tsr_parameter_integer(call, "antialias", 0) != 0 &&
                !tsr_same_text(s.mode, "nearest");
  s.excludes = tsr_parameter_integer(call, "exclude_outside", 0) != 0;
  return s;
}

/** The scale that all axes share where the aspect ratio is kept; 0: none. */
static double common_scale(const settings *s, const tsr_operand *x,
                           const tsr_operand *sizes, const int64_t *axes,
                           uint32_t count) {
  int not_larger = tsr_same_text(s->policy, "not_larger");
  double scale = 0;
  if (!not_larger && !tsr_same_text(s->policy, "not_smaller")) {
    return 0;
  }
  for (uint32_t i = 0; i < count; ++i) {
    double own = (double)tsr_read_integer(sizes, i) /
                 (double)x->extents[axes ? axes[i] : (int64_t)i];
    if (i == 0 || (not_larger ? own < scale : own > scale)) {
      scale = own;
    }
  }
  return scale;
}

/** Sizes and scales of all axes, from inputs roi, scales and sizes. */
static int32_t plan_axes(const tsr_operator_call *call, const settings *s,
                         axis_plan *plan) {
  const tsr_operand *x = &call->inputs[0], *roi = tsr_input_of(call, 1);
  const tsr_operand *scales = tsr_input_of(call, 2);
  const tsr_operand *sizes = tsr_input_of(call, 3);
  uint32_t named = 0;
  const int64_t *axes = tsr_parameter_integers(call, "axes", &named);
  uint32_t count = axes == NULL ? x->rank : named;
  int has_scales = scales != NULL && tsr_element_count(scales) > 0;
  const tsr_operand *given = has_scales ? scales : sizes;
  int has_roi = roi != NULL && tsr_element_count(roi) == 2 * (int64_t)count;
  if (given == NULL || tsr_element_count(given) != (int64_t)count) {
    return TSR_DIMENSION_MISMATCH;
  }
  for (uint32_t a = 0; a < x->rank; ++a) {
    const axis_plan same = {
        x->extents[a], x->extents[a], 1, 0, 1, 0, 0, 0, 0, 0, 0};
    plan[a] = same;
  }
  double common = has_scales ? 0 : common_scale(s, x, sizes, axes, count);
  for (uint32_t i = 0; i < count; ++i) {
    axis_plan *p = &plan[axes ? axes[i] : (int64_t)i];
    double in = (double)p->in, out = 0;
    p->scale = has_scales    ? tsr_read_number(scales, i)
               : common != 0 ? common
                             : tsr_read_number(sizes, i) / in;
    out = has_scales    ? floor(in * p->scale)
          : common != 0 ? floor(in * p->scale + 0.5)
                        : tsr_read_number(sizes, i);
    if (!(p->scale > 0) || !(out >= 0 && out < 0x1p40)) {
      return TSR_DIMENSION_OUT_OF_BOUNDS;
    }
    p->out = (int64_t)out;
    p->begin = has_roi ? tsr_read_number(roi, i) : 0;
    p->end = has_roi ? tsr_read_number(roi, count + i) : 1;
    p->active = p->scale != 1 || p->out != p->in ||
                tsr_same_text(s->coordinates, "tf_crop_and_resize");
  }
  return TSR_OK;
}

/** The input position that an output position reads. */
static double source_of(const settings *s, const axis_plan *p, int64_t at) {
  double width = p->scale * (double)p->in, last = (double)p->in - 1;
  double x = (double)at;
  if (tsr_same_text(s->coordinates, "align_corners")) {
    return width == 1 ? 0 : x * last / (width - 1);
  }
  if (tsr_same_text(s->coordinates, "asymmetric")) {
    return x / p->scale;
  }
  if (tsr_same_text(s->coordinates, "tf_crop_and_resize")) {
    double extent = (p->end - p->begin) * last;
    return p->begin * last +
           (width == 1 ? extent / 2 : x * extent / (width - 1));
  }
  if (tsr_same_text(s->coordinates, "pytorch_half_pixel") && width == 1) {
    return -0.5;
  }
  double source = (x + 0.5) / p->scale - 0.5;
  if (tsr_same_text(s->coordinates, "half_pixel_symmetric")) {
    source += (double)p->in / 2 * (1 - (double)p->out / width);
  }
  return source;
}

/** The cubic convolution kernel. */
static double cubic(double a, double x) {
  x = fabs(x);
  return x <= 1  ? ((a + 2) * x - (a + 3)) * x * x + 1
         : x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
                 : 0;
}

/** The weight of input position `tap`, before it is normalised. */
static double raw_weight(const settings *s, const axis_plan *p, int64_t tap) {
  if (s->excludes && (tap < 0 || tap >= p->in)) {
    return 0;
  }
  double distance = (double)tap - p->center;
  double stretch = s->antialias && p->scale < 1 ? p->scale : 1;
  if (tsr_same_text(s->mode, "cubic")) {
    return cubic(s->cubic, distance * stretch);
  }
  double weight = 1 - fabs(distance * stretch);
  return weight > 0 ? weight : 0;
}

/** The input position at or below `source`; the region of interest may be any
 * number, but all positions far outside read the same element. */
static int64_t position_below(double source) {
  const double far = 0x1p48;
  return source > far    ? (int64_t)far
         : source > -far ? (int64_t)floor(source)
                         : -(int64_t)far;
}

/** The one input position that `nearest` picks. */
static int64_t nearest_tap(const settings *s, double source) {
  double low = floor(source), ratio = source - low;
  int up = ratio > 0.5;
  if (tsr_same_text(s->nearest, "round_prefer_ceil")) {
    up = ratio >= 0.5;
  } else if (tsr_same_text(s->nearest, "floor")) {
    up = 0;
  } else if (tsr_same_text(s->nearest, "ceil")) {
    up = ratio > 0;
  }
  return position_below(source) + up;
}

/** Finds the taps of an output position. */
static void move_to(const settings *s, axis_plan *p, int64_t at) {
  p->norm = 1;
  p->count = 1;
  p->first = at;
  p->center = (double)at;
  p->outside = 0;
  if (!p->active) {
    return;
  }
  double source = source_of(s, p, at);
  p->center = source;
  p->outside = tsr_same_text(s->coordinates, "tf_crop_and_resize") &&
               (source < 0 || source > (double)(p->in - 1));
  if (tsr_same_text(s->mode, "nearest")) {
    p->first = nearest_tap(s, source);
    p->center = (double)p->first;
    return;
  }
  double reach = tsr_same_text(s->mode, "cubic") ? 2 : 1;
  if (s->antialias && p->scale < 1) {
    reach = reach / p->scale;
  }
  int64_t half = (int64_t)ceil(reach);
  p->first = position_below(source) + 1 - half;
  p->count = 2 * half;
  p->norm = 0;
  for (int64_t tap = p->first; tap < p->first + p->count; ++tap) {
    p->norm += raw_weight(s, p, tap);
  }
}

/** Sums the box of taps over axes [axis, rank); at most MAX_RANK deep. */
static double sum_taps(const settings *s, const tsr_operand *x,
                       const axis_plan *plan, uint32_t axis, int64_t offset) {
  if (axis == x->rank) {
    return tsr_read_number(x, offset);
  }
  const axis_plan *p = &plan[axis];
  double sum = 0;
  for (int64_t tap = p->first; tap < p->first + p->count; ++tap) {
    double weight = p->count == 1 ? 1 : raw_weight(s, p, tap) / p->norm;
    int64_t inside = tap < 0 ? 0 : tap >= p->in ? p->in - 1 : tap;
    if (weight != 0) {
      sum += weight * sum_taps(s, x, plan, axis + 1, offset * p->in + inside);
    }
  }
  return sum;
}

/** (data, roi, scales, sizes; all but the data may be absent). */
TSR_OPERATOR(resize) {
  const tsr_operand *x = &call->inputs[0], *result = &call->results[0];
  const settings s = settings_of(call);
  axis_plan plan[MAX_RANK];
  if (x->rank > MAX_RANK) {
    return TSR_INVALID_ARGUMENT;
  }
  int32_t status = plan_axes(call, &s, plan);
  int64_t position[MAX_RANK] = {0}, count = 1;
  for (uint32_t a = 0; status == TSR_OK && a < x->rank; ++a) {
    int is_known = result->extents[a] >= 0;
    if ((is_known && result->extents[a] != plan[a].out) ||
        (plan[a].in == 0 && plan[a].out != 0)) {
      return TSR_DIMENSION_MISMATCH;
    }
    result->extents[a] = plan[a].out;
  }
  if (status != TSR_OK || !tsr_result_fits(result)) {
    return status != TSR_OK ? status : TSR_OUTPUT_TOO_SMALL;
  }
  count = tsr_element_count(result);
  for (uint32_t a = 0; count > 0 && a < x->rank; ++a) {
    move_to(&s, &plan[a], 0);
  }
  for (int64_t i = 0; i < count; ++i) {
    int outside = 0;
    for (uint32_t a = 0; a < x->rank; ++a) {
      outside |= plan[a].outside;
    }
    tsr_write_number(result, i,
                     outside ? s.extrapolation : sum_taps(&s, x, plan, 0, 0));
    for (uint32_t a = x->rank; a-- > 0;) {
      position[a] = position[a] + 1 < plan[a].out ? position[a] + 1 : 0;
      move_to(&s, &plan[a], position[a]);
      if (position[a] != 0) {
        break;
      }
    }
  }
  return TSR_OK;
}
