//===- BlockFactors.cpp - compute a factor where it is multiplied ---------===//
//
// Winograd's form computes its weights in every run: several times as many
// numbers as the model has, which a product reads once. Computed and multiplied
// in blocks of columns they stay in cache, and each block lies like a panel.
//
//===----------------------------------------------------------------------===//

#include "dialects/kernel/Extents.h"
#include "dialects/kernel/LinearForm.h"
#include "passes/plan/LaunchEdit.h"
#include "passes/plan/Passes.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::plan {
#define GEN_PASS_DEF_BLOCKFACTORS
#include "passes/plan/Passes.h.inc"

/// Columns of a block: a cache line or two of each row; all blocks' columns are
/// a multiple.
static constexpr int64_t kColumns = 32;

namespace {
/// A launch that computes `buffer` from constants, the only one that reads it
/// (as input `input`), and the dimensions along which both can go by blocks.
struct BlockedFactor {
  LaunchOp producer, product;
  ArenaOp buffer;
  unsigned input, producerDim, productDim;
  int64_t columns;
  /// Columns of a block.
  int64_t block = kColumns;
};
} // namespace

/// Whether blocks of the launch can be computed one after the other.
static bool isPlain(LaunchOp launch) {
  auto isOutput = [&](Value input) {
    return llvm::is_contained(launch.getOutputs(), input);
  };
  return launch.getConditions().empty() &&
         llvm::all_of(launch.getFeedback(), [](int64_t i) { return i < 0; }) &&
         llvm::none_of(launch.getInputs(), isOutput);
}

/// The launch besides `product` that uses the buffer, if it is the only one and
/// comes before.
static LaunchOp producerOf(ArenaOp buffer, LaunchOp product) {
  LaunchOp producer;
  for (Operation *user : buffer->getUsers()) {
    auto launch = dyn_cast<LaunchOp>(user);
    bool isOther = launch != product;
    if (!launch || launch->getBlock() != product->getBlock() ||
        (isOther && producer && producer != launch)) {
      return {};
    }
    producer = isOther ? launch : producer;
  }
  return producer && producer->isBeforeInBlock(product) ? producer : LaunchOp();
}

/// Where a row starts, with rows of `to` columns in place of `from`, plus the
/// column, dimension `dim`. Null where offsets do not say so.
static AffineExpr withColumns(AffineMap map, unsigned dim, int64_t from,
                              int64_t to) {
  LinearForm form = linearFormOf(map.getResult(0), map.getNumDims());
  auto rest = constantOf(simplify(form.rest));
  if (!form.isLinear() || form.stride(dim) != 1 || !rest || *rest % from != 0) {
    return {};
  }
  MLIRContext *context = map.getContext();
  AffineExpr offset = getAffineConstantExpr(*rest / from * to, context);
  for (unsigned d = 0; d < map.getNumDims(); ++d) {
    auto stride = form.stride(d);
    if (d != dim && (!stride || *stride % from != 0)) {
      return {};
    }
    offset = offset + getAffineDimExpr(d, context) *
                          (d == dim ? 1 : *stride / from * to);
  }
  return simplify(offset);
}

/// The parallel dimension that is the column in all of these maps.
static std::optional<unsigned> columnDimOf(LaunchOp launch,
                                           ArrayRef<AffineMap> maps,
                                           std::optional<int64_t> columns) {
  for (unsigned d = 0; d < launch.getNumDims(); ++d) {
    auto extent = constantOf(launch.getExtents().getResult(d));
    auto isColumn = [&](AffineMap map) {
      return bool(withColumns(map, d, *extent, kColumns));
    };
    if (launch.getIterator(d) == IteratorKind::parallel && extent &&
        *extent > kColumns && *extent % kColumns == 0 &&
        (!columns || columns == extent) && llvm::all_of(maps, isColumn)) {
      return d;
    }
  }
  return std::nullopt;
}

/// Whether the launch stores nothing but the buffer and computes it from rows
/// of constants that nothing else reads.
static bool computesFromRows(LaunchOp launch, ArenaOp buffer, unsigned dim,
                             int64_t columns) {
  auto isConstant = [&](Value input) {
    auto weight = input.getDefiningOp<WeightOp>();
    return weight && !weight.getPacking() &&
           llvm::all_of(weight->getUsers(),
                        [&](Operation *user) { return user == launch; }) &&
           cast<ShapedType>(weight.getValue().getType()).getNumElements() %
                   columns ==
               0;
  };
  auto isRow = [&](AffineMap map) {
    return bool(withColumns(map, dim, columns, kColumns));
  };
  return isPlain(launch) && llvm::all_of(launch.getInputs(), isConstant) &&
         llvm::all_of(launch.getInputMaps().getAsValueRange<AffineMapAttr>(),
                      isRow) &&
         llvm::all_of(launch.getOutputs(), [&](Value output) {
           return output == buffer.getBuffer();
         });
}

static std::optional<int64_t> bytesOf(Value buffer) {
  auto arena = buffer.getDefiningOp<ArenaOp>();
  return arena ? constantOf(arena.getBytes().getResult(0)) : std::nullopt;
}

/// The columns of a block of a buffer that is too large for a core's cache.
/// What is read again for each block must not be; where its size is free, it is
/// read twice, which saves memory and hardly takes longer. 0: no blocks.
static int64_t blockColumnsOf(BlockedFactor found) {
  constexpr int64_t kCacheBytes = 1 << 20;
  LaunchOp product = found.product;
  auto bytes = bytesOf(found.buffer);
  if (!bytes || *bytes <= kCacheBytes) {
    return 0;
  }
  int64_t columns = kColumns;
  for (Value input : product.getInputs()) {
    bool isOther = input != found.buffer.getBuffer();
    auto size = bytesOf(input);
    if (isOther && size && *size > kCacheBytes) {
      return 0;
    }
    if (isOther && !size && input.getDefiningOp<ArenaOp>()) {
      columns = found.columns / 2;
    } else if (isOther && !size) {
      return 0;
    }
  }
  return columns % kColumns == 0 ? columns : 0;
}

/// What input `i` of the product needs to be computed in blocks, if it can be.
static std::optional<BlockedFactor> blockedFactorOf(LaunchOp product,
                                                    unsigned i) {
  Value input = product.getInputs()[i];
  auto buffer = input.getDefiningOp<ArenaOp>();
  if (!buffer || product.isWholeInput(i) || !isPlain(product) ||
      llvm::count(product->getOperands(), input) != 1) {
    return std::nullopt;
  }
  LaunchOp producer = producerOf(buffer, product);
  auto dim = columnDimOf(product, product.getInputMap(i), std::nullopt);
  if (!producer || !dim) {
    return std::nullopt;
  }
  int64_t columns = *constantOf(product.getExtents().getResult(*dim));
  auto stored = llvm::to_vector(
      producer.getOutputMaps().getAsValueRange<AffineMapAttr>());
  auto from = columnDimOf(producer, stored, columns);
  if (!from || !computesFromRows(producer, buffer, *from, columns)) {
    return std::nullopt;
  }
  BlockedFactor found = {producer, product, buffer, i, *from, *dim, columns};
  found.block = blockColumnsOf(found);
  return found.block > 0 ? std::optional(found) : std::nullopt;
}

/// A copy of the launch for the columns from `first` on, before `at`.
static LaunchOp copyFor(LaunchOp launch, unsigned dim, int64_t first,
                        int64_t block, Operation *at) {
  OpBuilder builder(at);
  auto copy = cast<LaunchOp>(builder.clone(*launch));
  NewSpace space;
  for (unsigned d = 0; d < launch.getNumDims(); ++d) {
    AffineExpr own = builder.getAffineDimExpr(d);
    space.dims.push_back(d == dim ? own + first : own);
    space.extents.push_back(d == dim ? builder.getAffineConstantExpr(block)
                                     : launch.getExtents().getResult(d));
    space.iterators.push_back(launch.getIterator(d));
  }
  rewriteDimensions(copy, space);
  return copy;
}

/// The maps with rows of a block.
static SmallVector<AffineMap> inBlock(LaunchOp launch, ArrayAttr maps,
                                      unsigned dim, int64_t columns,
                                      int64_t block) {
  SmallVector<AffineMap> all;
  for (AffineMap map : maps.getAsValueRange<AffineMapAttr>()) {
    all.push_back(accessMapOf(map.getContext(), launch.getNumDims(),
                              {withColumns(map, dim, columns, block)}));
  }
  return all;
}

/// Stores the constant in blocks of columns, each with all rows.
static void storeInBlocks(WeightOp weight, int64_t columns, int64_t width) {
  Builder builder(weight.getContext());
  int64_t rows =
      cast<ShapedType>(weight.getValue().getType()).getNumElements() / columns;
  AffineExpr block = builder.getAffineDimExpr(0),
             row = builder.getAffineDimExpr(1),
             column = builder.getAffineDimExpr(2);
  weight.setPacking(
      AffineMap::get(3, 0, row * columns + block * width + column));
  weight.setPackedExtents(ArrayRef<int64_t>{columns / width, rows, width});
  weight.setVectorExtent(columns);
}

/// Replaces both launches by copies for each block, in turn.
static void computeInBlocks(BlockedFactor &found) {
  LaunchOp producer = found.producer, product = found.product;
  Builder builder(producer.getContext());
  int64_t columns = found.columns, block = found.block;
  SmallVector<AffineMap> stored = inBlock(producer, producer.getOutputMaps(),
                                          found.producerDim, columns, block);
  AffineExpr read = withColumns(product.getInputMap(found.input),
                                found.productDim, columns, block);
  SmallVector<AffineMap> constants = inBlock(producer, producer.getInputMaps(),
                                             found.producerDim, columns, block);
  llvm::SetVector<WeightOp> weights;
  for (Value input : producer.getInputs()) {
    weights.insert(input.getDefiningOp<WeightOp>());
  }
  for (WeightOp weight : weights) {
    storeInBlocks(weight, columns, block);
  }
  for (int64_t first = 0; first < columns; first += block) {
    LaunchOp part = copyFor(producer, found.producerDim, first, block, product);
    part.setOutputMapsAttr(builder.getAffineMapArrayAttr(stored));
    for (auto [i, map] : llvm::enumerate(constants)) {
      auto weight = part.getInputs()[i].getDefiningOp<WeightOp>();
      replaceInput(part, i, weight.getBuffer(),
                   map.getResult(0) + first * (*weight.getPackedExtents())[1]);
    }
    replaceInput(copyFor(product, found.productDim, first, block, product),
                 found.input, found.buffer.getBuffer(), read);
  }
  int64_t bytes = *bytesOf(found.buffer) / columns * block;
  found.buffer.setBytes(extentMapOf(builder.getContext(),
                                    {builder.getAffineConstantExpr(bytes)}));
  product.erase();
  producer.erase();
}

namespace {
struct BlockFactors : impl::BlockFactorsBase<BlockFactors> {
  void runOnOperation() override {
    auto func = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!func) {
      return;
    }
    for (LaunchOp launch :
         llvm::to_vector(func.getBody().front().getOps<LaunchOp>())) {
      computeFactors(launch);
    }
  }

private:
  void computeFactors(LaunchOp launch) {
    for (unsigned i = 0; i < launch.getInputs().size(); ++i) {
      if (auto found = blockedFactorOf(launch, i)) {
        return computeInBlocks(*found);
      }
    }
  }
};
} // namespace
} // namespace tessera::plan
