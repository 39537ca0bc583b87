//===- Pipeline.cpp - schedules of a launch in Halide ---------------------===//
//
// What only one coordinate decides (positions and weights of a resize) becomes
// a table. A window of two dimensions may be combined along the first one in a
// stage of its own, which neighbours along the other share.
//
//===----------------------------------------------------------------------===//

#include "codegen/halide/program/Pipeline.h"

using namespace Halide;

namespace tessera::halide {

/// Bytes of all tables on the stack.
static constexpr int kMostTableBytes = 32 << 10;
/// Bytes of one array on the stack: more, and Halide asks its runtime for it.
static constexpr int64_t kMostArrayBytes = 16 << 10;

namespace {
/// How a launch is taken apart.
class Builder {
public:
  Builder(const Nest &nest, bool isPlain) : nest(nest), isPlain(isPlain) {}
  Func build();

private:
  void makeTables();
  std::vector<Var> parallelVars() const;
  Expr fold(const Point &at, const std::vector<int> &dims, size_t next) const;
  Expr reduced();
  bool isStaged(int dim) const;
  Expr staged(int first);
  void schedule(Func &out);
  void scheduleStage(Func &out, Var vectors, Var row);

  const Nest &nest;
  bool isPlain;          // no stages, no tables
  std::vector<Var> vars; // one a dimension; those of reductions are not used
  Point point;
  std::map<size_t, Expr> tables;
  std::vector<int> reductionDims, parallelDims;
  Func stage{"stage"};
  int stageRow = -1; // the dimension along which the stage is a row
  bool slides = false;
};
} // namespace

/// Tables for operations that depend on one parallel dimension, cost something
/// and read nothing, where they enter what depends on more.
void Builder::makeTables() {
  int bytes = 0;
  auto isTable = [&](size_t id) {
    const std::set<int> &dims = nest.dimsOf(id);
    return dims.size() == 1 && !nest.reads(id) && !nest.isTrivial(id) &&
           !nest.dimensions[*dims.begin()].isReduction;
  };
  std::set<size_t> wanted;
  for (size_t id = 0; id < nest.size(); ++id) {
    for (size_t operand : nest.operandsOf(id)) {
      if (!isTable(id) && isTable(operand)) {
        wanted.insert(operand);
      }
    }
  }
  for (size_t id : wanted) {
    int dim = *nest.dimsOf(id).begin();
    bytes += nest.dimensions[dim].extent * 4;
    if (bytes > kMostTableBytes) {
      return;
    }
    Var at("at");
    Point place(vars.size(), Expr(0));
    place[dim] = at;
    Func table("table");
    Expr value = nest.valueAt(id, place, {}, {});
    table(at) = value;
    table.compute_root().store_in(MemoryType::Stack);
    table.bound(at, 0, nest.dimensions[dim].extent);
    if (nest.dimensions[dim].extent >= nest.lanes && nest.lanes > 1) {
      table.vectorize(at, nest.lanes, TailStrategy::ShiftInwards);
    }
    tables[id] = table(vars[dim]);
  }
}

/// The reduction over all points of `dims` from `next` on.
Expr Builder::fold(const Point &at, const std::vector<int> &dims,
                   size_t next) const {
  if (next == dims.size()) {
    return nest.valueAt(nest.operandsOf(nest.reduction)[0], at, {}, {});
  }
  Expr sum;
  for (int i = 0; i < nest.dimensions[dims[next]].extent; ++i) {
    Point place = at;
    place[dims[next]] = Expr(i);
    Expr value = fold(place, dims, next + 1);
    sum = sum.defined() ? nest.combine(sum, value) : value;
  }
  return sum;
}

bool Builder::isStaged(int dim) const {
  return !isPlain && nest.dimensions[dim].isReduction &&
         nest.tile[dim] < nest.dimensions[dim].extent;
}

/// How many steps of `dim` one step of `other` is in every load below
/// operation `id`; 0: not a whole number of them, or not the same.
static int ratioOf(const Nest &nest, size_t id, int other, int dim) {
  std::vector<std::optional<int>> steps = nest.stepsBelow(id, dim),
                                  moves = nest.stepsBelow(id, other);
  int ratio = 0;
  for (size_t i = 0; i < steps.size(); ++i) {
    if (!steps[i] || !moves[i] || *steps[i] <= 0 || *moves[i] <= 0 ||
        *moves[i] % *steps[i] != 0 ||
        (ratio != 0 && *moves[i] / *steps[i] != ratio)) {
      return 0;
    }
    ratio = *moves[i] / *steps[i];
  }
  return ratio;
}

/// Combines along dimension `first` in a stage; the other dimension of the
/// window moves together with a parallel one.
Expr Builder::staged(int first) {
  int second = reductionDims[0] == first ? reductionDims[1] : reductionDims[0];
  size_t inner = nest.operandsOf(nest.reduction)[0];
  int row = -1, ratio = 0;
  for (int d : parallelDims) {
    int own = ratioOf(nest, inner, d, second);
    if (own > 0 && (row < 0 || own < ratio)) {
      row = d;
      ratio = own;
    }
  }
  if (row < 0 || row == nest.vectorDim) {
    return fold(point, reductionDims, 0); // nothing that neighbours share
  }
  // Along the row: the parallel coordinate times the ratio plus the window's.
  Point place = point;
  place[row] = Expr(0);
  place[second] = vars[row];
  stage(parallelVars()) = fold(place, {first}, 0);
  stageRow = row;
  slides = nest.tile[first] > 1;
  Expr sum;
  for (int i = 0; i < nest.dimensions[second].extent; ++i) {
    std::vector<Expr> at;
    for (int d : parallelDims) {
      at.push_back(d == row ? vars[d] * ratio + i : Expr(vars[d]));
    }
    Expr value = stage(at);
    sum = sum.defined() ? nest.combine(sum, value) : value;
  }
  return sum;
}

Expr Builder::reduced() {
  for (int dim : reductionDims) {
    if (isStaged(dim) && reductionDims.size() == 2) {
      return staged(dim);
    }
  }
  return fold(point, reductionDims, 0);
}

/// Loops over tiles in the schedule's order, then the points of a tile,
/// unrolled, and vectors innermost.
void Builder::schedule(Func &out) {
  std::vector<VarOrRVar> inner, outer;
  Var vectors = vars[nest.order.front()], row = vectors;
  bool isFirst = true;
  for (int dim : nest.order) {
    if (nest.dimensions[dim].isReduction) {
      continue;
    }
    std::string suffix = std::to_string(dim);
    Var var = vars[dim], own("o" + suffix), tile("t" + suffix),
        lane("l" + suffix);
    int extent = nest.dimensions[dim].extent, size = nest.tile[dim];
    bool isTask = isFirst && nest.tasks > 0;
    isFirst = false;
    if (dim == nest.vectorDim && nest.lanes > 1 && extent >= nest.lanes &&
        !isTask) {
      size = std::min(std::max(size, nest.lanes), extent);
      size -= size % nest.lanes;
      out.split(var, own, tile, size, TailStrategy::ShiftInwards);
      if (size > nest.lanes) {
        out.split(tile, tile, lane, nest.lanes).unroll(tile);
        inner.insert(inner.begin(), tile);
      } else {
        lane = tile;
      }
      out.vectorize(lane);
      inner.insert(inner.begin(), lane);
      vectors = own;
      outer.insert(outer.begin(), own);
      continue;
    }
    size = isTask ? 1 : std::min(size, extent);
    if (size > 1) {
      out.split(var, own, tile, size, TailStrategy::ShiftInwards).unroll(tile);
      inner.push_back(tile);
      outer.insert(outer.begin(), own);
      row = own;
    } else {
      outer.insert(outer.begin(), var);
      row = var;
    }
  }
  // The vector's lanes stay innermost.
  std::vector<VarOrRVar> all = inner;
  all.insert(all.end(), outer.begin(), outer.end());
  out.reorder(all);
  if (stageRow >= 0) {
    scheduleStage(out, vectors, outer.size() > 1 ? row : vectors);
  }
}

/// The stage is computed a row ahead inside the loop over vectors, or as the
/// innermost loop goes along the row.
void Builder::scheduleStage(Func &out, Var vectors, Var row) {
  stage.store_in(MemoryType::Stack);
  if (slides) {
    stage.store_at(out, vectors).compute_at(out, row);
  } else {
    stage.compute_at(out, vectors);
  }
  std::vector<Var> nearest;
  for (int d : {nest.vectorDim, stageRow}) {
    if (d >= 0 && (nearest.empty() || d != nest.vectorDim)) {
      nearest.push_back(vars[d]);
    }
  }
  for (int d : parallelDims) {
    if (d != nest.vectorDim && d != stageRow) {
      nearest.push_back(vars[d]);
    }
  }
  stage.reorder_storage(nearest);
  stage.reorder(std::vector<VarOrRVar>(nearest.begin(), nearest.end()));
  if (nest.vectorDim >= 0 && nest.lanes > 1 &&
      nest.dimensions[nest.vectorDim].extent >= nest.lanes) {
    stage.vectorize(vars[nest.vectorDim], nest.lanes);
  }
}

std::vector<Var> Builder::parallelVars() const {
  std::vector<Var> own;
  for (int d : parallelDims) {
    own.push_back(vars[d]);
  }
  return own;
}

Func Builder::build() {
  for (size_t d = 0; d < nest.dimensions.size(); ++d) {
    vars.emplace_back("d" + std::to_string(d));
    point.push_back(vars.back());
    (nest.dimensions[d].isReduction ? reductionDims : parallelDims)
        .push_back(static_cast<int>(d));
  }
  if (!isPlain) {
    makeTables();
  }
  Expr sum = nest.reduction >= 0 ? reduced() : Expr();
  Func out("out");
  out(parallelVars()) = nest.valueAt(nest.result, point, sum, tables);
  // The caller says which part of the first loop is wanted.
  int task = nest.tasks > 0 ? nest.order.front() : -1, position = 0;
  OutputImageParam buffer = out.output_buffer();
  for (int d : parallelDims) {
    Internal::Dimension dim = buffer.dim(position++);
    dim.set_stride(nest.strides[d]);
    if (d != task) {
      dim.set_bounds(0, nest.dimensions[d].extent);
    }
  }
  schedule(out);
  return out;
}

namespace {
/// Finds memory that does not lie on the stack, or has no constant size.
struct FindAllocations : Internal::IRVisitor {
  using IRVisitor::visit;
  void visit(const Internal::Allocate *op) override {
    int64_t elements = op->constant_allocation_size();
    int64_t bytes = (elements + op->padding) * op->type.bytes();
    bool isSmall = elements > 0 && bytes <= kMostArrayBytes;
    found = found || !isSmall;
    IRVisitor::visit(op);
  }
  bool found = false;
};
} // namespace

Module makePipeline(const Nest &nest, const std::string &name,
                    const Target &target) {
  std::vector<Argument> arguments(nest.inputs.begin(), nest.inputs.end());
  for (bool isPlain : {false, true}) {
    Module module = Builder(nest, isPlain)
                        .build()
                        .compile_to_module(arguments, name, target);
    FindAllocations allocations;
    for (const Internal::LoweredFunc &function : module.functions()) {
      function.body.accept(&allocations);
    }
    if (!allocations.found) {
      return module;
    }
  }
  throw std::runtime_error("the schedule needs memory");
}

} // namespace tessera::halide
