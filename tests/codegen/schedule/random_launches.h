//===- random_launches.h - launches on one piece of memory ------*- C++ -*-===//
//
// Launches that copy, mostly between rows of rows with room between them, like
// tensors with borders; and what each of their tasks touches, by visiting every
// element.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_TESTS_CODEGEN_SCHEDULE_RANDOM_LAUNCHES_H
#define TESSERA_TESTS_CODEGEN_SCHEDULE_RANDOM_LAUNCHES_H

#include "codegen/schedule/JoinedLaunches.h"
#include "dialects/kernel/Kernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include <algorithm>
#include <gtest/gtest.h>
#include <random>
#include <string>

namespace tessera::schedule {

constexpr int64_t kDims = 3, kBytes = 4;

/// Where a launch reads or stores: base + sum of strides[d] * d, in elements of
/// a buffer, of which there are two; the second starts 16 elements later.
struct Access {
  int64_t buffer, base, strides[kDims];

  std::string map() const {
    std::string text = "affine_map<(d0, d1, d2) -> (";
    for (int64_t d = 0; d < kDims; ++d) {
      text +=
          "d" + std::to_string(d) + " * " + std::to_string(strides[d]) + " + ";
    }
    return text + std::to_string(base) + ")>";
  }
};

/// A launch that copies, in tasks of tiles of the first dimensions in order.
struct Copy {
  int64_t extents[kDims], tile[kDims], order[kDims], tasks;
  Access from, to;

  std::string text() const {
    auto list = [](const int64_t *values) {
      return std::to_string(values[0]) + ", " + std::to_string(values[1]) +
             ", " + std::to_string(values[2]);
    };
    auto name = [](const Access &access) {
      return access.buffer == 0 ? "%m" : "%n";
    };
    std::string parallel = "#tsk.iterator<parallel>";
    return std::string("tsk.launch ins(") + name(from) +
           " : !tsk.buffer<f32>) outs(" + name(to) +
           " : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (" +
           list(extents) + ")>, iterators = [" + parallel + ", " + parallel +
           ", " + parallel + "], input_maps = [" + from.map() +
           "], output_maps = [" + to.map() +
           "], pads = [unit], guards = [unit], feedback = array<i64: -1>, "
           "schedule = #tsk.schedule<nest, vector_dim = -1, lanes = 1, tile = "
           "[" +
           list(tile) + "], order = [" + list(order) +
           "], tasks = " + std::to_string(tasks) +
           ", packed = []>} computes {\n^bb0(%x: f32):\n tsk.yield %x : "
           "f32\n}\n";
  }

  int64_t steps(int64_t dim) const {
    return (extents[dim] + tile[dim] - 1) / tile[dim];
  }

  int64_t taskCount() const {
    int64_t count = 1;
    for (int64_t i = 0; i < tasks; ++i) {
      count *= steps(order[i]);
    }
    return count;
  }

  /// The number of the task that computes a point.
  int64_t taskOf(const int64_t *point) const {
    int64_t task = 0;
    for (int64_t i = 0; i < tasks; ++i) {
      task = task * steps(order[i]) + point[order[i]] / tile[order[i]];
    }
    return task;
  }

  /// Calls `visit` with each element that is touched, whether it is stored to,
  /// and the task.
  void forEach(llvm::function_ref<void(int64_t, bool, int64_t)> visit) const {
    int64_t point[kDims];
    for (point[0] = 0; point[0] < extents[0]; ++point[0]) {
      for (point[1] = 0; point[1] < extents[1]; ++point[1]) {
        for (point[2] = 0; point[2] < extents[2]; ++point[2]) {
          for (const Access *access : {&from, &to}) {
            int64_t at = access->base + 16 * access->buffer;
            for (int64_t d = 0; d < kDims; ++d) {
              at += point[d] * access->strides[d];
            }
            visit(at, access == &to, taskOf(point));
          }
        }
      }
    }
  }
};

class RandomLaunches : public testing::Test {
protected:
  RandomLaunches() {
    context.loadDialect<kernel::TskDialect, mlir::arith::ArithDialect,
                        mlir::func::FuncDialect>();
  }

  int64_t choose(std::initializer_list<int64_t> values) {
    return values.begin()[random() % values.size()];
  }

  /// Mostly rows of rows with room between them, like tensors with borders.
  Access access(const int64_t *extents, bool isReversed) {
    Access made = {choose({0, 0, 0, 1}), choose({0, 0, 1, 4, 16, 20, 40}), {}};
    int64_t stride = choose({1, 1, 1, 2});
    for (int64_t d = kDims - 1; d >= 0; --d) {
      int64_t dim = isReversed ? kDims - 1 - d : d;
      made.strides[dim] = stride;
      stride = stride * extents[dim] + choose({0, 0, 0, 1, 4});
    }
    int64_t odd = random() % 12;
    if (odd < kDims) {
      made.strides[odd] = choose({0, 1, 4, -1, -4});
      made.base += 4 * extents[odd];
    }
    return made;
  }

  Copy copy(const int64_t *extents) {
    Copy made;
    for (int64_t d = 0; d < kDims; ++d) {
      made.extents[d] = random() % 5 == 0 ? choose({1, 2, 5}) : extents[d];
      made.tile[d] = choose({1, 1, 2, 3});
      made.order[d] = d;
    }
    if (random() % 4 == 0) {
      std::shuffle(made.order, made.order + kDims, random);
    }
    made.tasks = choose({0, 1, 1, 2, 3});
    made.from = access(made.extents, random() % 8 == 0);
    made.to = access(made.extents, random() % 8 == 0);
    return made;
  }

  /// The launches in a function, as candidates.
  llvm::SmallVector<JoinCandidate>
  candidatesOf(std::initializer_list<const Copy *> launches) {
    std::string text =
        "func.func @main() {\n"
        "%m = tsk.arena {offset = affine_map<() -> (0)>, bytes = "
        "affine_map<() -> (4096)>} : !tsk.buffer<f32>\n"
        "%n = tsk.arena {offset = affine_map<() -> (64)>, bytes = "
        "affine_map<() -> (4096)>} : !tsk.buffer<f32>\n";
    for (const Copy *launch : launches) {
      text += launch->text();
    }
    module =
        mlir::parseSourceString<mlir::ModuleOp>(text + "return\n}", &context);
    llvm::SmallVector<JoinCandidate> candidates;
    module->walk([&](kernel::LaunchOp launch) {
      candidates.push_back(*joinCandidateOf(launch));
    });
    return candidates;
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::mt19937 random{11};
};

} // namespace tessera::schedule

#endif // TESSERA_TESTS_CODEGEN_SCHEDULE_RANDOM_LAUNCHES_H
