/*===- first_run.c - what opening a model and running it once costs --------===
 *
 * usage: first_run MODEL.so [DIM=VALUE ...]
 * Prints {"open_ms", "first_ms", "warm_ms"}: load and open, the first run, and
 * the median of the runs after it. The caller's memory is touched before, as
 * an embedding program's would be.
 *
 *===----------------------------------------------------------------------===*/
#define _GNU_SOURCE
#include "tessera/runtime.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LIMIT = 64, WARM_RUNS = 9 };

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return 1e3 * (double)time.tv_sec + 1e-6 * (double)time.tv_nsec;
}

static void *memory(size_t bytes) {
  void *result = aligned_alloc(64, (bytes + 127) / 64 * 64);
  if (result != NULL) {
    memset(result, 0, bytes);
  }
  return result;
}

static void must(tsr_status status, const char *what) {
  if (status != TSR_OK) {
    fprintf(stderr, "error: %s: %s\n", what, tsr_status_text(status));
    exit(2);
  }
}

static size_t bytes_of(const int64_t *extents, const tsr_tensor_info *info) {
  size_t bytes = info->element_bytes;
  for (uint32_t axis = 0; axis < info->rank; ++axis) {
    bytes *= (size_t)extents[axis];
  }
  return bytes;
}

/** Values of the free dimensions: from the arguments, else 1. */
static void dimensions(const tsr_model *model, uint32_t count, char **arguments,
                       int64_t *dims) {
  for (uint32_t i = 0; i < count; ++i) {
    tsr_dimension_info info;
    must(tsr_model_dimension(model, i, &info), "dimension");
    dims[i] = 1;
    for (char **text = arguments; *text != NULL; ++text) {
      size_t length = strlen(info.name);
      if (strncmp(*text, info.name, length) == 0 && (*text)[length] == '=') {
        dims[i] = atoll(*text + length + 1);
      }
    }
  }
}

static int ascending(const void *a, const void *b) {
  return (*(const double *)a > *(const double *)b) -
         (*(const double *)a < *(const double *)b);
}

int main(int argc, char **argv) {
  if (argc < 2) {
    fprintf(stderr, "usage: first_run MODEL.so [DIM=VALUE ...]\n");
    return 2;
  }
  tsr_model model = TSR_MODEL_INIT;
  double begin = now();
  must(tsr_model_open(argv[1], NULL, &model), "open");
  double open_ms = now() - begin;

  static tsr_input inputs[LIMIT];
  static tsr_output outputs[LIMIT];
  static int64_t dims[LIMIT], extents[LIMIT];
  tsr_model_info info;
  must(tsr_model_info_of(&model, &info), "info");
  if (info.input_count > LIMIT || info.output_count > LIMIT ||
      info.dimension_count > LIMIT) {
    return 2;
  }
  dimensions(&model, info.dimension_count, argv + 2, dims);
  tsr_tensor_info tensor;
  for (uint32_t i = 0; i < info.input_count; ++i) {
    must(tsr_model_input(&model, i, &tensor), "input");
    must(tsr_model_input_shape(&model, dims, i, extents), "input shape");
    inputs[i].bytes = bytes_of(extents, &tensor);
    inputs[i].data = memory(inputs[i].bytes);
  }
  for (uint32_t i = 0; i < info.output_count; ++i) {
    must(tsr_model_output(&model, i, &tensor), "output");
    must(tsr_model_output_shape(&model, dims, i, extents), "output shape");
    outputs[i].bytes = bytes_of(extents, &tensor);
    outputs[i].data = memory(outputs[i].bytes);
  }
  size_t bytes = 0;
  must(tsr_model_workspace_size(&model, dims, &bytes), "workspace");
  void *workspace = memory(bytes);

  double times[1 + WARM_RUNS];
  for (int run = 0; run <= WARM_RUNS; ++run) {
    begin = now();
    must(tsr_model_run(&model, dims, inputs, outputs, workspace, bytes, NULL),
         "run");
    times[run] = now() - begin;
  }
  qsort(times + 1, WARM_RUNS, sizeof *times, ascending);
  printf("{\"open_ms\": %.4f, \"first_ms\": %.4f, \"warm_ms\": %.4f}\n",
         open_ms, times[0], times[1 + WARM_RUNS / 2]);
  return 0;
}
