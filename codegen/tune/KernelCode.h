//===- KernelCode.h - schedules of one launch as callable code --*- C++ -*-===//
//
// Compiles copies of a launch, one for each schedule, as the model's library
// would have them, and links them into this process.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_CODEGEN_TUNE_KERNELCODE_H
#define TESSERA_CODEGEN_TUNE_KERNELCODE_H

#include "codegen/schedule/Target.h"
#include "codegen/tune/KernelData.h"
#include <functional>
#include <vector>

namespace llvm::orc {
class LLJIT;
}

namespace tessera::tune {

/// One launch with one schedule, ready to run on the data it was made for.
class Kernel {
public:
  /// Computes the whole launch; `copy` chooses among the copies of weights and
  /// `place` among those of the data. Returns the status that the kernel
  /// stored.
  int64_t run(unsigned copy = 0, unsigned place = 0);

  /// What was asked for, and what code was made of it: this machine's form of
  /// the target may need other tiles.
  kernel::ScheduleAttr schedule, emitted;

private:
  friend class KernelCode;
  /// One function that is called: most schedules need one, those on matrix
  /// tiles several.
  struct Step {
    void (*task)(void *context, int64_t begin, int64_t end) = nullptr;
    int64_t tasks = 0;
    /// Pointers of the operands, the sizes, the status; for each place of the
    /// data and copy of the weights.
    std::vector<std::vector<void *>> contexts;
    /// Bools in memory and what they must be for the step to be executed.
    std::vector<std::pair<const bool *, bool>> conditions;
  };
  std::vector<Step> steps;
  unsigned copies = 1;
  int64_t status = 0;
};

/// The code of several kernels; they live as long as it does.
class KernelCode {
public:
  /// Compiles `launch` of `plan` with each schedule, on `jobs` threads. Weights
  /// are stored `copies` times, so that a caller can make each run read others,
  /// and small ones as often for each place of the data.
  /// Once `isOver` says so, the last schedules are left out, never the first.
  static llvm::Expected<std::unique_ptr<KernelCode>>
  compile(mlir::ModuleOp plan, kernel::LaunchOp launch,
          llvm::ArrayRef<kernel::ScheduleAttr> schedules,
          const schedule::Target &target, KernelData &data, unsigned jobs,
          unsigned copies, std::function<bool()> isOver = {});
  ~KernelCode();

  std::vector<Kernel> &kernels() { return list; }

private:
  KernelCode();
  bool addSteps(mlir::ModuleOp module,
                llvm::ArrayRef<kernel::LaunchOp> launches, KernelData &data);
  Kernel::Step
  stepOf(kernel::LaunchOp launch, size_t places,
         llvm::function_ref<void *(mlir::Value, size_t)> addressOf);
  bool storeWeights(mlir::ModuleOp module, size_t places);
  llvm::Error load(mlir::ModuleOp code, const schedule::Target &target,
                   unsigned jobs, std::function<bool()> isOver);
  llvm::Error findCode(Kernel &kernel, llvm::ArrayRef<std::string> &names);

  std::unique_ptr<llvm::orc::LLJIT> process;
  unsigned copies = 1;
  std::vector<Memory> weights, scratch;
  std::vector<int64_t> sizes;
  std::vector<std::string> symbols;
  std::vector<Kernel> list;
};

} // namespace tessera::tune

#endif // TESSERA_CODEGEN_TUNE_KERNELCODE_H
