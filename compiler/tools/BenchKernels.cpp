//===- BenchKernels.cpp - tessera bench --kernels -------------------------===//
//
// Each kernel is measured as the tuner measures.
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/BenchKernels.h"
#include "codegen/schedule/ChooseSchedule.h"
#include "codegen/tune/LaunchCost.h"
#include "compiler/driver/Registry.h"
#include "compiler/tools/KernelPlans.h"
#include "compiler/tools/Profile.h"
#include "compiler/tools/Tune.h"
#include "compiler/tools/io/Tensor.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace tessera;
using namespace tessera::tools;

static Expected<Json> measure(const KernelPlan &kernel,
                              mlir::MLIRContext &context,
                              const Workshop &workshop,
                              const tune::Bandwidths &copies) {
  mlir::OwningOpRef<mlir::ModuleOp> plan =
      mlir::parseSourceString<mlir::ModuleOp>(kernel.text, &context);
  kernel::LaunchOp launch;
  if (plan) {
    plan->walk([&](kernel::LaunchOp found) { launch = found; });
  }
  if (!launch) {
    return toolError("the kernel '" + Twine(kernel.name) +
                     "' cannot be planned");
  }
  auto data = tune::KernelData::create(*plan, {});
  if (!data) {
    return data.takeError();
  }
  tune::TuneOptions options;
  // More than any cache: weights are cold in every run.
  options.modelWeightBytes = int64_t(1) << 40;
  auto measured = tune::measureSchedules(
      *plan, launch, {schedule::chooseSchedule(launch, *workshop.target)},
      *workshop.target, workshop.machine, **data, options);
  if (!measured) {
    return measured.takeError();
  }
  tune::LaunchCost cost = tune::costOf(launch, {});
  double time = measured->front().time, weights = kernel.weightBytes;
  double warm = cost.bytes - weights;
  double footprint =
      weights * tune::weightCopies(launch, workshop.machine,
                                   options.modelWeightBytes, /*schedules=*/1);
  double least = workshop.peaks.leastTime(workshop.machine, cost.operations,
                                          cost.bytes, weights, footprint);
  return Json{
      {"name", kernel.name},
      {"class", tune::classOf(launch).str()},
      {"us", time / 1000},
      {"operations", cost.operations},
      {"bytes", cost.bytes},
      {"gflops", cost.operations / time},
      {"gb_per_s", cost.bytes / time},
      {"share_of_peak", least / time},
      {"share_of_copy", warm / copies.of(workshop.machine, warm) / time}};
}

Expected<Json> tessera::tools::benchKernels(StringRef target) {
  tools::TuneOptions options;
  options.flags.target = target.str();
  Expected<Workshop> workshop = Workshop::create(options);
  if (!workshop) {
    return workshop.takeError();
  }
  mlir::DialectRegistry registry;
  registerDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();
  Json result;
  result["target"] = workshop->target->name.str();
  result["peaks"] = peaksJson(workshop->machine, workshop->peaks);
  tune::Bandwidths copies =
      tune::measureCopies(workshop->machine, workshop->target->vectorBits);
  result["copies"] = bandwidthsJson(copies);
  Json list = Json::array();
  for (const KernelPlan &kernel : kernelPlans()) {
    Expected<Json> measured = measure(kernel, context, *workshop, copies);
    if (!measured) {
      return measured.takeError();
    }
    list.push_back(std::move(*measured));
  }
  result["kernels"] = std::move(list);
  return result;
}

static std::string bandwidths(const Json &from) {
  return formatv(
      "L1 {0:F1}, L2 {1:F1}, L3 {2:F1}, memory {3:F1} GB/s",
      from["l1_gb_per_s"].get<double>(), from["l2_gb_per_s"].get<double>(),
      from["l3_gb_per_s"].get<double>(), from["memory_gb_per_s"].get<double>());
}

void tessera::tools::printKernels(const Json &result) {
  const Json &peaks = result["peaks"];
  outs()
      << format("peak     %.1f GFLOP/s; reads ", peaks["gflops"].get<double>())
      << bandwidths(peaks) << "; copies " << bandwidths(result["copies"])
      << "\nkernel                               us  GFLOP/s    GB/s   peak   "
         "copy\n";
  for (const Json &kernel : result["kernels"]) {
    outs() << left_justify(kernel["name"].get<std::string>(), 30)
           << format("%9.1f%9.1f%8.1f%6.0f%%%6.0f%%\n",
                     kernel["us"].get<double>(), kernel["gflops"].get<double>(),
                     kernel["gb_per_s"].get<double>(),
                     100 * kernel["share_of_peak"].get<double>(),
                     100 * kernel["share_of_copy"].get<double>());
  }
}
