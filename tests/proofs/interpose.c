/*===- interpose.c - a run calls no allocator, lock, file or mapping -------===
 *
 * The program defines these functions, so every call of them from the model's
 * library lands here and is counted while a run is in progress.
 *
 *===----------------------------------------------------------------------===*/
#define _GNU_SOURCE
#include "digits.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <stdio.h>

static atomic_int counting;
static atomic_int counted;
static const char *volatile last_name;

static void *next(const char *name) {
  if (atomic_load(&counting)) {
    atomic_fetch_add(&counted, 1);
    last_name = name;
  }
  return dlsym(RTLD_NEXT, name);
}

/* Each forwards six words, which covers every function here on x86-64. The C
 * names differ, so that no header's declaration is in the way. */
#define COUNT(name)                                                            \
  __attribute__((visibility("default"))) long counted_##name(                  \
      long a, long b, long c, long d, long e, long f) __asm__(#name);          \
  long counted_##name(long a, long b, long c, long d, long e, long f) {        \
    long (*real)(long, long, long, long, long, long) =                         \
        (long (*)(long, long, long, long, long, long))next(#name);             \
    return real(a, b, c, d, e, f);                                             \
  }

COUNT(malloc)
COUNT(realloc)
COUNT(free)
COUNT(posix_memalign)
COUNT(aligned_alloc)
COUNT(mmap)
COUNT(munmap)
COUNT(mprotect)
COUNT(madvise)
COUNT(pthread_mutex_lock)
COUNT(pthread_mutex_trylock)
COUNT(pthread_cond_wait)
COUNT(pthread_rwlock_rdlock)
COUNT(pthread_create)
COUNT(sem_wait)
COUNT(open)
COUNT(openat)
COUNT(read)
COUNT(write)
COUNT(fopen)
COUNT(fwrite)
COUNT(pread)
COUNT(close)
COUNT(sched_yield)
COUNT(clock_gettime)
COUNT(getenv)

static caller c;

static int quiet_run(const digits_model *model, const tsr_threads *threads,
                     const char *what) {
  atomic_store(&counting, 1);
  tsr_status status = run(model, &c, threads);
  int wrong = wrong_calls(model, &c);
  atomic_store(&counting, 0);
  int calls = atomic_exchange(&counted, 0);
  if (status != TSR_OK || wrong != 0 || calls != 0) {
    fprintf(stderr, "%s: status %d, %d wrong statuses, %d calls, last %s\n",
            what, (int)status, wrong, calls, calls ? last_name : "none");
    return 1;
  }
  return 0;
}

int main(void) {
  digits_model model = TSR_MODEL_INIT;
  atomic_store(&counting, 1);
  tsr_status status = digits_open(&model, 0);
  atomic_store(&counting, 0);
  if (status != TSR_OK || prepare(&c, 1) != TSR_OK) {
    fprintf(stderr, "open: %s\n", tsr_status_text(status));
    return 1;
  }
  /* The counter must be able to see the library's calls: threads_create
   * allocates and starts threads. */
  atomic_store(&counting, 1);
  atomic_store(&counted, 0);
  tsr_threads threads = {0};
  status = digits_threads_create(2, &threads);
  atomic_store(&counting, 0);
  if (status != TSR_OK || atomic_exchange(&counted, 0) == 0) {
    fprintf(stderr, "threads_create was not seen: %d\n", (int)status);
    return 1;
  }
  int failed = quiet_run(&model, 0, "one thread");
  failed |= quiet_run(&model, &threads, "two threads");
  digits_threads_destroy(&threads);
  digits_close(&model);
  return failed;
}
