/*===- operators.h - what functions of the operator library share ---------===
 *
 * A function `tsr_operator_NAME` reads its inputs and parameters and fills its
 * results; see tsr_operator_call. It allocates nothing: memory to work in is
 * `scratch`. Bad values are statuses. Results are dense and row-major.
 *
 *===----------------------------------------------------------------------===*/
#ifndef TESSERA_RUNTIME_OPERATORS_H
#define TESSERA_RUNTIME_OPERATORS_H

#include "tessera/abi.h"

#include <math.h>
#include <string.h>

/** Defines a function of the library. */
#define TSR_OPERATOR(name)                                                     \
  int32_t tsr_operator_##name(const tsr_operator_call *call);                  \
  int32_t tsr_operator_##name(const tsr_operator_call *call)

/** Parameters by name; `otherwise` when absent or of another kind. */
int64_t tsr_parameter_integer(const tsr_operator_call *call, const char *name,
                              int64_t otherwise);
double tsr_parameter_number(const tsr_operator_call *call, const char *name,
                            double otherwise);
const char *tsr_parameter_text(const tsr_operator_call *call, const char *name,
                               const char *otherwise);
/** NULL and 0 when absent. */
const int64_t *tsr_parameter_integers(const tsr_operator_call *call,
                                      const char *name, uint32_t *count);
const double *tsr_parameter_numbers(const tsr_operator_call *call,
                                    const char *name, uint32_t *count);
uint32_t tsr_parameter_text_count(const tsr_operator_call *call,
                                  const char *name);
const char *tsr_parameter_text_at(const tsr_operator_call *call,
                                  const char *name, uint32_t index,
                                  uint32_t *bytes);
/** Whether two texts are equal. */
int tsr_same_text(const char *a, const char *b);

/** The input at this position, or NULL when it is absent. */
const tsr_operand *tsr_input_of(const tsr_operator_call *call, uint32_t index);

int64_t tsr_element_count(const tsr_operand *operand);
/** Product of the extents in [begin, end). */
int64_t tsr_extent_product(const tsr_operand *operand, uint32_t begin,
                           uint32_t end);
/** Bytes of one element; 0 for a type that the library does not know. */
uint32_t tsr_element_bytes(uint32_t element_type);
int tsr_is_float(uint32_t element_type);
int tsr_is_unsigned(uint32_t element_type);

/** A number without its fraction; INT64_MIN for NaN and what has no such
 * integer. */
int64_t tsr_integer_of(double value);

/** One element as an integer (floats are truncated) or as a number. */
int64_t tsr_read_integer(const tsr_operand *operand, int64_t index);
double tsr_read_number(const tsr_operand *operand, int64_t index);
/** Stores a number, rounded to the element type. */
void tsr_write_number(const tsr_operand *operand, int64_t index, double value);

/** Stores an integer, cut to the element type's bytes. */
void tsr_write_integer(const tsr_operand *operand, int64_t index,
                       int64_t value);

/** What becomes of a number where another is put. */
typedef enum {
  TSR_REPLACE,
  TSR_ADD,
  TSR_MULTIPLY,
  TSR_GREATEST,
  TSR_LEAST
} tsr_combination;

/** ONNX's parameter `reduction`. */
tsr_combination tsr_combination_of(const tsr_operator_call *call);
/** Puts `count` elements, from element `first` on, to elements `at` and
 * following of another tensor of this type. Only TSR_REPLACE takes others than
 * integers and floats. */
void tsr_combine(tsr_combination how, const tsr_operand *into, int64_t at,
                 const tsr_operand *from, int64_t first, int64_t count);

/** The axis counted from the front, or -1 when it is out of range. */
int64_t tsr_normal_axis(int64_t axis, int64_t rank);

/** The normal form of a slice's bounds, inputs 1 to 4 of a call (axes and steps
 * may be absent): for each axis of `data` (start, size, step). */
int32_t tsr_slice_axes(const tsr_operator_call *call, const tsr_operand *data,
                       int64_t *out);

/** Whether the result's memory holds its elements, as its extents say. */
int tsr_result_fits(const tsr_operand *result);

#endif /* TESSERA_RUNTIME_OPERATORS_H */
