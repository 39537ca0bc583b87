/*===- texts.h - elements that are strings --------------------------------===*/
#ifndef TESSERA_RUNTIME_OPERATORS_TEXTS_H
#define TESSERA_RUNTIME_OPERATORS_TEXTS_H

#include "operators.h"

static inline tsr_string tsr_text_of(const tsr_operand *operand,
                                     int64_t index) {
  return ((const tsr_string *)operand->data)[index];
}

static inline int tsr_texts_equal(tsr_string a, tsr_string b) {
  return a.bytes == b.bytes &&
         (a.bytes == 0 || memcmp(a.data, b.data, a.bytes) == 0);
}

/** A text of the parameters. */
static inline tsr_string tsr_parameter_string(const tsr_operator_call *call,
                                              const char *name,
                                              uint32_t index) {
  uint32_t bytes = 0;
  tsr_string text;
  text.data = tsr_parameter_text_at(call, name, index, &bytes);
  text.bytes = bytes;
  return text;
}

/** Memory for the characters of a new string; NULL: the workspace is too
 * small. */
static inline char *tsr_new_text(const tsr_operator_call *call, size_t bytes) {
  /* The cursor is the one field of the frame that operators move. */
  tsr_frame *frame = (tsr_frame *)(uintptr_t)call->frame;
  if (bytes > (size_t)(frame->text_end - frame->text)) {
    return NULL;
  }
  char *result = (char *)frame->text;
  frame->text += bytes;
  return result;
}

/** The element of an operand that broadcasts, as numpy, to element `index` of
 * the result. */
static inline int64_t tsr_broadcast_index(const tsr_operand *operand,
                                          const tsr_operand *result,
                                          int64_t index) {
  int64_t stride = 1, at = 0;
  uint32_t skipped = result->rank - operand->rank;
  for (uint32_t axis = result->rank; axis-- > 0;) {
    int64_t coordinate = index % result->extents[axis];
    index /= result->extents[axis];
    if (axis >= skipped) {
      int64_t extent = operand->extents[axis - skipped];
      at += extent == 1 ? 0 : coordinate * stride;
      stride *= extent;
    }
  }
  return at;
}

#endif /* TESSERA_RUNTIME_OPERATORS_TEXTS_H */
