//===- CallWriter.cpp - calls of the operator library ---------------------===//

#include "codegen/cpu/CallWriter.h"
#include "codegen/cpu/Access.h"
#include "codegen/cpu/DimensionChecks.h"
#include "codegen/cpu/ElementCode.h"
#include "codegen/cpu/Parameters.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::cpu {

static constexpr unsigned kCallWords = sizeof(tsr_operator_call) / 8;
static constexpr unsigned kOperandWords = sizeof(tsr_operand) / 8;
/// Values beyond this are refused, so that their products with small numbers
/// do not overflow.
static constexpr int64_t kGreatestComputed = int64_t(1) << 47;

/// Inputs of the C function, absent ones among them.
static unsigned inputCountOf(CallOp call) {
  ArrayRef<int64_t> positions = call.getPositions();
  return positions.empty() ? 0 : positions.back() + 1;
}

static RankedTensorType typeAt(ArrayAttr types, unsigned i) {
  return cast<RankedTensorType>(cast<TypeAttr>(types[i]).getValue());
}

unsigned CallWriter::wordsOf(CallOp call) {
  unsigned operands = inputCountOf(call) + call.getOutputTypes().size();
  unsigned words = kCallWords + operands * kOperandWords;
  for (ArrayAttr types : {call.getInputTypes(), call.getOutputTypes()}) {
    for (unsigned i = 0; i < types.size(); ++i) {
      words += typeAt(types, i).getRank();
    }
  }
  return words;
}

CallWriter::CallWriter(ModuleOp plan, HostFunction &host, Memory memory,
                       SmallVector<Value> &symbols)
    : plan(plan), host(host), b(host.b), memory(memory), symbols(symbols),
      unknown(computedDimensions(plan)) {
  if (auto list = plan->getAttrOfType<ArrayAttr>(kDimensionsAttr)) {
    dimensions = llvm::to_vector(list.getAsRange<DimensionAttr>());
  }
  for (AffineMap constraint : constraintsOf(plan)) {
    if (usesDimensions(constraint.getResult(0), unknown) ||
        usesDimensions(constraint.getResult(1), unknown)) {
      constraints.push_back(constraint);
    }
  }
  auto signature = plan->getAttrOfType<DictionaryAttr>("tsk.signature");
  auto list = signature ? signature.getAs<ArrayAttr>("outputs") : ArrayAttr();
  for (unsigned i = 0; list && i < list.size(); ++i) {
    auto type = cast<RankedTensorType>(
        cast<DictionaryAttr>(list[i]).getAs<TypeAttr>("type").getValue());
    if (llvm::any_of(extentsOf(type), [&](AffineExpr extent) {
          return usesDimensions(extent, unknown);
        })) {
      outputs.push_back({i, type});
    }
  }
}

Value CallWriter::constant(int64_t value) {
  return constantIndex(b, host.loc, value);
}

Value CallWriter::evaluate(AffineExpr expr) {
  return emitExpr(b, host.loc, expr, {}, symbols);
}

void CallWriter::store(unsigned word, Value value) {
  LLVM::StoreOp::create(b, host.loc, value, host.field(memory.stack, 8 * word),
                        8);
}

void CallWriter::storeOperand(unsigned word, unsigned &extentWord,
                              const Operand &operand,
                              const llvm::BitVector &unknown) {
  store(word, operand.data);
  store(word + 1, operand.bytes);
  store(word + 2, host.field(memory.stack, 8 * extentWord));
  int64_t code = elementCodeOf(operand.type.getElementType());
  store(word + 3, constant(code | operand.type.getRank() << 32));
  for (AffineExpr extent : extentsOf(operand.type)) {
    store(extentWord++,
          usesDimensions(extent, unknown) ? constant(-1) : evaluate(extent));
  }
}

/// The pointer moved by a number of elements.
static AffineExpr byteOffset(ArrayAttr offsets, unsigned i, Type element) {
  AffineMap map = cast<AffineMapAttr>(offsets[i]).getValue();
  return simplify(map.getResult(0) * storageBytesOf(element));
}

CallWriter::Operand CallWriter::inputOf(CallOp call, unsigned i,
                                        Value pointer) {
  RankedTensorType type = typeAt(call.getInputTypes(), i);
  Type element = type.getElementType();
  AffineExpr offset = byteOffset(call.getInputOffsets(), i, element);
  AffineExpr bytes =
      productOf(b.getContext(), extentsOf(type)) * storageBytesOf(element);
  return {host.advance(pointer, evaluate(offset)), evaluate(simplify(bytes)),
          type};
}

CallWriter::Operand CallWriter::resultOf(CallOp call, unsigned i,
                                         Value pointer) {
  RankedTensorType type = typeAt(call.getOutputTypes(), i);
  Value offset =
      evaluate(byteOffset(call.getOutputOffsets(), i, type.getElementType()));
  Operation *buffer = call.getOutputs()[i].getDefiningOp();
  Value bytes;
  if (auto output = dyn_cast<OutputOp>(buffer)) {
    int64_t field =
        sizeof(tsr_output) * output.getIndex() + offsetof(tsr_output, bytes);
    bytes = host.loadField(memory.results, field, host.index);
  } else {
    bytes = evaluate(cast<ArenaOp>(buffer).getBytes().getResult(0));
  }
  return {host.advance(pointer, offset),
          arith::SubIOp::create(b, host.loc, bytes, offset), type};
}

Value CallWriter::scratchBytesOf(CallOp call) {
  return call.getScratch() ? evaluate(call.getScratch()->getResult(0))
                           : constant(0);
}

Value CallWriter::callFunction(CallOp call) {
  std::string name = ("tsr_operator_" + call.getFunction()).str();
  auto function = host.code.lookupSymbol<LLVM::LLVMFuncOp>(name);
  OpBuilder top = OpBuilder::atBlockBegin(host.code.getBody());
  if (!function) {
    auto type = LLVM::LLVMFunctionType::get(b.getI32Type(), {host.pointer});
    function = LLVM::LLVMFuncOp::create(top, host.loc, name, type);
    function.setVisibility_(LLVM::Visibility::Hidden);
  }
  return LLVM::CallOp::create(b, host.loc, function, ValueRange{memory.stack})
      .getResult();
}

/// The address of a call's constant data.
static Value parametersOf(HostFunction &host, CallOp call) {
  std::string bytes = parameterBytes(call.getParameters());
  OpBuilder top = OpBuilder::atBlockBegin(host.code.getBody());
  unsigned number = 0;
  std::string name;
  do {
    name = "parameters_" + std::to_string(number++);
  } while (host.code.lookupSymbol(name));
  auto type = LLVM::LLVMArrayType::get(top.getI8Type(), bytes.size());
  LLVM::GlobalOp::create(top, host.loc, type, /*isConstant=*/true,
                         LLVM::Linkage::Internal, name,
                         top.getStringAttr(bytes), /*alignment=*/8);
  return LLVM::AddressOfOp::create(host.b, host.loc, host.pointer, name);
}

void CallWriter::write(CallOp call,
                       llvm::function_ref<Value(Value)> pointerTo) {
  unsigned inputs = inputCountOf(call);
  unsigned results = call.getOutputTypes().size();
  unsigned word = kCallWords;
  unsigned extentWord = word + (inputs + results) * kOperandWords;
  // What a call defines is unknown until it returns.
  for (unsigned position = 0, i = 0; position < inputs; ++position) {
    if (call.getPositions()[i] == position) {
      storeOperand(word, extentWord,
                   inputOf(call, i, pointerTo(call.getInputs()[i])), unknown);
      ++i;
    } else {
      for (unsigned w = 0; w < kOperandWords; ++w) {
        store(word + w, constant(0));
      }
    }
    word += kOperandWords;
  }
  SmallVector<unsigned> extentWords;
  SmallVector<Value> data;
  for (unsigned i = 0; i < results; ++i, word += kOperandWords) {
    Operand result = resultOf(call, i, pointerTo(call.getOutputs()[i]));
    extentWords.push_back(extentWord);
    data.push_back(result.data);
    storeOperand(word, extentWord, result, unknown);
  }
  store(0, host.field(memory.stack, 8 * kCallWords));
  store(1, host.field(memory.stack, 8 * (kCallWords + inputs * kOperandWords)));
  store(2, parametersOf(host, call));
  store(3,
        call.getScratch() ? pointerTo(call.getOutputs().back()) : memory.stack);
  store(4, scratchBytesOf(call));
  store(5, constant(int64_t(inputs) | int64_t(results) << 32));
  store(6, memory.frame);
  define(call, extentWords, data);
}

void CallWriter::define(CallOp call, ArrayRef<unsigned> extentWords,
                        ArrayRef<Value> data) {
  Value status = callFunction(call);
  SmallVector<Definition> definitions =
      definitionsOf(call.getExtents(), call.getElements());
  if (definitions.empty()) {
    return host.returnIfNonzero(status);
  }
  auto code = [&](int32_t value) {
    return LLVM::ConstantOp::create(b, host.loc, b.getI32Type(),
                                    b.getI32IntegerAttr(value));
  };
  // A result too large for its memory still has a size to report.
  Value tooSmall = arith::CmpIOp::create(b, host.loc, arith::CmpIPredicate::eq,
                                         status, code(TSR_OUTPUT_TOO_SMALL));
  host.returnIfNonzero(
      arith::SelectOp::create(b, host.loc, tooSmall, code(TSR_OK), status));
  for (const Definition &definition : definitions) {
    Value value = definition.isElement
                      ? host.loadField(data[definition.result],
                                       8 * definition.index, host.index)
                      : host.loadField(memory.stack,
                                       8 * (extentWords[definition.result] +
                                            definition.index),
                                       host.index);
    LLVM::StoreOp::create(b, host.loc, value,
                          host.field(memory.dims, 8 * definition.symbol), 8);
    symbols[definition.symbol] = value;
    unknown.reset(definition.symbol);
  }
  for (const Definition &definition : definitions) {
    checkDefined(definition.symbol);
  }
  update();
  host.returnIfNonzero(status);
}

void CallWriter::checkDefined(unsigned symbol) {
  DimensionAttr dimension = dimensions[symbol];
  checkBounds(host, dimension, symbols[symbol]);
  Value limit = constant(kGreatestComputed);
  if (dimension.getOperands().getNumResults() > 0) {
    // Memory was given for this many.
    AffineExpr bound = dimension.getOperands().getResult(0);
    if (!usesDimensions(bound, unknown)) {
      limit = evaluate(bound);
    }
  }
  auto refuse = [&](arith::CmpIPredicate how, Value limit) {
    returnIf(host,
             arith::CmpIOp::create(b, host.loc, how, symbols[symbol], limit),
             TSR_DIMENSION_OUT_OF_BOUNDS);
  };
  refuse(arith::CmpIPredicate::sgt, limit);
  if (dimension.getLower() < -kGreatestComputed) {
    refuse(arith::CmpIPredicate::slt, constant(-kGreatestComputed));
  }
}

void CallWriter::update() {
  for (auto [i, dimension] : llvm::enumerate(dimensions)) {
    bool isDerived = dimension.getKind() != DimensionKind::computed;
    if (unknown[i] && isDerived &&
        llvm::none_of(dimension.getOperands().getResults(),
                      [&](AffineExpr operand) {
                        return usesDimensions(operand, unknown);
                      })) {
      symbols[i] = deriveDimension(host, dimension, symbols);
      LLVM::StoreOp::create(b, host.loc, symbols[i],
                            host.field(memory.dims, 8 * i), 8);
      unknown.reset(i);
    }
  }
  llvm::erase_if(constraints, [&](AffineMap constraint) {
    bool known = !usesDimensions(constraint.getResult(0), unknown) &&
                 !usesDimensions(constraint.getResult(1), unknown);
    if (known) {
      checkConstraint(host, constraint, symbols);
    }
    return known;
  });
  llvm::erase_if(outputs, [&](const auto &output) {
    bool known =
        llvm::none_of(extentsOf(output.second), [&](AffineExpr extent) {
          return usesDimensions(extent, unknown);
        });
    if (known) {
      checkOutput(output.first, output.second);
    }
    return known;
  });
}

void CallWriter::checkOutput(unsigned index, RankedTensorType type) {
  // In floating point, where products of sizes do not overflow.
  Type number = b.getF64Type();
  auto convert = [&](Value value) {
    return arith::SIToFPOp::create(b, host.loc, number, value);
  };
  Value needed = convert(constant(storageBytesOf(type.getElementType())));
  for (AffineExpr extent : extentsOf(type)) {
    needed =
        arith::MulFOp::create(b, host.loc, needed, convert(evaluate(extent)));
  }
  int64_t field = sizeof(tsr_output) * index + offsetof(tsr_output, bytes);
  Value bytes = host.loadField(memory.results, field, host.index);
  returnIf(host,
           arith::CmpFOp::create(b, host.loc, arith::CmpFPredicate::OGT, needed,
                                 convert(bytes)),
           TSR_OUTPUT_TOO_SMALL);
}

} // namespace tessera::cpu
