//===- LoopFunctions.cpp - one function for each distinct loop ------------===//
//
// A loop's launches are called like those of a plan, one after the other, but
// their dimensions are a copy that also holds the loop's symbols.
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/LoopFunctions.h"
#include "codegen/cpu/Access.h"
#include "codegen/cpu/KernelFunctions.h"
#include "codegen/cpu/LoopNest.h"
#include "dialects/kernel/Extents.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::cpu {

unsigned contextWordsOf(LoopOp loop) { return loop.getBuffers().size() + 2; }

AffineMap runCountOf(LoopOp loop) {
  MLIRContext *context = loop.getContext();
  AffineExpr points = productOf(context, loop.getExtents().getResults());
  return extentMapOf(context,
                     {points, getAffineConstantExpr(loop.getRuns(), context)});
}

/// The least result of a map of symbols.
static Value emitLeast(OpBuilder &b, Location loc, AffineMap map,
                       ArrayRef<Value> symbols) {
  Value least;
  for (AffineExpr result : map.getResults()) {
    Value next = emitExpr(b, loc, result, {}, symbols);
    auto known = least ? constantIndexOf(least) : std::nullopt,
         other = constantIndexOf(next);
    if (!least || (known && other && *other < *known)) {
      least = next;
    } else if (!(known && other)) {
      least = arith::MinSIOp::create(b, loc, least, next);
    }
  }
  return least;
}

namespace {
/// Writes the function of one loop.
class LoopWriter {
public:
  LoopWriter(ModuleOp code, StringRef name, LoopOp loop)
      : loop(loop), buffers(loop.getBuffers()),
        b(OpBuilder::atBlockEnd(code.getBody())), loc(loop.getLoc()),
        pointer(LLVM::LLVMPointerType::get(b.getContext())),
        index(b.getI64Type()),
        function(LLVM::LLVMFuncOp::create(b, loc, name,
                                          taskType({pointer, index, index}))) {
    function.setVisibility_(LLVM::Visibility::Hidden);
  }

  void write() {
    Block *entry = function.addEntryBlock(b);
    b.setInsertionPointToStart(entry);
    context = entry->getArgument(0);
    copyDimensions();
    loop.walk([&](LaunchOp launch) { fillContext(launch); });
    writeRuns(entry->getArgument(1), entry->getArgument(2));
    LLVM::ReturnOp::create(b, loc, ValueRange());
  }

private:
  LLVM::LLVMFunctionType taskType(ArrayRef<Type> types) {
    return LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(b.getContext()),
                                       types);
  }
  Value slot(Value base, int64_t word) {
    return LLVM::GEPOp::create(
        b, loc, pointer, pointer, base,
        ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(word)});
  }
  Value loadWord(Value base, int64_t word, Type type) {
    return LLVM::LoadOp::create(b, loc, type, slot(base, word), 8);
  }
  void storeWord(Value value, Value base, int64_t word) {
    LLVM::StoreOp::create(b, loc, value, slot(base, word), 8);
  }
  Value words(int64_t count) {
    return LLVM::AllocaOp::create(b, loc, pointer, index,
                                  constantIndex(b, loc, count), 8);
  }

  /// The plan's dimensions, with room for the symbols of the loops.
  void copyDimensions() {
    unsigned end = loop.getSymbolEnd();
    loop.walk([&](LoopOp inner) { end = std::max(end, inner.getSymbolEnd()); });
    Value given = loadWord(context, buffers.size(), pointer);
    dimensions = words(end);
    symbols.resize(end);
    for (unsigned s = 0; s < loop.getSymbol(); ++s) {
      symbols[s] = loadWord(given, s, index);
      storeWord(symbols[s], dimensions, s);
    }
  }

  void define(unsigned symbol, Value value) {
    symbols[symbol] = value;
    storeWord(value, dimensions, symbol);
  }

  void fillContext(LaunchOp launch) {
    Value own = words(contextWordsOf(launch));
    contexts[launch] = own;
    unsigned word = 0;
    for (auto [i, buffer] : llvm::enumerate(launch.getBuffers())) {
      Value start = loadWord(
          context, llvm::find(buffers, buffer) - buffers.begin(), pointer);
      Type element = cast<BufferType>(buffer.getType()).getElementType();
      int64_t offset = launch.getOffsets() ? (*launch.getOffsets())[i] : 0;
      if (offset != 0) {
        start =
            LLVM::GEPOp::create(b, loc, pointer, b.getI8Type(), start,
                                ValueRange{constantIndex(
                                    b, loc, offset * storageBytesOf(element))});
      }
      storeWord(start, own, word++);
    }
    storeWord(dimensions, own, word++);
    storeWord(loadWord(context, buffers.size() + 1, pointer), own, word);
  }

  /// The points of the runs [begin, end), which follow each other.
  void writeRuns(Value begin, Value end) {
    Value points = emitExpr(
        b, loc, productOf(b.getContext(), loop.getExtents().getResults()), {},
        symbols);
    Value runs = emitLeast(b, loc, runCountOf(loop), symbols);
    auto startOf = [&](Value run) -> Value {
      if (constantIndexOf(points) &&
          constantIndexOf(points) == constantIndexOf(runs)) {
        return run;
      }
      return arith::DivUIOp::create(b, loc, mulIndex(b, loc, run, points),
                                    runs);
    };
    define(loop.getSymbolEnd() - 1, begin);
    Value first = startOf(begin), last = startOf(end);
    writePoints(loop, first, last);
  }

  void writePoints(LoopOp op, Value first, Value last) {
    auto each =
        scf::ForOp::create(b, loc, first, last, constantIndex(b, loc, 1));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(each.getBody()->getTerminator());
    Value rest = each.getInductionVar();
    AffineMap extents = op.getExtents();
    for (unsigned d = extents.getNumResults(); d-- > 0;) {
      Value own = rest;
      if (d > 0) {
        Value count = emitExpr(b, loc, extents.getResult(d), {}, symbols);
        own = arith::RemUIOp::create(b, loc, rest, count);
        rest = arith::DivUIOp::create(b, loc, rest, count);
      }
      define(op.getSymbol() + d, own);
    }
    unsigned next = op.getSymbol() + extents.getNumResults();
    for (Attribute length : op.getLengths()) {
      define(next++, emitLeast(b, loc, cast<AffineMapAttr>(length).getValue(),
                               symbols));
    }
    for (Operation &inner : op.getBody().front()) {
      if (auto launch = dyn_cast<LaunchOp>(inner)) {
        writeCall(launch);
      } else {
        writeInner(cast<LoopOp>(inner));
      }
    }
  }

  void writeInner(LoopOp inner) {
    Value points = emitExpr(
        b, loc, productOf(b.getContext(), inner.getExtents().getResults()), {},
        symbols);
    writePoints(inner, constantIndex(b, loc, 0), points);
  }

  void writeCall(LaunchOp launch) {
    Value count = emitExpr(b, loc, taskCountOf(launch), {}, symbols);
    Value task =
        LLVM::AddressOfOp::create(b, loc, pointer, *launch.getSymbol());
    LLVM::CallOp::create(
        b, loc, taskType({pointer, index, index}),
        ValueRange{task, contexts.at(launch), constantIndex(b, loc, 0), count});
  }

  LoopOp loop;
  SmallVector<Value> buffers;
  OpBuilder b;
  Location loc;
  Type pointer, index;
  LLVM::LLVMFuncOp function;
  Value context, dimensions;
  SmallVector<Value> symbols;
  llvm::DenseMap<Operation *, Value> contexts;
};
} // namespace

using KernelNames = llvm::DenseMap<Operation *, std::string>;

static KernelNames namesByLaunch(ModuleOp plan) {
  std::vector<std::string> names = kernelNamesOf(plan);
  auto next = names.begin();
  KernelNames byLaunch;
  plan.walk([&](LaunchOp launch) { byLaunch[launch] = *next++; });
  return byLaunch;
}

/// Loops with equal identities do the same with the same context.
static void printIdentity(llvm::raw_ostream &os, LoopOp loop,
                          ArrayRef<Value> buffers, const KernelNames &names) {
  os << loop->getAttrDictionary() << '{';
  for (Operation &op : loop.getBody().front()) {
    auto launch = dyn_cast<LaunchOp>(op);
    if (!launch) {
      printIdentity(os, cast<LoopOp>(op), buffers, names);
      continue;
    }
    os << names.at(launch) << launch.getOffsetsAttr();
    for (Value buffer : launch.getBuffers()) {
      os << ' ' << llvm::find(buffers, buffer) - buffers.begin();
    }
    os << ';';
  }
  os << '}';
}

/// The loops among the steps of a plan.
static SmallVector<LoopOp> loopsOf(ModuleOp plan) {
  SmallVector<LoopOp> loops;
  for (Operation *step : stepsOf(plan)) {
    if (auto loop = dyn_cast<LoopOp>(step)) {
      loops.push_back(loop);
    }
  }
  return loops;
}

std::vector<std::string> loopNamesOf(ModuleOp plan) {
  KernelNames kernels = namesByLaunch(plan);
  llvm::StringMap<std::string> known;
  std::vector<std::string> names;
  for (LoopOp loop : loopsOf(plan)) {
    std::string identity;
    llvm::raw_string_ostream os(identity);
    printIdentity(os, loop, loop.getBuffers(), kernels);
    std::string next = "loop_" + std::to_string(known.size());
    names.push_back(known.try_emplace(identity, next).first->second);
  }
  return names;
}

std::vector<StepName> stepNamesOf(ModuleOp plan) {
  KernelNames kernels = namesByLaunch(plan);
  std::vector<std::string> loops = loopNamesOf(plan);
  auto next = loops.begin();
  std::vector<StepName> steps;
  for (Operation *step : stepsOf(plan)) {
    if (isa<LaunchOp>(step)) {
      steps.push_back({kernels.at(step), step->getLoc()});
    } else if (isa<LoopOp>(step)) {
      steps.push_back({*next++, step->getLoc()});
    }
  }
  return steps;
}

void emitLoopFunctions(ModuleOp plan, ModuleOp code, StringRef prefix) {
  std::vector<std::string> names = loopNamesOf(plan);
  llvm::StringSet<> written;
  for (auto [loop, name] : llvm::zip_equal(loopsOf(plan), names)) {
    if (written.insert(name).second) {
      LoopWriter(code, (prefix + "_" + name).str(), loop).write();
    }
  }
}

} // namespace tessera::cpu
