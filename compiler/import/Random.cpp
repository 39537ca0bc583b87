//===- Random.cpp - adapters: random numbers ------------------------------===//
//
// The generator is documented in runtime/operators/random.c. A node without a
// seed gets one from its place in the model, so that runs can be repeated.
//
//===----------------------------------------------------------------------===//

#include "compiler/import/Adapters.h"
#include "compiler/import/Importer.h"
#include "compiler/import/LibraryCall.h"
#include "compiler/import/Tensors.h"
#include "dialects/kernel/Extents.h"
#include "llvm/Support/xxhash.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {
namespace {

/// The seed's bits: any float is one.
Attribute seedOf(Node &node) {
  if (!node.hasAttribute("seed")) {
    return node.integerAttribute(int64_t(xxh3_64bits(node.name)));
  }
  double seed = node.number("seed", 0);
  return node.integerAttribute(
      int64_t(APFloat(seed).bitcastToAPInt().getZExtValue()));
}

/// The type that `dtype` asks for, or `byDefault`.
FailureOr<Type> elementOf(Node &node, Type byDefault) {
  if (!node.hasAttribute("dtype")) {
    return byDefault;
  }
  Expected<Type> element =
      elementTypeOf(node.integer("dtype", 0), node.builder.getContext());
  if (!element) {
    return node.fail("unsupported type", toString(element.takeError()));
  }
  return *element;
}

/// RandomNormal and RandomUniform, with a shape or like another tensor.
LogicalResult fill(Node &node, bool isNormal) {
  bool isLike = node.inputCount() > 0;
  FailureOr<Type> element =
      elementOf(node, isLike ? node.type(0).getElementType()
                             : Type(node.builder.getF32Type()));
  if (failed(element)) {
    return failure();
  }
  if (!isa<FloatType>(*element)) {
    return node.fail("unsupported type", "expected a floating-point type");
  }
  Sizes sizes;
  if (isLike) {
    sizes = node.extents(0);
  }
  for (int64_t size : node.integers("shape")) {
    if (size < 0) {
      return node.fail("invalid shape", "expected sizes of 0 or more");
    }
    sizes.push_back(getAffineConstantExpr(size, node.builder.getContext()));
  }
  LibraryCall call(node, isNormal ? "random_normal" : "random_uniform");
  std::pair<StringRef, double> parameters[] = {
      {isNormal ? "mean" : "low", 0}, {isNormal ? "scale" : "high", 1}};
  for (auto [name, byDefault] : parameters) {
    call.parameter(name, node.numberAttribute(node.number(name, byDefault)));
  }
  return call.parameter("seed", seedOf(node))
      .result(*element, sizes)
      .buildResults();
}

LogicalResult bernoulli(Node &node) {
  FailureOr<Type> element = elementOf(node, node.type(0).getElementType());
  if (failed(element)) {
    return failure();
  }
  return LibraryCall(node, "bernoulli")
      .inputs(0, 1)
      .parameter("seed", seedOf(node))
      .result(*element, node.extents(0))
      .buildResults();
}

LogicalResult multinomial(Node &node) {
  int64_t samples = node.integer("sample_size", 1);
  FailureOr<Type> element = elementOf(node, node.builder.getI32Type());
  if (failed(element)) {
    return failure();
  }
  if (node.rank(0) != 2 || samples < 0 || !isa<IntegerType>(*element)) {
    return node.fail("invalid input", "expected weights [rows, classes]");
  }
  Sizes sizes = {node.extents(0)[0],
                 getAffineConstantExpr(samples, node.builder.getContext())};
  return LibraryCall(node, "multinomial")
      .inputs(0, 1)
      .parameter("seed", seedOf(node))
      .result(*element, sizes)
      .buildResults();
}

} // namespace

void addRandomAdapters(AdapterTable &table) {
  table.add("Bernoulli", 15, 1, 1, bernoulli);
  table.add("Multinomial", 7, 1, 1, multinomial);
  for (bool isNormal : {false, true}) {
    auto build = [isNormal](Node &node) { return fill(node, isNormal); };
    table.add(isNormal ? "RandomNormal" : "RandomUniform", 1, 0, 0, build);
    table.add(isNormal ? "RandomNormalLike" : "RandomUniformLike", 1, 1, 1,
              build);
  }
}

} // namespace tessera::import
