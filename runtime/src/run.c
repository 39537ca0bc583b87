/*===- run.c - workspace size and run -------------------------------------===
 *
 * No allocation, lock, file access or system call: only checks, then the
 * generated plan under the default floating-point environment.
 *
 *===----------------------------------------------------------------------===*/
#include "environment.h"
#include "internal.h"

static uint64_t extent_words(const tsr_descriptor *descriptor) {
  uint64_t words = 0;
  for (uint32_t i = 0; i < descriptor->input_count; ++i) {
    words += descriptor->inputs[i].rank;
  }
  for (uint32_t i = 0; i < descriptor->output_count; ++i) {
    words += descriptor->outputs[i].rank;
  }
  return words;
}

uint64_t tsr_runtime_scratch_words(const tsr_descriptor *descriptor) {
  return (uint64_t)descriptor->dimension_count + extent_words(descriptor) +
         descriptor->input_count + descriptor->output_count;
}

static uint32_t given_dimensions(const tsr_descriptor *descriptor) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < descriptor->dimension_count; ++i) {
    count += descriptor->dimensions[i].kind == TSR_DIMENSION_INPUT;
  }
  return count;
}

tsr_status tsr_runtime_resolve(const tsr_descriptor *descriptor,
                               const int64_t *values, int64_t *dims) {
  uint32_t given = 0;
  for (uint32_t i = 0; i < descriptor->dimension_count; ++i) {
    dims[i] = 0;
    if (descriptor->dimensions[i].kind == TSR_DIMENSION_INPUT) {
      if (values == NULL) {
        return TSR_INVALID_ARGUMENT;
      }
      dims[i] = values[given++];
    }
  }
  return descriptor->resolve(dims);
}

/** The values that follow the header, or NULL; checks the struct's size. */
static tsr_status values_of(const tsr_descriptor *descriptor,
                            const tsr_dims_header *dims,
                            const int64_t **values) {
  *values = NULL;
  uint32_t count = given_dimensions(descriptor);
  if (dims == NULL) {
    return count == 0 ? TSR_OK : TSR_INVALID_ARGUMENT;
  }
  size_t expected = count == 0 ? sizeof(tsr_dims_header)
                               : sizeof(int64_t) * ((size_t)count + 1);
  if (dims->struct_size != expected) {
    return TSR_ABI_MISMATCH;
  }
  *values = (const int64_t *)((const unsigned char *)dims + sizeof(int64_t));
  return TSR_OK;
}

tsr_status tsr_runtime_workspace_bytes(const tsr_descriptor *descriptor,
                                       const int64_t *dims, size_t *bytes,
                                       int64_t *scratch) {
  if (bytes == NULL) {
    return TSR_INVALID_ARGUMENT;
  }
  *bytes = 0;
  tsr_status status = tsr_runtime_resolve(descriptor, dims, scratch);
  if (status != TSR_OK) {
    return status;
  }
  /* The most of any variant: the answer is the same on every machine. */
  for (uint32_t i = 0; i < descriptor->variant_count; ++i) {
    int64_t needed = descriptor->variants[i].workspace(scratch);
    if (needed < 0) {
      *bytes = 0;
      return TSR_DIMENSION_OUT_OF_BOUNDS;
    }
    if ((size_t)needed > *bytes) {
      *bytes = (size_t)needed;
    }
  }
  return TSR_OK;
}

tsr_status tsr_runtime_workspace_size(const tsr_descriptor *descriptor,
                                      const tsr_dims_header *dims,
                                      size_t *bytes, int64_t *scratch) {
  const int64_t *values = NULL;
  tsr_status status = values_of(descriptor, dims, &values);
  if (status != TSR_OK) {
    return status;
  }
  return tsr_runtime_workspace_bytes(descriptor, values, bytes, scratch);
}

static tsr_status check_threads(const tsr_threads *threads) {
  if (threads == NULL) {
    return TSR_OK;
  }
  if (threads->struct_size != sizeof(tsr_threads) &&
      threads->struct_size != sizeof(tsr_profiled_threads)) {
    return TSR_ABI_MISMATCH;
  }
  return threads->parallel_for == NULL ? TSR_INVALID_ARGUMENT : TSR_OK;
}

/** The profiler that came with the threads, or NULL. */
static const tsr_profiler *profiler_of(const tsr_threads *threads) {
  return threads != NULL && threads->struct_size == sizeof(tsr_profiled_threads)
             ? ((const tsr_profiled_threads *)threads)->profiler
             : NULL;
}

static tsr_status check_model(const tsr_descriptor *descriptor,
                              const tsr_model *model) {
  if (model == NULL) {
    return TSR_INVALID_ARGUMENT;
  }
  if (model->struct_size != sizeof(tsr_model) ||
      model->abi_version != descriptor->abi_version) {
    return TSR_ABI_MISMATCH;
  }
  return model->descriptor == descriptor ? TSR_OK : TSR_NOT_OPEN;
}

/** Tells the caller the extents that only the run knew; -1 stands for those of
 * outputs that a run which ended early did not come to. */
static void report_computed(const tsr_descriptor *descriptor,
                            const tsr_output *outputs, const int64_t *dims,
                            int64_t *extents) {
  int any = 0;
  for (uint32_t i = 0; i < descriptor->output_count; ++i) {
    any |= descriptor->outputs[i].flags & TSR_TENSOR_COMPUTED;
  }
  if (!any) {
    return;
  }
  descriptor->shapes(dims, extents);
  for (uint32_t i = 0; i < descriptor->input_count; ++i) {
    extents += descriptor->inputs[i].rank;
  }
  for (uint32_t i = 0; i < descriptor->output_count; ++i) {
    for (uint32_t axis = 0; axis < descriptor->outputs[i].rank; ++axis) {
      if (outputs[i].extents != NULL) {
        outputs[i].extents[axis] = extents[axis] < 0 ? -1 : extents[axis];
      }
    }
    extents += descriptor->outputs[i].rank;
  }
}

tsr_status tsr_runtime_call(const tsr_descriptor *descriptor,
                            const tsr_model *model, const int64_t *dims,
                            const tsr_input *inputs, const tsr_output *outputs,
                            void *workspace, size_t bytes,
                            const tsr_threads *threads, int64_t *scratch) {
  tsr_status status = check_model(descriptor, model);
  if (status == TSR_OK) {
    status = check_threads(threads);
  }
  if (status == TSR_OK &&
      ((inputs == NULL && descriptor->input_count != 0) ||
       (outputs == NULL && descriptor->output_count != 0))) {
    status = TSR_INVALID_ARGUMENT;
  }
  if (status == TSR_OK) {
    status = tsr_runtime_resolve(descriptor, dims, scratch);
  }
  if (status != TSR_OK) {
    return status;
  }
  const tsr_variant *variant = model->variant;
  int64_t *extents = scratch + descriptor->dimension_count;
  descriptor->shapes(scratch, extents);
  const tsr_call call = {inputs, outputs, workspace, bytes};
  int64_t planned = variant->workspace(scratch);
  status = tsr_runtime_validate(descriptor, &call, extents, planned);
  if (status != TSR_OK) {
    return status;
  }
  void **pointers = (void **)(extents + extent_words(descriptor));
  for (uint32_t i = 0; i < descriptor->input_count; ++i) {
    pointers[i] = (void *)(uintptr_t)inputs[i].data;
  }
  for (uint32_t i = 0; i < descriptor->output_count; ++i) {
    pointers[descriptor->input_count + i] = outputs[i].data;
  }
  tsr_frame frame = {(const void *const *)pointers,
                     pointers + descriptor->input_count,
                     workspace,
                     model->weights,
                     scratch,
                     threads,
                     TSR_OK,
                     outputs,
                     NULL,
                     NULL,
                     profiler_of(threads)};
  if (workspace != NULL) {
    frame.text = (unsigned char *)workspace + planned;
    frame.text_end = (unsigned char *)workspace + bytes;
  }
  unsigned int saved = tsr_enter_environment();
  status = variant->run(&frame);
  tsr_leave_environment(saved);
  if (status == TSR_OK || status == TSR_OUTPUT_TOO_SMALL) {
    report_computed(descriptor, outputs, scratch, extents);
  }
  return status;
}

tsr_status tsr_runtime_run(const tsr_descriptor *descriptor,
                           const tsr_model *model,
                           const tsr_inputs_header *inputs,
                           const tsr_outputs_header *outputs, void *workspace,
                           size_t bytes, const tsr_threads *threads,
                           int64_t *scratch) {
  if (inputs == NULL || outputs == NULL) {
    return TSR_INVALID_ARGUMENT;
  }
  size_t input_bytes = sizeof(tsr_inputs_header) +
                       sizeof(tsr_input) * (size_t)descriptor->input_count;
  size_t output_bytes =
      8 + sizeof(tsr_output) * (size_t)descriptor->output_count;
  if (inputs->struct_size != input_bytes ||
      outputs->struct_size != output_bytes) {
    return TSR_ABI_MISMATCH;
  }
  const int64_t *values = NULL;
  tsr_status status = values_of(descriptor, inputs->dims, &values);
  if (status != TSR_OK) {
    return status;
  }
  const tsr_input *first_input = (const tsr_input *)(inputs + 1);
  const tsr_output *first_output =
      (const tsr_output *)((const unsigned char *)outputs + 8);
  return tsr_runtime_call(descriptor, model, values, first_input, first_output,
                          workspace, bytes, threads, scratch);
}
