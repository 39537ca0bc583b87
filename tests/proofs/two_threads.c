/*===- two_threads.c - concurrent runs, and runs split among threads -------===
 *
 * Two threads run one model with memory of their own while the main thread
 * uses the pool; every result must equal the serial one, bit for bit. Built
 * with ThreadSanitizer or AddressSanitizer, kernels included.
 *
 *===----------------------------------------------------------------------===*/
#include "digits.h"

#include <pthread.h>
#include <stdio.h>

enum { RUNS = 50 };

static digits_model model = TSR_MODEL_INIT;
static caller callers[3];
static float expected[3][BATCH * 10];

static void *repeat(void *context) {
  caller *c = context;
  for (int i = 0; i < RUNS; ++i) {
    if (run(&model, c, 0) != TSR_OK) {
      return c;
    }
  }
  return 0;
}

int main(void) {
  tsr_threads threads = {0};
  if (digits_open(&model, 0) != TSR_OK ||
      digits_threads_create(2, &threads) != TSR_OK) {
    fprintf(stderr, "open failed\n");
    return 1;
  }
  for (int i = 0; i < 3; ++i) {
    if (prepare(&callers[i], 7u + (unsigned)i) != TSR_OK ||
        run(&model, &callers[i], 0) != TSR_OK) {
      fprintf(stderr, "serial run failed\n");
      return 1;
    }
    memcpy(expected[i], callers[i].probabilities, sizeof expected[i]);
    memset(callers[i].probabilities, 0, sizeof expected[i]);
  }
  int failed = wrong_calls(&model, &callers[0]);
  pthread_t others[2];
  for (int i = 0; i < 2; ++i) {
    pthread_create(&others[i], 0, repeat, &callers[i]);
  }
  for (int i = 0; i < RUNS; ++i) {
    failed += run(&model, &callers[2], &threads) != TSR_OK;
  }
  for (int i = 0; i < 2; ++i) {
    void *result = 0;
    pthread_join(others[i], &result);
    failed += result != 0;
  }
  for (int i = 0; i < 3; ++i) {
    failed +=
        memcmp(expected[i], callers[i].probabilities, sizeof expected[i]) != 0;
  }
  digits_threads_destroy(&threads);
  failed += digits_close(&model) != TSR_OK;
  if (failed) {
    fprintf(stderr, "%d differences or failed runs\n", failed);
  }
  return failed != 0;
}
