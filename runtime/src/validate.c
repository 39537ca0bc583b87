/*===- validate.c - checks the memory a caller hands to a run -------------===
 *
 * Generated code trusts its pointers; everything it relies on is checked here.
 *
 *===----------------------------------------------------------------------===*/
#include "internal.h"

/** Elements in a byte of the types that are packed, 1 for all others. */
static size_t elements_per_byte(const tsr_tensor *tensor) {
  switch (tensor->element_type) {
  case TSR_UINT4:
  case TSR_INT4:
  case TSR_FLOAT4E2M1:
    return 2;
  case TSR_UINT2:
  case TSR_INT2:
    return 4;
  default:
    return 1;
  }
}

/** Bytes of a tensor with these extents; 0 when they do not fit a size. */
static int bytes_of(const tsr_tensor *tensor, const int64_t *extents,
                    size_t *bytes) {
  size_t product = tensor->element_bytes;
  for (uint32_t axis = 0; axis < tensor->rank; ++axis) {
    if (extents[axis] < 0) {
      return 0;
    }
    if (extents[axis] == 0) {
      *bytes = 0;
      return 1;
    }
  }
  for (uint32_t axis = 0; axis < tensor->rank; ++axis) {
    if (__builtin_mul_overflow(product, (size_t)extents[axis], &product)) {
      return 0;
    }
  }
  size_t packed = elements_per_byte(tensor);
  *bytes = product / packed + (product % packed != 0);
  return 1;
}

static int is_aligned(const void *pointer, size_t alignment) {
  return (uintptr_t)pointer % alignment == 0;
}

/** Sizes may be any number: no end of memory is computed, it could wrap. */
static int overlap(const void *first, size_t first_bytes, const void *second,
                   size_t second_bytes) {
  uintptr_t first_begin = (uintptr_t)first, second_begin = (uintptr_t)second;
  return first_bytes != 0 && second_bytes != 0 &&
         (first_begin <= second_begin
              ? second_begin - first_begin < first_bytes
              : first_begin - second_begin < second_bytes);
}

/** Elements of complex types are aligned to their parts. */
static size_t alignment_of(const tsr_tensor *tensor) {
  size_t bytes = tensor->element_bytes;
  return bytes > 8 ? 8 : (bytes == 0 ? 1 : bytes);
}

static tsr_status check_inputs(const tsr_descriptor *descriptor,
                               const tsr_input *inputs,
                               const int64_t *extents) {
  for (uint32_t i = 0; i < descriptor->input_count; ++i) {
    const tsr_tensor *tensor = &descriptor->inputs[i];
    size_t needed = 0;
    if (!bytes_of(tensor, extents, &needed) || inputs[i].bytes != needed) {
      return TSR_SIZE_MISMATCH;
    }
    if (needed != 0 && inputs[i].data == NULL) {
      return TSR_INVALID_ARGUMENT;
    }
    if (!is_aligned(inputs[i].data, alignment_of(tensor))) {
      return TSR_MISALIGNED;
    }
    extents += tensor->rank;
  }
  return TSR_OK;
}

static tsr_status check_outputs(const tsr_descriptor *descriptor,
                                const tsr_output *outputs,
                                const int64_t *extents) {
  tsr_status status = TSR_OK;
  for (uint32_t i = 0; i < descriptor->output_count; ++i) {
    const tsr_tensor *tensor = &descriptor->outputs[i];
    for (uint32_t axis = 0; outputs[i].extents != NULL && axis < tensor->rank;
         ++axis) {
      int known = tensor->axes[axis].extent != TSR_EXTENT_COMPUTED;
      outputs[i].extents[axis] = known ? extents[axis] : -1;
    }
    size_t needed = 0;
    if (status != TSR_OK) {
      /* The first failure is reported, and the extents of every output. */
    } else if (tensor->flags & TSR_TENSOR_COMPUTED) {
      /* The run knows the size, and compares it itself. */
      if (outputs[i].bytes != 0 && outputs[i].data == NULL) {
        status = TSR_INVALID_ARGUMENT;
      } else if (!is_aligned(outputs[i].data, alignment_of(tensor))) {
        status = TSR_MISALIGNED;
      }
    } else if (!bytes_of(tensor, extents, &needed) ||
               outputs[i].bytes < needed) {
      status = TSR_OUTPUT_TOO_SMALL;
    } else if (needed != 0 && outputs[i].data == NULL) {
      status = TSR_INVALID_ARGUMENT;
    } else if (!is_aligned(outputs[i].data, alignment_of(tensor))) {
      status = TSR_MISALIGNED;
    }
    extents += tensor->rank;
  }
  return status;
}

static tsr_status check_overlap(const tsr_descriptor *descriptor,
                                const tsr_call *call) {
  for (uint32_t i = 0; i < descriptor->output_count; ++i) {
    const tsr_output *output = &call->outputs[i];
    if (overlap(output->data, output->bytes, call->workspace,
                call->workspace_bytes)) {
      return TSR_OVERLAP;
    }
    for (uint32_t j = 0; j < i; ++j) {
      if (overlap(output->data, output->bytes, call->outputs[j].data,
                  call->outputs[j].bytes)) {
        return TSR_OVERLAP;
      }
    }
    for (uint32_t j = 0; j < descriptor->input_count; ++j) {
      if (overlap(output->data, output->bytes, call->inputs[j].data,
                  call->inputs[j].bytes)) {
        return TSR_OVERLAP;
      }
    }
  }
  for (uint32_t j = 0; j < descriptor->input_count; ++j) {
    if (overlap(call->workspace, call->workspace_bytes, call->inputs[j].data,
                call->inputs[j].bytes)) {
      return TSR_OVERLAP;
    }
  }
  return TSR_OK;
}

tsr_status tsr_runtime_validate(const tsr_descriptor *descriptor,
                                const tsr_call *call, const int64_t *extents,
                                int64_t workspace_needed) {
  const int64_t *output_extents = extents;
  for (uint32_t i = 0; i < descriptor->input_count; ++i) {
    output_extents += descriptor->inputs[i].rank;
  }
  tsr_status status = check_outputs(descriptor, call->outputs, output_extents);
  if (status == TSR_OK) {
    status = check_inputs(descriptor, call->inputs, extents);
  }
  if (status != TSR_OK) {
    return status;
  }
  if (workspace_needed < 0) {
    return TSR_DIMENSION_OUT_OF_BOUNDS;
  }
  if (call->workspace_bytes < (size_t)workspace_needed) {
    return TSR_WORKSPACE_TOO_SMALL;
  }
  if (workspace_needed != 0 && call->workspace == NULL) {
    return TSR_INVALID_ARGUMENT;
  }
  if (!is_aligned(call->workspace, TSR_ALIGNMENT)) {
    return TSR_MISALIGNED;
  }
  return check_overlap(descriptor, call);
}
