//===- KernelRun.cpp - the loops of one interpreted kernel ----------------===//
//
// Sequential dimensions are the outermost loops, then the parallel ones. At
// each of their points there is one pass over the reduction dimensions for each
// level of nested reductions, and one that stores the results.
//
//===----------------------------------------------------------------------===//

#include "dialects/kernel/KernelRun.h"
#include "dialects/kernel/PointAccess.h"
#include "dialects/kernel/ScalarProgram.h"
#include <cmath>

using namespace mlir;

namespace tessera::kernel {

namespace {
/// What one pass over the reduction dimensions has to compute.
struct Phase {
  std::vector<unsigned> inputs;
  std::vector<const Instruction *> instructions;
  SmallVector<ReduceOp> reductions;
};

class KernelRun {
public:
  KernelRun(KernelOp op, ScalarProgram &program,
            ArrayRef<const HostTensor *> inputs, HostTensors &results,
            ArrayRef<int64_t> symbols);

  int64_t steps() const;
  bool run();

private:
  Phase phaseFor(ValueRange values, unsigned level);
  bool readInputs(const Phase &phase);
  bool execute(const Phase &phase);
  bool evaluateSpecial(const Instruction &instruction);
  void accumulate(ReduceOp op, Scalar &state, int64_t position);
  bool reduce(const Phase &phase);
  bool store();

  KernelOp op;
  ScalarProgram &program;
  ArrayRef<const HostTensor *> inputs;
  HostTensors &results;
  ArrayRef<int64_t> symbols;
  SmallVector<int64_t> extents, point;
  std::vector<Scalar> registers;
  SmallVector<Access> inputAccess, resultAccess;
  DenseMap<Operation *, Access> bodyAccess;
  SmallVector<unsigned> outerDims, reductionDims;
  std::optional<unsigned> sequential;
  SmallVector<Phase> phases;
  Phase last;
  const bool storesRows;
};
} // namespace

KernelRun::KernelRun(KernelOp op, ScalarProgram &program,
                     ArrayRef<const HostTensor *> inputs, HostTensors &results,
                     ArrayRef<int64_t> symbols)
    : op(op), program(program), inputs(inputs), results(results),
      symbols(symbols), registers(program.registerCount),
      storesRows(op.storesRows()) {
  unsigned dims = op.getNumDims();
  SmallVector<unsigned> parallel;
  for (unsigned d = 0; d < dims; ++d) {
    extents.push_back(evaluate(op.getExtents().getResult(d), {}, symbols));
    switch (op.getIterator(d)) {
    case IteratorKind::reduction:
      reductionDims.push_back(d);
      break;
    case IteratorKind::parallel:
      parallel.push_back(d);
      break;
    case IteratorKind::sequential:
      sequential = sequential ? sequential : d;
      outerDims.push_back(d);
      break;
    }
  }
  outerDims.append(parallel);
  point.assign(dims, 0);
  for (unsigned i = 0; i < inputs.size(); ++i) {
    inputAccess.emplace_back(op.getInputMap(i).getResults(), dims, symbols);
  }
  for (unsigned r = 0; r < results.size(); ++r) {
    AffineMap map = op.getOutputMap(r);
    resultAccess.emplace_back(map.getResults(), dims, symbols);
  }
  for (const Instruction &instruction : program.instructions) {
    Operation *o = instruction.op;
    if (auto constant = dyn_cast<arith::ConstantOp>(o)) {
      registers[instruction.result] = scalarOf(constant.getValue());
    } else if (isa<GatherOp, IndexOp>(o)) {
      AffineMap map = o->getAttrOfType<AffineMapAttr>("map").getValue();
      bodyAccess.try_emplace(o, map.getResults(), map.getNumDims(), symbols);
    }
  }
  Operation *terminator = op.getBody().front().getTerminator();
  for (unsigned level = 0; level < program.reductionLevels; ++level) {
    SmallVector<Value> operands;
    SmallVector<ReduceOp> reductions;
    for (const Instruction &instruction : program.instructions) {
      auto reduction = dyn_cast<ReduceOp>(instruction.op);
      if (reduction && program.levelOf(reduction.getResult()) == level + 1) {
        operands.push_back(reduction.getValue());
        reductions.push_back(reduction);
      }
    }
    phases.push_back(phaseFor(operands, level));
    phases.back().reductions = std::move(reductions);
  }
  last = phaseFor(terminator->getOperands(), program.reductionLevels);
}

Phase KernelRun::phaseFor(ValueRange values, unsigned level) {
  Phase phase;
  DenseSet<Value> read(values.begin(), values.end());
  for (const Instruction *instruction : program.sliceOf(values)) {
    if (!isa<arith::ConstantOp>(instruction->op)) {
      phase.instructions.push_back(instruction);
    }
    read.insert(instruction->op->getOperands().begin(),
                instruction->op->getOperands().end());
  }
  for (unsigned i = 0; i < inputs.size(); ++i) {
    if (!op.isWholeInput(i) && read.contains(op.getBody().getArgument(i))) {
      phase.inputs.push_back(i);
    }
  }
  return phase;
}

int64_t KernelRun::steps() const {
  int64_t outer = Points(outerDims, extents).count();
  int64_t inner = Points(reductionDims, extents).count();
  int64_t work = 0;
  for (const Phase &phase : phases) {
    work += inner * (phase.inputs.size() + phase.instructions.size() + 1);
  }
  work += (storesRows ? inner : 1) *
          (last.inputs.size() + last.instructions.size() + 1);
  return outer * work;
}

bool KernelRun::readInputs(const Phase &phase) {
  for (unsigned i : phase.inputs) {
    ArrayRef<int64_t> coordinates = inputAccess[i].at(point);
    const HostTensor *tensor = inputs[i];
    SmallVector<int64_t> state;
    int64_t feedback = op.getFeedback()[i];
    if (feedback >= 0 && sequential && point[*sequential] > 0) {
      state.push_back(point[*sequential] - 1);
      state.append(coordinates.begin(), coordinates.end());
      coordinates = state;
      tensor = &results[feedback];
    }
    int64_t position = tensor->positionOf(coordinates);
    if (position >= 0) {
      registers[i] = tensor->elements[position];
    } else if (isa<UnitAttr>(op.getPads()[i])) {
      return false;
    } else {
      registers[i] = scalarOf(op.getPads()[i]);
    }
  }
  return true;
}

bool KernelRun::evaluateSpecial(const Instruction &instruction) {
  Access &access = bodyAccess.find(instruction.op)->second;
  if (isa<IndexOp>(instruction.op)) {
    registers[instruction.result].i = access.at(point)[0];
    return true;
  }
  auto gather = cast<GatherOp>(instruction.op);
  SmallVector<int64_t> extended(point);
  for (auto [k, limit] : llvm::enumerate(gather.getLimits().getResults())) {
    int64_t index = registers[instruction.operands[k + 1]].i;
    if (index < 0 || index >= evaluate(limit, {}, symbols)) {
      return false;
    }
    extended.push_back(index);
  }
  auto source = cast<BlockArgument>(gather.getSource());
  const HostTensor *tensor = inputs[source.getArgNumber()];
  int64_t position = tensor->positionOf(access.at(extended));
  if (position < 0) {
    return false;
  }
  registers[instruction.result] = tensor->elements[position];
  return true;
}

bool KernelRun::execute(const Phase &phase) {
  if (!readInputs(phase)) {
    return false;
  }
  for (const Instruction *instruction : phase.instructions) {
    if (!instruction->evaluate) {
      if (!evaluateSpecial(*instruction)) {
        return false;
      }
      continue;
    }
    Scalar operands[3];
    for (auto [k, source] : llvm::enumerate(instruction->operands)) {
      operands[k] = registers[source];
    }
    registers[instruction->result] =
        instruction->evaluate(operands, *instruction);
  }
  return true;
}

/// The result of reducing nothing.
static Scalar identityOf(ReduceKind kind, Type type) {
  Scalar scalar;
  scalar.i = 0;
  auto integer = dyn_cast<IntegerType>(type);
  unsigned width = integer ? integer.getWidth() : 0;
  switch (kind) {
  case ReduceKind::mul:
    (integer ? void(scalar.i = wrapTo(width, 1)) : void(scalar.f = 1.0));
    break;
  case ReduceKind::max:
    (integer ? void(scalar.i = wrapTo(width, int64_t(1) << (width - 1)))
             : void(scalar.f = -INFINITY));
    break;
  case ReduceKind::min:
    (integer ? void(scalar.i =
                        width == 1 ? 0 : int64_t(~uint64_t(0) >> (65 - width)))
             : void(scalar.f = INFINITY));
    break;
  default:
    if (!integer) {
      scalar.f = 0.0;
    }
  }
  return scalar;
}

/// Whether `value` replaces `best` as the extreme; NaN beats every number.
static bool isBetter(ReduceKind kind, Type type, Scalar value, Scalar best) {
  bool last =
      kind == ReduceKind::arg_max_last || kind == ReduceKind::arg_min_last;
  bool greatest = kind == ReduceKind::arg_max ||
                  kind == ReduceKind::arg_max_last || kind == ReduceKind::max;
  if (isa<FloatType>(type)) {
    if (std::isnan(best.f)) {
      return false;
    }
    return std::isnan(value.f) ||
           (greatest ? value.f > best.f : value.f < best.f) ||
           (last && value.f == best.f);
  }
  return (greatest ? value.i > best.i : value.i < best.i) ||
         (last && value.i == best.i);
}

bool KernelRun::reduce(const Phase &phase) {
  Points points(reductionDims, extents);
  SmallVector<Scalar> state, best(phase.reductions.size());
  for (ReduceOp reduction : phase.reductions) {
    state.push_back(
        identityOf(reduction.getKind(), reduction.getResult().getType()));
  }
  int64_t position = 0;
  for (bool any = points.first(point); any; any = points.next(point)) {
    if (!execute(phase)) {
      return false;
    }
    for (unsigned k = 0; k < phase.reductions.size(); ++k) {
      ReduceOp reduction = phase.reductions[k];
      Scalar value = registers[program.registerOf(reduction.getValue())];
      Type type = reduction.getValue().getType();
      ReduceKind kind = reduction.getKind();
      if (kind == ReduceKind::add || kind == ReduceKind::mul) {
        bool add = kind == ReduceKind::add;
        if (isa<FloatType>(type)) {
          state[k].f =
              roundTo(type, add ? state[k].f + value.f : state[k].f * value.f);
        } else {
          uint64_t a = state[k].i, b = value.i;
          state[k].i =
              wrapTo(type.getIntOrFloatBitWidth(), add ? a + b : a * b);
        }
      } else if (kind == ReduceKind::max || kind == ReduceKind::min) {
        if (isBetter(kind, type, value, state[k])) {
          state[k] = value;
        }
      } else if (position == 0 || isBetter(kind, type, value, best[k])) {
        best[k] = value;
        state[k].i = position;
      }
    }
    ++position;
  }
  for (unsigned k = 0; k < phase.reductions.size(); ++k) {
    ReduceOp reduction = phase.reductions[k];
    registers[program.registerOf(reduction.getResult())] = state[k];
  }
  return true;
}

bool KernelRun::store() {
  Operation *terminator = op.getBody().front().getTerminator();
  Points rows(storesRows ? ArrayRef<unsigned>(reductionDims)
                         : ArrayRef<unsigned>(),
              extents);
  for (unsigned d : reductionDims) {
    point[d] = 0;
  }
  for (bool any = rows.first(point); any; any = rows.next(point)) {
    if (!execute(last)) {
      return false;
    }
    for (unsigned r = 0; r < results.size(); ++r) {
      int64_t position = results[r].positionOf(resultAccess[r].at(point));
      if (position < 0) {
        return false;
      }
      results[r].elements[position] =
          registers[program.registerOf(terminator->getOperand(r))];
    }
  }
  return true;
}

bool KernelRun::run() {
  Points outer(outerDims, extents);
  for (bool any = outer.first(point); any; any = outer.next(point)) {
    for (const Phase &phase : phases) {
      if (!reduce(phase)) {
        return false;
      }
    }
    if (!store()) {
      return false;
    }
  }
  return true;
}

bool runKernel(KernelOp op, ArrayRef<const HostTensor *> inputs,
               HostTensors &results, ArrayRef<int64_t> symbols,
               int64_t &stepsLeft) {
  std::optional<ScalarProgram> program =
      ScalarProgram::compile(op.getBody().front());
  if (!program) {
    return false;
  }
  KernelRun run(op, *program, inputs, results, symbols);
  stepsLeft -= run.steps();
  return stepsLeft >= 0 && run.run();
}

} // namespace tessera::kernel
