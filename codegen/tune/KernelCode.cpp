//===- KernelCode.cpp - schedules of one launch as callable code ----------===//

#include "codegen/tune/KernelCode.h"
#include "codegen/cpu/KernelFunctions.h"
#include "codegen/cpu/LoopNest.h"
#include "codegen/cpu/Object.h"
#include "codegen/cpu/Passes.h"
#include "codegen/cpu/WeightWriter.h"
#include "codegen/schedule/Passes.h"
#include "dialects/kernel/Extents.h"
#include "dialects/kernel/Sizes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include <cstring>

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::tune {

// UndefinedBehaviorSanitizer looks for its mark in front of a function that is
// called by its address; code made in the process has none.
__attribute__((no_sanitize("undefined"))) int64_t Kernel::run(unsigned copy) {
  status = 0;
  std::vector<void *> &context = contexts[copy % contexts.size()];
  context.back() = &status;
  task(context.data(), 0, tasks);
  return status;
}

KernelCode::KernelCode() = default;
KernelCode::~KernelCode() = default;

/// A plan of its own with a copy of the launch, and of the buffers it names,
/// for each schedule. Weights are not shared: each is packed as its schedule
/// says.
static OwningOpRef<ModuleOp> copyLaunch(ModuleOp plan, LaunchOp launch,
                                        ArrayRef<ScheduleAttr> schedules) {
  OwningOpRef<ModuleOp> module = ModuleOp::create(launch.getLoc());
  (*module)->setAttrs(plan->getAttrDictionary());
  OpBuilder b = OpBuilder::atBlockEnd(module->getBody());
  auto function = func::FuncOp::create(b, launch.getLoc(), "kernels",
                                       b.getFunctionType({}, {}));
  b.setInsertionPointToStart(function.addEntryBlock());
  for (ScheduleAttr schedule : schedules) {
    IRMapping mapping;
    for (Value operand : launch.getBuffers()) {
      if (!mapping.contains(operand)) {
        Operation *buffer = b.clone(*operand.getDefiningOp());
        mapping.map(operand, buffer->getResult(0));
      }
    }
    auto copy = cast<LaunchOp>(b.clone(*launch, mapping));
    copy.dropConditions();
    copy.setScheduleAttr(schedule);
  }
  func::ReturnOp::create(b, launch.getLoc());
  return module;
}

static llvm::Error runPasses(ModuleOp module,
                             llvm::function_ref<void(PassManager &)> add) {
  PassManager manager(module.getContext());
  add(manager);
  return succeeded(manager.run(module))
             ? llvm::Error::success()
             : llvm::createStringError("a kernel cannot be compiled");
}

/// The weights segment of the module.
static Memory weightsOf(ModuleOp module) {
  int64_t bytes = cpu::weightBytesOf(module);
  Memory memory = allocate(bytes);
  if (memory) {
    SmallVector<char, 0> segment;
    segment.reserve(bytes);
    llvm::raw_svector_ostream stream(segment);
    cpu::writeWeights(module, stream);
    memcpy(memory.get(), segment.data(), segment.size());
  }
  return memory;
}

llvm::Error KernelCode::load(ModuleOp code, const schedule::Target &target,
                             unsigned jobs) {
  cpu::ObjectOptions options;
  options.jobs = jobs;
  llvm::FailureOr<cpu::Objects> objects =
      cpu::compileObjects(code, target, options);
  if (failed(objects)) {
    return llvm::createStringError("a kernel cannot be compiled");
  }
  auto created = llvm::orc::LLJITBuilder().create();
  if (!created) {
    return created.takeError();
  }
  process = std::move(*created);
  for (std::unique_ptr<llvm::MemoryBuffer> &object : *objects) {
    if (llvm::Error error = process->addObjectFile(std::move(object))) {
      return error;
    }
  }
  for (auto [kernel, symbol] : llvm::zip(list, symbols)) {
    auto address = process->lookup(symbol);
    if (!address) {
      return address.takeError();
    }
    kernel.task = address->toPtr<decltype(kernel.task)>();
  }
  return llvm::Error::success();
}

llvm::Expected<std::unique_ptr<KernelCode>>
KernelCode::compile(ModuleOp plan, LaunchOp launch,
                    ArrayRef<ScheduleAttr> schedules,
                    const schedule::Target &target, KernelData &data,
                    unsigned jobs, unsigned copies) {
  std::unique_ptr<KernelCode> code(new KernelCode);
  code->sizes = data.sizes();
  OwningOpRef<ModuleOp> module = copyLaunch(plan, launch, schedules);
  if (llvm::Error error = runPasses(*module, [](PassManager &manager) {
        manager.addPass(schedule::createPackWeights());
      })) {
    return std::move(error);
  }
  for (unsigned i = 0; i < std::max(1u, copies); ++i) {
    code->weights.push_back(weightsOf(*module));
    if (!code->weights.back()) {
      return llvm::createStringError("cannot allocate memory for weights");
    }
  }
  SmallVector<Operation *> old;
  for (Operation &op : *module->getBody()) {
    old.push_back(&op);
  }
  const schedule::Target &form = schedule::formForThisMachine(target);
  cpu::emitKernelFunctions(*module, *module, "tune", form.byteProducts);
  bool isComplete = true;
  module->walk([&](LaunchOp copy) {
    Kernel &kernel = code->list.emplace_back();
    kernel.schedule = *copy.getSchedule();
    code->symbols.push_back(copy.getSymbol()->str());
    auto tasks = evaluateSizes(
        extentMapOf(plan.getContext(), {cpu::taskCountOf(copy)}), code->sizes);
    kernel.tasks = tasks.empty() ? 0 : tasks.front();
    for (const Memory &weights : code->weights) {
      std::vector<void *> &context = kernel.contexts.emplace_back();
      for (Value operand : copy.getBuffers()) {
        Operation *buffer = operand.getDefiningOp();
        auto weight = dyn_cast<WeightOp>(buffer);
        context.push_back(weight ? weights.get() + *weight.getOffset()
                                 : data.bytesOf(buffer).data());
        isComplete &= context.back() != nullptr;
      }
      context.push_back(code->sizes.data());
      context.push_back(nullptr);
    }
  });
  if (!isComplete) {
    return llvm::createStringError(
        "a buffer of the kernel lies outside the workspace");
  }
  for (Operation *op : old) {
    op->erase();
  }
  if (llvm::Error error = runPasses(*module, [](PassManager &manager) {
        manager.addPass(cpu::createExpandMath());
        manager.addPass(cpu::createLowerToLLVM());
      })) {
    return std::move(error);
  }
  if (llvm::Error error = code->load(*module, form, jobs)) {
    return std::move(error);
  }
  return std::move(code);
}

} // namespace tessera::tune
