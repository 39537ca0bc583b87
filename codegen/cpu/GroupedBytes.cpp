//===- GroupedBytes.cpp - products of bytes, several at a time ------------===//
//
// A lane holds a group of four bytes. Where the target has an instruction for
// four products, it takes them as they are; elsewhere even and odd bytes become
// pairs of 16 bits, whose products one instruction adds in pairs to 32 bits.
// Nothing saturates, so all ways give the same sums.
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/PointEvaluator.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::cpu {

static Value splat(OpBuilder &b, Location loc, VectorType type, int64_t value) {
  return arith::ConstantOp::create(
      b, loc,
      DenseElementsAttr::get(
          type, Attribute(b.getIntegerAttr(type.getElementType(), value))));
}

Value PointEvaluator::groupOf(unsigned input, const Point &point) {
  Location loc = nest.loc;
  Type byte = b.getI8Type(), i32 = b.getI32Type();
  bool packed = nest.isPacked(input);
  Address address =
      packed
          ? packedAddressOf(nest.inputs[input], byte, input, point)
          : addressOf(nest.inputs[input], byte, nest.inputForms[input], point);
  if (packed && prefetchesPanelsOf(input)) {
    prefetchPanel(address, input, byte, point);
    prefetchNextPanel(input, byte, point);
  }
  Type type = packed ? Type(VectorType::get({nest.lanes}, i32)) : i32;
  return asVector(LLVM::LoadOp::create(b, loc, type, address.pointer,
                                       /*alignment=*/1));
}

PointEvaluator::Group &PointEvaluator::cachedGroup(unsigned input,
                                                   const Point &point) {
  DimSet dims = nest.dimsOf(nest.launch.getBody().getArgument(input));
  SmallVector<int64_t> key;
  for (unsigned d = 0; d < nest.numDims(); ++d) {
    key.push_back(dims >> d & 1 ? point.offset[d] : 0);
  }
  return groups[{input, key}];
}

const PointEvaluator::Group &
PointEvaluator::halvesOf(unsigned input, bool isSigned, const Point &point) {
  Group &known = cachedGroup(input, point);
  if (known.even) {
    return known;
  }
  Location loc = nest.loc;
  auto pairs = VectorType::get({2 * nest.lanes}, b.getI16Type());
  Value both = vector::BitCastOp::create(b, loc, pairs, groupOf(input, point));
  Value eight = splat(b, loc, pairs, 8);
  if (isSigned) {
    Value high = arith::ShLIOp::create(b, loc, both, eight);
    known.even = arith::ShRSIOp::create(b, loc, high, eight);
    known.odd = arith::ShRSIOp::create(b, loc, both, eight);
  } else {
    known.even =
        arith::AndIOp::create(b, loc, both, splat(b, loc, pairs, 0xff));
    known.odd = arith::ShRUIOp::create(b, loc, both, eight);
  }
  return known;
}

/// Adds the products of four unsigned and four signed bytes to each lane.
static Value addByteProducts(OpBuilder &b, Location loc, Value running,
                             Value unsignedBytes, Value signedBytes) {
  int64_t lanes = cast<VectorType>(running.getType()).getDimSize(0);
  std::string name = "llvm.x86.avx512.vpdpbusd." + std::to_string(lanes * 32);
  auto bytes = VectorType::get({lanes * kGroup}, b.getI8Type());
  return LLVM::CallIntrinsicOp::create(
             b, loc, running.getType(), b.getStringAttr(name),
             ValueRange{running,
                        vector::BitCastOp::create(b, loc, bytes, unsignedBytes),
                        vector::BitCastOp::create(b, loc, bytes, signedBytes)})
      .getResult(0);
}

/// The instruction wants one unsigned and one signed factor. Of two alike, one
/// is moved by 128 (its top bits flip), and the products of 128 and the other
/// are taken back; these depend on one operand only and are shared by a tile.
Value PointEvaluator::addByteGroup(Value running, const Point &point) {
  const DotProduct &dot = *nest.dot;
  Location loc = nest.loc;
  auto type = cast<VectorType>(running.getType());
  auto bytesOf = [&](unsigned input) -> Group & {
    Group &known = cachedGroup(input, point);
    if (!known.whole) {
      known.whole = groupOf(input, point);
    }
    return known;
  };
  Group &left = bytesOf(dot.left), &right = bytesOf(dot.right);
  if (dot.leftSigned != dot.rightSigned) {
    bool swap = dot.leftSigned;
    return addByteProducts(b, loc, running, (swap ? right : left).whole,
                           (swap ? left : right).whole);
  }
  // Signed: sum(l r) = sum((l + 128) r) - 128 sum(r). Unsigned:
  // sum(l r) = sum(l (r - 128)) + 128 sum(l).
  Group &moved = dot.leftSigned ? left : right;
  Group &other = dot.leftSigned ? right : left;
  Value zero = splat(b, loc, type, 0);
  Value tops = splat(b, loc, type, int32_t(0x80808080));
  if (!moved.moved) {
    moved.moved = arith::XOrIOp::create(b, loc, moved.whole, tops);
  }
  if (dot.leftSigned) {
    if (!other.excess) {
      other.excess = addByteProducts(b, loc, zero, tops, other.whole);
    }
    running = addByteProducts(b, loc, running, moved.moved, other.whole);
    return arith::SubIOp::create(b, loc, running, other.excess);
  }
  if (!other.excess) {
    Value ones = splat(b, loc, type, 0x01010101);
    other.excess = arith::ShLIOp::create(
        b, loc, addByteProducts(b, loc, zero, other.whole, ones),
        splat(b, loc, type, 7));
  }
  running = addByteProducts(b, loc, running, other.whole, moved.moved);
  return arith::AddIOp::create(b, loc, running, other.excess);
}

Value PointEvaluator::accumulateGroup(Value running, const Point &point) {
  if (nest.byteProducts) {
    return addByteGroup(running, point);
  }
  const DotProduct &dot = *nest.dot;
  const Group &left = halvesOf(dot.left, dot.leftSigned, point);
  const Group &right = halvesOf(dot.right, dot.rightSigned, point);
  StringRef intrinsic = nest.lanes == 16  ? "llvm.x86.avx512.pmaddw.d.512"
                        : nest.lanes == 8 ? "llvm.x86.avx2.pmadd.wd"
                                          : "llvm.x86.sse2.pmadd.wd";
  auto sums = [&](Value x, Value y) {
    return LLVM::CallIntrinsicOp::create(b, nest.loc, running.getType(),
                                         b.getStringAttr(intrinsic),
                                         ValueRange{x, y})
        .getResult(0);
  };
  running =
      arith::AddIOp::create(b, nest.loc, running, sums(left.even, right.even));
  return arith::AddIOp::create(b, nest.loc, running, sums(left.odd, right.odd));
}

} // namespace tessera::cpu
