/*===- parameters.c - constant data of a call -----------------------------===*/
#include "operators.h"

int tsr_same_text(const char *a, const char *b) {
  while (*a != 0 && *a == *b) {
    ++a;
    ++b;
  }
  return *a == *b;
}

static const tsr_parameter *find(const tsr_operator_call *call,
                                 const char *name, uint32_t kind) {
  const uint64_t *count = (const uint64_t *)(const void *)call->parameters;
  const tsr_parameter *records =
      (const tsr_parameter *)(const void *)(count + 1);
  for (uint64_t i = 0; i < *count; ++i) {
    const char *own = (const char *)call->parameters + records[i].name;
    if (records[i].kind == kind && tsr_same_text(own, name)) {
      return &records[i];
    }
  }
  return NULL;
}

static const void *values(const tsr_operator_call *call, const char *name,
                          uint32_t kind, uint32_t *count) {
  const tsr_parameter *found = find(call, name, kind);
  *count = found == NULL ? 0 : found->count;
  return found == NULL ? NULL : call->parameters + found->offset;
}

const int64_t *tsr_parameter_integers(const tsr_operator_call *call,
                                      const char *name, uint32_t *count) {
  return values(call, name, TSR_PARAMETER_INTEGERS, count);
}

const double *tsr_parameter_numbers(const tsr_operator_call *call,
                                    const char *name, uint32_t *count) {
  return values(call, name, TSR_PARAMETER_NUMBERS, count);
}

int64_t tsr_parameter_integer(const tsr_operator_call *call, const char *name,
                              int64_t otherwise) {
  uint32_t count = 0;
  const int64_t *found = tsr_parameter_integers(call, name, &count);
  return count == 0 ? otherwise : found[0];
}

double tsr_parameter_number(const tsr_operator_call *call, const char *name,
                            double otherwise) {
  uint32_t count = 0;
  const double *found = tsr_parameter_numbers(call, name, &count);
  return count == 0 ? otherwise : found[0];
}

uint32_t tsr_parameter_text_count(const tsr_operator_call *call,
                                  const char *name) {
  uint32_t count = 0;
  values(call, name, TSR_PARAMETER_TEXTS, &count);
  return count;
}

const char *tsr_parameter_text_at(const tsr_operator_call *call,
                                  const char *name, uint32_t index,
                                  uint32_t *bytes) {
  uint32_t count = 0;
  const uint32_t *table = values(call, name, TSR_PARAMETER_TEXTS, &count);
  if (index >= count) {
    return NULL;
  }
  *bytes = table[2 * index + 1];
  return (const char *)call->parameters + table[2 * index];
}

const char *tsr_parameter_text(const tsr_operator_call *call, const char *name,
                               const char *otherwise) {
  uint32_t bytes = 0;
  const char *found = tsr_parameter_text_at(call, name, 0, &bytes);
  return found == NULL ? otherwise : found;
}

const tsr_operand *tsr_input_of(const tsr_operator_call *call, uint32_t index) {
  /* An absent input has no type. */
  return index < call->input_count && call->inputs[index].element_type != 0
             ? &call->inputs[index]
             : NULL;
}
