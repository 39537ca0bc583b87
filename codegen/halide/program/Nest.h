//===- Nest.h - a launch as Halide expressions ------------------*- C++ -*-===//
//
// The description that the compiler writes, and the values of its body at any
// point of the nest.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_CODEGEN_HALIDE_PROGRAM_NEST_H
#define TESSERA_CODEGEN_HALIDE_PROGRAM_NEST_H

#include <Halide.h>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

namespace tessera::halide {

using Json = nlohmann::json;
using Halide::Expr;
/// The coordinates of a point, one for each dimension.
using Point = std::vector<Expr>;

struct Dimension {
  int extent = 1;
  bool isReduction = false;
};

class Nest {
public:
  /// Throws what nlohmann::json throws when the text is no description.
  explicit Nest(const Json &description);

  /// The value of operation `id` at a point. The reduction's value is
  /// `reduced`, and operations in `replaced` have the values given there.
  Expr valueAt(size_t id, const Point &point, const Expr &reduced,
               const std::map<size_t, Expr> &replaced = {}) const;
  /// One step of the reduction.
  Expr combine(const Expr &a, const Expr &b) const;

  /// The dimensions that an operation depends on; reductions end there.
  const std::set<int> &dimsOf(size_t id) const { return dims_[id]; }
  /// Whether an operation reads memory, itself or through its operands.
  bool reads(size_t id) const { return reads_[id]; }
  bool isTrivial(size_t id) const;
  const std::vector<size_t> &operandsOf(size_t id) const {
    return operands_[id];
  }
  size_t size() const { return body.size(); }
  /// Elements that every load below operation `id` moves for a step of `dim`;
  /// empty when some load is not linear in it or none is below.
  std::vector<std::optional<int>> stepsBelow(size_t id, int dim) const;

  std::vector<Dimension> dimensions;
  std::vector<Halide::ImageParam> inputs;
  std::vector<int> strides;
  /// The operation that is stored, and the reduction: -1 without one.
  size_t result = 0;
  int reduction = -1;
  int vectorDim = -1, lanes = 1, tasks = 0;
  std::vector<int> tile, order;

private:
  Expr affine(const Json &expr, const Point &point) const;
  std::optional<int> step(const Json &expr, int dim) const;
  void collectDims(const Json &expr, std::set<int> &into) const;

  std::vector<Json> body;
  std::vector<std::vector<size_t>> operands_;
  std::vector<std::set<int>> dims_;
  std::vector<bool> reads_;
};

} // namespace tessera::halide

#endif // TESSERA_CODEGEN_HALIDE_PROGRAM_NEST_H
