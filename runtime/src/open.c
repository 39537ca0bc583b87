/*===- open.c - opens and closes a model ----------------------------------===
 *
 * Chooses the best variant this machine can run and maps the weights. The only
 * place, with close and the pool, where a model talks to the system.
 *
 *===----------------------------------------------------------------------===*/
#include "internal.h"

#include <stdlib.h>
#include <string.h>

/** The instruction set named by the environment, where nothing else asks for
 * one: for tests, which run every variant. An unknown name gives a number that
 * no variant has. */
static uint32_t isa_of_environment(const tsr_descriptor *descriptor) {
  const char *name = getenv("TESSERA_ISA");
  if (name == NULL || *name == '\0') {
    return TSR_ISA_BEST;
  }
  for (uint32_t i = 0; i < descriptor->variant_count; ++i) {
    if (strcmp(descriptor->variants[i].target, name) == 0) {
      return descriptor->variants[i].isa;
    }
  }
  return UINT32_MAX;
}

static const tsr_variant *choose_variant(const tsr_descriptor *descriptor,
                                         uint32_t isa) {
  const tsr_variant *best = NULL;
  for (uint32_t i = 0; i < descriptor->variant_count; ++i) {
    const tsr_variant *variant = &descriptor->variants[i];
    int wanted = isa == TSR_ISA_BEST ? best == NULL || variant->isa > best->isa
                                     : variant->isa == isa;
    if (wanted && tsr_runtime_cpu_supports(variant->isa) &&
        tsr_runtime_cpu_request(variant->isa)) {
      best = variant;
    }
  }
  return best;
}

tsr_status tsr_runtime_open(const tsr_descriptor *descriptor, tsr_model *model,
                            const tsr_options *options) {
  if (model == NULL) {
    return TSR_INVALID_ARGUMENT;
  }
  if (model->struct_size != sizeof(tsr_model) ||
      model->abi_version != descriptor->abi_version ||
      (options != NULL && options->struct_size != sizeof(tsr_options))) {
    return TSR_ABI_MISMATCH;
  }
  const uint32_t known = TSR_OPEN_VERIFY_WEIGHTS | TSR_OPEN_COPY_WEIGHTS;
  if (options != NULL && (options->flags & ~known) != 0) {
    return TSR_INVALID_ARGUMENT;
  }
  uint32_t isa = options == NULL ? TSR_ISA_BEST : options->isa;
  if (isa == TSR_ISA_BEST) {
    isa = isa_of_environment(descriptor);
  }
  const tsr_variant *variant = choose_variant(descriptor, isa);
  if (variant == NULL) {
    return TSR_UNSUPPORTED_CPU;
  }
  tsr_model opened = TSR_MODEL_INIT;
  tsr_status status = tsr_runtime_weights_map(descriptor, options, &opened);
  if (status != TSR_OK) {
    return status;
  }
  opened.descriptor = descriptor;
  opened.variant = variant;
  *model = opened;
  return TSR_OK;
}

tsr_status tsr_runtime_close(const tsr_descriptor *descriptor,
                             tsr_model *model) {
  if (model == NULL) {
    return TSR_INVALID_ARGUMENT;
  }
  if (model->struct_size != sizeof(tsr_model)) {
    return TSR_ABI_MISMATCH;
  }
  if (model->descriptor != descriptor) {
    return TSR_NOT_OPEN;
  }
  tsr_runtime_weights_unmap(model);
  tsr_model closed = TSR_MODEL_INIT;
  *model = closed;
  return TSR_OK;
}
