//===- joined_launches_test.cpp - attacks on what may be joined -----------===//
//
// Random pairs of launches on one piece of memory. Whatever is joined, for any
// number of threads no part may touch what another part of the other launch
// touches, unless both read: found by visiting every element.
//
//===----------------------------------------------------------------------===//

#include "codegen/schedule/JoinedLaunches.h"
#include "dialects/kernel/Kernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include <gtest/gtest.h>
#include <map>
#include <random>
#include <set>

using namespace mlir;
using namespace tessera::kernel;
using namespace tessera::schedule;

namespace {

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

class JoinedLaunches : public testing::Test {
protected:
  JoinedLaunches() {
    context.loadDialect<TskDialect, arith::ArithDialect, func::FuncDialect>();
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

  std::optional<JoinedSplit> splitOf(const Copy &first, const Copy &second) {
    module = parseSourceString<ModuleOp>(
        "func.func @main() {\n"
        "%m = tsk.arena {offset = affine_map<() -> (0)>, bytes = "
        "affine_map<() -> (4096)>} : !tsk.buffer<f32>\n"
        "%n = tsk.arena {offset = affine_map<() -> (64)>, bytes = "
        "affine_map<() -> (4096)>} : !tsk.buffer<f32>\n" +
            first.text() + second.text() + "return\n}",
        &context);
    SmallVector<JoinCandidate> candidates;
    module->walk([&](LaunchOp launch) {
      candidates.push_back(*joinCandidateOf(launch));
    });
    return splitOfJoined(candidates);
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  std::mt19937 random{11};
};

/// The part of a task, as the runtime hands them out.
int64_t partOf(int64_t task, int64_t tasks, int64_t tasksOfUnit,
               int64_t parts) {
  int64_t inUnit = std::max<int64_t>(tasksOfUnit, 1);
  int64_t units = (tasks + inUnit - 1) / inUnit;
  for (int64_t part = 0, end = 0;; ++part) {
    end += units / parts + (part < units % parts);
    if (task / inUnit < end) {
      return part;
    }
  }
}

/// Elements and the parts that touch them.
using Touched = std::map<int64_t, std::set<int64_t>>;

/// Whether a part of one touches what another part of the other stores.
bool haveConflict(const Copy &a, const Copy &b, const JoinedSplit &split,
                  int64_t parts) {
  Touched stored, touched;
  a.forEach([&](int64_t at, bool isStored, int64_t task) {
    int64_t part = partOf(task, a.taskCount(), split.tasksOfUnit[0], parts);
    touched[at].insert(part);
    if (isStored) {
      stored[at].insert(part);
    }
  });
  bool found = false;
  b.forEach([&](int64_t at, bool isStored, int64_t task) {
    int64_t part = partOf(task, b.taskCount(), split.tasksOfUnit[1], parts);
    const Touched &others = isStored ? touched : stored;
    auto meets = others.find(at);
    found |= meets != others.end() &&
             (meets->second.size() > 1 || *meets->second.begin() != part);
  });
  return found;
}

TEST_F(JoinedLaunches, NoPartMeetsAnotherPartOfTheOther) {
  int joined = 0, aligned = 0, refused = 0;
  for (int i = 0; i < 10000; ++i) {
    int64_t extents[kDims] = {choose({4, 6, 8, 9}), choose({1, 2, 4, 5}),
                              choose({1, 3, 4})};
    Copy first = copy(extents), second = copy(extents);
    if (random() % 2) {
      // The second reads what the first stores, often in the same loops.
      second.from = first.to;
      if (random() % 2) {
        std::copy_n(first.extents, kDims, second.extents);
        std::copy_n(first.order, kDims, second.order);
      }
    }
    auto split = splitOf(first, second);
    if (!split) {
      ++refused;
      continue;
    }
    ++joined;
    aligned += split->tasksOfUnit[1] > 0;
    for (int64_t parts : {2, 3, 5, 7}) {
      ASSERT_FALSE(haveConflict(first, second, *split, parts))
          << parts << " parts:\n"
          << first.text() << second.text();
    }
  }
  // Neither all nor none are joined, so both answers were put to the test.
  EXPECT_GT(joined, 100);
  EXPECT_GT(aligned, 100);
  EXPECT_GT(refused, 1000);
}

} // namespace
