//===- TabulateBytes.cpp - functions of one byte as tables ----------------===//

#include "dialects/kernel/HostTensor.h"
#include "dialects/kernel/ScalarProgram.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/fusion/Passes.h"
#include "passes/fusion/Rewriting.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::fusion {
#define GEN_PASS_DEF_TABULATEBYTES
#include "passes/fusion/Passes.h.inc"

namespace {
constexpr int64_t kBytes = 256;

/// What costs less is computed: reading a table takes about as long as 16
/// simple instructions, and a register or two.
constexpr unsigned kWorthATable = 32;

/// The values of a body that depend on one byte and on constants alone.
class ByteFunctions {
public:
  ByteFunctions(const ScalarProgram &program, Value byte)
      : program(program), byte(byte) {
    for (const Instruction &instruction : program.instructions) {
      bool isFunction = instruction.evaluate && dependsOnByte(instruction.op) &&
                        llvm::all_of(instruction.op->getOperands(),
                                     [&](Value v) { return isKnown(v); });
      if (isFunction) {
        functions.insert(instruction.op->getResult(0));
      }
    }
  }

  bool contains(Value value) const { return functions.contains(value); }

  /// Functions that something else reads, which cost more than a table and have
  /// a type that a table can have.
  SmallVector<Value> worthTables() const {
    SmallVector<Value> found;
    for (Value value : functions) {
      bool leaves = llvm::any_of(value.getUsers(), [&](Operation *user) {
        return user->getNumResults() != 1 || !contains(user->getResult(0));
      });
      bool fits = value.getType().isF32() || value.getType().isInteger(8);
      if (leaves && fits && costOf(value) >= kWorthATable) {
        found.push_back(value);
      }
    }
    return found;
  }

  /// The function's value for each byte, counted as unsigned.
  HostTensor tabulate(Value function) const;

private:
  bool isKnown(Value value) const {
    return value == byte || contains(value) ||
           value.getDefiningOp<arith::ConstantOp>();
  }
  bool dependsOnByte(Operation *op) const {
    return llvm::any_of(op->getOperands(), [&](Value operand) {
      return operand == byte || contains(operand);
    });
  }
  unsigned costOf(Value function) const {
    unsigned cost = 0;
    for (const Instruction *instruction : program.sliceOf(function)) {
      if (contains(instruction->op->getResult(0))) {
        cost += fusion::costOf(*instruction->op);
      }
    }
    return cost;
  }

  const ScalarProgram &program;
  Value byte;
  llvm::SetVector<Value> functions;
};
} // namespace

HostTensor ByteFunctions::tabulate(Value function) const {
  bool isByte = function.getType().isInteger(8);
  Type element =
      isByte ? IntegerType::get(function.getContext(), 32) : function.getType();
  HostTensor table{element, {kBytes}, {}};
  std::vector<Scalar> registers(program.registerCount);
  std::vector<const Instruction *> slice = program.sliceOf(function);
  for (int64_t value = 0; value < kBytes; ++value) {
    registers[program.registerOf(byte)].i = wrapTo(8, value);
    for (const Instruction *instruction : slice) {
      Scalar &result = registers[instruction->result];
      if (auto constant = dyn_cast<arith::ConstantOp>(instruction->op)) {
        result = scalarOf(constant.getValue());
      } else if (contains(instruction->op->getResult(0))) {
        SmallVector<Scalar, 3> operands;
        for (unsigned operand : instruction->operands) {
          operands.push_back(registers[operand]);
        }
        result = instruction->evaluate(operands.data(), *instruction);
      }
    }
    table.elements.push_back(registers[program.registerOf(function)]);
  }
  return table;
}

/// The element of `table` that `byte` selects, as a value of `type`.
static Value lookUp(KernelParts &parts, Value table, Value byte, Type type) {
  KernelInput input;
  input.tensor = table;
  input.whole = true;
  input.pad = UnitAttr::get(parts.context());
  OpBuilder b(parts.context());
  b.setInsertionPointAfterValue(byte);
  Location loc = byte.getLoc();
  Value index = arith::ExtUIOp::create(b, loc, b.getI64Type(), byte);
  unsigned dims = parts.extents.size();
  AffineMap map = AffineMap::get(dims + 1, 0, parts.dim(dims));
  AffineMap limits = AffineMap::getConstantMap(kBytes, parts.context());
  Type element = cast<RankedTensorType>(table.getType()).getElementType();
  Value found = GatherOp::create(b, loc, element, parts.findOrAddInput(input),
                                 ValueRange(index), AffineMapAttr::get(map),
                                 AffineMapAttr::get(limits), b.getUnitAttr());
  return element == type
             ? found
             : arith::TruncIOp::create(b, loc, type, found).getResult();
}

/// Replaces what is worth a table among the functions of `byte`.
static bool tabulate(KernelParts &parts, const ScalarProgram &program,
                     Value byte, OpBuilder &builder) {
  ByteFunctions functions(program, byte);
  SmallVector<Value> worth = functions.worthTables();
  for (Value function : worth) {
    auto elements =
        cast<TypedAttr>(storeElements(functions.tabulate(function)));
    Value table =
        arith::ConstantOp::create(builder, function.getLoc(), elements);
    Value found = lookUp(parts, table, byte, function.getType());
    function.replaceAllUsesWith(found);
  }
  return !worth.empty();
}

/// Every byte of the body, in order: the first one that reaches a function
/// gives the table.
static SmallVector<Value> bytesOf(Block &body) {
  SmallVector<Value> bytes;
  auto add = [&](Value value) {
    if (value.getType().isInteger(8)) {
      bytes.push_back(value);
    }
  };
  llvm::for_each(body.getArguments(), add);
  for (Operation &op : body.without_terminator()) {
    llvm::for_each(op.getResults(), add);
  }
  return bytes;
}

/// Tables for the functions of one byte; false where no byte has any.
static bool tabulateOne(KernelParts &parts, OpBuilder &builder) {
  auto program = ScalarProgram::compile(parts.body());
  return program && llvm::any_of(bytesOf(parts.body()), [&](Value byte) {
           return tabulate(parts, *program, byte, builder);
         });
}

static bool tabulate(KernelParts &parts, OpBuilder &builder) {
  bool changed = false;
  while (tabulateOne(parts, builder)) {
    parts.eraseDead(SmallVector<bool>(parts.results.size(), true));
    changed = true;
  }
  return changed;
}

namespace {
struct TabulateBytes : impl::TabulateBytesBase<TabulateBytes> {
  void runOnOperation() override {
    OpBuilder builder(&getContext());
    SmallVector<KernelOp> kernels(getOperation().getOps<KernelOp>());
    for (KernelOp op : kernels) {
      // Most kernels cost less as a whole.
      if (costOf(op) < kWorthATable) {
        continue;
      }
      KernelParts parts(op);
      builder.setInsertionPoint(op);
      if (tabulate(parts, builder)) {
        op.replaceAllUsesWith(parts.build(builder, op.getLoc()));
        op.erase();
      }
    }
  }
};
} // namespace
} // namespace tessera::fusion
