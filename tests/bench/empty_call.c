/*===- empty_call.c - what a call costs when there is nothing to compute ---===
 *
 * Linked against the library of empty.onnxtext. Prints {"call_us"}, the median
 * of batches of calls.
 *
 *===----------------------------------------------------------------------===*/
#define _GNU_SOURCE
#include "empty_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { BATCHES = 101, CALLS = 20000 };

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static int ascending(const void *a, const void *b) {
  return (*(const double *)a > *(const double *)b) -
         (*(const double *)a < *(const double *)b);
}

int main(void) {
  empty_model model = TSR_MODEL_INIT;
  static _Alignas(64) unsigned char workspace[4096];
  float x[1] = {3}, y[1] = {0};
  empty_inputs inputs = {sizeof(empty_inputs), 0, {x, sizeof x}};
  empty_outputs outputs = {sizeof(empty_outputs), {y, sizeof y, 0}};
  size_t bytes = 0;
  if (empty_open(&model, 0) != TSR_OK ||
      empty_workspace_size(0, &bytes) != TSR_OK || bytes > sizeof workspace) {
    return 2;
  }
  int failed = 0;
  double times[BATCHES];
  for (int batch = 0; batch < BATCHES; ++batch) {
    double begin = now();
    for (int i = 0; i < CALLS; ++i) {
      failed |= empty_run(&model, &inputs, &outputs, workspace, bytes, 0);
    }
    times[batch] = (now() - begin) / CALLS;
  }
  qsort(times, BATCHES, sizeof *times, ascending);
  printf("{\"call_us\": %.4f}\n", 1e6 * times[BATCHES / 2]);
  return failed || y[0] != 3;
}
