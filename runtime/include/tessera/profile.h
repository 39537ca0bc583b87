/*===- profile.h - watching the launches of a run ---------------*- C -*-===
 *
 * A model's plan calls the profiler, where a run has one, before its first
 * launch and after each. Without one (always, unless asked for) a launch costs
 * one comparison more. Tools time kernels with this; a program can do so too.
 *
 *===----------------------------------------------------------------------===*/
#ifndef TESSERA_PROFILE_H
#define TESSERA_PROFILE_H

#include "tessera/types.h"

/** `finished` is called by the thread that runs the model: with -1 before the
 * first launch, then with each launch's index, in order, when it is done. */
typedef struct tsr_profiler {
  void (*finished)(void *context, int64_t launch);
  void *context;
} tsr_profiler;

/** What a profiled run takes in place of tsr_threads: `threads.struct_size` is
 * sizeof(tsr_profiled_threads). A count of 1 runs on the calling thread. */
typedef struct tsr_profiled_threads {
  tsr_threads threads;
  const tsr_profiler *profiler;
} tsr_profiled_threads;

#endif /* TESSERA_PROFILE_H */
