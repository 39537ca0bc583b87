//===- PointAccess.cpp - loads and stores of a point ----------------------===//

#include "codegen/cpu/PointEvaluator.h"
#include "dialects/kernel/Extents.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"
#include "runtime/include/tessera/abi.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::cpu {

/// The type of an element in memory: an element of 8 bits or less takes a byte.
static Type memoryTypeOf(Type element) {
  Type scalar = scalarTypeOf(element);
  return scalar.getIntOrFloatBitWidth() <= 8
             ? IntegerType::get(element.getContext(), 8)
             : scalar;
}

static Type withElement(Type type, Type element) {
  auto vector = dyn_cast<VectorType>(type);
  return vector ? Type(vector.clone(element)) : element;
}

/// Elements as they stand in memory.
static Value toMemory(OpBuilder &b, Location loc, Value value) {
  Type scalar = getElementTypeOrSelf(value.getType());
  unsigned width = scalar.getIntOrFloatBitWidth();
  if (isa<FloatType>(scalar) && width <= 8) {
    value = arith::BitcastOp::create(
        b, loc, withElement(value.getType(), b.getIntegerType(width)), value);
  }
  if (width < 8) {
    value = arith::ExtUIOp::create(
        b, loc, withElement(value.getType(), b.getI8Type()), value);
  }
  return value;
}

/// Elements of the type `scalar` from memory.
static Value fromMemory(OpBuilder &b, Location loc, Value value, Type scalar) {
  unsigned width = scalar.getIntOrFloatBitWidth();
  if (scalar.isInteger(1)) {
    Value zero =
        arith::ConstantOp::create(b, loc, b.getZeroAttr(value.getType()));
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, value, zero);
  }
  if (width < 8) {
    value = arith::TruncIOp::create(
        b, loc, withElement(value.getType(), b.getIntegerType(width)), value);
  }
  if (isa<FloatType>(scalar) && width <= 8) {
    value = arith::BitcastOp::create(
        b, loc, withElement(value.getType(), scalar), value);
  }
  return value;
}

bool PointEvaluator::movesAlongVector(const LinearForm &form) const {
  return nest.vectorDim >= 0 && form.uses(nest.vectorDim);
}

Value PointEvaluator::offsetPointer(Value pointer, Type element, Value index) {
  if (constantIndexOf(index) == 0) {
    return pointer;
  }
  return LLVM::GEPOp::create(b, nest.loc, pointer.getType(),
                             memoryTypeOf(element), pointer, ValueRange{index});
}

void PointEvaluator::fetch(Value pointer, Type element, Value distance,
                           Cache cache) {
  // A hint of 3 asks for all caches, one of 2 for all but the first.
  LLVM::Prefetch::create(b, nest.loc, offsetPointer(pointer, element, distance),
                         /*rw=*/0, /*hint=*/static_cast<unsigned>(cache),
                         /*cache=*/1);
}

PointEvaluator::Address PointEvaluator::addressOf(Value pointer, Type element,
                                                  const LinearForm &form,
                                                  const Point &point) {
  // Three steps, so that each is invariant as far out as possible: parallel
  // dimensions, then reduction dimensions, then the constant displacement
  // inside the tile.
  Value outer = constantIndex(b, nest.loc, 0), inner = outer,
        displacement = outer;
  SmallVector<Value> origin;
  for (unsigned d = 0; d < nest.numDims(); ++d) {
    origin.push_back(position(point, d));
    if (AffineExpr coefficient = form.coefficients[d]) {
      Value step = emitExpr(b, nest.loc, coefficient, {}, nest.symbols);
      Value &sum = nest.isReduction(d) ? inner : outer;
      sum = addIndex(b, nest.loc, sum,
                     mulIndex(b, nest.loc, point.base[d], step));
      displacement =
          addIndex(b, nest.loc, displacement,
                   mulIndex(b, nest.loc,
                            constantIndex(b, nest.loc, point.offset[d]), step));
    }
  }
  outer = addIndex(b, nest.loc, outer,
                   emitExpr(b, nest.loc, form.rest, origin, nest.symbols));
  Address address;
  address.pointer = offsetPointer(
      offsetPointer(offsetPointer(pointer, element, outer), element, inner),
      element, displacement);
  if (!movesAlongVector(form)) {
    return address;
  }
  AffineExpr coefficient = form.coefficients[nest.vectorDim];
  if (coefficient && constantOf(coefficient) == 1) {
    address.contiguous = true;
  } else if (coefficient) {
    address.laneOffsets = arith::MulIOp::create(
        b, nest.loc, laneIota(),
        asVector(emitExpr(b, nest.loc, coefficient, {}, nest.symbols)));
  } else {
    Value first = asVector(exprAtFirstLane(form.rest, point));
    address.laneOffsets = arith::SubIOp::create(
        b, nest.loc, computeIndex(form.rest, point), first);
  }
  return address;
}

/// index / by or, of type RemUIOp, index % by.
template <typename Operation>
static Value divideIndex(OpBuilder &b, Location loc, Value index, int64_t by) {
  if (auto known = constantIndexOf(index)) {
    bool isRest = std::is_same_v<Operation, arith::RemUIOp>;
    return constantIndex(b, loc, isRest ? *known % by : *known / by);
  }
  return Operation::create(b, loc, index, constantIndex(b, loc, by));
}

PointEvaluator::PanelRow
PointEvaluator::rowInPanel(unsigned input, const Point &point, int64_t width) {
  Value zero = constantIndex(b, nest.loc, 0);
  PanelRow row{zero, zero, 0, width};
  DimSet used = nest.dimsOf(nest.launch.getBody().getArgument(input));
  ScheduleAttr schedule = *nest.launch.getSchedule();
  for (int64_t d : llvm::reverse(schedule.getOrder().asArrayRef())) {
    if (!(used >> d & 1) || d == nest.vectorDim) {
      continue;
    }
    Value &sum = nest.isReduction(d) ? row.inner : row.outer;
    sum = addIndex(b, nest.loc, sum,
                   mulIndex(b, nest.loc, point.base[d],
                            constantIndex(b, nest.loc, row.panel)));
    row.displacement += point.offset[d] * row.panel;
    row.panel *= *nest.staticExtent(d);
  }
  return row;
}

PointEvaluator::Address PointEvaluator::packedAddressOf(Value pointer,
                                                        Type element,
                                                        unsigned input,
                                                        const Point &point) {
  ScheduleAttr schedule = *nest.launch.getSchedule();
  int64_t panel = schedule.panelWidth();
  Value origin = point.base[nest.vectorDim];
  // The panel at the end of the dimension is only as wide as whole vectors
  // need, unless other targets read it too.
  int64_t rest =
      schedule.getPanel() ? 0 : *nest.staticExtent(nest.vectorDim) % panel;
  bool last = rest != 0 && constantIndexOf(origin) ==
                               *nest.staticExtent(nest.vectorDim) - rest;
  int64_t width = last ? llvm::alignTo(rest, nest.lanes) : panel;
  PanelRow row = rowInPanel(input, point, width);
  Value outer = row.outer;
  // A tile lies within one panel, which starts behind origin / panel whole
  // ones.
  Value panelIndex = divideIndex<arith::DivUIOp>(b, nest.loc, origin, panel);
  outer =
      addIndex(b, nest.loc, outer,
               mulIndex(b, nest.loc, panelIndex,
                        constantIndex(b, nest.loc, row.panel / width * panel)));
  bool grouped = nest.dot && nest.dot->right == input;
  int64_t group = grouped ? kGroup : 1;
  if (panel != nest.tile[nest.vectorDim]) {
    Value within = divideIndex<arith::RemUIOp>(b, nest.loc, origin, panel);
    outer = addIndex(
        b, nest.loc, outer,
        mulIndex(b, nest.loc, within, constantIndex(b, nest.loc, group)));
  }
  int64_t displacement =
      row.displacement + point.offset[nest.vectorDim] * group;
  Address address;
  address.pointer = offsetPointer(
      offsetPointer(offsetPointer(pointer, element, outer), element, row.inner),
      element, constantIndex(b, nest.loc, displacement));
  address.contiguous = true;
  return address;
}

Value PointEvaluator::load(const Address &address, Type element, Value mask,
                           Value otherwise) {
  Type memory = memoryTypeOf(element);
  // As with stores, masked loads of bf16 would be scalar conversions.
  bool isBits = memory.isBF16();
  memory = isBits ? b.getI16Type() : memory;
  unsigned alignment = storageBytesOf(element);
  bool wide =
      nest.vectorDim >= 0 && (address.contiguous || address.laneOffsets);
  Type type = wide ? Type(VectorType::get({nest.lanes}, memory)) : memory;
  auto zeros = [&]() -> Value {
    return arith::ConstantOp::create(b, nest.loc, b.getZeroAttr(type));
  };
  if (otherwise) {
    otherwise = toMemory(b, nest.loc, otherwise);
    if (isBits && wide) {
      otherwise = LLVM::BitcastOp::create(b, nest.loc, type, otherwise);
    }
  }
  Value result;
  if (!wide || (!mask && address.contiguous)) {
    result =
        LLVM::LoadOp::create(b, nest.loc, type, address.pointer, alignment);
  } else if (address.contiguous) {
    result =
        LLVM::MaskedLoadOp::create(b, nest.loc, type, address.pointer, mask,
                                   otherwise ? otherwise : zeros(), alignment);
  } else {
    auto pointers = LLVM::GEPOp::create(
        b, nest.loc, VectorType::get({nest.lanes}, address.pointer.getType()),
        memory, address.pointer, ValueRange{address.laneOffsets});
    if (!mask) {
      mask = arith::ConstantOp::create(
          b, nest.loc,
          DenseElementsAttr::get(VectorType::get({nest.lanes}, b.getI1Type()),
                                 true));
    }
    result = LLVM::masked_gather::create(
        b, nest.loc, type, pointers, mask,
        ValueRange{otherwise ? otherwise : zeros()}, alignment);
  }
  if (isBits) {
    Type floats = b.getBF16Type();
    floats = wide ? Type(VectorType::get({nest.lanes}, floats)) : floats;
    result = LLVM::BitcastOp::create(b, nest.loc, floats, result);
  }
  return fromMemory(b, nest.loc, result, scalarTypeOf(element));
}

/// Whether the mask is a constant that selects the first lane alone.
static bool isFirstLane(Value mask) {
  DenseElementsAttr lanes;
  if (!mask || !matchPattern(mask, m_Constant(&lanes))) {
    return false;
  }
  auto bits = lanes.getValues<bool>();
  return *bits.begin() && llvm::count(bits, true) == 1;
}

void PointEvaluator::storeTo(const Address &address, Value value, Value mask) {
  bool wide =
      nest.vectorDim >= 0 && (address.contiguous || address.laneOffsets);
  if (wide) {
    value = asVector(value);
  } else if (auto type = dyn_cast<VectorType>(value.getType())) {
    // All lanes hold the same element when the output does not move along the
    // vector.
    value = vector::ExtractOp::create(b, nest.loc, value, ArrayRef<int64_t>{0});
  }
  value = toMemory(b, nest.loc, value);
  Type scalar = getElementTypeOrSelf(value.getType());
  if (scalar.isBF16()) {
    // LLVM scalarises masked stores of bf16 into calls of a support library
    // that converts from f32, even where the bits are at hand.
    scalar = b.getI16Type();
    auto vector = dyn_cast<VectorType>(value.getType());
    Type bits = vector ? Type(vector.clone(scalar)) : scalar;
    value = LLVM::BitcastOp::create(b, nest.loc, bits, value);
  }
  unsigned alignment = storageBytesOf(scalar);
  if (wide && address.contiguous && isFirstLane(mask)) {
    // LLVM 22 would store the whole lane of a truncated vector here.
    value = vector::ExtractOp::create(b, nest.loc, value, ArrayRef<int64_t>{0});
    LLVM::StoreOp::create(b, nest.loc, value, address.pointer, alignment);
    return;
  }
  if (!wide || (address.contiguous && !mask)) {
    LLVM::StoreOp::create(b, nest.loc, value, address.pointer, alignment);
    return;
  }
  if (address.contiguous) {
    LLVM::MaskedStoreOp::create(b, nest.loc, value, address.pointer, mask,
                                alignment);
    return;
  }
  auto pointers = LLVM::GEPOp::create(
      b, nest.loc, VectorType::get({nest.lanes}, address.pointer.getType()),
      scalar, address.pointer, ValueRange{address.laneOffsets});
  if (!mask) {
    mask = arith::ConstantOp::create(
        b, nest.loc,
        DenseElementsAttr::get(VectorType::get({nest.lanes}, b.getI1Type()),
                               true));
  }
  LLVM::masked_scatter::create(b, nest.loc, value, pointers, mask, alignment);
}

void PointEvaluator::store(unsigned index, Value value, const Point &point) {
  Type element = cast<BufferType>(nest.launch.getOutputs()[index].getType())
                     .getElementType();
  storeTo(
      addressOf(nest.outputs[index], element, nest.outputForms[index], point),
      value, point.mask);
}

Value PointEvaluator::reload(unsigned index, const Point &point) {
  Type element = cast<BufferType>(nest.launch.getOutputs()[index].getType())
                     .getElementType();
  return load(
      addressOf(nest.outputs[index], element, nest.outputForms[index], point),
      element, point.mask, {});
}

Value PointEvaluator::reportOutOfRange(Value index, Value limit,
                                       const Point &point) {
  bool wide = isa<VectorType>(index.getType());
  limit = wide ? asVector(limit) : limit;
  Value good = arith::CmpIOp::create(b, nest.loc, arith::CmpIPredicate::ult,
                                     index, limit);
  Value bad = arith::CmpIOp::create(b, nest.loc, arith::CmpIPredicate::uge,
                                    index, limit);
  if (wide) {
    bad = point.mask
              ? arith::AndIOp::create(b, nest.loc, bad, point.mask).getResult()
              : bad;
    bad = vector::ReductionOp::create(b, nest.loc, vector::CombiningKind::OR,
                                      bad);
  }
  auto branch = scf::IfOp::create(b, nest.loc, bad, /*withElseRegion=*/false);
  OpBuilder then = branch.getThenBodyBuilder();
  // Several threads may find errors; the first one stays.
  LLVM::AtomicCmpXchgOp::create(
      then, nest.loc, nest.status, constantIndex(then, nest.loc, TSR_OK),
      constantIndex(then, nest.loc, TSR_INDEX_OUT_OF_RANGE),
      LLVM::AtomicOrdering::monotonic, LLVM::AtomicOrdering::monotonic);
  Value zero =
      arith::ConstantOp::create(b, nest.loc, b.getZeroAttr(index.getType()));
  return arith::SelectOp::create(b, nest.loc, good, index, zero);
}

} // namespace tessera::cpu
