//===- CompareResults.cpp - tessera bench --compare -----------------------===//
//
// Two files of bench: is the second slower, or is it noise? Each file holds the
// medians of consecutive slices of its run; how far these lie apart is the
// noise of that run.
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/CompareResults.h"
#include "compiler/tools/io/Tensor.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include <algorithm>
#include <cmath>
#include <map>

using namespace llvm;
using namespace tessera::tools;

namespace {
/// Differences below this are never more than noise.
constexpr double kLeastNoise = 0.02;
/// A slowdown beyond this (and beyond the noise) is a failed check.
constexpr double kMostSlowdown = 0.10;
} // namespace

static bool isKernel(const Json &kernel) {
  return kernel.is_object() && kernel.contains("key") &&
         kernel["key"].is_string() && kernel.contains("us") &&
         kernel["us"].is_number();
}

static bool isResult(const Json &result) {
  if (!result.is_object() || !result.contains("latency_ms") ||
      !result["latency_ms"].is_object() ||
      !result["latency_ms"].contains("median") ||
      !result["latency_ms"]["median"].is_number()) {
    return false;
  }
  return !result.contains("kernels") ||
         (result["kernels"].is_array() && all_of(result["kernels"], isKernel));
}

static Expected<Json> readResult(StringRef path) {
  auto buffer = MemoryBuffer::getFile(path);
  if (!buffer) {
    return toolError("cannot read " + path + ": " +
                     buffer.getError().message());
  }
  Json result = Json::parse((*buffer)->getBuffer().str(), nullptr,
                            /*allow_exceptions=*/false);
  if (!isResult(result)) {
    return toolError(path + ": expected a result of tessera bench --json");
  }
  return result;
}

/// How far the slices of a run lie apart, without the outermost two on each
/// side, over their median.
static double noiseOf(const Json &result) {
  std::vector<double> slices;
  if (result.contains("slice_medians_ms")) {
    for (const Json &value : result["slice_medians_ms"]) {
      slices.push_back(value.is_number() ? value.get<double>() : 0);
    }
  }
  constexpr size_t kLeastSlices = 5;
  if (slices.size() < kLeastSlices) {
    return kLeastNoise;
  }
  std::sort(slices.begin(), slices.end());
  size_t cut = slices.size() / 5;
  double range = slices[slices.size() - 1 - cut] - slices[cut];
  return std::max(kLeastNoise, range / slices[slices.size() / 2]);
}

/// Microseconds of each kernel: launches of one key together.
static std::map<std::string, double> kernelTimes(const Json &result) {
  std::map<std::string, double> times;
  if (result.contains("kernels")) {
    for (const Json &kernel : result["kernels"]) {
      times[kernel["key"].get<std::string>()] += kernel["us"].get<double>();
    }
  }
  return times;
}

static Json changedKernels(const Json &before, const Json &after,
                           double noise) {
  // Single kernels vary more than their sum.
  constexpr double kFactor = 2;
  Json changes = Json::array();
  std::map<std::string, double> times = kernelTimes(after);
  for (const auto &[key, time] : kernelTimes(before)) {
    auto found = times.find(key);
    if (found != times.end() && time > 0 &&
        std::abs(found->second / time - 1) > kFactor * noise) {
      changes.push_back({{"key", key},
                         {"before_us", time},
                         {"after_us", found->second},
                         {"ratio", found->second / time}});
    }
  }
  return changes;
}

/// What else differs between the runs, so that their times tell nothing about
/// the code alone. What one of the files does not say is not compared.
static Json differences(const Json &before, const Json &after) {
  static constexpr std::pair<StringLiteral, StringLiteral> kConditions[] = {
      {"model_hash", "model"}, {"machine", "machine"}, {"target", "target"},
      {"sizes", "sizes"},      {"threads", "threads"}, {"callers", "callers"}};
  Json found = Json::array();
  for (const auto &[field, name] : kConditions) {
    std::string key = field.str();
    if (before.contains(key) && after.contains(key) &&
        before[key] != after[key]) {
      found.push_back({{"what", name.str()},
                       {"before", before[key]},
                       {"after", after[key]}});
    }
  }
  return found;
}

Expected<Json> tessera::tools::compareResults(StringRef before,
                                              StringRef after) {
  Expected<Json> first = readResult(before);
  if (!first) {
    return first.takeError();
  }
  Expected<Json> second = readResult(after);
  if (!second) {
    return second.takeError();
  }
  double a = (*first)["latency_ms"]["median"].get<double>();
  double b = (*second)["latency_ms"]["median"].get<double>();
  if (!(a > 0) || !(b > 0)) {
    return toolError("expected latencies above 0");
  }
  double noise = std::max(noiseOf(*first), noiseOf(*second));
  double ratio = b / a;
  bool isNoise = std::abs(ratio - 1) <= noise;
  Json result;
  result["before_ms"] = a;
  result["after_ms"] = b;
  result["ratio"] = ratio;
  result["noise"] = noise;
  result["verdict"] = isNoise ? "noise" : ratio > 1 ? "slower" : "faster";
  result["failed"] = !isNoise && ratio > 1 + kMostSlowdown;
  result["kernels"] = changedKernels(*first, *second, noise);
  result["differences"] = differences(*first, *second);
  return result;
}

void tessera::tools::warnOfDifferences(const Json &result) {
  for (const Json &difference : result["differences"]) {
    auto textOf = [&](StringRef side) {
      const Json &value = difference[side.str()];
      return printable(value.is_string() ? value.get<std::string>()
                                         : value.dump());
    };
    errs() << "warning: not comparable: the "
           << difference["what"].get<std::string>()
           << " before: " << textOf("before") << ", after: " << textOf("after")
           << "\n";
  }
}

void tessera::tools::printComparison(const Json &result) {
  outs() << format("before   %.4f ms\nafter    %.4f ms\n",
                   result["before_ms"].get<double>(),
                   result["after_ms"].get<double>())
         << format("change   %+.1f %%, noise %.1f %%: ",
                   100 * (result["ratio"].get<double>() - 1),
                   100 * result["noise"].get<double>())
         << result["verdict"].get<std::string>()
         << (result["failed"].get<bool>() ? ", more than allowed" : "") << "\n";
  for (const Json &kernel : result["kernels"]) {
    outs() << "kernel   " << kernel["key"].get<std::string>()
           << format("  %.1f us, before %.1f us\n",
                     kernel["after_us"].get<double>(),
                     kernel["before_us"].get<double>());
  }
}
