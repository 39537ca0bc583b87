//===- CombineLanes.cpp - what accumulators in vectors come to ------------===//
//
// Halves of a vector are combined until one lane is left. Two vectors at once
// take few instructions more than one: half of each makes one vector, the other
// halves another, and they are combined. So the rows of a tile are brought
// together, two, four, then eight in a vector, and each row's tree is what it
// would be alone.
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/Combine.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/bit.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::cpu {

namespace {
/// A vector all of whose lanes are still to be combined, `width` of them for
/// each row, from lane `start` on.
struct Rows {
  Value vector;
  int64_t width;
  SmallVector<int64_t> start;
};

class LaneCombiner {
public:
  LaneCombiner(OpBuilder &b, Location loc, ReduceOp reduce, VectorType type)
      : b(b), loc(loc), reduce(reduce), lanes(type.getDimSize(0)),
        piece(std::min<int64_t>(lanes, 128 / type.getElementTypeBitWidth())) {}

  /// Of a power of two of vectors, at most as many as there are lanes.
  SmallVector<Value> run(ValueRange vectors) {
    Rows rows = together(vectors);
    while (rows.width > 1) {
      rows = rows.start.size() == 1 ? narrowed(rows) : halved(rows);
    }
    return llvm::map_to_vector(rows.start, [&](int64_t lane) -> Value {
      return vector::ExtractOp::create(b, loc, rows.vector, lane);
    });
  }

private:
  Rows together(ValueRange vectors) {
    if (vectors.size() == 1) {
      return {vectors[0], lanes, {0}};
    }
    size_t half = vectors.size() / 2;
    return merged(together(vectors.take_front(half)),
                  together(vectors.drop_front(half)));
  }

  /// Each row's lanes combined to half as many: low and high halves of all rows
  /// meet lane by lane. Instructions take pieces of 128 bits from anywhere, and
  /// smaller ones within each piece. So the first rows' halves fill the first
  /// half of the vector, or of each piece, in their order, the others the rest.
  Rows merged(const Rows &first, const Rows &second) {
    int64_t width = first.width, half = width / 2;
    int64_t within = half >= piece ? lanes : piece;
    SmallVector<int64_t> low;
    for (int64_t lane = 0; lane < lanes; ++lane) {
      int64_t begin = lane / within * within, rest = lane % within;
      int64_t of = rest / (within / 2);
      rest %= within / 2;
      low.push_back(of * lanes + begin + rest / half * width + rest % half);
    }
    Rows rows = {combined(first.vector, second.vector, low, half), half, {}};
    for (int64_t of = 0; of < 2; ++of) {
      for (int64_t start : first.start) {
        rows.start.push_back(start / within * within + start % within / 2 +
                             of * within / 2);
      }
    }
    return rows;
  }

  /// One row in a vector of half the lanes.
  Rows narrowed(const Rows &row) {
    int64_t half = row.width / 2;
    auto low = llvm::to_vector(llvm::seq<int64_t>(half));
    return {combined(row.vector, row.vector, low, half), half, {0}};
  }

  /// Several rows where they lie.
  Rows halved(const Rows &rows) {
    int64_t half = rows.width / 2;
    SmallVector<int64_t> other;
    for (int64_t lane = 0; lane < lanes; ++lane) {
      other.push_back(lane ^ half);
    }
    Value high =
        vector::ShuffleOp::create(b, loc, rows.vector, rows.vector, other);
    return {combine(b, loc, reduce, rows.vector, high), half, rows.start};
  }

  /// The lanes `low` of two vectors with those `distance` behind them.
  Value combined(Value first, Value second, ArrayRef<int64_t> low,
                 int64_t distance) {
    auto high =
        llvm::map_to_vector(low, [&](int64_t lane) { return lane + distance; });
    Value a = vector::ShuffleOp::create(b, loc, first, second, low),
          c = vector::ShuffleOp::create(b, loc, first, second, high);
    return combine(b, loc, reduce, a, c);
  }

  OpBuilder &b;
  Location loc;
  ReduceOp reduce;
  int64_t lanes, piece;
};
} // namespace

SmallVector<Value> combineLanes(OpBuilder &b, Location loc, ReduceOp reduce,
                                ValueRange vectors) {
  SmallVector<Value> results;
  while (!vectors.empty()) {
    auto type = cast<VectorType>(vectors[0].getType());
    size_t count =
        llvm::bit_floor(std::min<size_t>(vectors.size(), type.getDimSize(0)));
    LaneCombiner combiner(b, loc, reduce, type);
    llvm::append_range(results, combiner.run(vectors.take_front(count)));
    vectors = vectors.drop_front(count);
  }
  return results;
}

} // namespace tessera::cpu
