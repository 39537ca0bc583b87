//===- TuneMatmul.cpp - tunes one matrix product --------------------------===//
//
// C = A B with a constant B, over a list of register tiles: those of the usual
// libraries, wide ones, and some that spill. Every tile's result is compared
// with sums in double precision.
//
//===----------------------------------------------------------------------===//

#include "codegen/schedule/ChooseSchedule.h"
#include "codegen/schedule/ScheduleFile.h"
#include "codegen/tune/LaunchCost.h"
#include "compiler/driver/Registry.h"
#include "compiler/tools/Tune.h"
#include "compiler/tools/io/Tensor.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include <chrono>
#include <cmath>
#include <cstring>
#include <set>

using namespace llvm;
using namespace tessera;
using namespace tessera::tools;

namespace {
/// A product as a plan of one launch; dimensions are rows, columns, sum.
class Product {
public:
  static Expected<std::unique_ptr<Product>> create(const tools::TuneOptions &);

  kernel::LaunchOp launch() {
    kernel::LaunchOp found;
    plan->walk([&](kernel::LaunchOp op) { found = op; });
    return found;
  }
  /// Every tile with each order of loops, packed and not, that is legal.
  SmallVector<kernel::ScheduleAttr> schedules(const schedule::Target &target);
  /// Whether the output is the product, within what rounding explains.
  bool isRight(tune::KernelData &data);

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> plan;
  int64_t rows = 0, columns = 0, sums = 0;

private:
  Product() : context(mlir::MLIRContext::Threading::DISABLED) {}
  template <typename Element>
  bool check(tune::KernelData &data);

  bool isDouble = false;
  std::vector<double> constant, expected;
};
} // namespace

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

SmallVector<kernel::ScheduleAttr>
Product::schedules(const schedule::Target &target) {
  // Rows by elements: of AVX2 libraries, then of AVX-512 ones.
  static constexpr int64_t tiles[][2] = {
      {4, 8},  {8, 8},   {12, 8},  {16, 8},  {6, 16},  {4, 24},
      {8, 16}, {14, 16}, {28, 16}, {12, 32}, {13, 32}, {14, 32},
      {8, 48}, {9, 48},  {6, 64},  {4, 96},  {1, 64},  {16, 48}};
  SmallVector<kernel::ScheduleAttr> result = {
      schedule::chooseSchedule(launch(), target)};
  std::set<std::vector<int64_t>> orders = {{0, 1, 2}, {1, 0, 2}};
  int64_t widest = target.f32Lanes();
  for (const auto &[tileRows, tileColumns] : tiles) {
    for (const std::vector<int64_t> &order : orders) {
      for (bool packs : {true, false}) {
        for (int64_t unrolled : {1, 4}) {
          schedule::Draft draft;
          draft.vectorDim = 1;
          draft.lanes = std::min<int64_t>(widest, tileColumns % 16 ? 8 : 16);
          draft.tile = {tileRows, tileColumns, unrolled};
          draft.order.assign(order.begin(), order.end());
          if (packs) {
            draft.packed.push_back(1);
          }
          schedule::chooseTasks(schedule::LaunchFacts(launch()), draft);
          kernel::ScheduleAttr schedule =
              schedule::attributeOf(&context, draft);
          if (schedule::illegality(launch(), schedule, target).empty() &&
              !is_contained(result, schedule)) {
            result.push_back(schedule);
          }
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

static Json tileJson(const tune::Measurement &measured, double operations) {
  kernel::ScheduleAttr schedule = measured.schedule;
  std::string text;
  raw_string_ostream(text) << mlir::Attribute(schedule);
  return {{"rows", schedule.getTile()[0]},
          {"columns", schedule.getTile()[1]},
          {"unrolled", schedule.getTile()[2]},
          {"outer", schedule.getOrder()[0] == 0 ? "rows" : "columns"},
          {"packed", !schedule.getPacked().empty()},
          {"us", measured.time / 1000},
          {"gflops", operations / measured.time},
          {"correct", measured.agrees},
          {"schedule", text}};
}

static void print(const Json &result) {
  outs() << "tile     sum  outer    packed         us  GFLOP/s   peak\n";
  for (const Json &tile : result["tiles"]) {
    outs() << format("%3lldx%-4lld %3lld  ", tile["rows"].get<long long>(),
                     tile["columns"].get<long long>(),
                     tile["unrolled"].get<long long>())
           << (tile["outer"] == "rows" ? "rows     " : "columns  ")
           << (tile["packed"].get<bool>() ? "yes   " : "no    ")
           << format("%11.1f%9.1f%6.0f%%", tile["us"].get<double>(),
                     tile["gflops"].get<double>(),
                     100 * tile["gflops"].get<double>() /
                         result["peak_gflops"].get<double>())
           << (tile["correct"].get<bool>() ? "" : "  WRONG") << "\n";
  }
  outs() << format("default  %.1f us, best %.1f us, gain %.3f\n",
                   result["default_us"].get<double>(),
                   result["best_us"].get<double>(),
                   result["gain"].get<double>());
}

/// Measures all schedules, a few at a time beside the first, while the budget
/// lasts.
static Expected<tune::TuneResult>
measureAll(Product &product, const Workshop &workshop,
           const tools::TuneOptions &options) {
  constexpr size_t kBatch = 12;
  auto begin = std::chrono::steady_clock::now();
  auto data = tune::KernelData::create(*product.plan, {});
  if (!data) {
    return data.takeError();
  }
  tune::TuneOptions tuning;
  tuning.jobs = options.jobs;
  tuning.rounds = options.runs;
  tuning.stop = &interruption();
  tuning.isRight = [&](tune::KernelData &filled) {
    return product.isRight(filled);
  };
  SmallVector<kernel::ScheduleAttr> all = product.schedules(*workshop.target);
  tune::TuneResult result;
  result.legal = all.size();
  for (size_t at = 1; at < all.size(); at += kBatch) {
    SmallVector<kernel::ScheduleAttr> batch = {all.front()};
    batch.append(all.begin() + at,
                 all.begin() + std::min(at + kBatch, all.size()));
    auto measured = tune::measureSchedules(*product.plan, product.launch(),
                                           batch, *workshop.target,
                                           workshop.machine, **data, tuning);
    if (!measured) {
      return measured.takeError();
    }
    if (result.measured.empty()) {
      result.measured.push_back(measured->front());
    }
    double scale = result.standard().time / measured->front().time;
    for (tune::Measurement &other : drop_begin(*measured)) {
      other.time *= scale;
      result.measured.push_back(other);
    }
    std::chrono::duration<double> spent =
        std::chrono::steady_clock::now() - begin;
    if (spent.count() > options.budget || *tuning.stop) {
      break;
    }
  }
  double margin = std::max(0.02, result.standard().noise);
  for (const tune::Measurement &other : result.measured) {
    result.isFaster |=
        other.agrees && other.time < result.standard().time * (1 - margin);
  }
  return result;
}

static Error storeWinner(const tools::TuneOptions &options,
                         const tune::TuningRecord &record) {
  std::vector<std::string> paths = {options.records};
  if (options.isCached) {
    paths.push_back(tune::userRecordsPath());
  }
  for (const std::string &path : paths) {
    tune::TuningRecords records;
    std::vector<std::string> warnings;
    if (path.empty()) {
      continue;
    }
    if (Error error = records.read(path, /*mustExist=*/false, warnings)) {
      return error;
    }
    records.set(record);
    if (Error error = records.write(path)) {
      return error;
    }
  }
  return Error::success();
}

Expected<int> tessera::tools::tuneMatmul(const tools::TuneOptions &options) {
  Expected<Workshop> workshop = Workshop::create(options);
  if (!workshop) {
    return workshop.takeError();
  }
  Expected<std::unique_ptr<Product>> product = Product::create(options);
  if (!product) {
    return product.takeError();
  }
  Expected<tune::TuneResult> measured =
      measureAll(**product, *workshop, options);
  if (!measured) {
    return measured.takeError();
  }
  tune::LaunchCost cost = tune::costOf((*product)->launch(), {});
  Json result;
  result["sizes"] = options.product;
  result["target"] = workshop->target->name.str();
  result["machine"] = tune::signatureOf(workshop->machine);
  result["peak_gflops"] = workshop->peaks.operations;
  result["default_us"] = measured->standard().time / 1000;
  result["best_us"] = measured->best().time / 1000;
  result["gain"] = measured->standard().time / measured->best().time;
  bool isCorrect = true;
  Json tiles = Json::array();
  for (const tune::Measurement &tile : measured->measured) {
    tiles.push_back(tileJson(tile, cost.operations));
    isCorrect &= tile.agrees;
  }
  result["tiles"] = tiles;
  if (options.json != "-") {
    print(result);
  }
  double least = workshop->peaks.leastTime(workshop->machine, cost.operations,
                                           cost.bytes, 0);
  if (Error error = storeWinner(
          options, workshop->recordOf(
                       *measured, schedule::kernelKeyOf((*product)->launch()),
                       tune::classOf((*product)->launch()), least))) {
    return std::move(error);
  }
  if (Error error = writeJson(result, options.json)) {
    return std::move(error);
  }
  return isCorrect ? exitSuccess : exitFailed;
}
