/*===- pool.c - the built-in thread pool ----------------------------------===
 *
 * One job at a time; a second caller finds the pool busy and runs its job
 * itself. Indices are claimed from one word that also holds the job's number,
 * so a worker that wakes late finds its job gone and touches nothing. Waiting
 * spins briefly, then sleeps on a futex. Memory and threads come at create and
 * go at destroy.
 *
 *===----------------------------------------------------------------------===*/
#define _GNU_SOURCE
#include "internal.h"

#include <immintrin.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
  MAX_THREADS = 1024,
  CACHE_LINE = 64,
  /* About 30 microseconds: longer than the gap between two launches. */
  SPINS = 2000
};

/** Index of a claim word that belongs to no job. */
#define CLOSED 0xffffffffu

struct pool {
  /* The claim word: job number above, next index below. */
  _Alignas(CACHE_LINE) _Atomic uint64_t claim;
  _Alignas(CACHE_LINE) _Atomic uint32_t done;
  _Atomic uint32_t caller_sleeps;
  _Alignas(CACHE_LINE) _Atomic uint32_t signal; /* changes with every job */
  _Atomic uint32_t sleepers;
  _Atomic uint32_t stop;
  _Atomic uint32_t busy;
  /* The job; written while the claim word is closed. */
  _Alignas(CACHE_LINE) _Atomic(tsr_task) task;
  _Atomic(void *) task_context;
  _Atomic uint32_t count;
  uint32_t workers;
  pthread_t threads[];
};

static void futex_wait(_Atomic uint32_t *word, uint32_t value) {
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static void futex_wake(_Atomic uint32_t *word, uint32_t threads) {
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, threads, NULL, NULL, 0);
}

/** Claims and runs indices of the present job until none is left. */
static void work(struct pool *pool) {
  for (;;) {
    uint64_t claim = atomic_load(&pool->claim);
    uint32_t index = (uint32_t)claim;
    tsr_task task = atomic_load(&pool->task);
    void *context = atomic_load(&pool->task_context);
    uint32_t count = atomic_load(&pool->count);
    if (index == CLOSED || index >= count) {
      return;
    }
    /* Succeeds only while the job read above is still the present one. */
    if (!atomic_compare_exchange_weak(&pool->claim, &claim, claim + 1)) {
      continue;
    }
    task(context, index);
    if (atomic_fetch_add(&pool->done, 1) + 1 == count &&
        atomic_load(&pool->caller_sleeps) != 0) {
      futex_wake(&pool->done, 1);
    }
  }
}

static void *worker_main(void *argument) {
  struct pool *pool = argument;
  uint32_t seen = 0;
  while (atomic_load(&pool->stop) == 0) {
    int spins = 0;
    while (atomic_load_explicit(&pool->signal, memory_order_acquire) == seen) {
      if (++spins < SPINS) {
        _mm_pause();
        continue;
      }
      atomic_fetch_add(&pool->sleepers, 1);
      futex_wait(&pool->signal, seen);
      atomic_fetch_sub(&pool->sleepers, 1);
    }
    seen = atomic_load(&pool->signal);
    work(pool);
  }
  return NULL;
}

/** Makes the job visible and wakes as many sleepers as it can use. */
static void publish(struct pool *pool, uint32_t count, tsr_task task,
                    void *context) {
  uint64_t job = ((atomic_load(&pool->claim) >> 32) + 1) << 32;
  atomic_store(&pool->claim, job | CLOSED);
  atomic_store(&pool->task, task);
  atomic_store(&pool->task_context, context);
  atomic_store(&pool->count, count);
  atomic_store(&pool->done, 0);
  atomic_store(&pool->claim, job);
  atomic_fetch_add(&pool->signal, 1);
  if (atomic_load(&pool->sleepers) != 0) {
    futex_wake(&pool->signal, count - 1);
  }
}

static void wait_done(struct pool *pool, uint32_t count) {
  int spins = 0;
  uint32_t done = 0;
  while ((done = atomic_load(&pool->done)) != count) {
    if (++spins < SPINS) {
      _mm_pause();
      continue;
    }
    atomic_store(&pool->caller_sleeps, 1);
    futex_wait(&pool->done, done);
  }
  atomic_store(&pool->caller_sleeps, 0);
}

static void pool_parallel_for(void *context, int64_t count, tsr_task task,
                              void *task_context) {
  struct pool *pool = context;
  if (count <= 1 || count >= CLOSED || atomic_exchange(&pool->busy, 1) != 0) {
    for (int64_t index = 0; index < count; ++index) {
      task(task_context, index);
    }
    return;
  }
  publish(pool, (uint32_t)count, task, task_context);
  work(pool);
  wait_done(pool, (uint32_t)count);
  atomic_store(&pool->busy, 0);
}

static void stop_workers(struct pool *pool) {
  atomic_store(&pool->stop, 1);
  atomic_fetch_add(&pool->signal, 1);
  futex_wake(&pool->signal, INT_MAX);
  for (uint32_t i = 0; i < pool->workers; ++i) {
    pthread_join(pool->threads[i], NULL);
  }
}

/** Starts the workers with all signals blocked: those are the host's. */
static int start_workers(struct pool *pool, uint32_t workers) {
  sigset_t all, saved;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &saved);
  int failed = 0;
  while (pool->workers < workers && !failed) {
    failed = pthread_create(&pool->threads[pool->workers], NULL, worker_main,
                            pool) != 0;
    pool->workers += failed ? 0 : 1;
  }
  pthread_sigmask(SIG_SETMASK, &saved, NULL);
  return !failed;
}

tsr_status tsr_runtime_threads_create(uint32_t count, tsr_threads *threads) {
  if (threads == NULL || count == 0 || count > MAX_THREADS) {
    return TSR_INVALID_ARGUMENT;
  }
  size_t bytes = sizeof(struct pool) + (count - 1) * sizeof(pthread_t);
  bytes = (bytes + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
  struct pool *pool = aligned_alloc(CACHE_LINE, bytes);
  if (pool == NULL) {
    return TSR_OUT_OF_MEMORY;
  }
  atomic_init(&pool->claim, CLOSED);
  atomic_init(&pool->done, 0);
  atomic_init(&pool->caller_sleeps, 0);
  atomic_init(&pool->signal, 0);
  atomic_init(&pool->sleepers, 0);
  atomic_init(&pool->stop, 0);
  atomic_init(&pool->busy, 0);
  atomic_init(&pool->task, NULL);
  atomic_init(&pool->task_context, NULL);
  atomic_init(&pool->count, 0);
  pool->workers = 0;
  if (!start_workers(pool, count - 1)) {
    stop_workers(pool);
    free(pool);
    return TSR_SYSTEM_ERROR;
  }
  tsr_threads created = {sizeof(tsr_threads), count, pool_parallel_for, pool};
  *threads = created;
  return TSR_OK;
}

tsr_status tsr_runtime_threads_destroy(tsr_threads *threads) {
  if (threads == NULL || threads->parallel_for != pool_parallel_for) {
    return TSR_INVALID_ARGUMENT;
  }
  struct pool *pool = threads->context;
  stop_workers(pool);
  free(pool);
  tsr_threads none = {sizeof(tsr_threads), 1, NULL, NULL};
  *threads = none;
  return TSR_OK;
}
