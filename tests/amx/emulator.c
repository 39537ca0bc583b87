/*===- emulator.c - AMX for processors without it --------------------------===
 *
 * Catches SIGILL and does what the tile instructions that Tessera generates
 * would have done: ldtilecfg, tilerelease, tilezero, tileloadd, tilestored and
 * tdpbf16ps. Preloaded or linked into a test. Semantics and encodings: Intel
 * 64 and IA-32 Architectures Software Developer's Manual, volume 2.
 *
 *===----------------------------------------------------------------------===*/
#define _GNU_SOURCE
#include "emulator.h"

#include <dlfcn.h>
#include <immintrin.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

enum { TILES = 8, MOST_ROWS = 16, ROW_BYTES = 64 };

struct tile {
  uint8_t bytes[MOST_ROWS][ROW_BYTES];
};

/** What a thread's tile registers hold; not configured: no tile has rows. */
struct state {
  int configured;
  uint16_t row_bytes[TILES];
  uint8_t rows[TILES];
  struct tile tiles[TILES];
};

static __thread struct state state;
static struct amx_counts counts;

struct amx_counts amx_emulator_counts(void) { return counts; }

static void count(uint64_t *counter) {
  __atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

/** One instruction, its VEX prefix taken apart. */
struct instruction {
  uint8_t opcode, mod, reg, rm, vvvv, prefix;
  /* Of a memory operand: base + displacement, and the scaled index. */
  uint64_t address, step;
  int length;
};

static uint64_t general_register(const ucontext_t *context, unsigned number) {
  static const int order[16] = {
      REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
      REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};
  return (uint64_t)context->uc_mcontext.gregs[order[number]];
}

/** Reads the memory operand behind the ModRM byte; `next` is where it goes on.
 */
static const uint8_t *read_address(const ucontext_t *context,
                                   const uint8_t *next, unsigned extend_index,
                                   unsigned extend_base,
                                   struct instruction *result) {
  unsigned base = result->rm;
  int has_base = 1, is_relative = 0;
  if (result->rm == 4) {
    unsigned sib = *next++, index = (sib >> 3 & 7) | extend_index << 3;
    base = sib & 7;
    if (index != 4) {
      result->step = general_register(context, index) << (sib >> 6);
    }
    has_base = !(base == 5 && result->mod == 0);
  } else if (result->rm == 5 && result->mod == 0) {
    has_base = 0;
    is_relative = 1;
  }
  int32_t displacement = 0;
  if (result->mod == 1) {
    displacement = (int8_t)*next++;
  } else if (result->mod == 2 || !has_base) {
    memcpy(&displacement, next, 4);
    next += 4;
  }
  result->address = (uint64_t)(int64_t)displacement;
  if (has_base) {
    result->address += general_register(context, base | extend_base << 3);
  } else if (is_relative) {
    result->address += (uint64_t)next;
  }
  return next;
}

/** Whether the bytes at `code` are a VEX instruction of map 0F38, W0, 128 bits;
 * then takes it apart. */
static int decode(const ucontext_t *context, const uint8_t *code,
                  struct instruction *result) {
  memset(result, 0, sizeof *result);
  if (code[0] != 0xc4 || (code[1] & 0x1f) != 2 || (code[2] & 0x84) != 0) {
    return 0;
  }
  unsigned extend_index = !(code[1] & 0x40), extend_base = !(code[1] & 0x20);
  result->vvvv = (uint8_t)(~code[2] >> 3 & 15);
  result->prefix = code[2] & 3;
  result->opcode = code[3];
  result->mod = code[4] >> 6;
  result->reg = code[4] >> 3 & 7;
  result->rm = code[4] & 7;
  const uint8_t *next = code + 5;
  if (result->mod != 3) {
    next = read_address(context, next, extend_index, extend_base, result);
  }
  result->length = (int)(next - code);
  return 1;
}

static void configure(const uint8_t *memory) {
  memset(&state, 0, sizeof state);
  state.configured = memory[0] == 1;
  for (int i = 0; i < TILES; ++i) {
    memcpy(&state.row_bytes[i], memory + 16 + 2 * i, 2);
    state.rows[i] = memory[48 + i];
  }
}

static void load(unsigned number, uint64_t address, uint64_t step) {
  struct tile *tile = &state.tiles[number];
  memset(tile, 0, sizeof *tile);
  for (unsigned row = 0; row < state.rows[number]; ++row) {
    memcpy(tile->bytes[row], (const void *)(address + row * step),
           state.row_bytes[number]);
  }
}

static void store(unsigned number, uint64_t address, uint64_t step) {
  for (unsigned row = 0; row < state.rows[number]; ++row) {
    memcpy((void *)(address + row * step), state.tiles[number].bytes[row],
           state.row_bytes[number]);
  }
}

/** Even and odd elements are summed apart, each product added with one
 * rounding; then both sums are added, and that to the destination. */
__attribute__((target("avx512f"), noinline)) static void
multiply(unsigned target, unsigned left, unsigned right) {
  const __m512i high = _mm512_set1_epi32((int)0xffff0000);
  struct tile result;
  memset(&result, 0, sizeof result);
  for (unsigned row = 0; row < state.rows[target]; ++row) {
    __m512 even = _mm512_setzero_ps(), odd = _mm512_setzero_ps();
    for (unsigned k = 0; k < state.row_bytes[left] / 4u; ++k) {
      uint32_t pair;
      memcpy(&pair, &state.tiles[left].bytes[row][4 * k], 4);
      __m512i factors = _mm512_loadu_si512(state.tiles[right].bytes[k]);
      even = _mm512_fmadd_ps(
          _mm512_castsi512_ps(_mm512_set1_epi32((int)(pair << 16))),
          _mm512_castsi512_ps(_mm512_slli_epi32(factors, 16)), even);
      odd = _mm512_fmadd_ps(
          _mm512_castsi512_ps(_mm512_set1_epi32((int)(pair & 0xffff0000u))),
          _mm512_castsi512_ps(_mm512_and_si512(factors, high)), odd);
    }
    __m512 before = _mm512_loadu_ps(state.tiles[target].bytes[row]);
    __m512 sum = _mm512_add_ps(before, _mm512_add_ps(even, odd));
    uint8_t bytes[ROW_BYTES];
    _mm512_storeu_ps(bytes, sum);
    memcpy(result.bytes[row], bytes, state.row_bytes[target]);
  }
  state.tiles[target] = result;
}

/** Denormals count as zero and become zero; rounds to nearest, whatever the
 * program's mode. */
static void multiply_in_mode(unsigned target, unsigned left, unsigned right) {
  const unsigned to_zero = 0x8040, masked = 0x1f80;
  unsigned before = _mm_getcsr();
  _mm_setcsr(to_zero | masked);
  __asm__ volatile("" ::: "memory");
  multiply(target, left, right);
  __asm__ volatile("" ::: "memory");
  _mm_setcsr(before);
}

enum { NONE, OPERAND_SIZE, REPEAT, REPEAT_NOT };

static int is_tile_ready(unsigned number) {
  return state.configured && number < TILES && state.rows[number] > 0 &&
         state.rows[number] <= MOST_ROWS &&
         state.row_bytes[number] <= ROW_BYTES;
}

/** Opcode 49: configuration, release and zeroing. */
static int execute_control(const struct instruction *given) {
  if (given->prefix == NONE && given->mod != 3 && given->reg == 0) {
    count(&counts.configurations);
    configure((const uint8_t *)given->address);
    return 1;
  }
  if (given->prefix == NONE && given->mod == 3 && given->rm == 0) {
    count(&counts.releases);
    memset(&state, 0, sizeof state);
    return 1;
  }
  if (given->prefix == REPEAT_NOT && given->mod == 3 &&
      is_tile_ready(given->reg)) {
    memset(&state.tiles[given->reg], 0, sizeof(struct tile));
    return 1;
  }
  return 0;
}

static int execute(const struct instruction *given) {
  switch (given->opcode) {
  case 0x49:
    return execute_control(given);
  case 0x4b:
    if (given->mod == 3 || given->rm != 4 || !is_tile_ready(given->reg)) {
      return 0;
    }
    if (given->prefix == REPEAT_NOT || given->prefix == OPERAND_SIZE) {
      count(&counts.loads);
      load(given->reg, given->address, given->step);
      return 1;
    }
    if (given->prefix == REPEAT) {
      count(&counts.stores);
      store(given->reg, given->address, given->step);
      return 1;
    }
    return 0;
  case 0x5c:
    if (given->prefix != REPEAT || given->mod != 3 ||
        !is_tile_ready(given->reg) || !is_tile_ready(given->rm) ||
        !is_tile_ready(given->vvvv)) {
      return 0;
    }
    count(&counts.products);
    multiply_in_mode(given->reg, given->rm, given->vvvv);
    return 1;
  default:
    return 0;
  }
}

static struct sigaction previous;

static void handle(int signal, siginfo_t *info, void *opaque) {
  (void)signal;
  (void)info;
  ucontext_t *context = opaque;
  greg_t *position = &context->uc_mcontext.gregs[REG_RIP];
  struct instruction given;
  if (decode(context, (const uint8_t *)*position, &given) && execute(&given)) {
    *position += given.length;
    return;
  }
  /* Not ours: the instruction is executed again and meets who was before. */
  sigaction(SIGILL, &previous, NULL);
}

__attribute__((constructor)) static void install(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = handle;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGILL, &action, &previous);
}

/** Pools of threads block all signals; the one that stands for an instruction
 * has to arrive. */
__attribute__((visibility("default"))) int
pthread_sigmask(int how, const sigset_t *given, sigset_t *before) {
  int (*original)(int, const sigset_t *, sigset_t *) =
      (int (*)(int, const sigset_t *, sigset_t *))dlsym(RTLD_NEXT,
                                                        "pthread_sigmask");
  sigset_t without;
  if (given != NULL) {
    without = *given;
    sigdelset(&without, SIGILL);
  }
  return original(how, given != NULL ? &without : NULL, before);
}

/** Tells the file that the environment names how many products there were. */
__attribute__((destructor)) static void report(void) {
  const char *path = getenv("AMX_EMULATOR_REPORT");
  FILE *file = path ? fopen(path, "w") : NULL;
  if (file) {
    fprintf(file, "%llu\n", (unsigned long long)counts.products);
    fclose(file);
  }
}
