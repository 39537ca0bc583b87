//===- KernelCode.cpp - schedules of one launch as callable code ----------===//

#include "codegen/tune/KernelCode.h"
#include "codegen/cpu/KernelFunctions.h"
#include "codegen/cpu/LoopNest.h"
#include "codegen/cpu/Object.h"
#include "codegen/cpu/Passes.h"
#include "codegen/cpu/WeightWriter.h"
#include "codegen/schedule/ChooseSchedule.h"
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
__attribute__((no_sanitize("undefined"))) int64_t Kernel::run(unsigned copy,
                                                              unsigned place) {
  status = 0;
  for (Step &step : steps) {
    auto holds = [](const std::pair<const bool *, bool> &condition) {
      return *condition.first == condition.second;
    };
    if (!std::all_of(step.conditions.begin(), step.conditions.end(), holds)) {
      continue;
    }
    std::vector<void *> &context =
        step.contexts[place * copies + copy % copies];
    context.back() = &status;
    step.task(context.data(), 0, step.tasks);
  }
  return status;
}

KernelCode::KernelCode() = default;
KernelCode::~KernelCode() = default;

/// A plan of its own with a copy of the launch, and of the buffers it names,
/// for each schedule. Weights are not shared: each is packed as its schedule
/// says.
static OwningOpRef<ModuleOp> copyLaunch(ModuleOp plan, LaunchOp launch,
                                        ArrayRef<ScheduleAttr> schedules,
                                        SmallVectorImpl<LaunchOp> &copies) {
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
    copies.push_back(copy);
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

/// Takes memory for the copies of the weights; false where that is missing.
bool KernelCode::storeWeights(ModuleOp module, size_t places) {
  int64_t bytes = cpu::weightBytesOf(module);
  SmallVector<char, 0> segment;
  segment.reserve(bytes);
  llvm::raw_svector_ostream stream(segment);
  cpu::writeWeights(module, stream);
  int64_t count = copies * placesFor(copies * bytes, places);
  for (int64_t i = 0; i < count; ++i) {
    weights.push_back(allocate(bytes));
    if (!weights.back()) {
      return false;
    }
    memcpy(weights.back().get(), segment.data(), segment.size());
  }
  return true;
}

/// Sets the addresses of a kernel's functions, which are the first of `names`.
llvm::Error KernelCode::findCode(Kernel &kernel,
                                 llvm::ArrayRef<std::string> &names) {
  llvm::Error missing = llvm::Error::success();
  for (Kernel::Step &step : kernel.steps) {
    auto address = process->lookup(names.consume_front());
    if (address) {
      step.task = address->toPtr<decltype(step.task)>();
    } else {
      missing = llvm::joinErrors(std::move(missing), address.takeError());
    }
  }
  return missing;
}

llvm::Error KernelCode::load(ModuleOp code, const schedule::Target &target,
                             unsigned jobs, std::function<bool()> isOver) {
  cpu::ObjectOptions options;
  options.jobs = jobs;
  options.isOver = std::move(isOver);
  options.leastFunctions = list.front().steps.size();
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
  bool isCut = false;
  for (std::unique_ptr<llvm::MemoryBuffer> &object : *objects) {
    isCut |= !object;
    if (!object) {
      continue;
    }
    if (llvm::Error error = process->addObjectFile(std::move(object))) {
      return error;
    }
  }
  llvm::ArrayRef<std::string> names(symbols);
  for (size_t i = 0; i < list.size(); ++i) {
    if (llvm::Error error = findCode(list[i], names)) {
      if (!isCut || i == 0) {
        return error;
      }
      llvm::consumeError(std::move(error));
      list.erase(list.begin() + i, list.end());
    }
  }
  return llvm::Error::success();
}

Kernel::Step
KernelCode::stepOf(LaunchOp launch, size_t places,
                   llvm::function_ref<void *(Value, size_t)> addressOf) {
  Kernel::Step step;
  symbols.push_back(launch.getSymbol()->str());
  auto tasks = evaluateSizes(
      extentMapOf(launch.getContext(), {cpu::taskCountOf(launch)}), sizes);
  step.tasks = tasks.empty() ? 0 : tasks.front();
  for (size_t i = 0; i < places * copies; ++i) {
    const Memory &segment = weights[i % weights.size()];
    std::vector<void *> &context = step.contexts.emplace_back();
    for (Value operand : launch.getBuffers()) {
      auto weight = operand.getDefiningOp<WeightOp>();
      context.push_back(weight ? segment.get() + *weight.getOffset()
                               : addressOf(operand, i / copies));
    }
    context.push_back(sizes.data());
    context.push_back(nullptr);
  }
  for (auto [i, condition] : llvm::enumerate(launch.getConditions())) {
    step.conditions.push_back(
        {static_cast<const bool *>(addressOf(condition, 0)),
         (*launch.getConditionValues())[i]});
  }
  return step;
}

/// The launch of each kernel is one of `launches`; what was made for it stands
/// around it. False where memory is missing.
bool KernelCode::addSteps(ModuleOp module, ArrayRef<LaunchOp> launches,
                          KernelData &data) {
  llvm::DenseMap<Value, void *> own;
  bool isComplete = true;
  auto addressOf = [&](Value buffer, size_t place) -> void * {
    Operation *op = buffer.getDefiningOp();
    if (!op->hasAttr(schedule::kScratchAttr)) {
      void *address = data.bytesOf(op, place).data();
      isComplete &= address != nullptr;
      return address;
    }
    auto [found, isNew] = own.try_emplace(buffer, nullptr);
    if (isNew) {
      auto bytes = evaluateSizes(cast<ArenaOp>(op).getBytes(), sizes);
      scratch.push_back(allocate(bytes.empty() ? 0 : bytes.front()));
      found->second = scratch.back().get();
      isComplete &= found->second != nullptr;
    }
    return found->second;
  };
  std::vector<Kernel::Step> before;
  module.walk([&](LaunchOp launch) {
    if (llvm::is_contained(launches, launch)) {
      Kernel &kernel = list.emplace_back();
      kernel.copies = copies;
      kernel.emitted = *launch.getSchedule();
      kernel.steps = std::move(before);
      before.clear();
      kernel.steps.push_back(stepOf(launch, data.numPlaces(), addressOf));
    } else if (!launch.getConditions().empty()) {
      list.back().steps.push_back(stepOf(launch, data.numPlaces(), addressOf));
    } else {
      before.push_back(stepOf(launch, data.numPlaces(), addressOf));
    }
  });
  return isComplete;
}

llvm::Expected<std::unique_ptr<KernelCode>> KernelCode::compile(
    ModuleOp plan, LaunchOp launch, ArrayRef<ScheduleAttr> schedules,
    const schedule::Target &target, KernelData &data, unsigned jobs,
    unsigned copies, std::function<bool()> isOver) {
  std::unique_ptr<KernelCode> code(new KernelCode);
  code->sizes = data.sizes();
  SmallVector<LaunchOp> launches;
  OwningOpRef<ModuleOp> module = copyLaunch(plan, launch, schedules, launches);
  if (llvm::Error error = runPasses(*module, [&](PassManager &manager) {
        schedule::buildSchedulePipeline(manager, target);
      })) {
    return std::move(error);
  }
  code->copies = std::max(1u, copies);
  if (!code->storeWeights(*module, data.numPlaces())) {
    return llvm::createStringError("cannot allocate memory for weights");
  }
  SmallVector<Operation *> old;
  for (Operation &op : *module->getBody()) {
    old.push_back(&op);
  }
  const schedule::Target &form = schedule::formForThisMachine(target);
  schedule::fitGroupedTiles(*module, form);
  cpu::emitKernelFunctions(*module, *module, "tune", form.byteProducts);
  bool isComplete = code->addSteps(*module, launches, data);
  if (!isComplete) {
    return llvm::createStringError(
        "a buffer of the kernel lies outside the workspace");
  }
  for (auto [kernel, schedule] : llvm::zip_equal(code->list, schedules)) {
    kernel.schedule = schedule;
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
  if (llvm::Error error = code->load(*module, form, jobs, std::move(isOver))) {
    return std::move(error);
  }
  return std::move(code);
}

} // namespace tessera::tune
