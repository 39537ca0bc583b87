/*===- regex.c - full matches of regular expressions ----------------------===
 *
 * RE2's syntax without captures: literals, `.`, classes, groups, alternatives,
 * repetition, `^ $ \b \B`, `\d \w \s`. The compiler has written the expression
 * as a program (see compiler/import/Regex.h); here all its states advance
 * together, so that time is linear in the text.
 *
 *===----------------------------------------------------------------------===*/
#include "texts.h"

/* Instructions are three words: what, and two operands. */
enum {
  RE_BYTES = 0, /* a: index of a set of 256 bits */
  RE_SPLIT = 1, /* continue at a and at b */
  RE_BEGIN = 2,
  RE_END = 3,
  RE_WORD = 4, /* at a word's boundary (a = 1) or not (a = 0) */
  RE_MATCH = 5
};

typedef struct program {
  const int64_t *code, *sets;
  uint32_t count;
} program;

static int is_word(tsr_string text, size_t at) {
  if (at >= text.bytes) {
    return 0;
  }
  char c = text.data[at];
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
         (c >= 'A' && c <= 'Z') || c == '_';
}

/** Whether an instruction that reads nothing holds at a position. */
static int holds(const int64_t *op, tsr_string text, size_t at) {
  switch (op[0]) {
  case RE_BEGIN:
    return at == 0;
  case RE_END:
    return at == text.bytes;
  default:
    return ((at > 0 && is_word(text, at - 1)) != is_word(text, at)) == op[1];
  }
}

/** Adds a state and all that it reaches without reading; `stack` has room for
 * two entries of every instruction. */
static void add_state(const program *p, unsigned char *states, int64_t *stack,
                      int64_t start, tsr_string text, size_t at) {
  int64_t depth = 0;
  stack[depth++] = start;
  while (depth > 0) {
    int64_t state = stack[--depth];
    if (states[state]) {
      continue;
    }
    states[state] = 1;
    const int64_t *op = p->code + 3 * state;
    if (op[0] == RE_SPLIT) {
      stack[depth++] = op[2];
      stack[depth++] = op[1];
    } else if (op[0] != RE_BYTES && op[0] != RE_MATCH && holds(op, text, at)) {
      stack[depth++] = state + 1;
    }
  }
}

static int matches(const program *p, tsr_string text, unsigned char *now,
                   unsigned char *next, int64_t *stack) {
  memset(now, 0, p->count);
  add_state(p, now, stack, 0, text, 0);
  for (size_t at = 0; at < text.bytes; ++at) {
    memset(next, 0, p->count);
    unsigned char c = (unsigned char)text.data[at];
    for (uint32_t state = 0; state < p->count; ++state) {
      const int64_t *op = p->code + 3 * state;
      if (now[state] && op[0] == RE_BYTES &&
          ((uint64_t)p->sets[4 * op[1] + c / 64] >> (c % 64) & 1)) {
        add_state(p, next, stack, (int64_t)state + 1, text, at + 1);
      }
    }
    unsigned char *swapped = now;
    now = next;
    next = swapped;
  }
  return now[p->count - 1]; /* The last instruction is the match. */
}

/** Whether each text as a whole matches. `scratch` holds 18 bytes for every
 * instruction. */
TSR_OPERATOR(regex_full_match) {
  const tsr_operand *x = &call->inputs[0];
  uint32_t words = 0, sets = 0;
  program p;
  p.code = tsr_parameter_integers(call, "code", &words);
  p.sets = tsr_parameter_integers(call, "sets", &sets);
  p.count = words / 3;
  int64_t *stack = (int64_t *)(void *)call->scratch;
  unsigned char *states = (unsigned char *)(stack + 2 * p.count);
  int64_t count = tsr_element_count(x);
  for (int64_t i = 0; i < count; ++i) {
    ((unsigned char *)call->results[0].data)[i] = (unsigned char)matches(
        &p, tsr_text_of(x, i), states, states + p.count, stack);
  }
  return TSR_OK;
}
