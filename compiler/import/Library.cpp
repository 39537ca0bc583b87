//===- Library.cpp - adapters: operators of the runtime's library ---------===//

#include "compiler/import/Adapters.h"
#include "compiler/import/Evaluate.h"
#include "compiler/import/Importer.h"
#include "compiler/import/LibraryCall.h"
#include "compiler/import/Term.h"
#include "dialects/graph/Graph.h"
#include "dialects/kernel/Extents.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {
namespace {

AffineExpr elementsOf(Node &node, unsigned input) {
  return kernel::productOf(node.builder.getContext(), node.extents(input));
}

LogicalResult compress(Node &node) {
  Sizes extents = node.extents(0), sizes{elementsOf(node, 0)};
  Attribute parameter;
  int64_t at = 0;
  if (node.hasAttribute("axis")) {
    FailureOr<int64_t> axis = node.axis(node.integer("axis", 0), node.rank(0));
    if (failed(axis)) {
      return failure();
    }
    at = *axis;
    sizes = extents;
    parameter = node.integerAttribute(at);
  }
  LibraryCall call(node, "compress");
  sizes[at] = call.outputDimension(0, at, sizes[at]);
  return call.inputs(0, 2)
      .parameter("axis", parameter)
      .result(node.type(0).getElementType(), sizes)
      .buildResults();
}

/// Boxes that stay are at most all boxes of all classes, or as many of each
/// class as a known limit allows.
LogicalResult nonMaxSuppression(Node &node) {
  if (node.rank(0) != 3 || node.rank(1) != 3) {
    return node.fail("invalid input", "expected boxes and scores of rank 3");
  }
  Sizes scores = node.extents(1);
  AffineExpr each = scores[2];
  const KnownTensor *most = node.known(2);
  std::optional<SmallVector<int64_t>> limit;
  if (most) {
    limit = most->integers();
  }
  // Exporters write the greatest int64 where there is no limit.
  if (limit && limit->size() == 1 && (*limit)[0] <= INT32_MAX) {
    each = extremeOf(*node.importer.module, kernel::DimensionKind::min, each,
                     sizeOf(node, std::max<int64_t>((*limit)[0], 0)));
  }
  LibraryCall call(node, "non_max_suppression");
  AffineExpr count = call.outputDimension(0, 0, scores[0] * scores[1] * each);
  AffineExpr three = getAffineConstantExpr(3, node.builder.getContext());
  return call.inputs(0, 5)
      .parameter("center_point_box",
                 node.integerAttribute(node.integer("center_point_box", 0)))
      .result(node.builder.getI64Type(), {count, three})
      .scratch(scores[2] * 16)
      .buildResults();
}

/// The entries of an n-gram pool, checked: the function relies on them.
LogicalResult checkNgrams(Node &node, ArrayRef<int64_t> counts,
                          ArrayRef<int64_t> places, int64_t pool,
                          size_t weights) {
  int64_t last = 0, grams = 0;
  for (auto [i, count] : enumerate(counts)) {
    int64_t end = i + 1 < counts.size() ? counts[i + 1] : pool;
    if (count < last || count > pool || end < count ||
        (end - count) % int64_t(i + 1) != 0) {
      return node.fail("invalid attribute 'ngram_counts'",
                       "expected rising positions in the pool that hold whole "
                       "n-grams");
    }
    grams += (end - count) / int64_t(i + 1);
    last = count;
  }
  bool negative = any_of(places, [](int64_t place) { return place < 0; });
  if (negative || int64_t(places.size()) != grams) {
    return node.fail("invalid attribute 'ngram_indexes'",
                     "expected " + Twine(grams) + " positions of 0 or more");
  }
  if (weights != 0 && weights != places.size()) {
    return node.fail("invalid attribute 'weights'",
                     "expected one for each of the " + Twine(places.size()) +
                         " n-grams, got " + Twine(weights));
  }
  return success();
}

LogicalResult tfIdfVectorizer(Node &node) {
  SmallVector<int64_t> counts = node.integers("ngram_counts"),
                       places = node.integers("ngram_indexes"),
                       pool = node.integers("pool_int64s");
  SmallVector<double> weights = node.numbers("weights");
  std::string mode = node.text("mode", "TF");
  int64_t shortest = node.integer("min_gram_length", 1);
  int64_t longest = node.integer("max_gram_length", 1);
  int64_t skips = node.integer("max_skip_count", 0);
  if (node.hasAttribute("pool_strings") ||
      !isa<IntegerType>(node.type(0).getElementType()) || node.rank(0) > 2 ||
      node.rank(0) < 1) {
    return node.fail("unsupported n-grams",
                     "expected integers in one or two dimensions");
  }
  if (failed(checkNgrams(node, counts, places, pool.size(), weights.size()))) {
    return failure();
  }
  if (shortest < 1 || longest < shortest || skips < 0 || places.empty()) {
    return node.fail("invalid n-grams", "expected lengths of 1 or more");
  }
  Sizes extents = node.extents(0);
  extents.back() = getAffineConstantExpr(*llvm::max_element(places) + 1,
                                         node.builder.getContext());
  // The pool has no n-grams that are longer.
  longest = std::min<int64_t>(longest, counts.size());
  Builder &b = node.builder;
  return LibraryCall(node, "tf_idf_vectorizer")
      .inputs(0, 1)
      .parameter("mode", b.getStringAttr(mode))
      .parameter("ngram_counts", b.getDenseI64ArrayAttr(counts))
      .parameter("ngram_indexes", b.getDenseI64ArrayAttr(places))
      .parameter("pool_int64s", b.getDenseI64ArrayAttr(pool))
      .parameter("weights", b.getDenseF64ArrayAttr(weights))
      .parameter("min_gram_length", b.getI64IntegerAttr(shortest))
      .parameter("max_gram_length", b.getI64IntegerAttr(longest))
      .parameter("max_skip_count", b.getI64IntegerAttr(skips))
      .result(b.getF32Type(), extents)
      .buildResults();
}

LogicalResult topK(Node &node) {
  FailureOr<int64_t> axis = node.axis(node.integer("axis", -1), node.rank(0));
  if (failed(axis)) {
    return failure();
  }
  AffineExpr count =
      getAffineConstantExpr(node.integer("k", 0), node.builder.getContext());
  if (node.opset >= 10) {
    FailureOr<Sizes> given = node.sizes(1);
    if (failed(given) || given->size() != 1) {
      return node.failed() ? failure()
                           : node.fail("invalid k", "expected one value");
    }
    count = (*given)[0];
  }
  node.ignore({"sorted"}); // In order is fine for those who do not care.
  Sizes extents = node.extents(0);
  extents[*axis] = count;
  return LibraryCall(node, "top_k")
      .inputs(0, 1)
      .parameter("axis", node.integerAttribute(*axis))
      .parameter("largest", node.integerAttribute(node.integer("largest", 1)))
      .result(node.type(0).getElementType(), extents)
      .result(node.builder.getI64Type(), extents)
      .buildResults();
}

LogicalResult unique(Node &node) {
  LibraryCall call(node, "unique");
  Sizes values{elementsOf(node, 0)};
  int64_t at = 0;
  if (node.hasAttribute("axis")) {
    FailureOr<int64_t> axis = node.axis(node.integer("axis", 0), node.rank(0));
    if (failed(axis)) {
      return failure();
    }
    at = *axis;
    values = node.extents(0);
    call.parameter("axis", node.integerAttribute(at));
  }
  AffineExpr slices = values[at];
  values[at] = call.outputDimension(0, at, slices);
  Type index = node.builder.getI64Type();
  return call.inputs(0, 1)
      .parameter("sorted", node.integerAttribute(node.integer("sorted", 1)))
      .result(node.type(0).getElementType(), values)
      .result(index, {values[at]})
      .result(index, {slices})
      .result(index, {values[at]})
      .scratch(slices * 24)
      .buildResults();
}

LogicalResult nonZero(Node &node) {
  LibraryCall call(node, "non_zero");
  AffineExpr count = call.outputDimension(0, 1, elementsOf(node, 0));
  AffineExpr rank =
      getAffineConstantExpr(node.rank(0), node.builder.getContext());
  return call.inputs(0, 1)
      .result(node.builder.getI64Type(), {rank, count})
      .buildResults();
}

} // namespace

void addLibraryAdapters(AdapterTable &table) {
  table.add("Compress", 9, 2, 2, compress);
  table.add("NonMaxSuppression", 10, 2, 5, nonMaxSuppression);
  table.add("NonZero", 9, 1, 1, nonZero);
  table.add("TfIdfVectorizer", 9, 1, 1, tfIdfVectorizer);
  table.add("TopK", 1, 1, 1, topK);
  table.add("TopK", 10, 2, 2, topK);
  table.add("Unique", 11, 1, 1, unique);
}

} // namespace tessera::import
