//===- OutlineConstants.cpp - let launches share code ---------------------===//
//
// The layers of a quantised model are alike but for their scales. A kernel is
// compiled once for all launches that are equal, so numbers in which launches
// differ become inputs.
//
//===----------------------------------------------------------------------===//

#include "dialects/kernel/Extents.h"
#include "dialects/kernel/LaunchText.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/plan/LaunchEdit.h"
#include "passes/plan/Passes.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::plan {
#define GEN_PASS_DEF_OUTLINECONSTANTS
#include "passes/plan/Passes.h.inc"

/// More scalars than this would cost a kernel the registers of its tile.
static constexpr size_t kMostScalars = 8;

/// The constant of a float type that a use reads, or null.
static FloatAttr constantOf(OpOperand &use) {
  auto constant = use.get().getDefiningOp<arith::ConstantOp>();
  return constant ? dyn_cast<FloatAttr>(constant.getValue()) : FloatAttr();
}

namespace {
/// A launch as text in which every use of a float constant is a blank, and
/// those uses in order: equal constants may be one operation in one launch and
/// several in another.
class Outline {
public:
  explicit Outline(LaunchOp launch) : launch(launch), os(text) {
    printNest(os, launch);
    Block &body = launch.getBody().front();
    for (BlockArgument argument : body.getArguments()) {
      number(argument);
    }
    for (Operation &op : body) {
      write(op);
    }
  }

  LaunchOp launch;
  SmallVector<OpOperand *> uses;
  std::string text;

private:
  void number(Value value) { numbers.try_emplace(value, numbers.size()); }

  void write(Operation &op) {
    auto constant = dyn_cast<arith::ConstantOp>(op);
    if (constant && isa<FloatAttr>(constant.getValue())) {
      return;
    }
    os << op.getName() << op.getAttrDictionary();
    for (OpOperand &use : op.getOpOperands()) {
      if (constantOf(use)) {
        uses.push_back(&use);
        os << " _ " << use.get().getType();
      } else {
        os << " %" << numbers.lookup(use.get());
      }
    }
    for (Value result : op.getResults()) {
      number(result);
      os << " : " << result.getType();
    }
    os << ';';
  }

  llvm::raw_string_ostream os;
  llvm::DenseMap<Value, unsigned> numbers;
};

using Group = SmallVector<std::unique_ptr<Outline>>;
} // namespace

/// What use `i` reads in each launch of the group.
static SmallVector<Attribute> columnOf(const Group &group, size_t i) {
  SmallVector<Attribute> column;
  for (const auto &outline : group) {
    column.push_back(constantOf(*outline->uses[i]));
  }
  return column;
}

static void outline(const Group &group) {
  // Uses that read the same numbers everywhere share an input.
  llvm::MapVector<Attribute, SmallVector<size_t>> columns;
  Builder b(group.front()->launch.getContext());
  for (size_t i = 0; i < group.front()->uses.size(); ++i) {
    SmallVector<Attribute> column = columnOf(group, i);
    if (!llvm::all_equal(column)) {
      columns[b.getArrayAttr(column)].push_back(i);
    }
  }
  if (columns.size() > kMostScalars) {
    return;
  }
  for (const auto &[column, positions] : columns) {
    for (auto [launch, value] :
         llvm::zip_equal(group, cast<ArrayAttr>(column))) {
      Value scalar = addNumber(launch->launch, cast<FloatAttr>(value));
      for (size_t i : positions) {
        launch->uses[i]->set(scalar);
      }
    }
  }
}

namespace {
struct OutlineConstants : impl::OutlineConstantsBase<OutlineConstants> {
  void runOnOperation() override {
    llvm::MapVector<StringRef, Group> groups;
    getOperation().walk([&](LaunchOp launch) {
      auto outline = std::make_unique<Outline>(launch);
      StringRef text = outline->text;
      groups[text].push_back(std::move(outline));
    });
    for (const auto &[text, group] : groups) {
      outline(group);
    }
    getOperation().walk([](arith::ConstantOp constant) {
      if (constant->use_empty()) {
        constant.erase();
      }
    });
  }
};
} // namespace
} // namespace tessera::plan
