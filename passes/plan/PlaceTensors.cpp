//===- PlaceTensors.cpp - give every tensor a buffer ----------------------===//
//
// Placement decides where tensors lie; this pass writes the function anew with
// launches in the order of the kernels, and copies where a tensor is wanted at
// a second place. What only a branch needs that the run does not take gets
// that branch's conditions.
//
//===----------------------------------------------------------------------===//

#include "dialects/kernel/Conditions.h"
#include "passes/plan/Halo.h"
#include "passes/plan/LaunchBuilder.h"
#include "passes/plan/Passes.h"
#include "passes/plan/Placement.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::plan {
#define GEN_PASS_DEF_PLACETENSORS
#include "passes/plan/Passes.h.inc"

namespace {
/// Writes the launches of one function before the operations they replace.
class Planner {
public:
  Planner(func::FuncOp func, bool halo)
      : func(func), builder(func.getContext()), placement(func, halo),
        halo(halo), conditions(conditionsOfKernels(func.getBody().front())) {}

  void run();

private:
  void lower(KernelOp op);
  void lower(ReshapeOp op);
  void lower(LibraryOp op);
  void lowerCopies(Operation *op);
  void finish();

  SmallVector<PlacedCondition> placeConditions(KernelOp op);
  /// The place that the kernel reads input `i` from; may copy the tensor.
  Place placeForRead(KernelOp op, unsigned i);
  Place paddedCopy(KernelOp op, unsigned i);
  Place stateCopy(KernelOp op, unsigned i);
  /// The tensor, or a copy of it, dense and row-major.
  Place densePlaceOf(Value tensor, Location loc);
  void copyReshaped(ReshapeOp op);

  /// Creates the buffer of the storage when it is first needed.
  const Place &use(const Place &place);
  /// Fills the border of a range after its first write.
  void written(const Place &place, Location loc);

  func::FuncOp func;
  OpBuilder builder;
  Placement placement;
  bool halo;
  llvm::DenseMap<Operation *, Conditions> conditions;
  llvm::SmallPtrSet<Storage *, 32> filled;
  llvm::DenseMap<std::pair<Value, Attribute>, Place> paddedCopies;
  Operation *lastBuffer = nullptr;
};
} // namespace

const Place &Planner::use(const Place &place) {
  Storage &storage = *place.storage;
  if (storage.buffer) {
    return place;
  }
  OpBuilder::InsertionGuard guard(builder);
  if (lastBuffer) {
    builder.setInsertionPointAfter(lastBuffer);
  } else {
    builder.setInsertionPointToStart(&func.getBody().front());
  }
  MLIRContext *context = builder.getContext();
  Type type = BufferType::get(context, storage.element);
  Location loc = func.getLoc();
  switch (storage.kind) {
  case Storage::Kind::argument:
    storage.buffer = ArgumentOp::create(builder, loc, type, storage.index);
    break;
  case Storage::Kind::output:
    storage.buffer = OutputOp::create(builder, loc, type, storage.index);
    break;
  case Storage::Kind::weight:
    storage.buffer =
        WeightOp::create(builder, loc, TypeRange(type), ValueRange(),
                         builder.getNamedAttr("value", storage.value));
    break;
  case Storage::Kind::arena: {
    AffineExpr bytes =
        simplify(storage.elements * storageBytesOf(storage.element));
    storage.buffer =
        ArenaOp::create(builder, loc, type,
                        AffineMapAttr::get(extentMapOf(
                            context, {getAffineConstantExpr(0, context)})),
                        AffineMapAttr::get(extentMapOf(context, {bytes})));
    break;
  }
  }
  lastBuffer = storage.buffer.getDefiningOp();
  return place;
}

void Planner::written(const Place &place, Location loc) {
  Storage *storage = place.storage;
  if (storage->pad && filled.insert(storage).second) {
    createBorderFills(builder, loc, *storage);
  }
}

Place Planner::paddedCopy(KernelOp op, unsigned i) {
  Value tensor = op.getInputs()[i];
  Border border = *borderOf(op, i);
  auto key = std::make_pair(tensor, Attribute(border.pad));
  auto found = paddedCopies.find(key);
  if (found != paddedCopies.end() && coversRead(found->second, op, i)) {
    return found->second;
  }
  Extents extents = extentsOf(tensor);
  Place copy = placement.freshPlace(
      cast<RankedTensorType>(tensor.getType()).getElementType(), extents,
      orderOf(tensor), border.width, border.pad);
  createCopy(builder, op.getLoc(), use(placement.placeOf(tensor)), use(copy),
             extents);
  written(copy, op.getLoc());
  paddedCopies[key] = copy;
  return copy;
}

Place Planner::stateCopy(KernelOp op, unsigned i) {
  // A step finds its state at the same distances in the initial value and in
  // the output of the step before.
  const Place &initial = placement.placeOf(op.getInputs()[i]);
  const Place &output = placement.placeOf(op.getResult(op.getFeedback()[i]));
  Extents extents = extentsOf(op.getInputs()[i]);
  ArrayRef<AffineExpr> strides = ArrayRef(output.strides).drop_front();
  bool same = constantOf(initial.offset) == 0 &&
              strides.size() == initial.strides.size();
  for (unsigned d = 0; same && d < extents.size(); ++d) {
    same = constantOf(extents[d]) == 1 || strides[d] == initial.strides[d];
  }
  if (same || strides.size() != extents.size()) {
    return initial;
  }
  Place copy = placement.freshPlace(output.storage->element, extents,
                                    rowMajorOrder(extents.size()));
  copy.strides = llvm::to_vector(strides);
  AffineExpr elements = builder.getAffineConstantExpr(1);
  for (auto [stride, extent] : llvm::zip_equal(strides, extents)) {
    elements = elements + stride * (extent - 1);
  }
  copy.storage->elements = simplify(elements);
  createCopy(builder, op.getLoc(), use(initial), use(copy), extents);
  return copy;
}

Place Planner::placeForRead(KernelOp op, unsigned i) {
  const Place &place = placement.placeOf(op.getInputs()[i]);
  if (op.getFeedback()[i] >= 0) {
    return stateCopy(op, i);
  }
  bool copies = halo && guardOf(op, i) && !coversRead(place, op, i) &&
                wantsBorder(op, i) && borderOf(op, i);
  return copies ? paddedCopy(op, i) : place;
}

SmallVector<PlacedCondition> Planner::placeConditions(KernelOp op) {
  SmallVector<PlacedCondition> placed;
  for (const Condition &condition : conditions.lookup(op)) {
    const Place &place = use(placement.placeOf(condition.tensor));
    AffineExpr offset = simplify(place.at(condition.at.getResults()));
    placed.push_back({place.storage->buffer,
                      extentMapOf(op.getContext(), {offset}), condition.holds});
  }
  return placed;
}

void Planner::lower(KernelOp op) {
  SmallVector<Place> inputs, results;
  SmallVector<Attribute> guards;
  for (unsigned i = 0; i < op.getInputs().size(); ++i) {
    inputs.push_back(use(placeForRead(op, i)));
    bool covered = !op.isWholeInput(i) && coversRead(inputs.back(), op, i);
    guards.push_back(covered ? Attribute() : guardOf(op, i));
  }
  for (Value result : op.getResults()) {
    results.push_back(use(placement.placeOf(result)));
  }
  createLaunch(builder, op, inputs, results, guards, placeConditions(op));
  for (const Place &place : results) {
    written(place, op.getLoc());
  }
}

void Planner::copyReshaped(ReshapeOp op) {
  Place from = placement.placeOf(op.getInput());
  Place to = placement.placeOf(op.getResult());
  Extents shape = extentsOf(op.getInput()), wanted = extentsOf(op.getResult());
  if (auto target = reshapePlace(to, wanted, shape)) {
    createCopy(builder, op.getLoc(), use(from), use(*target), shape);
  } else if (auto source = reshapePlace(from, shape, wanted)) {
    createCopy(builder, op.getLoc(), use(*source), use(to), wanted);
  } else {
    Place dense = placement.freshPlace(from.storage->element, shape,
                                       rowMajorOrder(shape.size()));
    createCopy(builder, op.getLoc(), use(from), use(dense), shape);
    dense.strides.clear();
    AffineExpr elements;
    Place seen =
        densePlace(op.getContext(), wanted, rowMajorOrder(wanted.size()),
                   SmallVector<int64_t>(wanted.size(), 0), elements);
    seen.storage = dense.storage;
    createCopy(builder, op.getLoc(), seen, use(to), wanted);
  }
  written(to, op.getLoc());
}

void Planner::lower(ReshapeOp op) {
  if (placement.copyOf(op.getInputMutable())) {
    copyReshaped(op);
  }
}

Place Planner::densePlaceOf(Value tensor, Location loc) {
  const Place &place = placement.placeOf(tensor);
  Extents extents = extentsOf(tensor);
  if (isRowMajor(place, extents)) {
    return use(place);
  }
  Place copy = placement.freshPlace(place.storage->element, extents,
                                    rowMajorOrder(extents.size()));
  createCopy(builder, loc, use(place), use(copy), extents);
  return copy;
}

void Planner::lower(LibraryOp op) {
  SmallVector<Place> inputs, results;
  for (Value input : op.getInputs()) {
    inputs.push_back(densePlaceOf(input, op.getLoc()));
  }
  for (Value result : op.getResults()) {
    results.push_back(use(placement.placeOf(result)));
  }
  if (auto scratch = op.getScratchAttr()) {
    results.push_back(use(placement.freshPlace(
        builder.getI8Type(), {scratch.getValue().getResult(0)},
        rowMajorOrder(1))));
  }
  createCall(builder, op, inputs, results);
}

void Planner::lowerCopies(Operation *op) {
  for (OpOperand &operand : op->getOpOperands()) {
    if (const Place *to = placement.copyOf(operand)) {
      createCopy(builder, op->getLoc(), use(placement.placeOf(operand.get())),
                 use(*to), extentsOf(operand.get()));
      written(*to, op->getLoc());
    }
  }
}

void Planner::finish() {
  Block &block = func.getBody().front();
  auto terminator = cast<func::ReturnOp>(block.getTerminator());
  builder.setInsertionPoint(terminator);
  func::ReturnOp::create(builder, terminator.getLoc());
  SmallVector<Operation *> old{terminator};
  for (Operation &op : block) {
    if (isa<KernelOp, LibraryOp, ReshapeOp, ConcatOp, arith::ConstantOp>(op)) {
      old.push_back(&op);
    }
  }
  for (Operation *op : old) {
    op->dropAllReferences();
  }
  for (Operation *op : old) {
    op->erase();
  }
  block.eraseArguments(0, block.getNumArguments());
  func.setType(builder.getFunctionType({}, {}));
  func.setAllArgAttrs(ArrayRef<DictionaryAttr>());
  func.setAllResultAttrs(ArrayRef<DictionaryAttr>());
}

void Planner::run() {
  for (Operation &op : llvm::make_early_inc_range(func.getBody().front())) {
    builder.setInsertionPoint(&op);
    if (auto typed = dyn_cast<KernelOp>(op)) {
      lower(typed);
    } else if (auto typed = dyn_cast<ReshapeOp>(op)) {
      lower(typed);
    } else if (auto typed = dyn_cast<LibraryOp>(op)) {
      lower(typed);
    } else if (isa<ConcatOp, func::ReturnOp>(op)) {
      lowerCopies(&op);
    }
  }
  finish();
}

/// `[{name, type}]` of the function's arguments or results. `tsk.type` is the
/// model's type where the function's has several elements packed in a byte.
static ArrayAttr signatureOf(Builder builder, TypeRange types,
                             ArrayAttr attributes, StringRef fallback) {
  SmallVector<Attribute> entries;
  for (auto [i, type] : llvm::enumerate(types)) {
    StringAttr name = builder.getStringAttr(fallback + Twine(i));
    if (attributes) {
      auto dictionary = cast<DictionaryAttr>(attributes[i]);
      if (auto given = dictionary.getAs<StringAttr>("tsk.name")) {
        name = given;
      }
      if (auto given = dictionary.getAs<TypeAttr>("tsk.type")) {
        type = given.getValue();
      }
    }
    entries.push_back(builder.getDictionaryAttr(
        {builder.getNamedAttr("name", name),
         builder.getNamedAttr("type", TypeAttr::get(type))}));
  }
  return builder.getArrayAttr(entries);
}

static void setSignature(ModuleOp module, func::FuncOp func) {
  Builder builder(module.getContext());
  ArrayAttr inputs = signatureOf(builder, func.getArgumentTypes(),
                                 func.getArgAttrsAttr(), "input");
  ArrayAttr outputs = signatureOf(builder, func.getResultTypes(),
                                  func.getResAttrsAttr(), "output");
  module->setAttr(
      "tsk.signature",
      builder.getDictionaryAttr({builder.getNamedAttr("inputs", inputs),
                                 builder.getNamedAttr("outputs", outputs)}));
}

namespace {
struct PlaceTensors : impl::PlaceTensorsBase<PlaceTensors> {
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto func = module.lookupSymbol<func::FuncOp>("main");
    if (!func) {
      module.emitError("expected a function @main to plan, got none");
      return signalPassFailure();
    }
    for (Operation &op : func.getBody().front()) {
      if (!isa<KernelOp, LibraryOp, ReshapeOp, ConcatOp, arith::ConstantOp,
               func::ReturnOp>(op)) {
        op.emitOpError("expected only kernels, library calls, reshapes, "
                       "concatenations and constants before planning");
        return signalPassFailure();
      }
    }
    setSignature(module, func);
    Planner(func, halo).run();
  }
};
} // namespace
} // namespace tessera::plan
