/*===- query.c - what an open model's descriptor says ---------------------===
 *
 * The generic interface's view of a model: names, types, shapes, and the call
 * itself. Everything is read from the constant descriptor.
 *
 *===----------------------------------------------------------------------===*/
#include "internal.h"
#include "tessera/runtime.h"

#include <string.h>

enum {
  /* Words of scratch kept on the stack; larger models are refused here. */
  MAX_WORDS = 16384
};

static const tsr_descriptor *descriptor_of(const tsr_model *model) {
  return model == NULL || model->struct_size != sizeof(tsr_model)
             ? NULL
             : model->descriptor;
}

/** Entry of the free dimension with this public index, or -1. */
static int64_t entry_of(const tsr_descriptor *descriptor, uint32_t index) {
  for (uint32_t i = 0; i < descriptor->dimension_count; ++i) {
    if (descriptor->dimensions[i].kind == TSR_DIMENSION_INPUT && index-- == 0) {
      return i;
    }
  }
  return -1;
}

/** Public index of an entry, or -1 when its value is derived. */
static int64_t public_index(const tsr_descriptor *descriptor, int64_t entry) {
  int64_t index = 0;
  for (int64_t i = 0; i < (int64_t)descriptor->dimension_count; ++i) {
    int given = descriptor->dimensions[i].kind == TSR_DIMENSION_INPUT;
    if (i == entry) {
      return given ? index : -1;
    }
    index += given;
  }
  return -1;
}

tsr_status tsr_model_info_of(const tsr_model *model, tsr_model_info *info) {
  const tsr_descriptor *descriptor = descriptor_of(model);
  if (info == NULL || descriptor == NULL) {
    return info == NULL ? TSR_INVALID_ARGUMENT : TSR_NOT_OPEN;
  }
  memset(info, 0, sizeof(*info));
  info->prefix = descriptor->prefix;
  info->compiler_version = descriptor->compiler_version;
  info->target = ((const tsr_variant *)model->variant)->target;
  info->model_hash = descriptor->model_hash;
  info->weights_bytes = descriptor->weights_bytes;
  info->stack_bytes = descriptor->stack_bytes;
  while (entry_of(descriptor, info->dimension_count) >= 0) {
    ++info->dimension_count;
  }
  info->input_count = descriptor->input_count;
  info->output_count = descriptor->output_count;
  info->variant_count = descriptor->variant_count;
  info->kernel_count = descriptor->kernel_count;
  return TSR_OK;
}

tsr_status tsr_model_dimension(const tsr_model *model, uint32_t index,
                               tsr_dimension_info *info) {
  const tsr_descriptor *descriptor = descriptor_of(model);
  if (descriptor == NULL) {
    return TSR_NOT_OPEN;
  }
  int64_t entry = entry_of(descriptor, index);
  if (entry < 0 || info == NULL) {
    return TSR_INVALID_ARGUMENT;
  }
  const tsr_dimension *dimension = &descriptor->dimensions[entry];
  info->name = dimension->name;
  info->lower = dimension->lower;
  info->upper = dimension->upper;
  return TSR_OK;
}

static tsr_status tensor_info(const tsr_tensor *tensors, uint32_t count,
                              uint32_t index, tsr_tensor_info *info) {
  if (index >= count || info == NULL) {
    return TSR_INVALID_ARGUMENT;
  }
  info->name = tensors[index].name;
  info->element_type = tensors[index].element_type;
  info->element_bytes = tensors[index].element_bytes;
  info->rank = tensors[index].rank;
  return TSR_OK;
}

static tsr_status axis_info(const tsr_descriptor *descriptor,
                            const tsr_tensor *tensors, uint32_t count,
                            uint32_t index, uint32_t axis,
                            tsr_axis_info *info) {
  if (index >= count || axis >= tensors[index].rank || info == NULL) {
    return TSR_INVALID_ARGUMENT;
  }
  const tsr_axis *source = &tensors[index].axes[axis];
  info->extent = source->extent < 0 ? -1 : source->extent;
  info->dimension = public_index(descriptor, source->dimension);
  info->text = source->text;
  return TSR_OK;
}

tsr_status tsr_model_input(const tsr_model *model, uint32_t index,
                           tsr_tensor_info *info) {
  const tsr_descriptor *descriptor = descriptor_of(model);
  return descriptor == NULL ? TSR_NOT_OPEN
                            : tensor_info(descriptor->inputs,
                                          descriptor->input_count, index, info);
}

tsr_status tsr_model_input_axis(const tsr_model *model, uint32_t index,
                                uint32_t axis, tsr_axis_info *info) {
  const tsr_descriptor *descriptor = descriptor_of(model);
  return descriptor == NULL
             ? TSR_NOT_OPEN
             : axis_info(descriptor, descriptor->inputs,
                         descriptor->input_count, index, axis, info);
}

tsr_status tsr_model_output(const tsr_model *model, uint32_t index,
                            tsr_tensor_info *info) {
  const tsr_descriptor *descriptor = descriptor_of(model);
  return descriptor == NULL
             ? TSR_NOT_OPEN
             : tensor_info(descriptor->outputs, descriptor->output_count, index,
                           info);
}

tsr_status tsr_model_output_axis(const tsr_model *model, uint32_t index,
                                 uint32_t axis, tsr_axis_info *info) {
  const tsr_descriptor *descriptor = descriptor_of(model);
  return descriptor == NULL
             ? TSR_NOT_OPEN
             : axis_info(descriptor, descriptor->outputs,
                         descriptor->output_count, index, axis, info);
}

tsr_status tsr_model_variant(const tsr_model *model, uint32_t index,
                             const char **target, int *supported) {
  const tsr_descriptor *descriptor = descriptor_of(model);
  if (descriptor == NULL) {
    return TSR_NOT_OPEN;
  }
  if (index >= descriptor->variant_count || target == NULL) {
    return TSR_INVALID_ARGUMENT;
  }
  *target = descriptor->variants[index].target;
  if (supported != NULL) {
    *supported = tsr_runtime_cpu_supports(descriptor->variants[index].isa);
  }
  return TSR_OK;
}

tsr_status tsr_model_kernel(const tsr_model *model, uint32_t index,
                            const char **name, const char **nodes) {
  const tsr_descriptor *descriptor = descriptor_of(model);
  if (descriptor == NULL) {
    return TSR_NOT_OPEN;
  }
  if (index >= descriptor->kernel_count || name == NULL || nodes == NULL) {
    return TSR_INVALID_ARGUMENT;
  }
  *name = descriptor->kernels[index].name;
  *nodes = descriptor->kernels[index].nodes;
  return TSR_OK;
}

/** Resolves `dims` and writes all shapes; `words` is MAX_WORDS of scratch. */
static tsr_status all_shapes(const tsr_descriptor *descriptor,
                             const int64_t *dims, int64_t *words,
                             const int64_t **extents) {
  if (descriptor == NULL) {
    return TSR_NOT_OPEN;
  }
  if (tsr_runtime_scratch_words(descriptor) > MAX_WORDS) {
    return TSR_INVALID_ARGUMENT;
  }
  tsr_status status = tsr_runtime_resolve(descriptor, dims, words);
  if (status == TSR_OK) {
    descriptor->shapes(words, words + descriptor->dimension_count);
    *extents = words + descriptor->dimension_count;
  }
  return status;
}

/** Copies the shape of tensor `index` of inputs and outputs together. */
static tsr_status copy_shape(const tsr_model *model, const int64_t *dims,
                             uint32_t index, int is_output, int64_t *result) {
  int64_t words[MAX_WORDS];
  const int64_t *extents = NULL;
  const tsr_descriptor *descriptor = descriptor_of(model);
  tsr_status status = all_shapes(descriptor, dims, words, &extents);
  if (status != TSR_OK) {
    return status;
  }
  const tsr_tensor *tensors =
      is_output ? descriptor->outputs : descriptor->inputs;
  uint32_t count =
      is_output ? descriptor->output_count : descriptor->input_count;
  if (index >= count || (result == NULL && tensors[index].rank != 0)) {
    return TSR_INVALID_ARGUMENT;
  }
  for (uint32_t i = 0; is_output && i < descriptor->input_count; ++i) {
    extents += descriptor->inputs[i].rank;
  }
  for (uint32_t i = 0; i < index; ++i) {
    extents += tensors[i].rank;
  }
  for (uint32_t axis = 0; axis < tensors[index].rank; ++axis) {
    int known = tensors[index].axes[axis].extent != TSR_EXTENT_COMPUTED;
    result[axis] = known ? extents[axis] : -1;
  }
  return TSR_OK;
}

tsr_status tsr_model_input_shape(const tsr_model *model, const int64_t *dims,
                                 uint32_t index, int64_t *extents) {
  return copy_shape(model, dims, index, 0, extents);
}

tsr_status tsr_model_output_shape(const tsr_model *model, const int64_t *dims,
                                  uint32_t index, int64_t *extents) {
  return copy_shape(model, dims, index, 1, extents);
}

/** Takes each free dimension from the first input that has it bare. */
static void read_dimensions(const tsr_descriptor *descriptor,
                            const int64_t *const *extents, int64_t *dims) {
  for (uint32_t i = descriptor->input_count; i-- > 0;) {
    const tsr_tensor *tensor = &descriptor->inputs[i];
    for (uint32_t axis = tensor->rank; axis-- > 0;) {
      int64_t index = public_index(descriptor, tensor->axes[axis].dimension);
      if (index >= 0) {
        dims[index] = extents[i][axis];
      }
    }
  }
}

tsr_status tsr_model_dimensions(const tsr_model *model,
                                const int64_t *const *extents,
                                const uint32_t *ranks, int64_t *dims,
                                uint32_t *culprit) {
  const tsr_descriptor *descriptor = descriptor_of(model);
  if (descriptor == NULL) {
    return TSR_NOT_OPEN;
  }
  for (uint32_t i = 0; i < descriptor->input_count; ++i) {
    if (ranks[i] != descriptor->inputs[i].rank) {
      if (culprit != NULL) {
        *culprit = i;
      }
      return TSR_SIZE_MISMATCH;
    }
  }
  read_dimensions(descriptor, extents, dims);
  int64_t words[MAX_WORDS];
  const int64_t *expected = NULL;
  tsr_status status = all_shapes(descriptor, dims, words, &expected);
  for (uint32_t i = 0; status == TSR_OK && i < descriptor->input_count; ++i) {
    if (ranks[i] != 0 &&
        memcmp(extents[i], expected, ranks[i] * sizeof(int64_t)) != 0) {
      if (culprit != NULL) {
        *culprit = i;
      }
      status = TSR_SIZE_MISMATCH;
    }
    expected += ranks[i];
  }
  return status;
}

tsr_status tsr_model_workspace_size(const tsr_model *model, const int64_t *dims,
                                    size_t *bytes) {
  const tsr_descriptor *descriptor = descriptor_of(model);
  return descriptor == NULL ? TSR_NOT_OPEN
                            : descriptor->workspace_size(dims, bytes);
}

tsr_status tsr_model_record(const tsr_model *model, const void **data,
                            size_t *bytes, size_t *text_bytes) {
  const tsr_descriptor *descriptor = descriptor_of(model);
  if (data == NULL || bytes == NULL || text_bytes == NULL) {
    return TSR_INVALID_ARGUMENT;
  }
  *data = descriptor == NULL ? NULL : descriptor->record;
  *bytes = descriptor == NULL ? 0 : descriptor->record_bytes;
  *text_bytes = descriptor == NULL ? 0 : descriptor->record_text_bytes;
  return descriptor == NULL ? TSR_NOT_OPEN : TSR_OK;
}

tsr_status tsr_model_run(const tsr_model *model, const int64_t *dims,
                         const tsr_input *inputs, const tsr_output *outputs,
                         void *workspace, size_t bytes,
                         const tsr_threads *threads) {
  const tsr_descriptor *descriptor = descriptor_of(model);
  return descriptor == NULL ? TSR_NOT_OPEN
                            : descriptor->call(model, dims, inputs, outputs,
                                               workspace, bytes, threads);
}

tsr_status tsr_threads_create(uint32_t count, tsr_threads *threads) {
  return tsr_runtime_threads_create(count, threads);
}

tsr_status tsr_threads_destroy(tsr_threads *threads) {
  return tsr_runtime_threads_destroy(threads);
}
