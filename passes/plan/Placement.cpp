//===- Placement.cpp - decides the place of every tensor ------------------===//

#include "passes/plan/Placement.h"
#include "passes/plan/Halo.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::plan {

static Type elementOf(Value tensor) {
  return cast<RankedTensorType>(tensor.getType()).getElementType();
}

SmallVector<int64_t> orderOf(Value tensor) {
  unsigned rank = cast<RankedTensorType>(tensor.getType()).getRank();
  if (auto kernel = tensor.getDefiningOp<KernelOp>()) {
    if (auto layouts = kernel.getLayoutsAttr()) {
      unsigned index = cast<OpResult>(tensor).getResultNumber();
      auto order = dyn_cast<DenseI64ArrayAttr>(layouts[index]);
      if (order && order.size() == rank) {
        return llvm::to_vector(order.asArrayRef());
      }
    }
  }
  if (auto concat = tensor.getDefiningOp<ConcatOp>()) {
    // Free sizes cannot be compared; the first operand stands for the others.
    Value largest = concat.getInputs()[0];
    auto sizeOf = [](Value v) {
      auto type = cast<RankedTensorType>(v.getType());
      return type.hasStaticShape() ? type.getNumElements() : int64_t(-1);
    };
    for (Value input : concat.getInputs()) {
      if (sizeOf(input) > sizeOf(largest)) {
        largest = input;
      }
    }
    return orderOf(largest);
  }
  return rowMajorOrder(rank);
}

Placement::Placement(func::FuncOp func, bool halo)
    : func(func), halo(halo),
      sizes(func->getParentOfType<ModuleOp>(), func.getBody().front()) {
  placeArguments();
  placeConstants();
  for (Operation &op : llvm::reverse(func.getBody().front())) {
    if (auto typed = dyn_cast<func::ReturnOp>(op)) {
      visit(typed);
    } else if (auto typed = dyn_cast<ConcatOp>(op)) {
      visit(typed);
    } else if (auto typed = dyn_cast<ReshapeOp>(op)) {
      visit(typed);
    } else if (auto typed = dyn_cast<KernelOp>(op)) {
      visit(typed);
    } else if (auto typed = dyn_cast<LibraryOp>(op)) {
      visit(typed);
    }
  }
  placeReshapes();
}

Storage *Placement::newStorage(Storage::Kind kind, Type element) {
  all.push_back(std::make_unique<Storage>());
  all.back()->kind = kind;
  all.back()->element = element;
  return all.back().get();
}

/// The dense row-major place of a whole storage.
static Place rowMajorPlace(Storage *storage, Value tensor) {
  Extents extents = extentsOf(tensor);
  Place place =
      densePlace(tensor.getContext(), extents, rowMajorOrder(extents.size()),
                 SmallVector<int64_t>(extents.size(), 0), storage->elements);
  place.storage = storage;
  return place;
}

void Placement::placeArguments() {
  for (BlockArgument argument : func.getArguments()) {
    Storage *storage = newStorage(Storage::Kind::argument, elementOf(argument));
    storage->index = argument.getArgNumber();
    places[argument] = rowMajorPlace(storage, argument);
  }
}

void Placement::placeConstants() {
  for (auto op : func.getBody().front().getOps<arith::ConstantOp>()) {
    auto value = dyn_cast<ElementsAttr>(op.getValue());
    if (!value) {
      continue;
    }
    Storage *&storage = constants[value];
    if (!storage) {
      storage = newStorage(Storage::Kind::weight, elementOf(op));
      storage->value = value;
    }
    places[op] = rowMajorPlace(storage, op);
  }
}

Place Placement::freshPlace(Type element, ArrayRef<AffineExpr> extents,
                            ArrayRef<int64_t> order, ArrayRef<int64_t> border,
                            TypedAttr pad) {
  Storage *storage = newStorage(Storage::Kind::arena, element);
  storage->extents = Extents(extents);
  storage->order = llvm::to_vector(order);
  storage->border = llvm::to_vector(border);
  storage->border.resize(extents.size(), 0);
  storage->pad = pad;
  Place place = densePlace(func.getContext(), extents, order, storage->border,
                           storage->elements);
  place.storage = storage;
  return place;
}

void Placement::placeFresh(Value tensor) {
  Extents extents = extentsOf(tensor);
  SmallVector<int64_t> order = orderOf(tensor);
  if (halo) {
    if (std::optional<Border> border = borderOf(tensor)) {
      places[tensor] = freshPlace(elementOf(tensor), extents, order,
                                  border->width, border->pad);
      return;
    }
  }
  places[tensor] = freshPlace(elementOf(tensor), extents, order);
}

/// Whether the run knows, when the producer writes, where the place is and that
/// the caller's memory has room for the whole output: nobody checks what is
/// written before. Calls themselves compare what is left of the memory with
/// what they write, if it starts there.
bool Placement::isKnownInTime(Operation *producer, const Place &place) const {
  SmallVector<AffineExpr> exprs = {place.offset};
  bool isCall = isa<LibraryOp>(producer);
  if (!isCall) {
    llvm::append_range(exprs, place.strides);
  }
  bool checksItself = isCall && constantOf(place.offset) == 0;
  if (place.storage->kind == Storage::Kind::output && !checksItself) {
    llvm::append_range(exprs, place.storage->extents);
  }
  return sizes.areKnownAt(producer, exprs);
}

void Placement::request(OpOperand &operand, const Place &place) {
  Value tensor = operand.get();
  bool computed =
      isa_and_nonnull<KernelOp, ConcatOp, ReshapeOp>(tensor.getDefiningOp()) ||
      (tensor.getDefiningOp<LibraryOp>() &&
       isRowMajor(place, extentsOf(tensor)));
  if (computed && isKnownInTime(tensor.getDefiningOp(), place) &&
      places.try_emplace(tensor, place).second) {
    return;
  }
  copies[&operand] = place;
}

void Placement::visit(func::ReturnOp op) {
  for (OpOperand &operand : op->getOpOperands()) {
    Storage *storage =
        newStorage(Storage::Kind::output, elementOf(operand.get()));
    storage->index = operand.getOperandNumber();
    storage->extents = extentsOf(operand.get());
    request(operand, rowMajorPlace(storage, operand.get()));
  }
}

void Placement::visit(ConcatOp op) {
  if (!places.count(op.getResult())) {
    placeFresh(op.getResult());
  }
  Place whole = places[op.getResult()];
  unsigned axis = op.getAxis();
  AffineExpr start = getAffineConstantExpr(0, op.getContext());
  for (OpOperand &operand : op->getOpOperands()) {
    Place piece = whole;
    piece.offset = simplify(whole.offset + start * whole.strides[axis]);
    // Next to a piece lie its neighbours, not the pad.
    piece.border[axis] = 0;
    request(operand, piece);
    start = simplify(start + extentsOf(operand.get())[axis]);
  }
}

void Placement::visit(ReshapeOp op) {
  auto found = places.find(op.getResult());
  if (found == places.end()) {
    return;
  }
  // Somebody wants the result at a place: the producer can write there if the
  // place can be seen in the shape of the operand.
  OpOperand &operand = op.getInputMutable();
  Extents from = extentsOf(op.getResult()), to = extentsOf(op.getInput());
  std::optional<Place> place = reshapePlace(found->second, from, to);
  if (place) {
    request(operand, *place);
  } else {
    copies[&operand] = found->second;
  }
}

void Placement::visit(KernelOp op) {
  for (Value result : op.getResults()) {
    if (!places.count(result)) {
      placeFresh(result);
    }
  }
}

void Placement::visit(LibraryOp op) {
  for (Value result : op.getResults()) {
    if (!places.count(result)) {
      places[result] =
          freshPlace(elementOf(result), extentsOf(result), orderOf(result));
    }
  }
}

void Placement::placeReshapes() {
  for (auto op : func.getBody().front().getOps<ReshapeOp>()) {
    if (places.count(op.getResult())) {
      continue;
    }
    Extents from = extentsOf(op.getInput()), to = extentsOf(op.getResult());
    if (auto place = reshapePlace(places.at(op.getInput()), from, to)) {
      places[op.getResult()] = *place;
      continue;
    }
    places[op.getResult()] =
        freshPlace(elementOf(op.getResult()), to, rowMajorOrder(to.size()));
    copies[&op.getInputMutable()] = places[op.getResult()];
  }
}

} // namespace tessera::plan
