//===- HalideCall.cpp - calls of functions that Halide writes -------------===//
//
// Halide's functions take descriptors of buffers. Sizes and strides are known
// to them; of a descriptor they read where the buffer lies and which part of
// the first loop to compute. They come as bitcode, so that frame sizes,
// sanitizers and names are those of all other code.
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/HalideCall.h"
#include "codegen/cpu/Access.h"
#include "codegen/halide/Description.h"
#include "codegen/halide/Generator.h"
#include "dialects/kernel/Extents.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/Linker/Linker.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::cpu {

// halide_buffer_t and halide_dimension_t of HalideRuntime.h (64-bit).
static constexpr int64_t kBufferBytes = 56, kDimensionBytes = 16;
static constexpr int64_t kHostAt = 16, kDimensionsAt = 40;

bool isHalides(LaunchOp launch) {
  return launch.getSchedule()->getAlgorithm() == Algorithm::halide;
}

namespace {
class CallWriter {
public:
  CallWriter(OpBuilder &b, LaunchOp launch)
      : b(b), loc(launch.getLoc()), launch(launch),
        pointer(LLVM::LLVMPointerType::get(b.getContext())) {}

  /// A descriptor of a buffer that starts at `host`.
  Value descriptor(Value host, Value dimensions) {
    Value buffer = zeroed(kBufferBytes);
    store(host, buffer, kHostAt);
    store(dimensions, buffer, kDimensionsAt);
    return buffer;
  }

  /// A dimension of an input: no field of it is read.
  Value anyDimension() { return zeroed(kDimensionBytes); }

  /// The result's dimensions, of which the first loop's is [begin, end).
  Value resultDimensions(Value begin, Value end);

  /// Where the first of the tasks is stored.
  Value resultHost(Value base, Value begin);

private:
  Value zeroed(int64_t bytes) {
    Type words = LLVM::LLVMArrayType::get(b.getI64Type(), (bytes + 7) / 8);
    Value one = constantIndex(b, loc, 1);
    Value memory = LLVM::AllocaOp::create(b, loc, pointer, words, one, 16);
    Value zero = LLVM::ZeroOp::create(b, loc, words);
    LLVM::StoreOp::create(b, loc, zero, memory, 8);
    return memory;
  }
  void store(Value value, Value memory, int64_t at) {
    Value slot =
        LLVM::GEPOp::create(b, loc, pointer, b.getI8Type(), memory,
                            ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(at)});
    LLVM::StoreOp::create(b, loc, value, slot, 4);
  }
  void storeNumber(Value number, Value memory, int64_t at) {
    store(LLVM::TruncOp::create(b, loc, b.getI32Type(), number), memory, at);
  }
  int64_t strideOf(unsigned dim) {
    return *linearFormOf(launch.getOutputMap(0).getResult(0),
                         launch.getNumDims())
                .stride(dim);
  }
  /// The dimension whose points are the tasks, or -1.
  int64_t taskDim() {
    ScheduleAttr schedule = *launch.getSchedule();
    return schedule.getTasks() > 0 ? schedule.getOrder()[0] : -1;
  }

  OpBuilder &b;
  Location loc;
  LaunchOp launch;
  Type pointer;
};
} // namespace

Value CallWriter::resultDimensions(Value begin, Value end) {
  int64_t rank = launch.getNumDims();
  Value memory = zeroed(rank * kDimensionBytes);
  int64_t at = 0;
  for (int64_t d = 0; d < rank; ++d) {
    if (launch.getIterator(d) == IteratorKind::reduction) {
      continue;
    }
    Value first = constantIndex(b, loc, 0);
    Value extent =
        constantIndex(b, loc, *constantOf(launch.getExtents().getResult(d)));
    if (d == taskDim()) {
      first = begin;
      extent = LLVM::SubOp::create(b, loc, end, begin);
    }
    storeNumber(first, memory, at);
    storeNumber(extent, memory, at + 4);
    storeNumber(constantIndex(b, loc, strideOf(d)), memory, at + 8);
    at += kDimensionBytes;
  }
  return memory;
}

Value CallWriter::resultHost(Value base, Value begin) {
  LinearForm form =
      linearFormOf(launch.getOutputMap(0).getResult(0), launch.getNumDims());
  Value offset = constantIndex(b, loc, *constantOf(simplify(form.rest)));
  if (taskDim() >= 0) {
    Value stride = constantIndex(b, loc, strideOf(taskDim()));
    offset = addIndex(b, loc, offset, mulIndex(b, loc, begin, stride));
  }
  Type element =
      cast<BufferType>(launch.getOutputs()[0].getType()).getElementType();
  return LLVM::GEPOp::create(b, loc, pointer, element, base,
                             ArrayRef<LLVM::GEPArg>{offset});
}

void emitHalideCall(OpBuilder &b, ModuleOp code, StringRef name,
                    LaunchOp launch, ValueRange buffers, Value begin,
                    Value end) {
  auto text = halide::describe(launch, *launch.getSchedule());
  if (!text) {
    launch.emitOpError("got an illegal schedule: ")
        << llvm::toString(text.takeError());
    return;
  }
  Type pointer = LLVM::LLVMPointerType::get(b.getContext());
  auto type = LLVM::LLVMFunctionType::get(
      b.getI32Type(), SmallVector<Type>(buffers.size(), pointer));
  OpBuilder declarations = OpBuilder::atBlockEnd(code.getBody());
  auto function =
      LLVM::LLVMFuncOp::create(declarations, launch.getLoc(), name, type);
  function->setAttr(halide::kDescriptionAttr, b.getStringAttr(*text));
  CallWriter writer(b, launch);
  SmallVector<Value> arguments;
  unsigned inputs = launch.getInputs().size();
  for (Value buffer : buffers.take_front(inputs)) {
    arguments.push_back(writer.descriptor(buffer, writer.anyDimension()));
  }
  arguments.push_back(
      writer.descriptor(writer.resultHost(buffers[inputs], begin),
                        writer.resultDimensions(begin, end)));
  LLVM::CallOp::create(b, launch.getLoc(), function, arguments);
}

HalideFunctions halideFunctionsOf(ModuleOp module) {
  HalideFunctions found;
  for (auto function : module.getOps<LLVM::LLVMFuncOp>()) {
    if (auto text =
            function->getAttrOfType<StringAttr>(halide::kDescriptionAttr)) {
      found.push_back({function.getName().str(), text.str()});
    }
  }
  return found;
}

/// Only what the compiler computes itself may be called.
static llvm::Error checkCalls(const llvm::Module &module) {
  for (const llvm::Function &function : module) {
    if (function.isDeclaration() && !function.use_empty() &&
        llvm::is_contained({"halide_malloc", "halide_free", "halide_error"},
                           function.getName())) {
      return llvm::createStringError("Halide's code needs its runtime (" +
                                     function.getName() + ")");
    }
  }
  return llvm::Error::success();
}

llvm::Error linkHalideFunctions(const HalideFunctions &functions,
                                const schedule::Target &target,
                                llvm::Module &code) {
  for (const auto &[name, description] : functions) {
    auto bitcode = halide::generate(description, name, target.vectorBits);
    if (!bitcode) {
      return bitcode.takeError();
    }
    auto module = llvm::parseBitcodeFile(**bitcode, code.getContext());
    if (!module) {
      return module.takeError();
    }
    (*module)->setDataLayout(code.getDataLayout());
    (*module)->setTargetTriple(code.getTargetTriple());
    if (llvm::Linker::linkModules(code, std::move(*module),
                                  llvm::Linker::LinkOnlyNeeded)) {
      return llvm::createStringError("cannot link what Halide wrote");
    }
    llvm::Function *function = code.getFunction(name);
    if (!function || function->isDeclaration()) {
      return llvm::createStringError("Halide did not write " + name);
    }
    function->setLinkage(llvm::GlobalValue::InternalLinkage);
    function->setVisibility(llvm::GlobalValue::DefaultVisibility);
    function->removeFnAttr(llvm::Attribute::NoInline);
    function->addFnAttr(llvm::Attribute::AlwaysInline);
  }
  return checkCalls(code);
}

} // namespace tessera::cpu
