//===- Product.cpp - one matrix product to tune ---------------------------===//

#include "compiler/tools/Product.h"
#include "codegen/schedule/ChooseSchedule.h"
#include "compiler/driver/Registry.h"
#include "compiler/tools/io/Tensor.h"
#include "mlir/Parser/Parser.h"
#include <cmath>
#include <cstring>

using namespace llvm;
using namespace tessera;
using namespace tessera::tools;

/// The plan as text; $T, $M, $N and $K stand for the type and the sizes.
static constexpr StringLiteral kPlan = R"(
module attributes {tsk.signature = {
    inputs = [{name = "a", type = tensor<$Mx$Kx$T>}],
    outputs = [{name = "c", type = tensor<$Mx$Nx$T>}]},
    tsk.workspace = affine_map<() -> (0)>} {
  func.func @main() {
    %a = tsk.argument 0 : <$T>
    %b = tsk.weight dense<1.0> : tensor<$Kx$Nx$T> : <$T>
    %c = tsk.output 0 : <$T>
    tsk.launch ins(%a, %b : !tsk.buffer<$T>, !tsk.buffer<$T>)
        outs(%c : !tsk.buffer<$T>) attributes {
        extents = affine_map<() -> ($M, $N, $K)>,
        feedback = array<i64: -1, -1>, guards = [unit, unit],
        input_maps = [affine_map<(d0, d1, d2) -> (d0 * $K + d2)>,
                      affine_map<(d0, d1, d2) -> (d2 * $N + d1)>],
        iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>,
                     #tsk.iterator<reduction>],
        output_maps = [affine_map<(d0, d1, d2) -> (d0 * $N + d1)>],
        pads = [unit, unit]} computes {
    ^bb0(%x: $T, %y: $T):
      %p = arith.mulf %x, %y : $T
      %s = tsk.reduce <add> %p : $T -> $T
      tsk.yield %s : $T
    }
    return
  }
}
)";

static std::string planText(const tools::TuneOptions &options) {
  std::string text = kPlan.str();
  auto replace = [&](StringRef name, const std::string &value) {
    for (size_t at = text.find(name); at != std::string::npos;
         at = text.find(name, at)) {
      text.replace(at, name.size(), value);
    }
  };
  replace("$T", options.elementType);
  replace("$M", std::to_string(options.product[0]));
  replace("$N", std::to_string(options.product[1]));
  replace("$K", std::to_string(options.product[2]));
  return text;
}

Expected<std::unique_ptr<Product>>
Product::create(const tools::TuneOptions &options) {
  std::unique_ptr<Product> product(new Product);
  mlir::DialectRegistry registry;
  registerDialects(registry);
  product->context.appendDialectRegistry(registry);
  product->context.loadAllAvailableDialects();
  product->rows = options.product[0];
  product->columns = options.product[1];
  product->sums = options.product[2];
  product->isDouble = options.elementType == "f64";
  product->plan = mlir::parseSourceString<mlir::ModuleOp>(planText(options),
                                                          &product->context);
  if (!product->plan) {
    return toolError("the product cannot be planned");
  }
  // Random numbers in place of the ones of the text.
  product->plan->walk([&](kernel::WeightOp weight) {
    auto type = cast<mlir::ShapedType>(weight.getValue().getType());
    mlir::Type element = type.getElementType();
    std::vector<char> bytes(type.getNumElements() *
                            kernel::storageBytesOf(element));
    tune::fillRandom(bytes, element, /*seed=*/7);
    weight.setValueAttr(mlir::DenseElementsAttr::getFromRawBuffer(type, bytes));
    for (int64_t i = 0; i < type.getNumElements(); ++i) {
      double wide = 0;
      float narrow = 0;
      if (product->isDouble) {
        memcpy(&wide, bytes.data() + i * sizeof(wide), sizeof(wide));
      } else {
        memcpy(&narrow, bytes.data() + i * sizeof(narrow), sizeof(narrow));
      }
      product->constant.push_back(product->isDouble ? wide : narrow);
    }
  });
  return std::move(product);
}

kernel::LaunchOp Product::launch() {
  kernel::LaunchOp found;
  plan->walk([&](kernel::LaunchOp op) { found = op; });
  return found;
}

namespace {
/// A register tile, and what computes it. An algorithm that the target does not
/// have makes the schedule illegal.
struct Shape {
  int64_t rows, columns;
  kernel::Algorithm algorithm = kernel::Algorithm::nest;
};
} // namespace

/// Tiles of AVX2 libraries, then of AVX-512 ones; some spill.
static constexpr Shape kShapes[] = {
    {4, 8},  {8, 8},   {12, 8},  {16, 8},  {6, 16},  {4, 24},
    {8, 16}, {14, 16}, {28, 16}, {12, 32}, {13, 32}, {14, 32},
    {8, 48}, {9, 48},  {6, 64},  {4, 96},  {1, 64},  {16, 48}};

SmallVector<kernel::ScheduleAttr>
Product::schedules(const schedule::Target &target) {
  SmallVector<kernel::ScheduleAttr> result = {
      schedule::chooseSchedule(launch(), target)};
  schedule::LaunchFacts facts(launch());
  constexpr int64_t kOrders[][3] = {{0, 1, 2}, {1, 0, 2}};
  int64_t widest = target.f32Lanes();
  auto add = [&](const Shape &shape, ArrayRef<int64_t> order, bool packs,
                 int64_t unrolled) {
    schedule::Draft draft;
    draft.algorithm = shape.algorithm;
    draft.vectorDim = 1;
    draft.lanes = std::min<int64_t>(widest, shape.columns % 16 ? 8 : 16);
    draft.tile = {shape.rows, shape.columns, unrolled};
    draft.order.assign(order.begin(), order.end());
    if (packs) {
      draft.packed.push_back(1);
    }
    schedule::chooseTasks(facts, draft);
    kernel::ScheduleAttr schedule = schedule::attributeOf(&context, draft);
    if (schedule::illegality(launch(), schedule, target).empty() &&
        !is_contained(result, schedule)) {
      result.push_back(schedule);
    }
  };
  for (const Shape &shape : kShapes) {
    for (ArrayRef<int64_t> order : kOrders) {
      for (bool packs : {true, false}) {
        for (int64_t unrolled : {1, 4}) {
          add(shape, order, packs, unrolled);
        }
      }
    }
  }
  return result;
}

template <typename Element>
bool Product::check(tune::KernelData &data) {
  kernel::LaunchOp op = launch();
  auto bytesOf = [&](mlir::Value buffer) {
    return reinterpret_cast<const Element *>(
        data.bytesOf(buffer.getDefiningOp()).data());
  };
  const Element *a = bytesOf(op.getInputs()[0]);
  const Element *c = bytesOf(op.getOutputs()[0]);
  if (expected.empty()) {
    expected.assign(rows * columns, 0);
    for (int64_t i = 0; i < rows; ++i) {
      for (int64_t k = 0; k < sums; ++k) {
        double factor = a[i * sums + k];
        for (int64_t j = 0; j < columns; ++j) {
          expected[i * columns + j] += factor * constant[k * columns + j];
        }
      }
    }
  }
  // A sum of `sums` terms below 1 in any order.
  double tolerance = 2 * std::numeric_limits<Element>::epsilon() * sums;
  for (int64_t i = 0; i < rows * columns; ++i) {
    if (!(std::abs(c[i] - expected[i]) <= tolerance)) {
      return false;
    }
  }
  return true;
}

bool Product::isRight(tune::KernelData &data) {
  return isDouble ? check<double>(data) : check<float>(data);
}
