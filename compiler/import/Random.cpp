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
#include "compiler/import/Term.h"
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

/// Whether a constant says that nothing is dropped, or the version of the
/// operator does.
bool keepsAll(Node &node) {
  const KnownTensor *ratio = node.known(1), *training = node.known(2);
  auto isZero = [](const KnownTensor *known) {
    return known && known->isConstant() && known->elements.size() == 1 &&
           known->elements[0].value() == 0;
  };
  return !node.has(2) || isZero(training) || isZero(ratio);
}

LogicalResult dropoutMask(Node &node, Type element) {
  Term one{node, node.scalarConstant(element, 1)};
  return node.setResult(1, expand(one, node.extents(0)));
}

LogicalResult dropout(Node &node) {
  node.ignore({"ratio", "seed", "is_test", "consumed_inputs"});
  Type truth = node.builder.getI1Type();
  if (keepsAll(node)) {
    (void)node.setAlias(0, node.tensorOf(0));
    return node.wants(1)
               ? dropoutMask(node, node.opset >= 10
                                       ? truth
                                       : node.type(0).getElementType())
               : success();
  }
  constexpr int64_t kStateBytes = 624 * 4; // of the library's generator
  int64_t seed = node.hasAttribute("seed") ? node.integer("seed", 0)
                                           : int64_t(xxh3_64bits(node.name));
  Operation *call = LibraryCall(node, "dropout_mask")
                        .inputs(1, 2)
                        .parameter("seed", node.integerAttribute(seed))
                        .result(truth, node.extents(0))
                        .scratch(sizeOf(node, kStateBytes))
                        .build();
  if (!call) {
    return failure();
  }
  Term x = inputOf(node, 0), kept{node, call->getResult(0)};
  Term half{node, node.scalarConstant(x.element(), 0.5)};
  Term ratio =
      node.has(1) ? cast(reshape(inputOf(node, 1), {}), x.element()) : half;
  Term one = number(x, 1);
  Term training = cast(reshape(inputOf(node, 2), {}), truth);
  Term scale = where(training, one / (one - ratio), one);
  if (node.wants(1) && failed(node.setResult(1, kept))) {
    return failure();
  }
  return node.setResult(0, where(kept, x * scale, number(x, 0)));
}

} // namespace

void addRandomAdapters(AdapterTable &table) {
  table.add("Bernoulli", 15, 1, 1, bernoulli);
  table.add("Dropout", 1, 1, 3, dropout);
  table.add("Multinomial", 7, 1, 1, multinomial);
  for (bool isNormal : {false, true}) {
    auto build = [isNormal](Node &node) { return fill(node, isNormal); };
    table.add(isNormal ? "RandomNormal" : "RandomUniform", 1, 0, 0, build);
    table.add(isNormal ? "RandomNormalLike" : "RandomUniformLike", 1, 1, 1,
              build);
  }
}

} // namespace tessera::import
