/*===- parallel.c - splits a launch among threads -------------------------===
 *
 * Every point of a launch is computed by the same instructions whichever part
 * it falls in, so results do not depend on the number of threads.
 *
 *===----------------------------------------------------------------------===*/
#include "environment.h"
#include "internal.h"

struct split {
  tsr_range_task task;
  void *context;
  int64_t first;
  int64_t count;
  int64_t parts;
};

/* From `begin` to before `end`. */
struct range {
  int64_t begin, end;
};

/* Part `index` of `count` items: the first parts have one more of them. */
static struct range range_of_part(int64_t count, int64_t parts, int64_t index) {
  int64_t size = count / parts, rest = count % parts;
  int64_t begin = index * size + (index < rest ? index : rest);
  struct range range = {begin, begin + size + (index < rest ? 1 : 0)};
  return range;
}

static void run_part(void *context, int64_t index) {
  const struct split *split = context;
  struct range part = range_of_part(split->count, split->parts, index);
  unsigned int saved = tsr_enter_environment();
  split->task(split->context, split->first + part.begin,
              split->first + part.end);
  tsr_leave_environment(saved);
}

/* What the threads share of joined launches. */
struct joined_split {
  const tsr_joined_launch *launches;
  int64_t number;
  int64_t parts;
};

static int64_t units_of(const tsr_joined_launch *launch) {
  int64_t tasks = launch->tasks_of_unit;
  return tasks > 1 ? (launch->count + tasks - 1) / tasks : launch->count;
}

static void run_joined_part(void *context, int64_t index) {
  const struct joined_split *split = context;
  unsigned int saved = tsr_enter_environment();
  for (int64_t i = 0; i < split->number; ++i) {
    const tsr_joined_launch *launch = &split->launches[i];
    struct range part = range_of_part(units_of(launch), split->parts, index);
    if (launch->tasks_of_unit > 1) {
      part.begin *= launch->tasks_of_unit;
      part.end *= launch->tasks_of_unit;
    }
    if (part.begin < part.end) {
      launch->task(launch->context, part.begin,
                   part.end < launch->count ? part.end : launch->count);
    }
  }
  tsr_leave_environment(saved);
}

/* What the threads share of launches that take turns. */
struct banded_split {
  const tsr_banded_launch *launches;
  int64_t number;
  int64_t bands;
  int64_t parts;
};

static struct range bands_of_part(const struct banded_split *split,
                                  int64_t part) {
  struct range range = {split->bands * part / split->parts,
                        split->bands * (part + 1) / split->parts};
  return range;
}

/* Those of a part's bands that a launch computes before the other parts start.
 * Nobody waits for the last part; it does the first bands of what needs
 * nothing. */
static struct range early_bands(const struct banded_split *split, int64_t part,
                                struct range range, int64_t launch) {
  int64_t edge = split->launches[launch].edge;
  if (part + 1 < split->parts) {
    range.begin = range.end - edge;
  } else {
    range.end = range.begin + (launch == 0 ? edge : 0);
  }
  return range;
}

static void run_bands(const tsr_banded_launch *launch, struct range range) {
  if (range.begin < range.end) {
    int64_t begin = range.begin > 0 ? launch->ends[range.begin - 1] : 0;
    int64_t end = launch->ends[range.end - 1];
    if (begin < end) {
      launch->task(launch->context, begin, end);
    }
  }
}

static void run_early_part(void *context, int64_t part) {
  const struct banded_split *split = context;
  unsigned int saved = tsr_enter_environment();
  struct range all = bands_of_part(split, part);
  for (int64_t i = 0; i < split->number; ++i) {
    run_bands(&split->launches[i], early_bands(split, part, all, i));
  }
  tsr_leave_environment(saved);
}

static void run_banded_part(void *context, int64_t part) {
  const struct banded_split *split = context;
  unsigned int saved = tsr_enter_environment();
  struct range all = bands_of_part(split, part);
  for (int64_t band = all.begin; band < all.end; ++band) {
    for (int64_t i = 0; i < split->number; ++i) {
      struct range one = {band, band + 1};
      struct range early = early_bands(split, part, all, i);
      if (band < early.begin || band >= early.end) {
        run_bands(&split->launches[i], one);
      }
    }
  }
  tsr_leave_environment(saved);
}

static int runs_alone(const tsr_threads *threads, int64_t count) {
  return threads == NULL || threads->count <= 1 || count == 1;
}

/* One part each: what a launch reads then lies mostly in the cache of the core
 * that computed it in the launch before. With four parts each, claimed as
 * threads come, small models took 3 to 13 % longer on two threads. A part whose
 * thread is late is claimed by another. */
static int64_t parts_of(const tsr_threads *threads, int64_t count) {
  int64_t parts = threads->count;
  return parts < count ? parts : count;
}

static void hand_out(const tsr_threads *threads, struct split *split) {
  split->parts = parts_of(threads, split->count);
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
  struct split split = {task, context, 0, count, 0};
  for (int64_t step = 0; step < steps; ++step) {
    split.first = step * count;
    hand_out(threads, &split);
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
  if (!runs_alone(threads, most)) {
    struct joined_split split = {launches, number, parts_of(threads, most)};
    threads->parallel_for(threads->context, split.parts, run_joined_part,
                          &split);
    return;
  }
  for (int64_t i = 0; i < number; ++i) {
    if (launches[i].count > 0) {
      launches[i].task(launches[i].context, 0, launches[i].count);
    }
  }
}

static int64_t greatest_edge(const tsr_banded_launch *launches,
                             int64_t number) {
  int64_t greatest = 0;
  for (int64_t i = 0; i < number; ++i) {
    greatest = launches[i].edge > greatest ? launches[i].edge : greatest;
  }
  return greatest;
}

void tsr_runtime_parallel_bands(const tsr_threads *threads,
                                const tsr_banded_launch *launches,
                                int64_t number, int64_t bands) {
  struct banded_split split = {launches, number, bands, 1};
  if (runs_alone(threads, bands)) {
    for (int64_t band = 0; band < bands; ++band) {
      struct range one = {band, band + 1};
      for (int64_t i = 0; i < number; ++i) {
        run_bands(&launches[i], one);
      }
    }
    return;
  }
  split.parts = threads->count;
  int64_t edge = greatest_edge(launches, number);
  int64_t least = bands / split.parts;
  /* Parts shorter than an edge would need more than the part before, and
   * uneven ones leave threads idle for longer than the cache saves. */
  if (least < edge || least == 0 || bands % split.parts * 8 > bands) {
    for (int64_t i = 0; i < number; ++i) {
      tsr_runtime_parallel(threads, launches[i].task, launches[i].context,
                           launches[i].ends[bands - 1]);
    }
    return;
  }
  if (edge > 0) {
    threads->parallel_for(threads->context, split.parts, run_early_part,
                          &split);
  }
  threads->parallel_for(threads->context, split.parts, run_banded_part, &split);
}
