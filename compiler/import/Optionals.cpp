//===- Optionals.cpp - adapters: optional values --------------------------===//
//
// Whether a value is there is known while importing: a tensor always is, a
// missing input never.
//
//===----------------------------------------------------------------------===//

#include "compiler/import/Adapters.h"
#include "compiler/import/Importer.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {
namespace {

LogicalResult optional(Node &node) {
  node.ignore({"type"});
  if (node.has(0)) {
    return node.setAlias(0, node.tensorOf(0));
  }
  Tensor *nothing = node.importer.newTensor(node.location);
  nothing->isNothing = true;
  return node.setAlias(0, nothing);
}

LogicalResult optionalHasElement(Node &node) {
  bool isThere = node.has(0) && !node.tensorOf(0)->isNothing;
  KnownTensor known;
  known.element = node.builder.getI1Type();
  known.elements.push_back(integerScalar(isThere, node.builder.getContext()));
  return node.setKnown(0, std::move(known));
}

LogicalResult optionalGetElement(Node &node) {
  if (node.tensorOf(0)->isNothing) {
    return node.fail("invalid input", "the optional has no value");
  }
  return node.setAlias(0, node.tensorOf(0));
}

} // namespace

void addOptionalAdapters(AdapterTable &table) {
  table.add("Optional", 15, 0, 1, optional);
  table.add("OptionalGetElement", 15, 1, 1, optionalGetElement);
  table.add("OptionalHasElement", 15, 0, 1, optionalHasElement);
}

} // namespace tessera::import
