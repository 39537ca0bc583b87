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

LogicalResult optionalHasElement(Node &node) {
  KnownTensor known;
  known.element = node.builder.getI1Type();
  known.elements.push_back(
      integerScalar(node.has(0), node.builder.getContext()));
  return node.setKnown(0, std::move(known));
}

LogicalResult optionalGetElement(Node &node) {
  return node.setAlias(0, node.tensorOf(0));
}

} // namespace

void addOptionalAdapters(AdapterTable &table) {
  table.add("OptionalGetElement", 15, 1, 1, optionalGetElement);
  table.add("OptionalHasElement", 15, 0, 1, optionalHasElement);
}

} // namespace tessera::import
