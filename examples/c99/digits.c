/* Asks the digit classifier what it sees on one scan: C99, nothing but the model's own header. */
#include "digits.h"
#include <stdio.h>
#include <stdlib.h>

static const float scan[8][8] = {
    {0, 2, 9, 15, 14, 9, 3, 0},  {0, 4, 13, 8, 9, 16, 8, 0}, {0, 0, 0, 6, 14, 15, 3, 0},  {0, 0, 0, 11, 14, 2, 0, 0},
    {0, 0, 0, 2, 15, 11, 0, 0},  {0, 0, 0, 0, 2, 15, 4, 0},  {0, 1, 5, 6, 13, 16, 6, 0},  {0, 2, 12, 12, 13, 11, 0, 0}};

static void check(tsr_status status) {
  if (status != TSR_OK) {
    fprintf(stderr, "error: %s\n", tsr_status_text(status));
    exit(1);
  }
}

int main(void) {
  digits_model model = TSR_MODEL_INIT;
  digits_dims dims = {sizeof(dims), 1};
  float probabilities[10];
  digits_inputs inputs = {sizeof(inputs), &dims, {scan, sizeof(scan)}};
  digits_outputs outputs = {sizeof(outputs), {probabilities, sizeof(probabilities), NULL}};
  size_t bytes;
  check(digits_open(&model, NULL));
  check(digits_workspace_size(&dims, &bytes));
  unsigned char *memory = malloc(bytes + 64), *workspace = memory + 64 - (size_t)memory % 64;
  check(memory ? digits_run(&model, &inputs, &outputs, workspace, bytes, NULL) : TSR_OUT_OF_MEMORY);
  int best = 0;
  for (int digit = 1; digit < 10; ++digit) {
    best = probabilities[digit] > probabilities[best] ? digit : best;
  }
  printf("this is a %d (probability %.3f)\n", best, probabilities[best]);
  free(memory);
  check(digits_close(&model));
  return 0;
}
