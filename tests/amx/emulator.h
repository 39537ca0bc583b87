/*===- emulator.h - AMX for processors without it --------------------------===
 *
 * The emulator installs itself when it is loaded.
 *
 *===----------------------------------------------------------------------===*/
#ifndef TESSERA_TESTS_AMX_EMULATOR_H
#define TESSERA_TESTS_AMX_EMULATOR_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Instructions that all threads have executed. */
struct amx_counts {
  uint64_t configurations, releases, loads, stores, products;
};

struct amx_counts amx_emulator_counts(void);

#ifdef __cplusplus
}
#endif

#endif /* TESSERA_TESTS_AMX_EMULATOR_H */
