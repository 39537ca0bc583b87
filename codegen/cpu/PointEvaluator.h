//===- PointEvaluator.h - the body of a launch at points --------*- C++ -*-===//
//
// Evaluates values of a launch's scalar body at points of a register tile. A
// point stands for one element, or for `lanes` consecutive elements along the
// vector dimension. Values are shared between the points that they do not
// distinguish, which is what turns a tile of multiply-adds into a few loads.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_CODEGEN_CPU_POINTEVALUATOR_H
#define TESSERA_CODEGEN_CPU_POINTEVALUATOR_H

#include "codegen/cpu/Nest.h"
#include "llvm/ADT/SmallBitVector.h"
#include <functional>
#include <map>
#include <set>

namespace tessera::cpu {

struct Point {
  /// i64 position of the tile's origin, for every dimension.
  llvm::ArrayRef<mlir::Value> base;
  /// Displacement from the origin.
  llvm::SmallVector<int64_t> offset;
  /// Lanes in use (`vector<lanes x i1>`), or null for all.
  mlir::Value mask;
};

/// One evaluator lives as long as one insertion region and one tile origin.
class PointEvaluator {
public:
  /// Gives values that are already known, such as reduced ones; null when the
  /// value must be computed.
  using Known = std::function<mlir::Value(mlir::Value, const Point &)>;

  PointEvaluator(Nest &nest, mlir::OpBuilder &b, Known known = {})
      : nest(nest), b(b), known(std::move(known)) {}

  /// A scalar, or a vector when the value depends on the vector dimension.
  mlir::Value evaluate(mlir::Value value, const Point &point);

  /// Stores `value` to output `index` at the point.
  void store(unsigned index, mlir::Value value, const Point &point);

  /// Reads output `index` back at the point.
  mlir::Value reload(unsigned index, const Point &point);

  /// Panels of these inputs are asked for ahead of their use.
  void prefetchPanelsOf(const llvm::SmallBitVector &inputs) {
    prefetched = inputs;
  }

  /// Fetches what the same point of the next tile along `dim` will read of an
  /// input, where that is a vector's line of the cache.
  void prefetchNextTile(unsigned input, unsigned dim, const Point &point);

  /// `running` plus the products of the group of bytes at the point.
  mlir::Value accumulateGroup(mlir::Value running, const Point &point);

  /// The value as a vector of `lanes` elements.
  mlir::Value asVector(mlir::Value value);

private:
  /// Where an access lands: `pointer` plus, when not null, one element offset
  /// for each lane.
  struct Address {
    mlir::Value pointer, laneOffsets;
    /// Consecutive lanes are consecutive elements.
    bool contiguous = false;
  };

  mlir::Value compute(mlir::Value value, const Point &point);
  mlir::Value computeArgument(mlir::BlockArgument argument, const Point &point);
  mlir::Value computeFeedback(unsigned index, const Point &point);
  llvm::SmallVector<mlir::Value> indicesOf(kernel::GatherOp gather,
                                           const Point &point);
  mlir::Value offsetsOf(mlir::AffineExpr expr,
                        llvm::ArrayRef<mlir::Value> indices,
                        const Point &point);
  mlir::Value computeGather(kernel::GatherOp gather, const Point &point);
  mlir::Value computeIndex(mlir::AffineExpr expr, const Point &point);
  mlir::Value computeElementwise(mlir::Operation *op, const Point &point);

  /// `expr` at the first lane, and its lanes when it moves along the vector
  /// dimension.
  mlir::Value position(const Point &point, unsigned dim);
  mlir::Value exprAtFirstLane(mlir::AffineExpr expr, const Point &point);
  mlir::Value guardOf(mlir::IntegerSet guard, const Point &point);
  mlir::Value laneIota();

  Address addressOf(mlir::Value pointer, mlir::Type element,
                    const LinearForm &form, const Point &point);
  /// Where a packed input's row for a point starts in its panel.
  struct PanelRow {
    /// The tile's part: that of parallel dimensions, that of the others.
    mlir::Value outer, inner;
    /// The point's part within the tile.
    int64_t displacement = 0;
    /// The panel's size.
    int64_t panel;
  };
  /// All in units of which `width` make a row, or one group's row of bytes.
  PanelRow rowInPanel(unsigned input, const Point &point, int64_t width);
  Address packedAddressOf(mlir::Value pointer, mlir::Type element,
                          unsigned input, const Point &point);
  void prefetchPanel(const Address &address, unsigned input, mlir::Type element,
                     const Point &point);
  void prefetchNextPanel(unsigned input, mlir::Type element,
                         const Point &point);
  void prefetchNextRows(const Address &address, unsigned input,
                        mlir::Type element, const Point &point);
  bool prefetchesPanelsOf(unsigned input) const {
    return input < prefetched.size() && prefetched[input];
  }
  /// Asks for the line of the cache `distance` elements behind `pointer`.
  enum class Cache { second = 2, first = 3 };
  void fetch(mlir::Value pointer, mlir::Type element, mlir::Value distance,
             Cache cache);
  mlir::Value offsetPointer(mlir::Value pointer, mlir::Type element,
                            mlir::Value index);
  mlir::Value load(const Address &address, mlir::Type element, mlir::Value mask,
                   mlir::Value otherwise);
  void storeTo(const Address &address, mlir::Value value, mlir::Value mask);
  /// Sets the run's status when an index in use is not below `limit`; such
  /// lanes become 0.
  mlir::Value reportOutOfRange(mlir::Value index, mlir::Value limit,
                               const Point &point);
  bool movesAlongVector(const LinearForm &form) const;

  /// A group of four bytes in each lane, in the forms in use: whole; with all
  /// bytes moved by 128; the sum of their products with 128; the even and the
  /// odd ones as pairs of 16 bits.
  struct Group {
    mlir::Value whole, moved, excess, even, odd;
  };
  mlir::Value groupOf(unsigned input, const Point &point);
  Group &cachedGroup(unsigned input, const Point &point);
  const Group &halvesOf(unsigned input, bool isSigned, const Point &point);
  mlir::Value addByteGroup(mlir::Value running, const Point &point);
  std::map<std::pair<unsigned, llvm::SmallVector<int64_t>>, Group> groups;

  Nest &nest;
  mlir::OpBuilder &b;
  Known known;
  llvm::SmallBitVector prefetched;
  llvm::DenseMap<mlir::Value, std::map<llvm::SmallVector<int64_t>, mlir::Value>>
      cache;
};

} // namespace tessera::cpu

#endif // TESSERA_CODEGEN_CPU_POINTEVALUATOR_H
