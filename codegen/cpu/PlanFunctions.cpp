//===- PlanFunctions.cpp - executing a plan -------------------------------===//

#include "codegen/cpu/PlanFunctions.h"
#include "codegen/cpu/Access.h"
#include "codegen/cpu/CallWriter.h"
#include "codegen/cpu/HostFunction.h"
#include "codegen/cpu/KernelFunctions.h"
#include "codegen/cpu/LaunchGroups.h"
#include "codegen/cpu/LoopFunctions.h"
#include "codegen/cpu/LoopNest.h"
#include "codegen/schedule/Passes.h"
#include "dialects/kernel/Extents.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "runtime/include/tessera/abi.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::cpu {

namespace {

/// Writes the run function: the steps of the plan in order.
class RunWriter {
public:
  RunWriter(ModuleOp plan, HostFunction &host, StringRef prefix)
      : plan(plan), host(host), b(host.b), prefix(prefix) {}

  void write() {
    frame = host.entry->getArgument(0);
    dims = host.loadField(frame, offsetof(tsr_frame, dims), host.pointer);
    threads = host.loadField(frame, offsetof(tsr_frame, threads), host.pointer);
    symbols = host.loadSymbols(dims, host.dimensionCount(plan));
    results = host.loadField(frame, offsetof(tsr_frame, results), host.pointer);
    status = host.field(frame, offsetof(tsr_frame, status));
    profiler =
        host.loadField(frame, offsetof(tsr_frame, profiler), host.pointer);
    std::vector<LaunchGroup> groups = launchGroupsOf(plan);
    unsigned words = 1;
    for (const LaunchGroup &group : groups) {
      words = std::max(words, wordsOf(group));
    }
    Value count = constantIndex(b, host.loc, words);
    context =
        LLVM::AllocaOp::create(b, host.loc, host.pointer, host.index, count, 8);
    CallWriter calls(plan, host, {frame, dims, results, context}, symbols);
    tellProfiler(-1);
    std::vector<std::string> loops = loopNamesOf(plan);
    auto nextLoop = loops.begin();
    for (ArrayRef<Operation *> group : groups) {
      Operation *step = group.front();
      if (group.size() > 1) {
        writeJoined(group);
        continue;
      }
      if (auto launch = dyn_cast<LaunchOp>(step)) {
        writeLaunch(launch);
      } else if (auto loop = dyn_cast<LoopOp>(step)) {
        writeLoop(loop, (prefix + "_" + *nextLoop++).str());
      } else {
        calls.write(cast<CallOp>(step),
                    [&](Value buffer) { return pointerTo(buffer); });
      }
      tellProfiler(finished++);
    }
    LLVM::ReturnOp::create(
        b, host.loc,
        LLVM::ConstantOp::create(b, host.loc, b.getI32Type(),
                                 b.getI32IntegerAttr(TSR_OK)));
  }

private:
  Value pointerTo(Value buffer) {
    auto [found, inserted] = buffers.try_emplace(buffer);
    if (inserted) {
      found->second = addressOf(buffer.getDefiningOp());
    }
    return found->second;
  }

  Value addressOf(Operation *op) {
    auto entryOf = [&](size_t field, int64_t i) {
      return host.loadField(host.loadField(frame, field, host.pointer), 8 * i,
                            host.pointer);
    };
    if (auto argument = dyn_cast<ArgumentOp>(op)) {
      return entryOf(offsetof(tsr_frame, inputs), argument.getIndex());
    }
    if (auto output = dyn_cast<OutputOp>(op)) {
      return entryOf(offsetof(tsr_frame, outputs), output.getIndex());
    }
    if (auto weight = dyn_cast<WeightOp>(op)) {
      Value base =
          host.loadField(frame, offsetof(tsr_frame, weights), host.pointer);
      return host.advance(base,
                          constantIndex(b, host.loc, *weight.getOffset()));
    }
    Value base =
        host.loadField(frame, offsetof(tsr_frame, workspace), host.pointer);
    return host.advance(
        base, emitExpr(b, host.loc, cast<ArenaOp>(op).getOffset().getResult(0),
                       {}, symbols));
  }

  /// Whether the launch's conditions hold; null when it has none.
  Value emitConditions(LaunchOp launch) {
    Value all;
    for (auto [i, buffer] : llvm::enumerate(launch.getConditions())) {
      auto offset = cast<AffineMapAttr>((*launch.getConditionOffsets())[i]);
      Value at =
          emitExpr(b, host.loc, offset.getValue().getResult(0), {}, symbols);
      Value byte = LLVM::LoadOp::create(b, host.loc, b.getI8Type(),
                                        host.advance(pointerTo(buffer), at), 1);
      Value none = LLVM::ConstantOp::create(b, host.loc, b.getI8Type(),
                                            b.getI8IntegerAttr(0));
      bool wanted = (*launch.getConditionValues())[i];
      Value holds = LLVM::ICmpOp::create(b, host.loc,
                                         wanted ? LLVM::ICmpPredicate::ne
                                                : LLVM::ICmpPredicate::eq,
                                         byte, none);
      all = all ? LLVM::AndOp::create(b, host.loc, all, holds) : holds;
    }
    return all;
  }

  void writeLaunch(LaunchOp launch) {
    // Other launches use the same addresses, so they are computed regardless.
    for (Value buffer : launch.getBuffers()) {
      pointerTo(buffer);
    }
    Value needed = emitConditions(launch);
    if (!needed) {
      return writeCall(launch);
    }
    Block *run = new Block(), *next = new Block();
    host.function.getBody().push_back(run);
    LLVM::CondBrOp::create(b, host.loc, needed, run, next);
    b.setInsertionPointToStart(run);
    writeCall(launch);
    LLVM::BrOp::create(b, host.loc, next);
    host.function.getBody().push_back(next);
    b.setInsertionPointToStart(next);
  }

  /// Where the launch's accesses to operand `i` count from.
  Value operandOf(LaunchOp launch, unsigned i) {
    Value buffer = launch.getBuffers()[i];
    int64_t offset = launch.getOffsets() ? (*launch.getOffsets())[i] : 0;
    Type element = cast<BufferType>(buffer.getType()).getElementType();
    Value pointer = pointerTo(buffer);
    return offset == 0
               ? pointer
               : host.advance(pointer,
                              constantIndex(b, host.loc,
                                            offset * storageBytesOf(element)));
  }

  SmallVector<Value> operandsOf(LaunchOp launch) {
    SmallVector<Value> pointers;
    for (unsigned i = 0; i < launch.getBuffers().size(); ++i) {
      pointers.push_back(operandOf(launch, i));
    }
    return pointers;
  }

  void writeCall(LaunchOp launch) {
    SmallVector<Value> pointers = operandsOf(launch);
    TaskCount tasks = tasksOf(launch);
    Value steps = emitExpr(b, host.loc, simplify(tasks.steps), {}, symbols),
          each = emitExpr(b, host.loc, tasks.each, {}, symbols);
    writeTasks(*launch.getSymbol(), pointers, steps, each);
    leaveOnBadIndex(launch);
  }

  /// Launches that are handed out together, or one by one for a profiler.
  void writeJoined(ArrayRef<Operation *> group) {
    for (Operation *step : group) {
      for (Value buffer : cast<LaunchOp>(step).getBuffers()) {
        pointerTo(buffer);
      }
    }
    Block *alone = new Block(), *together = new Block(), *next = new Block();
    Region &body = host.function.getBody();
    for (Block *block : {together, alone}) {
      body.push_back(block);
    }
    LLVM::CondBrOp::create(b, host.loc, hasProfiler(), alone, together);
    b.setInsertionPointToStart(together);
    writeTogether(group);
    LLVM::BrOp::create(b, host.loc, next);
    b.setInsertionPointToStart(alone);
    for (Operation *step : group) {
      writeCall(cast<LaunchOp>(step));
      tellProfiler(finished++);
    }
    LLVM::BrOp::create(b, host.loc, next);
    body.push_back(next);
    b.setInsertionPointToStart(next);
  }

  void writeTogether(ArrayRef<Operation *> group) {
    unsigned word = group.size() * kJoinedWords, record = 0;
    auto put = [&](Value value) {
      LLVM::StoreOp::create(b, host.loc, value,
                            host.field(context, 8 * record++), 8);
    };
    auto number = [&](Operation *step, StringRef attribute) {
      return constantIndex(
          b, host.loc, step->getAttrOfType<IntegerAttr>(attribute).getInt());
    };
    auto ends = group.front()->getAttrOfType<DenseI64ArrayAttr>(
        schedule::kBandEndsAttr);
    for (Operation *step : group) {
      auto launch = cast<LaunchOp>(step);
      put(LLVM::AddressOfOp::create(b, host.loc, host.pointer,
                                    *launch.getSymbol()));
      put(host.field(context, 8 * word));
      put(ends ? bandEndsOf(launch)
               : emitExpr(b, host.loc, tasksOf(launch).each, {}, symbols));
      put(number(launch,
                 ends ? schedule::kBandEdgeAttr : schedule::kTasksOfUnitAttr));
      writeContext(operandsOf(launch), word);
      word += contextWordsOf(launch);
    }
    SmallVector<Value> arguments{threads, context,
                                 constantIndex(b, host.loc, group.size())};
    if (ends) {
      arguments.push_back(constantIndex(b, host.loc, ends.size()));
    }
    LLVM::CallOp::create(b, host.loc,
                         ends ? host.parallelBandsFunction()
                              : host.parallelJoinedFunction(),
                         arguments);
  }

  /// The address of the numbers of tasks behind each of a launch's bands.
  Value bandEndsOf(LaunchOp launch) {
    ArrayRef<int64_t> ends =
        launch->getAttrOfType<DenseI64ArrayAttr>(schedule::kBandEndsAttr);
    std::string name = "bands_" + std::to_string(bandTables++);
    OpBuilder top = OpBuilder::atBlockBegin(host.code.getBody());
    auto type = LLVM::LLVMArrayType::get(host.index, ends.size());
    LLVM::GlobalOp::create(top, host.loc, type, /*isConstant=*/true,
                           LLVM::Linkage::Internal, name,
                           top.getI64TensorAttr(ends), /*alignment=*/8);
    return LLVM::AddressOfOp::create(b, host.loc, host.pointer, name);
  }

  void writeLoop(LoopOp loop, StringRef symbol) {
    SmallVector<Value> pointers;
    for (Value buffer : loop.getBuffers()) {
      pointers.push_back(pointerTo(buffer));
    }
    AffineMap least = runCountOf(loop);
    Value points = emitExpr(b, host.loc, least.getResult(0), {}, symbols),
          runs = constantIndex(b, host.loc, loop.getRuns());
    if (auto known = constantIndexOf(points)) {
      runs =
          constantIndex(b, host.loc, std::min<int64_t>(*known, loop.getRuns()));
    } else {
      runs = arith::MinSIOp::create(b, host.loc, points, runs);
    }
    writeTasks(symbol, pointers, constantIndex(b, host.loc, 1), runs);
    loop.walk([&](LaunchOp launch) { leaveOnBadIndex(launch); });
  }

  /// Executes `count` tasks of a function, perhaps on several threads, in each
  /// of so many steps.
  void writeTasks(StringRef symbol, ArrayRef<Value> pointers, Value steps,
                  Value count) {
    writeContext(pointers, 0);
    Value task = LLVM::AddressOfOp::create(b, host.loc, host.pointer, symbol);
    if (constantIndexOf(steps) != 1) {
      LLVM::CallOp::create(b, host.loc, host.parallelStepsFunction(),
                           ValueRange{threads, task, context, steps, count});
    } else if (constantIndexOf(count) == 1) {
      LLVM::CallOp::create(
          b, host.loc, taskType(),
          ValueRange{task, context, constantIndex(b, host.loc, 0), count});
    } else {
      LLVM::CallOp::create(b, host.loc, host.parallelFunction(),
                           ValueRange{threads, task, context, count});
    }
  }

  /// Stores what a task finds behind its context, from the given word on.
  void writeContext(ArrayRef<Value> pointers, unsigned word) {
    auto put = [&](Value value) {
      LLVM::StoreOp::create(b, host.loc, value, host.field(context, 8 * word++),
                            8);
    };
    for (Value value : pointers) {
      put(value);
    }
    put(dims);
    put(status);
  }

  /// Ends the run when a gather of the launch found an index out of range.
  void leaveOnBadIndex(LaunchOp launch) {
    if (launch.canFail()) {
      Value value = LLVM::LoadOp::create(b, host.loc, host.index, status, 8);
      Value code = arith::TruncIOp::create(b, host.loc, b.getI32Type(), value);
      host.returnIfNonzero(code);
    }
  }

  /// Calls the profiler, if there is one, out of the way of runs without.
  void tellProfiler(int64_t launch) {
    Value isPresent = hasProfiler();
    Block *tell = new Block(), *next = new Block();
    host.function.getBody().push_back(next);
    host.function.getBody().push_back(tell);
    LLVM::CondBrOp::create(b, host.loc, isPresent, tell, next);
    b.setInsertionPointToStart(tell);
    Value function = host.loadField(profiler, offsetof(tsr_profiler, finished),
                                    host.pointer);
    Value argument =
        host.loadField(profiler, offsetof(tsr_profiler, context), host.pointer);
    auto type = LLVM::LLVMFunctionType::get(
        LLVM::LLVMVoidType::get(b.getContext()), {host.pointer, host.index});
    LLVM::CallOp::create(
        b, host.loc, type,
        ValueRange{function, argument, constantIndex(b, host.loc, launch)});
    LLVM::BrOp::create(b, host.loc, next);
    b.setInsertionPointToStart(next);
  }

  Value hasProfiler() {
    Value none = LLVM::ZeroOp::create(b, host.loc, host.pointer);
    return LLVM::ICmpOp::create(b, host.loc, LLVM::ICmpPredicate::ne, profiler,
                                none);
  }

  LLVM::LLVMFunctionType taskType() {
    return LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(b.getContext()),
                                       {host.pointer, host.index, host.index});
  }

  ModuleOp plan;
  HostFunction &host;
  OpBuilder &b;
  StringRef prefix;
  Value frame, dims, results, threads, status, profiler, context;
  SmallVector<Value> symbols;
  llvm::DenseMap<Value, Value> buffers;
  /// Steps that the profiler has been told of.
  int64_t finished = 0;
  unsigned bandTables = 0;
};

} // namespace

void emitPlanFunctions(ModuleOp plan, ModuleOp code, StringRef prefix,
                       StringRef isa) {
  {
    HostFunction host(code, (prefix + "_generated_run_" + isa).str(),
                      /*parameters=*/1, HostFunction::Result::status);
    RunWriter(plan, host, prefix).write();
  }
  emitWorkspaceFunction(plan, code, prefix, isa);
}

} // namespace tessera::cpu
