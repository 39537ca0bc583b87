/*===- internal.h - the runtime inside a model ----------------------------===
 *
 * Hidden functions that the model's exported entry points call with the
 * address of its descriptor. `scratch` is `descriptor->scratch_words` words on
 * the stack of the entry point, so that nothing allocates; only the interface
 * for any model (query.c) has a limit, since it reserves them beforehand.
 *
 *===----------------------------------------------------------------------===*/
#ifndef TESSERA_RUNTIME_INTERNAL_H
#define TESSERA_RUNTIME_INTERNAL_H

#include "tessera/abi.h"

/** Backs P_open. */
tsr_status tsr_runtime_open(const tsr_descriptor *descriptor, tsr_model *model,
                            const tsr_options *options);
/** Backs P_close. */
tsr_status tsr_runtime_close(const tsr_descriptor *descriptor,
                             tsr_model *model);
/** Backs P_workspace_size. */
tsr_status tsr_runtime_workspace_size(const tsr_descriptor *descriptor,
                                      const tsr_dims_header *dims,
                                      size_t *bytes, int64_t *scratch);
/** Backs descriptor->workspace_size. */
tsr_status tsr_runtime_workspace_bytes(const tsr_descriptor *descriptor,
                                       const int64_t *dims, size_t *bytes,
                                       int64_t *scratch);
/** Backs P_run. */
tsr_status tsr_runtime_run(const tsr_descriptor *descriptor,
                           const tsr_model *model,
                           const tsr_inputs_header *inputs,
                           const tsr_outputs_header *outputs, void *workspace,
                           size_t bytes, const tsr_threads *threads,
                           int64_t *scratch);
/** Backs descriptor->call. */
tsr_status tsr_runtime_call(const tsr_descriptor *descriptor,
                            const tsr_model *model, const int64_t *dims,
                            const tsr_input *inputs, const tsr_output *outputs,
                            void *workspace, size_t bytes,
                            const tsr_threads *threads, int64_t *scratch);
/** Backs P_threads_create and P_threads_destroy. */
tsr_status tsr_runtime_threads_create(uint32_t count, tsr_threads *threads);
tsr_status tsr_runtime_threads_destroy(tsr_threads *threads);

/** Whether processor and system support an instruction set (TSR_ISA_*). */
int tsr_runtime_cpu_supports(uint32_t isa);
/** Asks the system for what an instruction set needs beyond support. */
int tsr_runtime_cpu_request(uint32_t isa);

/** Finds, checks and maps the weights; fills `weights` and `mapping` of the
 * model. */
tsr_status tsr_runtime_weights_map(const tsr_descriptor *descriptor,
                                   const tsr_options *options,
                                   tsr_model *model);
void tsr_runtime_weights_unmap(tsr_model *model);

/** Words of scratch a descriptor's calls need. */
uint64_t tsr_runtime_scratch_words(const tsr_descriptor *descriptor);

/** Copies the caller's dimensions to their entries and resolves the others. */
tsr_status tsr_runtime_resolve(const tsr_descriptor *descriptor,
                               const int64_t *values, int64_t *dims);

/** The memory a run works on, as given by the caller. */
typedef struct tsr_call {
  const tsr_input *inputs;
  const tsr_output *outputs;
  void *workspace;
  size_t workspace_bytes;
} tsr_call;

/** Checks pointers, sizes, alignment and overlap against the shapes
 * (`extents`: of all inputs, then of all outputs), and reports the outputs'
 * extents. */
tsr_status tsr_runtime_validate(const tsr_descriptor *descriptor,
                                const tsr_call *call, const int64_t *extents,
                                int64_t workspace_needed);

#endif /* TESSERA_RUNTIME_INTERNAL_H */
