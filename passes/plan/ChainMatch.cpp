//===- ChainMatch.cpp - contraction, row, contraction ---------------------===//

#include "passes/plan/ChainMatch.h"
#include "dialects/kernel/LinearForm.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::plan {

//===----------------------------------------------------------------------===//
// The three launches
//===----------------------------------------------------------------------===//

/// Whether points are independent but for reductions, and always computed.
static bool isPlain(LaunchOp launch) {
  return launch.getConditions().empty() && !launch.getSchedule() &&
         llvm::all_of(launch.getFeedback(),
                      [](int64_t from) { return from < 0; }) &&
         llvm::all_of(launch.getIterators(), [](Attribute kind) {
           return cast<IteratorKindAttr>(kind).getValue() !=
                  IteratorKind::sequential;
         });
}

static bool isReduction(LaunchOp launch, unsigned dim) {
  return launch.getIterator(dim) == IteratorKind::reduction;
}

static bool hasOnePoint(LaunchOp launch, unsigned dim) {
  return constantOf(launch.getExtents().getResult(dim)) == 1;
}

/// The launch whose only result is this range of the arena and nothing but
/// `reader` reads; null when there is none.
static LaunchOp producerFor(LaunchOp reader, unsigned input) {
  Value buffer = reader.getInputs()[input];
  if (!buffer.getDefiningOp<ArenaOp>() || reader.isWholeInput(input) ||
      !isa<UnitAttr>(reader.getGuards()[input])) {
    return {};
  }
  LaunchOp producer;
  for (OpOperand &use : buffer.getUses()) {
    auto launch = dyn_cast<LaunchOp>(use.getOwner());
    if (launch == reader && use.getOperandNumber() == input) {
      continue;
    }
    bool writes = launch && launch != reader &&
                  launch.getOutputs().size() == 1 &&
                  launch.getOutputs()[0] == buffer &&
                  use.getOperandNumber() == launch.getInputs().size();
    if (!writes || producer) {
      return {};
    }
    producer = launch;
  }
  return producer;
}

/// The launch that reads the only output of `producer`, and with which input.
static LaunchOp onlyReader(LaunchOp producer, unsigned &input) {
  Value buffer = producer.getOutputs()[0];
  for (OpOperand &use : buffer.getUses()) {
    auto launch = dyn_cast<LaunchOp>(use.getOwner());
    if (launch && launch != producer &&
        use.getOperandNumber() < launch.getInputs().size()) {
      input = use.getOperandNumber();
      return producerFor(launch, input) == producer ? launch : LaunchOp();
    }
  }
  return {};
}

//===----------------------------------------------------------------------===//
// Dimensions
//===----------------------------------------------------------------------===//

/// For each dimension of `of` that the offset moves along, the dimension of
/// `other` that moves by as much over as many points; -1 elsewhere. Null when
/// the two offsets do not go through the same elements.
static std::optional<SmallVector<int64_t>>
matchDims(LaunchOp of, AffineMap map, LaunchOp other, AffineMap otherMap) {
  unsigned dims = of.getNumDims(), others = other.getNumDims();
  LinearForm form = linearFormOf(map.getResult(0), dims),
             otherForm = linearFormOf(otherMap.getResult(0), others);
  if (!form.isLinear() || !otherForm.isLinear() ||
      simplify(form.rest) != simplify(otherForm.rest)) {
    return std::nullopt;
  }
  SmallVector<int64_t> matched(dims, -1);
  SmallVector<bool> taken(others, false);
  for (unsigned d = 0; d < dims; ++d) {
    if (hasOnePoint(of, d) || !form.uses(d)) {
      continue;
    }
    for (unsigned e = 0; e < others && matched[d] < 0; ++e) {
      if (!taken[e] && otherForm.coefficients[e] == form.coefficients[d] &&
          of.getExtents().getResult(d) == other.getExtents().getResult(e)) {
        matched[d] = e;
        taken[e] = true;
      }
    }
    if (matched[d] < 0) {
      return std::nullopt;
    }
  }
  for (unsigned e = 0; e < others; ++e) {
    if (!taken[e] && !hasOnePoint(other, e) && otherForm.uses(e)) {
      return std::nullopt;
    }
  }
  return matched;
}

/// The axes of the scores from the dimensions of the row kernel; null when the
/// launches around it go through the scores in another way.
static std::optional<SmallVector<ChainAxis>> axesOf(const Chain &chain) {
  LaunchOp scores = chain.scores, rows = chain.rows, products = chain.products;
  auto first = matchDims(rows, rows.getInputMap(chain.rowsInput), scores,
                         scores.getOutputMap(0));
  auto second = matchDims(rows, rows.getOutputMap(0), products,
                          products.getInputMap(chain.productsInput));
  if (!first || !second) {
    return std::nullopt;
  }
  SmallVector<ChainAxis> axes;
  for (unsigned d = 0; d < rows.getNumDims(); ++d) {
    if (hasOnePoint(rows, d)) {
      continue;
    }
    int64_t before = (*first)[d], after = (*second)[d];
    if (before < 0 || after < 0 || isReduction(scores, before) ||
        isReduction(rows, d) != isReduction(products, after)) {
      return std::nullopt;
    }
    axes.push_back({rows.getExtents().getResult(d), before, d, after});
  }
  return axes;
}

/// Whether the access of input `i` depends on dimension `dim`.
static bool reads(LaunchOp launch, unsigned i, int64_t dim) {
  return dim >= 0 && !launch.isWholeInput(i) &&
         launch.getInputMap(i).isFunctionOfDim(dim);
}

/// Whether the rows along the axis share their keys and their values.
static bool sharesKeys(const Chain &chain, const ChainAxis &axis) {
  LaunchOp scores = chain.scores, products = chain.products;
  for (unsigned i = 0; i < scores.getInputs().size(); ++i) {
    bool summed = false;
    for (unsigned d = 0; d < scores.getNumDims(); ++d) {
      summed |= isReduction(scores, d) && reads(scores, i, d);
    }
    if (summed && reads(scores, i, chain.key.scores) &&
        reads(scores, i, axis.scores)) {
      return false;
    }
  }
  for (unsigned i = 0; i < products.getInputs().size(); ++i) {
    if (i != chain.productsInput && reads(products, i, chain.key.products) &&
        reads(products, i, axis.products)) {
      return false;
    }
  }
  return true;
}

/// Finds the key and the query among the axes: the query is the longest row
/// axis that keys and values do not depend on.
static bool assignAxes(Chain &chain, ArrayRef<ChainAxis> axes) {
  unsigned keys = 0;
  for (const ChainAxis &axis : axes) {
    if (isReduction(chain.rows, axis.rows)) {
      chain.key = axis;
      ++keys;
    }
  }
  if (keys != 1) {
    return false;
  }
  auto lengthOf = [](const ChainAxis &axis) {
    // A free length counts as long.
    return constantOf(axis.extent)
        .value_or(std::numeric_limits<int64_t>::max());
  };
  const ChainAxis *query = nullptr;
  for (const ChainAxis &axis : axes) {
    if (axis.rows != chain.key.rows && sharesKeys(chain, axis) &&
        (!query || lengthOf(axis) >= lengthOf(*query))) {
      query = &axis;
    }
  }
  if (!query) {
    return false;
  }
  chain.query = *query;
  for (const ChainAxis &axis : axes) {
    if (axis.rows != chain.key.rows && axis.rows != chain.query.rows) {
      chain.outer.push_back(axis);
    }
  }
  return true;
}

/// Whether every other dimension of the products with more than one point is
/// parallel, and of the scores reduced.
static bool hasNoOtherDims(const Chain &chain) {
  LaunchOp scores = chain.scores, products = chain.products;
  for (unsigned d = 0; d < products.getNumDims(); ++d) {
    if (isReduction(products, d) && !hasOnePoint(products, d) &&
        int64_t(d) != chain.key.products) {
      return false;
    }
  }
  for (unsigned d = 0; d < scores.getNumDims(); ++d) {
    auto isThis = [&](const ChainAxis &axis) {
      return axis.scores == int64_t(d);
    };
    if (!isReduction(scores, d) && !hasOnePoint(scores, d) &&
        !isThis(chain.query) && !isThis(chain.key) &&
        llvm::none_of(chain.outer, isThis)) {
      return false;
    }
  }
  return true;
}

//===----------------------------------------------------------------------===//
// Bodies
//===----------------------------------------------------------------------===//

/// Narrower types hold scores and shares, but sums are of one of these.
static bool canSum(Type type) { return type.isF32() || type.isF64(); }

/// Whether `value` is `1 / sum`.
static bool isReciprocalOf(Value value, Value sum) {
  auto division = value.getDefiningOp<arith::DivFOp>();
  auto one = division ? division.getLhs().getDefiningOp<arith::ConstantOp>()
                      : arith::ConstantOp();
  auto number = one ? dyn_cast<FloatAttr>(one.getValue()) : FloatAttr();
  return number && number.getValue().isExactlyValue(1.0) &&
         division.getRhs() == sum;
}

/// Whether `value` is `exponential / sum`.
static bool isShare(Value value, Value exponential, Value sum) {
  if (auto division = value.getDefiningOp<arith::DivFOp>()) {
    return division.getLhs() == exponential && division.getRhs() == sum;
  }
  auto product = value.getDefiningOp<arith::MulFOp>();
  return product && ((product.getLhs() == exponential &&
                      isReciprocalOf(product.getRhs(), sum)) ||
                     (product.getRhs() == exponential &&
                      isReciprocalOf(product.getLhs(), sum)));
}

static std::optional<SoftmaxBody> softmaxOf(LaunchOp rows) {
  Block &body = rows.getBody().front();
  auto reduces = llvm::to_vector(body.getOps<ReduceOp>());
  if (reduces.size() != 2 || reduces[0].getKind() != ReduceKind::max ||
      reduces[1].getKind() != ReduceKind::add ||
      !canSum(reduces[1].getType())) {
    return std::nullopt;
  }
  SoftmaxBody softmax{reduces[0], reduces[1], reduces[1].getValue()};
  auto exponential = softmax.exponential.getDefiningOp<math::ExpOp>();
  auto difference =
      exponential ? exponential.getOperand().getDefiningOp<arith::SubFOp>()
                  : arith::SubFOp();
  bool shifts = difference && difference.getRhs() == reduces[0].getResult() &&
                difference.getLhs() == reduces[0].getValue() &&
                difference->hasOneUse();
  Value yielded = body.getTerminator()->getOperand(0);
  if (auto narrow = yielded.getDefiningOp<arith::TruncFOp>()) {
    yielded = narrow.getIn();
  }
  if (!shifts || !isShare(yielded, softmax.exponential, reduces[1])) {
    return std::nullopt;
  }
  return softmax;
}

/// Whether the products are one sum over `p * v`, of the type of the row's sum,
/// in which `p`, the input of the chain, has no other use.
static bool sumsProducts(const Chain &chain, Type type) {
  LaunchOp products = chain.products;
  Block &body = products.getBody().front();
  auto reduces = llvm::to_vector(body.getOps<ReduceOp>());
  Value share = body.getArgument(chain.productsInput);
  if (reduces.size() != 1 || reduces[0].getKind() != ReduceKind::add ||
      reduces[0].getType() != type || !share.hasOneUse()) {
    return false;
  }
  if (auto wide = dyn_cast<arith::ExtFOp>(*share.getUsers().begin())) {
    share = wide.getOut();
    if (!share.hasOneUse()) {
      return false;
    }
  }
  auto product = reduces[0].getValue().getDefiningOp<arith::MulFOp>();
  return product && product == *share.getUsers().begin() &&
         product->hasOneUse();
}

std::optional<Chain> matchChain(LaunchOp rows) {
  if (!isPlain(rows) || rows.getOutputs().size() != 1) {
    return std::nullopt;
  }
  Chain chain;
  chain.rows = rows;
  for (unsigned i = 0; i < rows.getInputs().size() && !chain.scores; ++i) {
    chain.scores = producerFor(rows, i);
    chain.rowsInput = i;
  }
  chain.products = onlyReader(rows, chain.productsInput);
  if (!chain.scores || !chain.products || !isPlain(chain.scores) ||
      !isPlain(chain.products) || chain.products.getOutputs().size() != 1) {
    return std::nullopt;
  }
  auto hasReduce = [](LaunchOp launch) {
    return !launch.getBody().front().getOps<ReduceOp>().empty();
  };
  auto axes = axesOf(chain);
  if (!hasReduce(chain.scores) || !hasReduce(rows) ||
      !hasReduce(chain.products) || !axes || !assignAxes(chain, *axes) ||
      !hasNoOtherDims(chain)) {
    return std::nullopt;
  }
  chain.softmax = softmaxOf(rows);
  if (chain.softmax && !sumsProducts(chain, chain.softmax->sum.getType())) {
    chain.softmax.reset();
  }
  return chain;
}

} // namespace tessera::plan
