//===- hand_model.h - a model written in C++ for the runtime's tests ------===//
//
// y[i, j] = x[i, j] * weight[j], z[i] = i: two free dimensions (`rows` up to
// 100, and `more`, derived as the larger of rows and 2), four columns.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_TESTS_RUNTIME_HAND_MODEL_H
#define TESSERA_TESTS_RUNTIME_HAND_MODEL_H

extern "C" {
#include "internal.h"
}
#include <algorithm>
#include <vector>

namespace tessera {

inline constexpr int64_t kColumns = 4;
inline constexpr int64_t kWorkspacePerRow = 64;

inline int32_t handResolve(int64_t *dims) {
  if (dims[0] < 0 || dims[0] > 100) {
    return TSR_DIMENSION_OUT_OF_BOUNDS;
  }
  dims[1] = std::max<int64_t>(dims[0], 2);
  return dims[0] == 13 ? TSR_DIMENSION_MISMATCH : TSR_OK;
}

inline void handShapes(const int64_t *dims, int64_t *extents) {
  const int64_t all[] = {dims[0], kColumns, dims[0], kColumns, dims[0]};
  std::copy(std::begin(all), std::end(all), extents);
}

inline int64_t handWorkspace(const int64_t *dims) {
  return dims[0] * kWorkspacePerRow;
}

inline void handRows(void *context, int64_t begin, int64_t end) {
  auto *frame = static_cast<tsr_frame *>(context);
  auto *x = static_cast<const float *>(frame->inputs[0]);
  auto *y = static_cast<float *>(frame->outputs[0]);
  auto *z = static_cast<int64_t *>(frame->outputs[1]);
  auto *weights = reinterpret_cast<const float *>(frame->weights);
  for (int64_t i = begin; i < end; ++i) {
    for (int64_t j = 0; j < kColumns; ++j) {
      y[i * kColumns + j] = x[i * kColumns + j] * weights[j];
    }
    z[i] = i;
  }
}

inline int32_t handRun(tsr_frame *frame) {
  if (frame->profiler) {
    frame->profiler->finished(frame->profiler->context, -1);
  }
  tsr_runtime_parallel(frame->threads, handRows, frame, frame->dims[0]);
  return static_cast<int32_t>(frame->status);
}

/// The descriptor and what it points to. Weights are 1, 2, 3, 4, padded.
struct HandModel {
  alignas(TSR_ALIGNMENT) float weights[16] = {1, 2, 3, 4};
  tsr_dimension dimensions[2] = {{"rows", 0, 100, TSR_DIMENSION_INPUT, 0},
                                 {"max(rows, 2)", 0, -1, TSR_DIMENSION_MAX, 0}};
  tsr_axis rowsByColumns[2] = {{-1, 0, "rows"}, {kColumns, -1, "4"}};
  tsr_axis rows[1] = {{-1, 0, "rows"}};
  tsr_tensor inputs[1] = {{"x", TSR_FLOAT32, 2, 4, 0, rowsByColumns}};
  tsr_tensor outputs[2] = {{"y", TSR_FLOAT32, 2, 4, 0, rowsByColumns},
                           {"z", TSR_INT64, 1, 8, 0, rows}};
  tsr_variant variants[1] = {
      {"x86-64-v3", TSR_ISA_X86_64_V3, 0, handRun, handWorkspace}};
  tsr_kernel kernels[1] = {{"rows", "Mul_1"}};
  tsr_descriptor descriptor = {};
  tsr_model model = TSR_MODEL_INIT;

  HandModel() {
    descriptor.struct_size = sizeof(descriptor);
    descriptor.abi_version = TSR_ABI_VERSION;
    descriptor.prefix = "hand";
    descriptor.compiler_version = "none";
    descriptor.weights_bytes = sizeof(weights);
    descriptor.weights_offset = reinterpret_cast<char *>(weights) -
                                reinterpret_cast<char *>(&descriptor);
    tsr_hash hash;
    tsr_hash_init(&hash);
    tsr_hash_update(&hash, weights, sizeof(weights));
    descriptor.weights_hash = tsr_hash_finish(&hash);
    descriptor.weights_build_id = 77;
    descriptor.weights_file = "hand.weights";
    descriptor.dimension_count = 2;
    descriptor.input_count = 1;
    descriptor.output_count = 2;
    descriptor.variant_count = 1;
    descriptor.kernel_count = 1;
    descriptor.dimensions = dimensions;
    descriptor.inputs = inputs;
    descriptor.outputs = outputs;
    descriptor.variants = variants;
    descriptor.kernels = kernels;
    descriptor.resolve = handResolve;
    descriptor.shapes = handShapes;
    descriptor.scratch_words = tsr_runtime_scratch_words(&descriptor);
  }
  HandModel(const HandModel &) = delete;

  tsr_status open(const tsr_options *options = nullptr) {
    return tsr_runtime_open(&descriptor, &model, options);
  }
};

/// The arguments of one good call with `rows` rows; tests spoil them.
struct HandCall {
  struct Dims {
    uint32_t structSize;
    int64_t rows;
  } dims;
  struct Inputs {
    uint32_t structSize;
    const Dims *dims;
    tsr_input x;
  } inputs;
  struct Outputs {
    uint32_t structSize;
    tsr_output y, z;
  } outputs;
  std::vector<float> x, y;
  std::vector<int64_t> z;
  std::vector<char> memory;
  void *workspace;
  size_t bytes;
  int64_t scratch[64];

  explicit HandCall(int64_t rows)
      : dims{sizeof(Dims), rows}, x(rows * kColumns), y(rows * kColumns),
        z(rows), memory(rows * kWorkspacePerRow + TSR_ALIGNMENT) {
    for (size_t i = 0; i < x.size(); ++i) {
      x[i] = static_cast<float>(i) + 0.5f;
    }
    inputs = {sizeof(Inputs), &dims, {x.data(), x.size() * sizeof(float)}};
    outputs = {sizeof(Outputs),
               {y.data(), y.size() * sizeof(float), nullptr},
               {z.data(), z.size() * sizeof(int64_t), nullptr}};
    bytes = rows * kWorkspacePerRow;
    auto address = reinterpret_cast<uintptr_t>(memory.data());
    workspace = reinterpret_cast<void *>((address + TSR_ALIGNMENT - 1) /
                                         TSR_ALIGNMENT * TSR_ALIGNMENT);
  }

  tsr_status run(const HandModel &hand, const tsr_threads *threads = nullptr) {
    return tsr_runtime_run(
        &hand.descriptor, &hand.model,
        reinterpret_cast<const tsr_inputs_header *>(&inputs),
        reinterpret_cast<const tsr_outputs_header *>(&outputs), workspace,
        bytes, threads, scratch);
  }

  bool isCorrect() const {
    for (size_t i = 0; i < y.size(); ++i) {
      if (y[i] != x[i] * static_cast<float>(i % kColumns + 1)) {
        return false;
      }
    }
    for (size_t i = 0; i < z.size(); ++i) {
      if (z[i] != static_cast<int64_t>(i)) {
        return false;
      }
    }
    return true;
  }
};

} // namespace tessera

#endif // TESSERA_TESTS_RUNTIME_HAND_MODEL_H
