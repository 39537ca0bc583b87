/*===- parallel.c - splits a launch among threads -------------------------===
 *
 * Every point of a launch is computed by the same instructions whichever part
 * it falls in, so results do not depend on the number of threads.
 *
 *===----------------------------------------------------------------------===*/
#include "internal.h"

#include <xmmintrin.h>

enum {
  /* One part each: what a launch reads then lies mostly in the cache of the
   * core that computed it in the launch before. With four parts each, claimed
   * as threads come, small models took 3 to 13 % longer on two threads. A part
   * whose thread is late is claimed by another. */
  PARTS_PER_THREAD = 1,
  MXCSR_DEFAULT = 0x1f80
};

/* What the threads share: launches, the first task of all, and how many parts
 * their units fall into. */
struct split {
  const tsr_joined_launch *launches;
  int64_t number;
  int64_t first;
  int64_t parts;
};

static int64_t units_of(const tsr_joined_launch *launch) {
  int64_t tasks = launch->tasks_of_unit;
  return tasks > 1 ? (launch->count + tasks - 1) / tasks : launch->count;
}

static int64_t least(int64_t first, int64_t second) {
  return first < second ? first : second;
}

static void run_part(void *context, int64_t index) {
  const struct split *split = context;
  unsigned int saved = _mm_getcsr();
  _mm_setcsr(MXCSR_DEFAULT);
  for (int64_t i = 0; i < split->number; ++i) {
    const tsr_joined_launch *launch = &split->launches[i];
    int64_t units = units_of(launch);
    int64_t size = units / split->parts, rest = units % split->parts;
    int64_t begin = index * size + least(index, rest);
    int64_t end = begin + size + (index < rest);
    int64_t tasks = launch->tasks_of_unit > 0 ? launch->tasks_of_unit : 1;
    if (begin < end) {
      launch->task(launch->context, split->first + begin * tasks,
                   split->first + least(end * tasks, launch->count));
    }
  }
  _mm_setcsr(saved);
}

static int runs_alone(const tsr_threads *threads, int64_t units) {
  return threads == NULL || threads->count <= 1 || units == 1;
}

static void hand_out(const tsr_threads *threads, struct split *split,
                     int64_t units) {
  split->parts = least((int64_t)threads->count * PARTS_PER_THREAD, units);
  threads->parallel_for(threads->context, split->parts, run_part, split);
}

void tsr_runtime_parallel_steps(const tsr_threads *threads, tsr_range_task task,
                                void *context, int64_t steps, int64_t count) {
  if (steps <= 0 || count <= 0) {
    return;
  }
  if (runs_alone(threads, count)) {
    task(context, 0, steps * count);
    return;
  }
  tsr_joined_launch launch = {task, context, count, 0};
  struct split split = {&launch, 1, 0, 0};
  for (int64_t step = 0; step < steps; ++step) {
    split.first = step * count;
    hand_out(threads, &split, count);
  }
}

void tsr_runtime_parallel(const tsr_threads *threads, tsr_range_task task,
                          void *context, int64_t count) {
  tsr_runtime_parallel_steps(threads, task, context, 1, count);
}

void tsr_runtime_parallel_joined(const tsr_threads *threads,
                                 const tsr_joined_launch *launches,
                                 int64_t number) {
  int64_t most = 1;
  for (int64_t i = 0; i < number; ++i) {
    int64_t units = units_of(&launches[i]);
    most = units > most ? units : most;
  }
  struct split split = {launches, number, 0, 1};
  if (!runs_alone(threads, most)) {
    hand_out(threads, &split, most);
    return;
  }
  for (int64_t i = 0; i < number; ++i) {
    if (launches[i].count > 0) {
      launches[i].task(launches[i].context, 0, launches[i].count);
    }
  }
}
