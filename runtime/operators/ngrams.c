/*===- ngrams.c - counts of short sequences -------------------------------===*/
#include "operators.h"

/** The n-grams of a call: those of one length follow one another in `pool`. */
typedef struct ngrams {
  const int64_t *counts, *places, *pool;
  const double *weights;
  uint32_t lengths, pool_size, place_count, weight_count;
  int64_t shortest, longest, skips;
} ngrams;

static ngrams ngrams_of(const tsr_operator_call *call) {
  ngrams g;
  g.counts = tsr_parameter_integers(call, "ngram_counts", &g.lengths);
  g.places = tsr_parameter_integers(call, "ngram_indexes", &g.place_count);
  g.pool = tsr_parameter_integers(call, "pool_int64s", &g.pool_size);
  g.weights = tsr_parameter_numbers(call, "weights", &g.weight_count);
  g.shortest = tsr_parameter_integer(call, "min_gram_length", 1);
  g.longest = tsr_parameter_integer(call, "max_gram_length", 1);
  g.skips = tsr_parameter_integer(call, "max_skip_count", 0);
  return g;
}

/** Counts the n-grams of `length` elements, `step` apart. */
static void count_grams(const ngrams *g, const tsr_operand *x, int64_t begin,
                        int64_t extent, int64_t length, int64_t step,
                        const tsr_operand *result, int64_t to) {
  if (length > (int64_t)g->lengths) {
    return;
  }
  int64_t first = g->counts[length - 1];
  int64_t end = length < (int64_t)g->lengths ? g->counts[length] : g->pool_size;
  int64_t number = 0; /* of n-grams before those of this length */
  for (int64_t n = 1; n < length; ++n) {
    number += (g->counts[n] - g->counts[n - 1]) / n;
  }
  for (int64_t start = 0; start + (length - 1) * step < extent; ++start) {
    for (int64_t at = first; at + length <= end; at += length) {
      int64_t same = 0;
      while (same < length &&
             tsr_read_integer(x, begin + start + same * step) ==
                 g->pool[at + same]) {
        ++same;
      }
      int64_t entry = number + (at - first) / length;
      if (same == length && entry < (int64_t)g->place_count) {
        ((float *)result->data)[to + g->places[entry]] += 1;
      }
    }
  }
}

/** Turns counts into what `mode` asks for. */
static void weigh(const tsr_operator_call *call, const ngrams *g, float *row) {
  const char *mode = tsr_parameter_text(call, "mode", "TF");
  if (tsr_same_text(mode, "TF")) {
    return;
  }
  for (uint32_t i = 0; i < g->place_count; ++i) {
    float weight = i < g->weight_count ? (float)g->weights[i] : 1;
    float *value = &row[g->places[i]];
    if (tsr_same_text(mode, "IDF")) {
      *value = *value > 0 ? weight : 0;
    } else {
      *value *= weight;
    }
  }
}

/** (integers of rank 1 or 2): for each row how often the pool's n-grams occur.
 */
TSR_OPERATOR(tf_idf_vectorizer) {
  const tsr_operand *x = &call->inputs[0], *result = &call->results[0];
  const ngrams g = ngrams_of(call);
  int64_t extent = x->rank == 0 ? 1 : x->extents[x->rank - 1];
  int64_t rows = x->rank < 2 ? 1 : x->extents[0];
  int64_t width = result->extents[result->rank - 1];
  int64_t skips = g.skips < extent ? g.skips : extent;
  memset(result->data, 0, (size_t)(rows * width) * sizeof(float));
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t n = g.shortest; n <= g.longest; ++n) {
      /* One element skips nothing, however far the next would be. */
      for (int64_t skip = 0; skip <= (n == 1 ? 0 : skips); ++skip) {
        count_grams(&g, x, row * extent, extent, n, skip + 1, result,
                    row * width);
      }
    }
    weigh(call, &g, (float *)result->data + row * width);
  }
  return TSR_OK;
}
