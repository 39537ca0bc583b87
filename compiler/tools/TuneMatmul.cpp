//===- TuneMatmul.cpp - tunes one matrix product --------------------------===//
//
// All register tiles first, then cache blocks around the fastest ones, then
// other distances of prefetching. Everything measured, slow or not, is compared
// with sums in double precision.
//
//===----------------------------------------------------------------------===//

#include "codegen/schedule/BlockSchedules.h"
#include "codegen/schedule/ChooseSchedule.h"
#include "codegen/schedule/ScheduleFile.h"
#include "codegen/tune/LaunchCost.h"
#include "codegen/tune/PredictTime.h"
#include "compiler/tools/Product.h"
#include "compiler/tools/RecordFiles.h"
#include "compiler/tools/io/Tensor.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include <chrono>
#include <cmath>

using namespace llvm;
using namespace tessera;
using namespace tessera::tools;

static Json tileJson(const tune::Measurement &measured, double operations) {
  kernel::ScheduleAttr schedule = measured.schedule;
  std::string text;
  raw_string_ostream(text) << mlir::Attribute(schedule);
  return {{"rows", schedule.getTile()[0]},
          {"columns", schedule.getTile()[1]},
          {"unrolled", schedule.getTile()[2]},
          {"outer", schedule.getOrder()[0] == 0 ? "rows" : "columns"},
          {"packed", !schedule.getPacked().empty()},
          {"row_block", schedule.blockOf(0)},
          {"sum_block", schedule.blockOf(2)},
          {"prefetch", schedule.getPrefetch()},
          {"us", measured.time / 1000},
          {"gflops", operations / measured.time},
          {"correct", measured.agrees},
          {"schedule", text}};
}

/// A number, or `otherwise` for 0.
static std::string numberOr(const Json &value, StringRef otherwise) {
  long long number = value.get<long long>();
  return number == 0  ? otherwise.str()
         : number < 0 ? "none"
                      : std::to_string(number);
}

/// Down to nanoseconds and at least five digits, so that what is equal in print
/// was measured to be equal, also of small products.
static std::string digitsOf(double microseconds) {
  int whole = std::floor(std::log10(std::max(microseconds, 1e-6)));
  std::string text;
  raw_string_ostream(text) << format("%.*f", std::clamp(4 - whole, 3, 9),
                                     microseconds);
  return text;
}

static void print(const Json &result) {
  outs() << "tile     sum  outer    packed  blocks     ahead         us"
            "  GFLOP/s   peak\n";
  for (const Json &tile : result["tiles"]) {
    std::string blocks = numberOr(tile["row_block"], "-") + "x" +
                         numberOr(tile["sum_block"], "-");
    outs() << format("%3lldx%-4lld %3lld  ", tile["rows"].get<long long>(),
                     tile["columns"].get<long long>(),
                     tile["unrolled"].get<long long>())
           << (tile["outer"] == "rows" ? "rows     " : "columns  ")
           << (tile["packed"].get<bool>() ? "yes     " : "no      ")
           << left_justify(blocks, 9)
           << right_justify(numberOr(tile["prefetch"], "usual"), 7)
           << right_justify(digitsOf(tile["us"].get<double>()), 11)
           << format("%9.1f%6.0f%%", tile["gflops"].get<double>(),
                     100 * tile["gflops"].get<double>() /
                         result["peak_gflops"].get<double>())
           << (tile["correct"].get<bool>() ? "" : "  WRONG") << "\n";
  }
  outs() << "default  " << digitsOf(result["default_us"].get<double>())
         << " us, best " << digitsOf(result["best_us"].get<double>())
         << format(" us, gain %.3f\n", result["gain"].get<double>());
}

namespace {
/// Measures schedules of a product while the budget lasts.
class ProductTuner {
public:
  ProductTuner(Product &product, const Workshop &workshop,
               const tools::TuneOptions &options, const std::atomic<bool> &stop)
      : product(product), workshop(workshop), options(options) {
    tuning.jobs = options.jobs;
    tuning.rounds = options.runs;
    tuning.stop = &stop;
    tuning.isRight = [&product](tune::KernelData &filled) {
      return product.isRight(filled);
    };
  }

  Expected<tune::TuneResult> run();

private:
  /// Batches beside the default until `share` of the budget is spent.
  Error measure(ArrayRef<kernel::ScheduleAttr> schedules, double share = 1);
  Error measureBatch(ArrayRef<kernel::ScheduleAttr> schedules);
  SmallVector<kernel::ScheduleAttr> fastest(size_t count) const;
  Error refine();
  Error decide();
  bool isOver(double share = 1) const;
  void rank(SmallVectorImpl<kernel::ScheduleAttr> &schedules) const;

  Product &product;
  const Workshop &workshop;
  const tools::TuneOptions &options;
  std::chrono::steady_clock::time_point begin =
      std::chrono::steady_clock::now();
  std::unique_ptr<tune::KernelData> data;
  tune::TuneOptions tuning;
  tune::TuneResult result;
};
} // namespace

bool ProductTuner::isOver(double share) const {
  std::chrono::duration<double> spent =
      std::chrono::steady_clock::now() - begin;
  return spent.count() > share * options.budget || *tuning.stop;
}

/// Sorts by the analytic model, so that a short budget ends with the slow ones.
void ProductTuner::rank(
    SmallVectorImpl<kernel::ScheduleAttr> &schedules) const {
  tune::TimeModel model(product.launch(), *workshop.target, workshop.machine,
                        workshop.peaks,
                        {product.rows, product.columns, product.sums});
  llvm::stable_sort(schedules,
                    [&](kernel::ScheduleAttr a, kernel::ScheduleAttr b) {
                      return model.timeOf(a) < model.timeOf(b);
                    });
}

/// Times count relative to the default's in the same batch.
Error ProductTuner::measureBatch(ArrayRef<kernel::ScheduleAttr> schedules) {
  auto measured =
      tune::measureSchedules(*product.plan, product.launch(), schedules,
                             *workshop.target, workshop.machine, *data, tuning);
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
  return Error::success();
}

Error ProductTuner::measure(ArrayRef<kernel::ScheduleAttr> schedules,
                            double share) {
  constexpr size_t kBatch = 12;
  kernel::ScheduleAttr standard =
      schedule::chooseSchedule(product.launch(), *workshop.target);
  for (; !schedules.empty() && !isOver(share);
       schedules = schedules.drop_front(std::min(kBatch, schedules.size()))) {
    SmallVector<kernel::ScheduleAttr> batch = {standard};
    batch.append(schedules.take_front(kBatch).begin(),
                 schedules.take_front(kBatch).end());
    if (Error error = measureBatch(batch)) {
      return error;
    }
  }
  return Error::success();
}

/// The fastest right ones, of each tile at most one.
SmallVector<kernel::ScheduleAttr> ProductTuner::fastest(size_t count) const {
  std::vector<tune::Measurement> sorted = result.measured;
  llvm::stable_sort(sorted, [](const auto &a, const auto &b) {
    return std::tie(b.agrees, a.time) < std::tie(a.agrees, b.time);
  });
  SmallVector<kernel::ScheduleAttr> found;
  for (const tune::Measurement &candidate : sorted) {
    bool isKnown = any_of(found, [&](kernel::ScheduleAttr other) {
      return other.getTile() == candidate.schedule.getTile();
    });
    if (found.size() < count && candidate.agrees && !isKnown) {
      found.push_back(candidate.schedule);
    }
  }
  return found;
}

/// Blocks around the fastest tiles, then distances of prefetching.
Error ProductTuner::refine() {
  constexpr size_t kBlockedTiles = 2;
  for (kernel::ScheduleAttr schedule : fastest(kBlockedTiles)) {
    if (Error error = measure(schedule::blockedVariants(
            product.launch(), schedule, *workshop.target))) {
      return error;
    }
  }
  for (kernel::ScheduleAttr schedule : fastest(1)) {
    if (Error error = measure(schedule::prefetchVariants(
            product.launch(), schedule, *workshop.target))) {
      return error;
    }
  }
  return Error::success();
}

/// Measures the default and the fastest once more: the least of many noisy
/// times looks better than it is.
Error ProductTuner::decide() {
  SmallVector<kernel::ScheduleAttr> winner = fastest(1);
  if (winner.empty() || winner.front() == result.standard().schedule) {
    return Error::success();
  }
  auto again =
      tune::measureSchedules(*product.plan, product.launch(),
                             {result.standard().schedule, winner.front()},
                             *workshop.target, workshop.machine, *data, tuning);
  if (!again) {
    return again.takeError();
  }
  tune::Measurement &before = again->front(), &after = again->back();
  after.time *= result.standard().time / before.time;
  constexpr double kLeastGain = 0.02;
  double margin = std::max({kLeastGain, before.noise, after.noise});
  for (auto [place, other] : enumerate(result.measured)) {
    if (other.schedule == after.schedule) {
      other.time = after.time;
      if (after.agrees && after.time < result.standard().time * (1 - margin)) {
        result.confirmed = {place};
      }
    }
  }
  return Error::success();
}

Expected<tune::TuneResult> ProductTuner::run() {
  int64_t displacement = options.isUnaligned ? product.elementBytes() : 0;
  auto created = tune::KernelData::create(*product.plan, {}, displacement);
  if (!created) {
    return created.takeError();
  }
  data = std::move(*created);
  SmallVector<kernel::ScheduleAttr> tiles = product.schedules(*workshop.target);
  if (Error error = measureBatch(tiles.front())) {
    return std::move(error);
  }
  tiles.erase(tiles.begin());
  rank(tiles);
  // Blocks get their part of a short budget, too.
  constexpr double kShareOfTiles = 0.6;
  if (Error error = measure(tiles, kShareOfTiles)) {
    return std::move(error);
  }
  if (Error error = refine()) {
    return std::move(error);
  }
  if (Error error = decide()) {
    return std::move(error);
  }
  result.legal = result.measured.size();
  return std::move(result);
}

static Json resultJson(const tune::TuneResult &measured,
                       const tools::TuneOptions &options,
                       const Workshop &workshop, double operations) {
  Json result;
  result["sizes"] = options.product;
  result["target"] = workshop.target->name.str();
  result["machine"] = tune::signatureOf(workshop.machine);
  result["peak_gflops"] = workshop.peaks.operations;
  result["default_us"] = measured.standard().time / 1000;
  result["best_us"] = measured.best().time / 1000;
  result["gain"] = measured.standard().time / measured.best().time;
  Json tiles = Json::array();
  for (const tune::Measurement &tile : measured.measured) {
    tiles.push_back(tileJson(tile, operations));
  }
  result["tiles"] = tiles;
  return result;
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
  RecordFiles files(options.records, options.isCached);
  if (Error error = files.open()) {
    return std::move(error);
  }
  const std::atomic<bool> &stop = interruption();
  Expected<tune::TuneResult> measured =
      ProductTuner(**product, *workshop, options, stop).run();
  if (!measured) {
    return measured.takeError();
  }
  tune::LaunchCost cost = tune::costOf((*product)->launch(), {});
  Json result = resultJson(*measured, options, *workshop, cost.operations);
  if (options.json != "-") {
    print(result);
  }
  // After an interrupt nobody knows whether there is something faster.
  if (!stop || measured->isFaster()) {
    double least = workshop->peaks.leastTime(workshop->machine, cost.operations,
                                             cost.bytes, 0);
    files.add(workshop->recordOf(*measured,
                                 schedule::kernelKeyOf((*product)->launch()),
                                 tune::classOf((*product)->launch()), least));
  }
  if (Error error = files.save()) {
    return std::move(error);
  }
  if (Error error = writeJson(result, options.json)) {
    return std::move(error);
  }
  bool isCorrect =
      all_of(measured->measured, [](const auto &tile) { return tile.agrees; });
  return isCorrect ? exitSuccess : exitFailed;
}
