/*===- environment.h - the floating-point environment of kernels ----------===
 *
 * Generated code computes under the default environment, whatever the caller's
 * is, on each thread that runs a part of it.
 *
 *===----------------------------------------------------------------------===*/
#ifndef TESSERA_RUNTIME_ENVIRONMENT_H
#define TESSERA_RUNTIME_ENVIRONMENT_H

#include <xmmintrin.h>

/** Enters the default environment and returns the caller's, for
 * tsr_leave_environment. */
static inline unsigned int tsr_enter_environment(void) {
  /* Denormals on, round to nearest, all exceptions masked. */
  const unsigned int environment = 0x1f80;
  unsigned int saved = _mm_getcsr();
  _mm_setcsr(environment);
  return saved;
}

static inline void tsr_leave_environment(unsigned int saved) {
  _mm_setcsr(saved);
}

#endif /* TESSERA_RUNTIME_ENVIRONMENT_H */
