/*===- dropout.c - which elements dropout keeps while training -------------===
 *
 * ONNX leaves the generator open. This is the Mersenne Twister MT19937 of
 * Matsumoto and Nishimura (1998), seeded and read as by numpy's RandomState, so
 * that equal seeds keep the same elements as the operator's reference.
 *
 *===----------------------------------------------------------------------===*/
#include "operators.h"

enum { WORDS = 624, MIDDLE = 397 };

typedef struct twister {
  uint32_t *words; /* WORDS of them */
  uint32_t next;
} twister;

static void seed(twister *t, uint32_t value) {
  for (uint32_t i = 0; i < WORDS; ++i) {
    t->words[i] = value;
    value = UINT32_C(1812433253) * (value ^ (value >> 30)) + i + 1;
  }
  t->next = WORDS;
}

static void renew(twister *t) {
  for (uint32_t i = 0; i < WORDS; ++i) {
    uint32_t bits = (t->words[i] & UINT32_C(0x80000000)) |
                    (t->words[(i + 1) % WORDS] & UINT32_C(0x7fffffff));
    t->words[i] = t->words[(i + MIDDLE) % WORDS] ^ (bits >> 1) ^
                  ((bits & 1) ? UINT32_C(0x9908b0df) : 0);
  }
  t->next = 0;
}

static uint32_t draw(twister *t) {
  if (t->next == WORDS) {
    renew(t);
  }
  uint32_t y = t->words[t->next++];
  y ^= y >> 11;
  y ^= (y << 7) & UINT32_C(0x9d2c5680);
  y ^= (y << 15) & UINT32_C(0xefc60000);
  return y ^ (y >> 18);
}

/** Uniform in [0, 1), of 53 bits. */
static double uniform(twister *t) {
  uint32_t high = draw(t) >> 5, low = draw(t) >> 6;
  return ((double)high * 67108864.0 + (double)low) / 9007199254740992.0;
}

/** (ratio or absent, training or absent): true for the elements that stay. */
TSR_OPERATOR(dropout_mask) {
  const tsr_operand *ratio = tsr_input_of(call, 0);
  const tsr_operand *training = tsr_input_of(call, 1);
  const tsr_operand *result = &call->results[0];
  unsigned char *kept = result->data;
  double limit = ratio == NULL ? 0.5 : tsr_read_number(ratio, 0);
  int drops = training != NULL && tsr_read_integer(training, 0) != 0;
  int64_t count = tsr_element_count(result);
  twister t = {(uint32_t *)(void *)call->scratch, 0};
  if (!(limit >= 0 && limit <= 1)) {
    return TSR_INVALID_ARGUMENT;
  }
  if (!drops || limit == 0) {
    memset(kept, 1, (size_t)count);
    return TSR_OK;
  }
  seed(&t, (uint32_t)tsr_parameter_integer(call, "seed", 0));
  for (int64_t i = 0; i < count; ++i) {
    kept[i] = uniform(&t) >= limit;
  }
  return TSR_OK;
}
