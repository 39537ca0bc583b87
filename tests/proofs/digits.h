/*===- digits.h - calls the compiled digit classifier, for the proofs ------===
 *
 * Everything a run needs, in static memory: the proofs are about what happens
 * inside digits_run, so nothing around it may allocate either.
 *
 *===----------------------------------------------------------------------===*/
#ifndef TESSERA_TESTS_PROOFS_DIGITS_H
#define TESSERA_TESTS_PROOFS_DIGITS_H

#include "digits_model.h"

#include <string.h>

enum { BATCH = 8, WORKSPACE_LIMIT = 8 << 20 };

/** One caller: its own memory, the shared model. */
typedef struct caller {
  _Alignas(64) unsigned char workspace[WORKSPACE_LIMIT];
  _Alignas(64) float scans[BATCH * 64];
  _Alignas(64) float probabilities[BATCH * 10];
  size_t workspace_bytes;
  digits_dims dims;
  digits_inputs inputs;
  digits_outputs outputs;
} caller;

/** Fills the caller's structs; `seed` chooses the scans. */
static inline tsr_status prepare(caller *c, unsigned seed) {
  for (int i = 0; i < BATCH * 64; ++i) {
    seed = seed * 1664525u + 1013904223u;
    c->scans[i] = (float)(seed >> 24) / 16.0f;
  }
  memset(c->probabilities, 0, sizeof c->probabilities);
  c->dims.struct_size = sizeof(digits_dims);
  c->dims.batch = BATCH;
  c->inputs.struct_size = sizeof(digits_inputs);
  c->inputs.dims = &c->dims;
  c->inputs.scans.data = c->scans;
  c->inputs.scans.bytes = sizeof c->scans;
  c->outputs.struct_size = sizeof(digits_outputs);
  c->outputs.probabilities.data = c->probabilities;
  c->outputs.probabilities.bytes = sizeof c->probabilities;
  c->outputs.probabilities.extents = 0;
  tsr_status status = digits_workspace_size(&c->dims, &c->workspace_bytes);
  if (status == TSR_OK && c->workspace_bytes > sizeof c->workspace) {
    status = TSR_OUT_OF_MEMORY;
  }
  return status;
}

static inline tsr_status run(const digits_model *model, caller *c,
                             const tsr_threads *threads) {
  return digits_run(model, &c->inputs, &c->outputs, c->workspace,
                    c->workspace_bytes, threads);
}

/** Makes every kind of call that must fail; returns how many did not fail with
 * the expected status. */
static inline int wrong_calls(const digits_model *model, caller *c) {
  int wrong = 0;
  wrong += digits_run(0, &c->inputs, &c->outputs, c->workspace,
                      c->workspace_bytes, 0) != TSR_INVALID_ARGUMENT;
  wrong += digits_run(model, 0, &c->outputs, c->workspace, c->workspace_bytes,
                      0) != TSR_INVALID_ARGUMENT;
  wrong += digits_run(model, &c->inputs, 0, c->workspace, c->workspace_bytes,
                      0) != TSR_INVALID_ARGUMENT;
  wrong += digits_run(model, &c->inputs, &c->outputs, 0, c->workspace_bytes,
                      0) != TSR_INVALID_ARGUMENT;
  wrong += digits_run(model, &c->inputs, &c->outputs, c->workspace,
                      c->workspace_bytes - 1, 0) != TSR_WORKSPACE_TOO_SMALL;
  wrong += digits_run(model, &c->inputs, &c->outputs, c->workspace + 1,
                      c->workspace_bytes, 0) != TSR_MISALIGNED;
  c->dims.batch = BATCH + 1;
  wrong += run(model, c, 0) == TSR_OK;
  c->dims.batch = -1;
  wrong += run(model, c, 0) != TSR_DIMENSION_OUT_OF_BOUNDS;
  c->dims.batch = INT64_MAX;
  wrong += run(model, c, 0) == TSR_OK;
  c->dims.batch = BATCH;
  c->inputs.scans.data = 0;
  wrong += run(model, c, 0) != TSR_INVALID_ARGUMENT;
  c->inputs.scans.data = c->scans;
  c->inputs.scans.bytes -= 4;
  wrong += run(model, c, 0) != TSR_SIZE_MISMATCH;
  c->inputs.scans.bytes += 4;
  c->outputs.probabilities.bytes -= 4;
  wrong += run(model, c, 0) != TSR_OUTPUT_TOO_SMALL;
  c->outputs.probabilities.bytes += 4;
  c->outputs.probabilities.data = c->scans;
  wrong += run(model, c, 0) != TSR_OVERLAP;
  c->outputs.probabilities.data = c->probabilities;
  c->inputs.struct_size = 0;
  wrong += run(model, c, 0) != TSR_ABI_MISMATCH;
  c->inputs.struct_size = sizeof(digits_inputs);
  return wrong;
}

#endif /* TESSERA_TESTS_PROOFS_DIGITS_H */
