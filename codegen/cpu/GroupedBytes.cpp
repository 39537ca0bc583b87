//===- GroupedBytes.cpp - products of bytes, several at a time ------------===//
//
// A lane holds a group of four bytes. Its even and odd bytes become pairs of 16
// bits, whose products one instruction adds in pairs to 32 bits: nothing
// saturates, so the sums are those of any other way to compute them.
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

PointEvaluator::Halves PointEvaluator::halvesOf(unsigned input, bool isSigned,
                                                const Point &point) {
  DimSet dims = nest.dimsOf(nest.launch.getBody().getArgument(input));
  SmallVector<int64_t> key;
  for (unsigned d = 0; d < nest.numDims(); ++d) {
    key.push_back(dims >> d & 1 ? point.offset[d] : 0);
  }
  Halves &known = halves[{input, key}];
  if (known.even) {
    return known;
  }
  Location loc = nest.loc;
  Type byte = b.getI8Type(), i32 = b.getI32Type();
  auto words = VectorType::get({nest.lanes}, i32);
  auto pairs = VectorType::get({2 * nest.lanes}, b.getI16Type());
  bool packed = nest.isPacked(input);
  Address address =
      packed
          ? packedAddressOf(nest.inputs[input], byte, input, point)
          : addressOf(nest.inputs[input], byte, nest.inputForms[input], point);
  Value group = LLVM::LoadOp::create(b, loc, packed ? Type(words) : i32,
                                     address.pointer, /*alignment=*/1);
  Value both = vector::BitCastOp::create(b, loc, pairs, asVector(group));
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

Value PointEvaluator::accumulateGroup(Value running, const Point &point) {
  const DotProduct &dot = *nest.dot;
  Halves left = halvesOf(dot.left, dot.leftSigned, point);
  Halves right = halvesOf(dot.right, dot.rightSigned, point);
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
