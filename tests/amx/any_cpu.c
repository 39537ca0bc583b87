/*===- any_cpu.c - a processor that has everything -------------------------===
 *
 * In place of the runtime's cpu.c in models whose instructions are emulated.
 *
 *===----------------------------------------------------------------------===*/
#include "internal.h"

int tsr_runtime_cpu_supports(uint32_t isa) {
  (void)isa;
  return 1;
}

int tsr_runtime_cpu_request(uint32_t isa) {
  (void)isa;
  return 1;
}
