//===- ScalarProgram.cpp - a kernel's body, ready to be evaluated ---------===//

#include "dialects/kernel/ScalarProgram.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace mlir;

namespace tessera::kernel {

std::optional<ScalarProgram> ScalarProgram::compile(Block &body) {
  ScalarProgram program;
  for (BlockArgument argument : body.getArguments()) {
    program.registers[argument] = program.registerCount++;
    program.levels[argument] = 0;
  }
  for (Operation &op : body.without_terminator()) {
    Instruction instruction;
    instruction.op = &op;
    unsigned level = 0;
    for (Value operand : op.getOperands()) {
      instruction.operands.push_back(program.registers.lookup(operand));
      level = std::max(level, program.levels.lookup(operand));
    }
    level += isa<ReduceOp>(op) ? 1 : 0;
    program.reductionLevels = std::max(program.reductionLevels, level);
    if (op.getNumResults() != 1) {
      return std::nullopt;
    }
    instruction.type = op.getResult(0).getType();
    if (op.getNumOperands() > 0) {
      instruction.operandType = op.getOperand(0).getType();
    }
    if (!isa<ReduceOp, GatherOp, IndexOp, arith::ConstantOp>(op)) {
      instruction.evaluate = evaluationOf(&op);
      if (!instruction.evaluate) {
        return std::nullopt;
      }
    }
    if (auto compare = dyn_cast<arith::CmpIOp>(op)) {
      instruction.predicate = static_cast<int64_t>(compare.getPredicate());
    } else if (auto compare = dyn_cast<arith::CmpFOp>(op)) {
      instruction.predicate = static_cast<int64_t>(compare.getPredicate());
    }
    instruction.result = program.registerCount++;
    program.registers[op.getResult(0)] = instruction.result;
    program.levels[op.getResult(0)] = level;
    program.instructions.push_back(std::move(instruction));
  }
  return program;
}

std::vector<const Instruction *>
ScalarProgram::sliceOf(ValueRange values) const {
  llvm::SmallPtrSet<Operation *, 16> needed;
  SmallVector<Value> worklist(values);
  while (!worklist.empty()) {
    Operation *op = worklist.pop_back_val().getDefiningOp();
    if (op && !isa<ReduceOp>(op) && needed.insert(op).second) {
      llvm::append_range(worklist, op->getOperands());
    }
  }
  std::vector<const Instruction *> slice;
  for (const Instruction &instruction : instructions) {
    if (needed.contains(instruction.op)) {
      slice.push_back(&instruction);
    }
  }
  return slice;
}

} // namespace tessera::kernel
