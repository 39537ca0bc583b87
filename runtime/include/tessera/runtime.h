/*===- runtime.h - models by file name --------------------------*- C -*-===
 *
 * For programs that learn a model's shape at run time: tools and other
 * languages. A program written for one model uses the header compiled with it.
 * Link libtessera_runtime. Nothing here is needed by a model itself.
 *
 *===----------------------------------------------------------------------===*/
#ifndef TESSERA_RUNTIME_H
#define TESSERA_RUNTIME_H

#include "tessera/profile.h"
#include "tessera/types.h"

/** What the shared build of the library exports; nothing to an embedder. */
#ifndef TSR_API
#define TSR_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** Free dimensions, tensors and kernels of a model; strings live until close.
 */
typedef struct tsr_dimension_info {
  const char *name;
  int64_t lower;
  int64_t upper; /**< -1: unbounded */
} tsr_dimension_info;

typedef struct tsr_tensor_info {
  const char *name;
  uint32_t element_type;  /**< TSR_FLOAT32 ... */
  uint32_t element_bytes; /**< 1 also for types with several in a byte */
  uint32_t rank;
} tsr_tensor_info;

typedef struct tsr_axis_info {
  int64_t extent;    /**< -1: depends on free dimensions */
  int64_t dimension; /**< index of the free dimension it equals, or -1 */
  const char *text;  /**< the extent as an expression */
} tsr_axis_info;

typedef struct tsr_model_info {
  const char *prefix;
  const char *compiler_version;
  const char *target; /**< of the code in use, as `--target` spells it */
  uint64_t model_hash;
  uint64_t weights_bytes;
  uint64_t stack_bytes;
  uint32_t dimension_count;
  uint32_t input_count;
  uint32_t output_count;
  uint32_t variant_count;
  uint32_t kernel_count;
} tsr_model_info;

/** Loads the library at `path` and opens its model. `model` is initialised with
 * TSR_MODEL_INIT. On failure nothing stays loaded. */
TSR_API tsr_status tsr_model_open(const char *path, const tsr_options *options,
                                  tsr_model *model);
/** Closes the model and unloads its library. */
TSR_API tsr_status tsr_model_close(tsr_model *model);

TSR_API tsr_status tsr_model_info_of(const tsr_model *model,
                                     tsr_model_info *info);
TSR_API tsr_status tsr_model_dimension(const tsr_model *model, uint32_t index,
                                       tsr_dimension_info *info);
TSR_API tsr_status tsr_model_input(const tsr_model *model, uint32_t index,
                                   tsr_tensor_info *info);
TSR_API tsr_status tsr_model_input_axis(const tsr_model *model, uint32_t index,
                                        uint32_t axis, tsr_axis_info *info);
TSR_API tsr_status tsr_model_output(const tsr_model *model, uint32_t index,
                                    tsr_tensor_info *info);
TSR_API tsr_status tsr_model_output_axis(const tsr_model *model, uint32_t index,
                                         uint32_t axis, tsr_axis_info *info);
/** Target name of variant `index`, and whether this machine can run it. */
TSR_API tsr_status tsr_model_variant(const tsr_model *model, uint32_t index,
                                     const char **target, int *supported);
/** Name of kernel `index` and of the nodes it computes. */
TSR_API tsr_status tsr_model_kernel(const tsr_model *model, uint32_t index,
                                    const char **name, const char **nodes);

/** What the compiler recorded about the model's graph, kernels and schedules,
 * as zlib-compressed JSON of `*text_bytes` bytes; NULL when it recorded
 * nothing. */
TSR_API tsr_status tsr_model_record(const tsr_model *model, const void **data,
                                    size_t *bytes, size_t *text_bytes);

/** Reads the free dimensions off the shapes of the inputs: `extents[i]` are the
 * `ranks[i]` extents of input i. Writes one value for each free dimension. A
 * shape that the model does not accept is TSR_SIZE_MISMATCH, and `*culprit`
 * (when not NULL) the input's index. */
TSR_API tsr_status tsr_model_dimensions(const tsr_model *model,
                                        const int64_t *const *extents,
                                        const uint32_t *ranks, int64_t *dims,
                                        uint32_t *culprit);
/** Writes the extents of an input or output for these free dimensions; -1 for
 * those of an output that only a run knows, which tells them by
 * `tsr_output.extents`. */
TSR_API tsr_status tsr_model_input_shape(const tsr_model *model,
                                         const int64_t *dims, uint32_t index,
                                         int64_t *extents);
TSR_API tsr_status tsr_model_output_shape(const tsr_model *model,
                                          const int64_t *dims, uint32_t index,
                                          int64_t *extents);
/** `dims` may be NULL where a model has no free dimensions, here and below. */
TSR_API tsr_status tsr_model_workspace_size(const tsr_model *model,
                                            const int64_t *dims, size_t *bytes);
/** Runs the model on `input_count` inputs and `output_count` outputs. Allocates
 * nothing; several threads may call it with workspaces of their own. */
TSR_API tsr_status tsr_model_run(const tsr_model *model, const int64_t *dims,
                                 const tsr_input *inputs,
                                 const tsr_output *outputs, void *workspace,
                                 size_t bytes, const tsr_threads *threads);

/** Starts `count` - 1 threads that wait for work, and describes them in
 * `threads` (its struct_size is set here). Not to be used by two runs at once:
 * the second then runs serially. */
TSR_API tsr_status tsr_threads_create(uint32_t count, tsr_threads *threads);
/** Ends the threads; no run may be using them. */
TSR_API tsr_status tsr_threads_destroy(tsr_threads *threads);

#ifdef __cplusplus
}
#endif

#endif /* TESSERA_RUNTIME_H */
