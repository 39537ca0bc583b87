//===- Trees.cpp - adapters: ensembles of decision trees ------------------===//
//
// All trees are walked together for as many steps as the deepest needs; leaves
// lead to themselves. A step is a handful of gathers from constant tables.
//
//===----------------------------------------------------------------------===//

#include "compiler/import/Adapters.h"
#include "compiler/import/Importer.h"
#include "compiler/import/Term.h"
#include "dialects/kernel/Extents.h"
#include "llvm/ADT/StringSwitch.h"
#include <cmath>

using namespace llvm;
using namespace mlir;

namespace tessera::import {
namespace {

enum class Test { lessEqual, less, greaterEqual, greater, equal, notEqual };

/// The nodes of all trees; `next` are positions here.
struct Forest {
  struct Branch {
    int64_t feature = 0;
    double split = 0;
    Test test = Test::lessEqual;
    bool missingIsTrue = false;
    int64_t whenTrue = 0, whenFalse = 0;
  };
  SmallVector<Branch> branches;
  SmallVector<int64_t> roots;
  SmallVector<SmallVector<double>> weights; // by branch; empty: no leaf
  int64_t targets = 1;
};

/// Steps to the deepest leaf; nothing when a tree has a cycle.
std::optional<int64_t> depthOf(const Forest &forest) {
  SmallVector<int64_t> level(forest.roots);
  for (int64_t depth = 0; depth <= 128; ++depth) {
    SmallVector<int64_t> next;
    for (int64_t at : level) {
      const Forest::Branch &branch = forest.branches[at];
      if (branch.whenTrue != at) {
        next.append({branch.whenTrue, branch.whenFalse});
      }
    }
    if (next.empty()) {
      return depth;
    }
    if (next.size() > 4 * forest.branches.size() + 4) {
      return std::nullopt;
    }
    level = std::move(next);
  }
  return std::nullopt;
}

Term holds(Test test, const Term &x, const Term &split) {
  switch (test) {
  case Test::lessEqual:
    return x <= split;
  case Test::less:
    return x < split;
  case Test::greaterEqual:
    return split <= x;
  case Test::greater:
    return split < x;
  case Test::equal:
    return equal(x, split);
  case Test::notEqual:
    return apply<graph::NotOp>({equal(x, split)});
  }
  return {};
}

/// Whether each sample takes the true branch at its place, [N, trees].
Term takesTrue(Node &node, const Forest &forest, const Term &place,
               const Term &value, const Term &split) {
  SmallVector<int64_t> tests, missing;
  SmallVector<int64_t> used;
  for (const Forest::Branch &branch : forest.branches) {
    auto test = int64_t(branch.test);
    tests.push_back(test);
    missing.push_back(branch.missingIsTrue);
    if (branch.whenTrue != branch.whenFalse && !is_contained(used, test)) {
      used.push_back(test);
    }
  }
  auto count = int64_t(tests.size());
  Term result;
  for (int64_t test : used) {
    Term here = holds(Test(test), value, split);
    if (used.size() > 1) {
      Term kind = gather(constantIntegers(node, {count}, tests), place, 0);
      here = here & equal(kind, number(kind, double(test)));
    }
    result = result ? result | here : here;
  }
  if (result && is_contained(missing, 1)) {
    Term track = gather(constantIntegers(node, {count}, missing), place, 0);
    result = result |
             (apply<graph::IsNanOp>({value}) & equal(track, number(track, 1)));
  }
  return result;
}

/// Sums (or as `aggregate` says) of the leaves' weights, [N, targets].
Term evaluate(Node &node, const Forest &forest, int64_t depth,
              StringRef aggregate) {
  Term x = inputOf(node, 0);
  bool isFloat = isa<FloatType>(x.element());
  Type element = isFloat ? x.element() : Type(node.builder.getF32Type());
  x = cast(x, element);
  SmallVector<int64_t> features, whenTrue, whenFalse;
  SmallVector<double> splits, weights;
  for (auto [branch, own] : zip(forest.branches, forest.weights)) {
    features.push_back(branch.feature);
    whenTrue.push_back(branch.whenTrue);
    whenFalse.push_back(branch.whenFalse);
    splits.push_back(branch.split);
    SmallVector<double> row(own);
    row.resize(forest.targets, 0.0);
    weights.append(row);
  }
  auto count = int64_t(features.size()), trees = int64_t(forest.roots.size());
  auto table = [&](ArrayRef<int64_t> values, const Term &place) {
    return gather(constantIntegers(node, {count}, values), place, 0);
  };
  Term place = expand(constantIntegers(node, {1, trees}, forest.roots),
                      {x.extent(0), sizeOf(node, trees)});
  for (int64_t step = 0; step < depth; ++step) {
    Term value = gatherElements(x, table(features, place), 1);
    Term split =
        gather(constantTensor(node, element, {count}, splits), place, 0);
    Term taken = takesTrue(node, forest, place, value, split);
    place = where(taken, table(whenTrue, place), table(whenFalse, place));
  }
  Term leaves =
      gather(constantTensor(node, element, {count, forest.targets}, weights),
             place, 0);
  return reduce(aggregate, leaves, {1}, false);
}

/// What follows the sum over trees.
LogicalResult finishTrees(Node &node, Forest &forest, StringRef aggregate,
                          StringRef transform, ArrayRef<double> base) {
  for (const Forest::Branch &branch : forest.branches) {
    auto size = int64_t(forest.branches.size());
    if (branch.whenTrue < 0 || branch.whenTrue >= size ||
        branch.whenFalse < 0 || branch.whenFalse >= size ||
        branch.feature < 0) {
      return node.fail("invalid tree",
                       "a node refers to one that is not there");
    }
  }
  std::optional<int64_t> depth = depthOf(forest);
  if (!depth || node.rank(0) != 2 || forest.targets < 1 ||
      forest.roots.empty()) {
    return node.fail("invalid tree", "expected samples [N, F], targets and "
                                     "trees of at most 128 levels");
  }
  if (forest.targets > 1 && (aggregate == "max" || aggregate == "min")) {
    return node.fail("unsupported attribute 'aggregate_function'",
                     "expected SUM or AVERAGE for several targets");
  }
  Term scores = evaluate(node, forest, *depth, aggregate);
  if (!base.empty()) {
    SmallVector<double> values(base);
    values.resize(forest.targets, values.back());
    scores = scores + constantTensor(node, scores.element(),
                                     {1, forest.targets}, values);
  }
  if (transform == "SOFTMAX") {
    scores = softmax(scores, 1);
  } else if (transform == "LOGISTIC") {
    scores = apply<graph::SigmoidOp>({scores});
  } else if (transform != "NONE") {
    return node.fail("unsupported attribute 'post_transform'",
                     "expected NONE, SOFTMAX or LOGISTIC, got " + transform);
  }
  return node.setResult(0, scores);
}

//===----------------------------------------------------------------------===//
// TreeEnsemble
//===----------------------------------------------------------------------===//

/// The numbers of a tensor attribute; reports when there is none.
SmallVector<double> numbersOf(Node &node, StringRef attribute) {
  const onnx::TensorProto *tensor = node.tensor(attribute);
  if (!tensor) {
    return {};
  }
  Expected<ElementsAttr> value = node.importer.valueOf(*tensor);
  if (!value) {
    (void)node.fail("invalid attribute '" + attribute + "'",
                    toString(value.takeError()));
    return {};
  }
  std::optional<KnownTensor> known = readKnown(*value);
  std::optional<SmallVector<double>> numbers =
      known ? known->numbers() : std::nullopt;
  if (!numbers) {
    (void)node.fail("unsupported attribute '" + attribute + "'",
                    "expected at most " + Twine(kMaxKnownElements) +
                        " numbers");
    return {};
  }
  return *numbers;
}

/// Splits the values of all membership tests, which NaN separates.
SmallVector<SmallVector<double>> membersOf(ArrayRef<double> values) {
  SmallVector<SmallVector<double>> sets(1);
  for (double value : values) {
    if (std::isnan(value)) {
      sets.emplace_back();
    } else {
      sets.back().push_back(value);
    }
  }
  return sets;
}

/// A membership test is a chain of tests for equality.
LogicalResult expandMemberships(Node &node, Forest &forest,
                                ArrayRef<double> modes,
                                ArrayRef<SmallVector<double>> sets) {
  size_t nextSet = 0;
  for (size_t i = 0; i < modes.size(); ++i) {
    if (modes[i] < 0 || modes[i] > 6) {
      return node.fail("invalid attribute 'nodes_modes'");
    }
    if (modes[i] != 6) {
      continue;
    }
    if (nextSet >= sets.size() || sets[nextSet].empty()) {
      return node.fail("invalid attribute 'membership_values'");
    }
    ArrayRef<double> set = sets[nextSet++];
    size_t at = i;
    int64_t otherwise = forest.branches[i].whenFalse;
    for (auto [k, value] : enumerate(set)) {
      Forest::Branch branch = forest.branches[i];
      branch.test = Test::equal;
      branch.split = value;
      bool last = k + 1 == set.size();
      branch.whenFalse = last ? otherwise : int64_t(forest.branches.size());
      if (!last) {
        forest.branches.emplace_back();
        forest.weights.emplace_back();
      }
      forest.branches[at] = branch;
      at = branch.whenFalse;
    }
  }
  return success();
}

/// Reads branches and leaves; `modes` gets the tests of the branches.
LogicalResult readForest(Node &node, Forest &forest,
                         SmallVector<double> &modes) {
  SmallVector<int64_t> features = node.integers("nodes_featureids"),
                       trueIds = node.integers("nodes_truenodeids"),
                       falseIds = node.integers("nodes_falsenodeids"),
                       trueLeafs = node.integers("nodes_trueleafs"),
                       falseLeafs = node.integers("nodes_falseleafs"),
                       missing =
                           node.integers("nodes_missing_value_tracks_true"),
                       targetIds = node.integers("leaf_targetids");
  SmallVector<double> splits = numbersOf(node, "nodes_splits"),
                      leafWeights = numbersOf(node, "leaf_weights");
  modes = numbersOf(node, "nodes_modes");
  size_t count = features.size(), leaves = targetIds.size();
  if (count == 0 || modes.size() != count || splits.size() != count ||
      trueIds.size() != count || falseIds.size() != count ||
      trueLeafs.size() != count || falseLeafs.size() != count ||
      (!missing.empty() && missing.size() != count) ||
      leafWeights.size() != leaves) {
    return node.failed() ? failure()
                         : node.fail("invalid tree",
                                     "expected attributes of equal lengths");
  }
  forest.targets = node.integer("n_targets", 1);
  if (forest.targets < 1 || forest.targets > kMaxKnownElements) {
    return node.fail("invalid attribute 'n_targets'");
  }
  auto target = [&](int64_t id, int64_t isLeaf) {
    return isLeaf ? int64_t(count) + id : id;
  };
  for (size_t i = 0; i < count; ++i) {
    forest.branches.push_back({features[i], splits[i], Test(int(modes[i])),
                               !missing.empty() && missing[i] != 0,
                               target(trueIds[i], trueLeafs[i]),
                               target(falseIds[i], falseLeafs[i])});
  }
  forest.weights.resize(count);
  for (size_t i = 0; i < leaves; ++i) {
    auto self = int64_t(count + i);
    forest.branches.push_back({0, 0, Test::lessEqual, false, self, self});
    SmallVector<double> row(forest.targets, 0.0);
    if (targetIds[i] < 0 || targetIds[i] >= forest.targets) {
      return node.fail("invalid attribute 'leaf_targetids'");
    }
    row[targetIds[i]] = leafWeights[i];
    forest.weights.push_back(row);
  }
  return success();
}

LogicalResult treeEnsemble(Node &node) {
  Forest forest;
  SmallVector<double> modes;
  if (failed(readForest(node, forest, modes))) {
    return failure();
  }
  size_t count = modes.size();
  if (failed(
          expandMemberships(node, forest, modes,
                            membersOf(numbersOf(node, "membership_values"))))) {
    return failure();
  }
  forest.roots = node.integers("tree_roots");
  for (int64_t root : forest.roots) {
    if (root < 0 || root >= int64_t(count)) {
      return node.fail("invalid attribute 'tree_roots'");
    }
  }
  static constexpr StringLiteral kAggregates[] = {"mean", "sum", "min", "max"};
  static constexpr StringLiteral kTransforms[] = {"NONE", "SOFTMAX", "LOGISTIC",
                                                  "SOFTMAX_ZERO", "PROBIT"};
  int64_t aggregate = node.integer("aggregate_function", 1),
          transform = node.integer("post_transform", 0);
  if (aggregate < 0 || aggregate > 3 || transform < 0 || transform > 4) {
    return node.fail("invalid attribute 'aggregate_function' or "
                     "'post_transform'");
  }
  return finishTrees(node, forest, kAggregates[aggregate],
                     kTransforms[transform], {});
}

} // namespace

void addTreeAdapters(AdapterTable &table) {
  table.add("ai.onnx.ml.TreeEnsemble", 5, 1, 1, treeEnsemble);
}

} // namespace tessera::import
