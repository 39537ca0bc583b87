/*===- two_models.c - two models in one program ----------------------------===
 *
 * Linked once against two shared libraries and once against two archives; both
 * headers meet in this file.
 *
 *===----------------------------------------------------------------------===*/
#include "digits.h"
#include "small_model.h"

#include <stdio.h>

static caller c;
static _Alignas(64) unsigned char workspace[1 << 16];

int main(void) {
  digits_model digits = TSR_MODEL_INIT;
  small_model small = TSR_MODEL_INIT;
  if (digits_open(&digits, 0) != TSR_OK || small_open(&small, 0) != TSR_OK ||
      prepare(&c, 3) != TSR_OK || run(&digits, &c, 0) != TSR_OK) {
    fprintf(stderr, "the first model failed\n");
    return 1;
  }
  float x[4] = {1, -2, 3, -4}, y[4] = {0};
  small_inputs inputs = {sizeof(small_inputs), 0, {x, sizeof x}};
  small_outputs outputs = {sizeof(small_outputs), {y, sizeof y, 0}};
  size_t bytes = 0;
  tsr_status status = small_workspace_size(0, &bytes);
  if (status == TSR_OK && bytes <= sizeof workspace) {
    status = small_run(&small, &inputs, &outputs, workspace, bytes, 0);
  }
  if (status != TSR_OK || y[0] != 2 || y[1] != 0 || y[2] != 6 || y[3] != 0) {
    fprintf(stderr, "the second model failed: %s\n", tsr_status_text(status));
    return 1;
  }
  /* A model of one kind is refused by the other's functions. */
  return digits_run((const digits_model *)&small, &c.inputs, &c.outputs,
                    c.workspace, c.workspace_bytes, 0) != TSR_NOT_OPEN;
}
