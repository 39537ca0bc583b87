//===- KernelFunctions.cpp - one function for each distinct launch --------===//

#include "codegen/cpu/KernelFunctions.h"
#include "codegen/cpu/HalideCall.h"
#include "codegen/cpu/NestEmitter.h"
#include "codegen/cpu/TileProducts.h"
#include "codegen/schedule/Passes.h"
#include "codegen/schedule/ScheduleFile.h"
#include "codegen/schedule/TileProduct.h"
#include "mlir/IR/IntegerSet.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::cpu {

unsigned contextWordsOf(LaunchOp launch) {
  return launch.getBuffers().size() + 2;
}

/// For each operand the first one with the same buffer: accesses through one
/// pointer are known to be next to each other.
static SmallVector<unsigned> firstOperands(LaunchOp launch) {
  SmallVector<unsigned> first;
  OperandRange buffers = launch.getBuffers();
  for (Value buffer : buffers) {
    first.push_back(llvm::find(buffers, buffer) - buffers.begin());
  }
  return first;
}

/// Operands whose memory no other buffer of the launch overlaps that is
/// written.
static SmallVector<bool> distinctOperands(LaunchOp launch) {
  OperandRange buffers = launch.getBuffers();
  SmallVector<bool> distinct(buffers.size(), true);
  unsigned inputs = launch.getInputs().size();
  for (unsigned i = 0; i < distinct.size(); ++i) {
    for (unsigned j = inputs; j < distinct.size(); ++j) {
      Value a = buffers[i], b = buffers[j];
      if (a != b && mayShareMemory(a, b)) {
        distinct[i] = distinct[j] = false;
      }
    }
  }
  return distinct;
}

/// The largest number of symbols that the launch's maps use.
static unsigned symbolCountOf(LaunchOp launch) {
  unsigned count = launch.getExtents().getNumSymbols();
  auto visit = [&](Operation *op) {
    for (NamedAttribute attribute : op->getAttrs()) {
      attribute.getValue().walk([&](Attribute part) {
        if (auto map = dyn_cast<AffineMapAttr>(part)) {
          count = std::max(count, map.getValue().getNumSymbols());
        } else if (auto set = dyn_cast<IntegerSetAttr>(part)) {
          count = std::max(count, set.getValue().getNumSymbols());
        }
      });
    }
  };
  launch->walk(visit);
  return count;
}

namespace {
class FunctionWriter {
public:
  FunctionWriter(ModuleOp code, StringRef name, LaunchOp launch,
                 bool byteProducts)
      : launch(launch), name(name), byteProducts(byteProducts),
        b(OpBuilder::atBlockEnd(code.getBody())), loc(launch.getLoc()),
        pointer(LLVM::LLVMPointerType::get(b.getContext())),
        index(b.getI64Type()) {}

  void write() {
    LLVM::LLVMFuncOp body = writeBody();
    writeTask(body);
  }

private:
  /// The work itself: pointers as parameters, so that `noalias` reaches the
  /// loads and stores.
  LLVM::LLVMFuncOp writeBody() {
    SmallVector<Type> types(contextWordsOf(launch), pointer);
    types.append({index, index});
    auto function = LLVM::LLVMFuncOp::create(
        b, loc, name + "_body", voidFunction(types), LLVM::Linkage::Internal);
    SmallVector<unsigned> first = firstOperands(launch);
    for (auto [i, distinct] : llvm::enumerate(distinctOperands(launch))) {
      if (distinct && first[i] == i) {
        function.setArgAttr(i, LLVM::LLVMDialect::getNoAliasAttrName(),
                            b.getUnitAttr());
      }
    }
    OpBuilder::InsertionGuard guard(b);
    Block *entry = function.addEntryBlock(b);
    b.setInsertionPointToStart(entry);
    if (isHalides(launch)) {
      SmallVector<Value> buffers;
      for (unsigned operand : first) {
        buffers.push_back(entry->getArgument(operand));
      }
      ValueRange bounds = entry->getArguments().take_back(2);
      emitHalideCall(b, function->getParentOfType<ModuleOp>(), name + "_halide",
                     launch, buffers, bounds[0], bounds[1]);
      LLVM::ReturnOp::create(b, loc, ValueRange());
      return function;
    }
    Nest nest(launch, loc);
    unsigned inputs = launch.getInputs().size(),
             operands = launch.getBuffers().size();
    ValueRange arguments = entry->getArguments();
    for (unsigned i = 0; i < operands; ++i) {
      (i < inputs ? nest.inputs : nest.outputs).push_back(arguments[first[i]]);
    }
    nest.status = arguments[operands + 1];
    nest.byteProducts = byteProducts;
    initialiseNest(nest, b, loadSymbols(arguments[operands]));
    bool hasTiles = schedule::partsOf(launch.getSchedule()->getAlgorithm()) > 0;
    (hasTiles ? emitTileProducts : emitNest)(nest, b, arguments[operands + 2],
                                             arguments[operands + 3]);
    LLVM::ReturnOp::create(b, loc, ValueRange());
    return function;
  }

  /// What the plan calls, directly or from several threads.
  void writeTask(LLVM::LLVMFuncOp body) {
    auto task = LLVM::LLVMFuncOp::create(b, loc, name,
                                         voidFunction({pointer, index, index}));
    task.setVisibility_(LLVM::Visibility::Hidden);
    OpBuilder::InsertionGuard guard(b);
    Block *entry = task.addEntryBlock(b);
    b.setInsertionPointToStart(entry);
    SmallVector<Value> arguments;
    for (unsigned i = 0; i < contextWordsOf(launch); ++i) {
      Value slot =
          LLVM::GEPOp::create(b, loc, pointer, pointer, entry->getArgument(0),
                              ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(i)});
      arguments.push_back(LLVM::LoadOp::create(b, loc, pointer, slot, 8));
    }
    arguments.append({entry->getArgument(1), entry->getArgument(2)});
    auto flushed = launch->getAttrOfType<StringAttr>(schedule::kFlushAttr);
    Value before = flushed ? flushDenormals(flushed) : Value();
    LLVM::CallOp::create(b, loc, body, arguments);
    if (flushed) {
      callControl("llvm.x86.sse.ldmxcsr", before);
    }
    LLVM::ReturnOp::create(b, loc, ValueRange());
  }

  /// Has denormal numbers taken for zeros; returns where the control word from
  /// before is kept.
  Value flushDenormals(StringAttr flushed) {
    constexpr int32_t kResults = 0x8000, kOperands = 0x40;
    bool readsToo = flushed == schedule::kFlushAll;
    Value two = LLVM::ConstantOp::create(b, loc, index, b.getI64IntegerAttr(2));
    Value words =
        LLVM::AllocaOp::create(b, loc, pointer, b.getI32Type(), two, 4);
    callControl("llvm.x86.sse.stmxcsr", words);
    Value word = LLVM::LoadOp::create(b, loc, b.getI32Type(), words, 4);
    Value flags = LLVM::ConstantOp::create(
        b, loc, b.getI32Type(),
        b.getI32IntegerAttr(readsToo ? kResults | kOperands : kResults));
    Value own = LLVM::GEPOp::create(b, loc, pointer, b.getI32Type(), words,
                                    ArrayRef<LLVM::GEPArg>{1});
    LLVM::StoreOp::create(b, loc, LLVM::OrOp::create(b, loc, word, flags), own,
                          4);
    callControl("llvm.x86.sse.ldmxcsr", own);
    return words;
  }

  void callControl(StringRef intrinsic, Value word) {
    LLVM::CallIntrinsicOp::create(b, loc, b.getStringAttr(intrinsic), word);
  }

  SmallVector<Value> loadSymbols(Value dims) {
    SmallVector<Value> symbols;
    for (unsigned s = 0; s < symbolCountOf(launch); ++s) {
      Value slot =
          LLVM::GEPOp::create(b, loc, pointer, index, dims,
                              ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(s)});
      symbols.push_back(LLVM::LoadOp::create(b, loc, index, slot, 8));
    }
    return symbols;
  }

  LLVM::LLVMFunctionType voidFunction(ArrayRef<Type> types) {
    return LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(b.getContext()),
                                       types);
  }

  LaunchOp launch;
  std::string name;
  bool byteProducts;
  OpBuilder b;
  Location loc;
  Type pointer, index;
};
} // namespace

/// Launches with equal identities compute the same from the same context.
static std::string identityOf(LaunchOp launch) {
  std::string text = schedule::kernelKeyOf(launch);
  llvm::raw_string_ostream os(text);
  os << *launch.getSchedule() << launch->getAttr(schedule::kFlushAttr)
     << launch->getAttr(schedule::kFetchAheadAttr);
  for (auto [first, distinct] :
       llvm::zip_equal(firstOperands(launch), distinctOperands(launch))) {
    os << first << distinct << ',';
  }
  return text;
}

std::vector<std::string> kernelNamesOf(ModuleOp plan) {
  llvm::StringMap<std::string> known;
  std::vector<std::string> names;
  plan.walk([&](LaunchOp launch) {
    std::string next = "kernel_" + std::to_string(known.size());
    names.push_back(known.try_emplace(identityOf(launch), next).first->second);
  });
  return names;
}

void emitKernelFunctions(ModuleOp plan, ModuleOp code, StringRef prefix,
                         bool byteProducts) {
  std::vector<std::string> names = kernelNamesOf(plan);
  llvm::StringSet<> written;
  auto next = names.begin();
  plan.walk([&](LaunchOp launch) {
    std::string name = (prefix + "_" + *next++).str();
    launch.setSymbol(name);
    if (written.insert(name).second) {
      FunctionWriter(code, name, launch, byteProducts).write();
    }
  });
}

} // namespace tessera::cpu
