/*===- empty_call.c - what a call costs when there is nothing to compute ---===
 *
 * Linked against the library of empty.onnxtext. Prints {"call_us"}.
 *
 *===----------------------------------------------------------------------===*/
#define _GNU_SOURCE
#include "empty_model.h"

#include <stdio.h>
#include <time.h>

enum { CALLS = 2000000 };

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
  struct timespec begin, end;
  int failed = 0;
  clock_gettime(CLOCK_MONOTONIC, &begin);
  for (int i = 0; i < CALLS; ++i) {
    failed |= empty_run(&model, &inputs, &outputs, workspace, bytes, 0);
  }
  clock_gettime(CLOCK_MONOTONIC, &end);
  double seconds = (double)(end.tv_sec - begin.tv_sec) +
                   1e-9 * (double)(end.tv_nsec - begin.tv_nsec);
  printf("{\"call_us\": %.4f}\n", seconds * 1e6 / CALLS);
  return failed || y[0] != 3;
}
