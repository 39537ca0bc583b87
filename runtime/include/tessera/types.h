/*===- types.h - what a caller and a compiled model share -----------------===
 *
 * C99 and C++. The text of this file stands in the header of every compiled
 * model, so that a model's header needs no other file; the guard lets several
 * of them meet in one translation unit.
 *
 *===----------------------------------------------------------------------===*/
#ifndef TSR_TYPES_1
#define TSR_TYPES_1

#include <stddef.h>
#include <stdint.h>

/** Version of the binary interface; `tsr_model.abi_version` must equal it. */
#define TSR_ABI_VERSION 1u

/** What every function returns; 0 is success. */
typedef int32_t tsr_status;

enum {
  TSR_OK = 0,
  TSR_INVALID_ARGUMENT = 1,
  TSR_ABI_MISMATCH = 2,
  TSR_NOT_OPEN = 3,
  TSR_SIZE_MISMATCH = 4,
  TSR_DIMENSION_OUT_OF_BOUNDS = 5,
  TSR_DIMENSION_MISMATCH = 6,
  TSR_WORKSPACE_TOO_SMALL = 7,
  TSR_MISALIGNED = 8,
  TSR_OVERLAP = 9,
  TSR_INDEX_OUT_OF_RANGE = 10,
  TSR_OUTPUT_TOO_SMALL = 11,
  TSR_UNSUPPORTED_CPU = 12,
  TSR_WEIGHTS_MISSING = 13,
  TSR_WEIGHTS_SHORT = 14,
  TSR_WEIGHTS_FOREIGN = 15,
  TSR_WEIGHTS_CORRUPT = 16,
  TSR_OUT_OF_MEMORY = 17,
  TSR_SYSTEM_ERROR = 18,
  TSR_NOT_A_MODEL = 19
};

/** One line of English for each status. */
static inline const char *tsr_status_text(tsr_status status) {
  switch (status) {
  case TSR_OK:
    return "success";
  case TSR_INVALID_ARGUMENT:
    return "a required pointer is NULL or an option has no meaning";
  case TSR_ABI_MISMATCH:
    return "the caller was built against another interface version, or a "
           "struct_size is not set";
  case TSR_NOT_OPEN:
    return "the model is not open, or was opened by another model's function";
  case TSR_SIZE_MISMATCH:
    return "the bytes of an input differ from what its shape needs";
  case TSR_DIMENSION_OUT_OF_BOUNDS:
    return "a free dimension lies outside its bounds";
  case TSR_DIMENSION_MISMATCH:
    return "two free dimensions that must agree differ";
  case TSR_WORKSPACE_TOO_SMALL:
    return "the workspace is smaller than the model's workspace size";
  case TSR_MISALIGNED:
    return "a tensor is not aligned to its element, or the workspace not to 64 "
           "bytes";
  case TSR_OVERLAP:
    return "an output or the workspace overlaps other memory of the call";
  case TSR_INDEX_OUT_OF_RANGE:
    return "an index read from a tensor lies outside the tensor it addresses";
  case TSR_OUTPUT_TOO_SMALL:
    return "an output's memory is smaller than the output";
  case TSR_UNSUPPORTED_CPU:
    return "the processor or its system lacks the instructions the model was "
           "compiled for";
  case TSR_WEIGHTS_MISSING:
    return "the weights file cannot be opened";
  case TSR_WEIGHTS_SHORT:
    return "the weights file does not have the size the model was compiled "
           "with";
  case TSR_WEIGHTS_FOREIGN:
    return "the weights file was not written with this model";
  case TSR_WEIGHTS_CORRUPT:
    return "the weights differ from what was compiled";
  case TSR_OUT_OF_MEMORY:
    return "the system has no memory left";
  case TSR_SYSTEM_ERROR:
    return "the system refused an operation";
  case TSR_NOT_A_MODEL:
    return "the file is not a compiled model of this interface version";
  default:
    return "unknown status";
  }
}

/** Element types, numbered as in ONNX. One byte holds a bool, two elements of 4
 * bits or four of 2, the first in the low bits; the last byte of a tensor is
 * filled with zeros. */
enum {
  TSR_FLOAT32 = 1,
  TSR_UINT8 = 2,
  TSR_INT8 = 3,
  TSR_UINT16 = 4,
  TSR_INT16 = 5,
  TSR_INT32 = 6,
  TSR_INT64 = 7,
  TSR_STRING = 8,
  TSR_BOOL = 9,
  TSR_FLOAT16 = 10,
  TSR_FLOAT64 = 11,
  TSR_UINT32 = 12,
  TSR_UINT64 = 13,
  TSR_COMPLEX64 = 14,
  TSR_COMPLEX128 = 15,
  TSR_BFLOAT16 = 16,
  TSR_FLOAT8E4M3FN = 17,
  TSR_FLOAT8E4M3FNUZ = 18,
  TSR_FLOAT8E5M2 = 19,
  TSR_FLOAT8E5M2FNUZ = 20,
  TSR_UINT4 = 21,
  TSR_INT4 = 22,
  TSR_FLOAT4E2M1 = 23,
  TSR_FLOAT8E8M0 = 24,
  TSR_UINT2 = 25,
  TSR_INT2 = 26
};

/** Instruction sets a model can be compiled for, in increasing order. */
enum {
  TSR_ISA_BEST = 0,
  TSR_ISA_X86_64_V3 = 1,
  TSR_ISA_X86_64_V4 = 2,
  TSR_ISA_X86_64_V4_VNNI = 3,
  TSR_ISA_X86_64_AMX = 4
};

/** Flags of tsr_options. */
enum {
  /** Compare the hash of all weights with the one compiled in (reads them). */
  TSR_OPEN_VERIFY_WEIGHTS = 1u,
  /** Copy the weights to private memory instead of sharing the file's pages. */
  TSR_OPEN_COPY_WEIGHTS = 2u
};

/** Optional settings of open; NULL stands for all defaults. */
typedef struct tsr_options {
  uint32_t struct_size; /**< sizeof(tsr_options) */
  uint32_t isa;         /**< TSR_ISA_BEST or the one to use; for the best, the
                             environment's TESSERA_ISA=x86-64-v3 goes before */
  uint32_t flags;       /**< TSR_OPEN_* */
  uint32_t reserved;
  /** Weights file of a model compiled with `--weights file`; NULL: the file
   * beside the library or, linked statically, beside the program. */
  const char *weights_path;
} tsr_options;

typedef void (*tsr_task)(void *task_context, int64_t index);

/**
 * Threads that a run may use; NULL stands for the calling thread alone. Filled
 * by a threads_create function or by the caller: `parallel_for` calls
 * task(task_context, i) once for each i in [0, count), in any order, on any
 * threads or one after another, and returns when all have returned.
 */
typedef struct tsr_threads {
  uint32_t struct_size; /**< sizeof(tsr_threads) */
  uint32_t count;       /**< threads worth splitting for, the caller included */
  void (*parallel_for)(void *context, int64_t count, tsr_task task,
                       void *task_context);
  void *context;
} tsr_threads;

/**
 * An open model: memory of the caller, initialised with TSR_MODEL_INIT, filled
 * by open and constant until close. Several threads may run one model.
 */
typedef struct tsr_model {
  uint32_t struct_size; /**< sizeof(tsr_model) */
  uint32_t abi_version; /**< TSR_ABI_VERSION */
  const void *descriptor;
  const void *variant;
  const void *weights;
  void *mapping;
  size_t mapping_bytes;
  void *library;
  uint64_t reserved[2];
} tsr_model;

#define TSR_MODEL_INIT                                                         \
  {sizeof(tsr_model), TSR_ABI_VERSION, 0, 0, 0, 0, 0, 0, {0, 0}}

/** An element of a tensor of strings: UTF-8, not ended by a zero. Those of
 * outputs point into the inputs, the library or the workspace: copy them before
 * any of these goes. */
typedef struct tsr_string {
  const char *data;
  size_t bytes;
} tsr_string;

/** An input: its memory and how many bytes of it are the tensor. */
typedef struct tsr_input {
  const void *data;
  size_t bytes;
} tsr_input;

/** An output: its memory, and how many bytes the model may write there. */
typedef struct tsr_output {
  void *data;
  size_t bytes;
  /** NULL, or where the extents of the output are written, also when its
   * memory was too small. Of an output whose size only the run knows, `bytes`
   * is what the caller is willing to give; -1 is written for an extent that a
   * run which ended early did not come to know. */
  int64_t *extents;
} tsr_output;

#endif /* TSR_TYPES_1 */
