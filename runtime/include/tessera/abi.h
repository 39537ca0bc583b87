/*===- abi.h - what generated code and the runtime share ------------------===
 *
 * The compiler writes one constant tsr_descriptor for each model and functions
 * with the signatures below; the runtime linked into the model does the rest.
 * Layouts are fixed by the assertions at the end: generated code addresses
 * fields by offset.
 *
 * Symbols of a model with prefix P (all but the last line are hidden):
 *   P_generated_run_ISA, P_generated_workspace_ISA  (ISA: x86_64_v3, ...)
 *   P_generated_resolve, P_generated_shapes, P_generated_weights
 *   P_open, P_workspace_size, P_run, P_close, P_threads_create,
 *   P_threads_destroy, P_descriptor
 *
 *===----------------------------------------------------------------------===*/
#ifndef TESSERA_ABI_H
#define TESSERA_ABI_H

#include "tessera/profile.h"
#include "tessera/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Alignment of the workspace, of the weights segment and of its entries. */
#define TSR_ALIGNMENT 64

/** What a run works on; generated code reads field i at byte 8 * i. */
typedef struct tsr_frame {
  const void *const *inputs;
  void *const *outputs;
  unsigned char *workspace;
  const unsigned char *weights;
  int64_t *dims; /**< one value for each entry of descriptor->dimensions; the
                    computed ones are stored during the run */
  const tsr_threads *threads;
  int64_t status;            /**< kernels store a nonzero tsr_status here */
  const tsr_output *results; /**< how much memory the outputs have */
  unsigned char *text;       /**< where new strings' characters go: what the
                                workspace has beyond its planned size */
  unsigned char *text_end;
  const tsr_profiler *profiler; /**< NULL: none */
} tsr_frame;

/** One tensor of a call of the operator library, dense and row-major. */
typedef struct tsr_operand {
  void *data;       /**< an input's is constant; NULL: the input is absent */
  uint64_t bytes;   /**< of an input: its size; of a result: its memory's */
  int64_t *extents; /**< `rank` values; those of a result that the operator has
                       to compute are -1 and stored by it */
  uint32_t element_type;
  uint32_t rank;
} tsr_operand;

/** A parameter of a call. The constant data begins with a uint64_t count and so
 * many records; offsets count from its start and are multiples of 8. Texts end
 * with a zero; an array of them is pairs of uint32_t (offset, bytes). */
typedef struct tsr_parameter {
  uint32_t name; /**< offset of a text */
  uint32_t kind;
  uint32_t count;
  uint32_t offset;
} tsr_parameter;
enum {
  TSR_PARAMETER_INTEGERS = 1, /**< int64_t */
  TSR_PARAMETER_NUMBERS = 2,  /**< double */
  TSR_PARAMETER_TEXTS = 3
};

/** What a function of the operator library works on. */
typedef struct tsr_operator_call {
  const tsr_operand *inputs;
  const tsr_operand *results;
  const unsigned char *parameters; /**< see tsr_parameter */
  unsigned char *scratch;
  uint64_t scratch_bytes;
  uint32_t input_count;
  uint32_t result_count;
  const tsr_frame *frame;
} tsr_operator_call;

/** A function `tsr_operator_NAME`, called by generated code and linked only
 * into models that need it. When a result's memory is too small it stores the
 * extents all the same and returns TSR_OUTPUT_TOO_SMALL. */
typedef int32_t (*tsr_operator_function)(const tsr_operator_call *call);

/** Executes the plan; returns frame->status. */
typedef int32_t (*tsr_run_function)(tsr_frame *frame);
/** Bytes of workspace for resolved dimensions. */
typedef int64_t (*tsr_workspace_function)(const int64_t *dims);
/** Fills derived dimensions from those of kind `input` and checks bounds and
 * constraints; returns a tsr_status. */
typedef int32_t (*tsr_resolve_function)(int64_t *dims);
/** Writes the extents of all inputs, then of all outputs. */
typedef void (*tsr_shapes_function)(const int64_t *dims, int64_t *extents);

/** Part of a launch: the points [begin, end) of its split loops. */
typedef void (*tsr_range_task)(void *context, int64_t begin, int64_t end);

/** Runs task over [0, count) in parts that do not depend on timing; called by
 * generated code, defined by the runtime. `threads` may be NULL. */
void tsr_runtime_parallel(const tsr_threads *threads, tsr_range_task task,
                          void *context, int64_t count);

/** The same for a launch whose steps read what the step before wrote: runs task
 * over [step * count, (step + 1) * count) for one step after the other. */
void tsr_runtime_parallel_steps(const tsr_threads *threads, tsr_range_task task,
                                void *context, int64_t steps, int64_t count);

/** One of several launches that are handed out together. */
typedef struct tsr_joined_launch {
  tsr_range_task task;
  void *context;
  int64_t count;         /**< of its tasks */
  int64_t tasks_of_unit; /**< so many tasks in a row make a unit; 0: each */
} tsr_joined_launch;

/** The same for launches none of whose parts needs another part of one before:
 * each part runs its tasks of one launch after the other, and all are waited
 * for once. Launches with as many units have the same units in a part. */
void tsr_runtime_parallel_joined(const tsr_threads *threads,
                                 const tsr_joined_launch *launches,
                                 int64_t number);

/** One of several launches that take turns, band after band. */
typedef struct tsr_banded_launch {
  tsr_range_task task;
  void *context;
  const int64_t *ends; /**< of each band: so many tasks are done behind it */
  int64_t edge; /**< the part behind needs this many bands of each part's end */
} tsr_banded_launch;

/** The same for launches of which each, in band i, needs no more of those
 * before than they compute up to band i: what a band leaves is in the cache
 * when the next launch reads it. Parts are runs of bands. The last bands of a
 * part that the next one needs come first, and are waited for. */
void tsr_runtime_parallel_bands(const tsr_threads *threads,
                                const tsr_banded_launch *launches,
                                int64_t number, int64_t bands);

/** Kinds of dimensions, as in the kernel dialect. */
enum {
  TSR_DIMENSION_INPUT = 0,
  TSR_DIMENSION_MIN = 1,
  TSR_DIMENSION_MAX = 2,
  TSR_DIMENSION_COMPUTED = 3
};

/** Flags of tsr_tensor. */
enum {
  /** Some extents are known only at the end of a run; their axes' `extent` is
   * TSR_EXTENT_COMPUTED. */
  TSR_TENSOR_COMPUTED = 1u
};
#define TSR_EXTENT_COMPUTED (-2)

typedef struct tsr_dimension {
  const char *name;
  int64_t lower;
  int64_t upper; /**< -1: unbounded */
  uint32_t kind;
  uint32_t reserved;
} tsr_dimension;

typedef struct tsr_axis {
  int64_t extent;    /**< -1: depends on free dimensions, or
                        TSR_EXTENT_COMPUTED */
  int64_t dimension; /**< entry whose bare value is the extent, or -1 */
  const char *text;  /**< the extent as written in the header */
} tsr_axis;

typedef struct tsr_tensor {
  const char *name;
  uint32_t element_type;
  uint32_t rank;
  uint32_t element_bytes;
  uint32_t flags; /**< TSR_TENSOR_* */
  const tsr_axis *axes;
} tsr_tensor;

typedef struct tsr_variant {
  const char *target; /**< as `--target` spells it */
  uint32_t isa;
  uint32_t reserved;
  tsr_run_function run;
  tsr_workspace_function workspace;
} tsr_variant;

/** A generated launch, for inspection. */
typedef struct tsr_kernel {
  const char *name;
  const char *nodes; /**< names of the model's nodes it computes */
} tsr_kernel;

typedef struct tsr_descriptor tsr_descriptor;
struct tsr_descriptor {
  uint32_t struct_size;
  uint32_t abi_version;
  const char *prefix;
  const char *compiler_version;
  uint64_t model_hash;

  /** Weights: bytes of the segment, where it starts relative to this struct (0:
   * in a file of its own), that file's name, the identity of this build and
   * the hash of the segment. */
  uint64_t weights_bytes;
  int64_t weights_offset;
  uint64_t weights_build_id;
  uint64_t weights_hash;
  const char *weights_file;

  uint64_t stack_bytes;   /**< most stack that a run needs */
  uint64_t scratch_words; /**< words of scratch that call needs, for checks */

  uint32_t dimension_count;
  uint32_t input_count;
  uint32_t output_count;
  uint32_t variant_count;
  uint32_t kernel_count;
  uint32_t reserved;
  const tsr_dimension *dimensions;
  const tsr_tensor *inputs;
  const tsr_tensor *outputs;
  const tsr_variant *variants;
  const tsr_kernel *kernels;

  /** What tools show of the compilation: zlib-compressed JSON, its bytes and
   * the bytes of the text. NULL: none. Nothing at run time reads it. */
  const unsigned char *record;
  uint64_t record_bytes;
  uint64_t record_text_bytes;

  tsr_resolve_function resolve;
  tsr_shapes_function shapes;

  /** The model's entry points in generic form; `dims` holds the value of each
   * dimension of kind `input`, in order. */
  tsr_status (*open)(tsr_model *model, const tsr_options *options);
  tsr_status (*workspace_size)(const int64_t *dims, size_t *bytes);
  tsr_status (*call)(const tsr_model *model, const int64_t *dims,
                     const tsr_input *inputs, const tsr_output *outputs,
                     void *workspace, size_t bytes, const tsr_threads *threads);
  tsr_status (*close)(tsr_model *model);
};

/** The structs of a model's header, whatever their field names. */
typedef struct tsr_dims_header {
  uint32_t struct_size; /**< int64_t values follow at byte 8 */
} tsr_dims_header;
typedef struct tsr_inputs_header {
  uint32_t struct_size;
  const tsr_dims_header *dims; /**< tsr_input values follow at byte 16 */
} tsr_inputs_header;
typedef struct tsr_outputs_header {
  uint32_t struct_size; /**< tsr_output values follow at byte 8 */
} tsr_outputs_header;

/** The first page of a weights file; the segment follows. */
#define TSR_WEIGHTS_MAGIC "TESSERAW"
#define TSR_WEIGHTS_HEADER_BYTES 4096
typedef struct tsr_weights_header {
  char magic[8];
  uint32_t abi_version;
  uint32_t header_bytes;
  uint64_t bytes;
  uint64_t build_id;
  uint64_t hash;
} tsr_weights_header;

/** Owner and type of the note that holds a model's prefix. */
#define TSR_NOTE_OWNER "Tessera"
#define TSR_NOTE_PREFIX 1

/** Hash of a weights segment, 32 bytes at a time (the segment is padded to
 * TSR_ALIGNMENT): four independent multiplicative lanes, so it runs at memory
 * speed. Detects damage, not malice. */
typedef struct tsr_hash {
  uint64_t lanes[4];
  uint64_t bytes;
} tsr_hash;

static inline void tsr_hash_init(tsr_hash *hash) {
  hash->lanes[0] = 0x9e3779b97f4a7c15u;
  hash->lanes[1] = 0xbf58476d1ce4e5b9u;
  hash->lanes[2] = 0x94d049bb133111ebu;
  hash->lanes[3] = 0xd6e8feb86659fd93u;
  hash->bytes = 0;
}

/** `bytes` is a multiple of 32; `data` has any alignment. */
static inline void tsr_hash_update(tsr_hash *hash, const void *data,
                                   size_t bytes) {
  const unsigned char *position = (const unsigned char *)data;
  for (size_t block = 0; block < bytes / 32; ++block, position += 32) {
    for (int lane = 0; lane < 4; ++lane) {
      uint64_t word = 0;
      for (int byte = 7; byte >= 0; --byte) {
        word = (word << 8) | position[8 * lane + byte];
      }
      uint64_t mixed = hash->lanes[lane] ^ (word * 0xc2b2ae3d27d4eb4fu);
      hash->lanes[lane] = ((mixed << 31) | (mixed >> 33)) * 0x9e3779b185ebca87u;
    }
  }
  hash->bytes += bytes;
}

static inline uint64_t tsr_hash_finish(const tsr_hash *hash) {
  uint64_t result = hash->bytes;
  for (int lane = 0; lane < 4; ++lane) {
    result = (result ^ hash->lanes[lane]) * 0x9e3779b185ebca87u;
    result ^= result >> 29;
  }
  return result;
}

#ifdef __cplusplus
}
#define TSR_STATIC_ASSERT(condition) static_assert(condition, #condition)
#else
#define TSR_STATIC_ASSERT(condition) _Static_assert(condition, #condition)
#endif

TSR_STATIC_ASSERT(sizeof(void *) == 8 && sizeof(size_t) == 8);
TSR_STATIC_ASSERT(offsetof(tsr_frame, status) == 48 && sizeof(tsr_frame) == 88);
TSR_STATIC_ASSERT(sizeof(tsr_operand) == 32 && sizeof(tsr_operator_call) == 56);
TSR_STATIC_ASSERT(offsetof(tsr_frame, profiler) == 80);
TSR_STATIC_ASSERT(sizeof(tsr_joined_launch) == 32);
TSR_STATIC_ASSERT(sizeof(tsr_banded_launch) == 32);
TSR_STATIC_ASSERT(sizeof(tsr_profiler) == 16 &&
                  sizeof(tsr_profiled_threads) == 32);
TSR_STATIC_ASSERT(sizeof(tsr_options) == 24);
TSR_STATIC_ASSERT(sizeof(tsr_threads) == 24);
TSR_STATIC_ASSERT(sizeof(tsr_model) == 72);
TSR_STATIC_ASSERT(sizeof(tsr_input) == 16 && sizeof(tsr_output) == 24);
TSR_STATIC_ASSERT(sizeof(tsr_dimension) == 32 && sizeof(tsr_axis) == 24);
TSR_STATIC_ASSERT(sizeof(tsr_tensor) == 32 && sizeof(tsr_variant) == 32);
TSR_STATIC_ASSERT(sizeof(tsr_kernel) == 16);
TSR_STATIC_ASSERT(offsetof(tsr_descriptor, weights_bytes) == 32);
TSR_STATIC_ASSERT(offsetof(tsr_descriptor, weights_file) == 64);
TSR_STATIC_ASSERT(offsetof(tsr_descriptor, dimension_count) == 88);
TSR_STATIC_ASSERT(offsetof(tsr_descriptor, dimensions) == 112);
TSR_STATIC_ASSERT(offsetof(tsr_descriptor, record) == 152);
TSR_STATIC_ASSERT(offsetof(tsr_descriptor, resolve) == 176);
TSR_STATIC_ASSERT(sizeof(tsr_descriptor) == 224);
TSR_STATIC_ASSERT(sizeof(tsr_inputs_header) == 16);
TSR_STATIC_ASSERT(sizeof(tsr_weights_header) == 40);

#endif /* TESSERA_ABI_H */
