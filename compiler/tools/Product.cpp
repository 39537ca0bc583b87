//===- Product.cpp - one matrix product to tune ---------------------------===//

#include "compiler/tools/Product.h"
#include "codegen/schedule/ChooseSchedule.h"
#include "codegen/schedule/TileProduct.h"
#include "compiler/driver/Registry.h"
#include "compiler/tools/io/Tensor.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringExtras.h"
#include <cmath>

using namespace llvm;
using namespace tessera;
using namespace tessera::tools;

namespace {
/// Element types of a product, and how its body gets from them to a sum.
struct ProductTypes {
  StringLiteral name;
  /// Of A's and B's elements, of the sum, and of C's elements.
  StringLiteral left, right, sum, result;
  /// From A's and B's elements to the sum's type and from there to C's; empty
  /// where they are the same.
  StringLiteral widenLeft, widenRight, multiply, narrow;
  /// What rounding to C's type changes at most, relative to a number.
  double rounding;
};
} // namespace

/// As models have them: halves are summed in f32, bytes in 32 bits.
static constexpr ProductTypes kProductTypes[] = {
    {"f32", "f32", "f32", "f32", "f32", "", "", "mulf", "", 0},
    {"f64", "f64", "f64", "f64", "f64", "", "", "mulf", "", 0},
    {"f16", "f16", "f16", "f32", "f16", "extf", "extf", "mulf", "truncf",
     0x1p-11},
    {"bf16", "bf16", "bf16", "f32", "bf16", "extf", "extf", "mulf", "truncf",
     0x1p-8},
    {"i8", "i8", "i8", "i32", "i32", "extsi", "extsi", "muli", "", 0},
    {"u8", "ui8", "i8", "i32", "i32", "extui", "extsi", "muli", "", 0},
};

/// The plan as text; $A, $B, $S and $C stand for types, $M, $N and $K for
/// sizes.
static constexpr StringLiteral kPlan = R"(
module attributes {tsk.signature = {
    inputs = [{name = "a", type = tensor<$Mx$Kx$A>}],
    outputs = [{name = "c", type = tensor<$Mx$Nx$C>}]},
    tsk.workspace = affine_map<() -> (0)>} {
  func.func @main() {
    %a = tsk.argument 0 : <$A>
    %b = tsk.weight dense<$1> : tensor<$Kx$Nx$B> : <$B>
    %c = tsk.output 0 : <$C>
    tsk.launch ins(%a, %b : !tsk.buffer<$A>, !tsk.buffer<$B>)
        outs(%c : !tsk.buffer<$C>) attributes {
        extents = affine_map<() -> ($M, $N, $K)>,
        feedback = array<i64: -1, -1>, guards = [unit, unit],
        input_maps = [affine_map<(d0, d1, d2) -> (d0 * $K + d2)>,
                      affine_map<(d0, d1, d2) -> (d1 + d2 * $N)>],
        iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>,
                     #tsk.iterator<reduction>],
        output_maps = [affine_map<(d0, d1, d2) -> (d0 * $N + d1)>],
        pads = [unit, unit]} computes {
    ^bb0(%x: $X, %y: $B):
      $BODY
    }
    return
  }
}
)";

/// The operations of the body.
static std::string bodyText(const ProductTypes &kind, StringRef left) {
  std::string text, x = "%x", y = "%y", sum = "%s";
  auto convert = [&](StringRef operation, std::string &value, StringRef from,
                     StringRef to) {
    if (!operation.empty()) {
      std::string made = value + "c";
      text += (made + " = arith." + operation + " " + value + " : " + from +
               " to " + to + "\n      ")
                  .str();
      value = made;
    }
  };
  convert(kind.widenLeft, x, left, kind.sum);
  convert(kind.widenRight, y, kind.right, kind.sum);
  text += ("%p = arith." + kind.multiply + " " + x + ", " + y + " : " +
           kind.sum + "\n      %s = tsk.reduce <add> %p : " + kind.sum +
           " -> " + kind.sum + "\n      ")
              .str();
  convert(kind.narrow, sum, kind.sum, kind.result);
  return text + "tsk.yield " + sum + " : " + kind.result.str();
}

static std::string planText(const ProductTypes &kind,
                            ArrayRef<int64_t> product) {
  std::string text = kPlan.str();
  auto replace = [&](StringRef name, const std::string &value) {
    for (size_t at = text.find(name); at != std::string::npos;
         at = text.find(name, at)) {
      text.replace(at, name.size(), value);
    }
  };
  // Bodies see integers without a sign.
  StringRef left = kind.left;
  left.consume_front("u");
  replace("$BODY", bodyText(kind, left));
  replace("$X", left.str());
  replace("$A", kind.left.str());
  replace("$B", kind.right.str());
  replace("$C", kind.result.str());
  replace("$1", kind.multiply == "muli" ? "1" : "1.0");
  replace("$M", std::to_string(product[0]));
  replace("$N", std::to_string(product[1]));
  replace("$K", std::to_string(product[2]));
  return text;
}

std::vector<std::string> Product::elementTypes() {
  std::vector<std::string> names;
  for (const ProductTypes &kind : kProductTypes) {
    names.push_back(kind.name.str());
  }
  return names;
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
  const auto *kind = find_if(kProductTypes, [&](const ProductTypes &each) {
    return each.name == options.elementType;
  });
  if (kind == std::end(kProductTypes)) {
    return toolError("--dtype " + Twine(options.elementType) +
                     ": expected one of " + join(elementTypes(), ", "));
  }
  product->rounding = kind->rounding;
  product->sumRounding = kind->sum == "f32"   ? 0x1p-23
                         : kind->sum == "f64" ? 0x1p-52
                                              : 0;
  product->plan = mlir::parseSourceString<mlir::ModuleOp>(
      planText(*kind, options.product), &product->context);
  if (!product->plan) {
    return toolError("the product cannot be planned");
  }
  // Random numbers in place of the ones of the text.
  product->plan->walk([&](kernel::WeightOp weight) {
    auto type = cast<mlir::ShapedType>(weight.getValue().getType());
    mlir::Type element = type.getElementType();
    int64_t size = kernel::storageBytesOf(element);
    std::vector<char> bytes(type.getNumElements() * size);
    tune::fillRandom(bytes, element, /*seed=*/7);
    weight.setValueAttr(mlir::DenseElementsAttr::getFromRawBuffer(type, bytes));
    for (int64_t i = 0; i < type.getNumElements(); ++i) {
      product->constant.push_back(
          tune::numberAt(bytes.data() + i * size, element));
    }
  });
  return std::move(product);
}

int64_t Product::elementBytes() {
  kernel::LaunchOp op = launch();
  auto bytesOf = [](mlir::Value buffer) {
    return kernel::storageBytesOf(
        cast<kernel::BufferType>(buffer.getType()).getElementType());
  };
  return std::max(bytesOf(op.getInputs()[0]), bytesOf(op.getOutputs()[0]));
}

kernel::LaunchOp Product::launch() {
  kernel::LaunchOp found;
  plan->walk([&](kernel::LaunchOp op) { found = op; });
  return found;
}

namespace {
/// A register tile, or, for products on matrix tiles, the rows of a task and
/// the columns of a panel.
struct Shape {
  int64_t rows, columns;
};
} // namespace

/// Tiles of AVX2 libraries, then of AVX-512 ones; some spill.
static constexpr Shape kShapes[] = {
    {4, 8},  {8, 8},   {12, 8},  {16, 8},  {6, 16},  {4, 24},
    {8, 16}, {14, 16}, {28, 16}, {12, 32}, {13, 32}, {14, 32},
    {8, 48}, {9, 48},  {6, 64},  {4, 96},  {1, 64},  {16, 48}};

/// For targets with matrix tiles, which are 16 by 16.
static constexpr Shape kMatrixShapes[] = {
    {16, 16}, {32, 32}, {64, 32},  {128, 32}, {256, 32},
    {64, 16}, {32, 64}, {128, 48}, {64, 64},  {128, 64}};

SmallVector<kernel::ScheduleAttr>
Product::schedules(const schedule::Target &target) {
  SmallVector<kernel::ScheduleAttr> result = {
      schedule::chooseSchedule(launch(), target)};
  schedule::LaunchFacts facts(launch());
  constexpr int64_t kOrders[][3] = {{0, 1, 2}, {1, 0, 2}};
  int64_t widest = target.lanes(facts.reducedBits);
  auto add = [&](const Shape &shape, ArrayRef<int64_t> order, bool packs,
                 int64_t unrolled, kernel::Algorithm algorithm) {
    schedule::Draft draft;
    draft.algorithm = algorithm;
    draft.vectorDim = 1;
    draft.lanes = std::min<int64_t>(widest, shape.columns % 16 ? 8 : 16);
    draft.tile = {shape.rows, shape.columns, unrolled};
    draft.order.assign(order.begin(), order.end());
    if (packs) {
      draft.packed.push_back(1);
    }
    schedule::chooseTasks(facts, draft);
    if (schedule::partsOf(algorithm) > 0) {
      draft.tasks = 2;
    }
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
          add(shape, order, packs, unrolled, kernel::Algorithm::nest);
        }
      }
    }
  }
  kernel::Algorithm onTiles = schedule::algorithmOf(target.products);
  if (schedule::partsOf(onTiles) > 0) {
    for (const Shape &shape : kMatrixShapes) {
      for (ArrayRef<int64_t> order : kOrders) {
        add(shape, order, /*packs=*/true, /*unrolled=*/1, onTiles);
      }
    }
  }
  return result;
}

bool Product::isRight(tune::KernelData &data) {
  kernel::LaunchOp op = launch();
  auto numbersOf = [&](mlir::Value buffer) {
    mlir::Type element =
        cast<kernel::BufferType>(buffer.getType()).getElementType();
    ArrayRef<char> bytes = data.bytesOf(buffer.getDefiningOp());
    int64_t size = kernel::storageBytesOf(element);
    std::vector<double> numbers(bytes.size() / size);
    for (size_t i = 0; i < numbers.size(); ++i) {
      numbers[i] = tune::numberAt(bytes.data() + i * size, element);
    }
    return numbers;
  };
  if (expected.empty()) {
    std::vector<double> a = numbersOf(op.getInputs()[0]);
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
  std::vector<double> c = numbersOf(op.getOutputs()[0]);
  // A sum of `sums` terms below 1 in any order; integers are exact.
  double tolerance = 2 * sumRounding * sums;
  for (int64_t i = 0; i < rows * columns; ++i) {
    double allowed = tolerance + rounding * std::abs(expected[i]);
    if (!(std::abs(c[i] - expected[i]) <= allowed)) {
      return false;
    }
  }
  return true;
}
