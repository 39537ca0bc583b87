//===- Determinant.cpp - adapter: determinants of small matrices ----------===//

#include "compiler/import/Adapters.h"
#include "compiler/import/Term.h"
#include "dialects/kernel/Extents.h"
#include "llvm/ADT/bit.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {
namespace {

/// The number of products doubles with each row.
constexpr int64_t kMaxRows = 6;

/// Expands by one row after the other: entry s of a level is the determinant
/// of the first rows and those columns whose bits are set in s.
LogicalResult determinant(Node &node) {
  Term x = inputOf(node, 0);
  std::optional<int64_t> rows = kernel::constantOf(x.extent(-1));
  if (x.rank() < 2 || !rows || kernel::constantOf(x.extent(-2)) != *rows ||
      *rows < 1 || *rows > kMaxRows) {
    return node.fail("unsupported input", "expected square matrices of 1 to " +
                                              Twine(kMaxRows) + " rows");
  }
  AffineExpr one = sizeOf(node, 1);
  auto element = [&](int64_t row, int64_t column) {
    Term part = slice(slice(x, -2, sizeOf(node, row), one), -1,
                      sizeOf(node, column), one);
    return squeeze(squeeze(part, -1), -1);
  };
  unsigned full = (1u << *rows) - 1;
  SmallVector<Term> minors(full + 1);
  for (unsigned columns = 1; columns <= full; ++columns) {
    int64_t row = llvm::popcount(columns) - 1;
    int64_t sign = row % 2 == 0 ? 1 : -1; // Of the last row's first element.
    for (int64_t column = 0; column < *rows; ++column) {
      if (!(columns >> column & 1)) {
        continue;
      }
      Term product = element(row, column);
      if (row > 0) {
        product = product * minors[columns & ~(1u << column)];
      }
      Term &sum = minors[columns];
      if (!sum) {
        sum = sign > 0 ? product : apply<graph::NegOp>({product});
      } else {
        sum = sign > 0 ? sum + product : sum - product;
      }
      sign = -sign;
    }
  }
  return node.setResult(0, minors[full]);
}

} // namespace

void addDeterminantAdapters(AdapterTable &table) {
  table.add("Det", 11, 1, 1, determinant);
}

} // namespace tessera::import
