//===- BenchResult.cpp - what tessera bench found -------------------------===//

#include "compiler/tools/BenchResult.h"
#include "codegen/tune/Machine.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include <algorithm>

using namespace llvm;
using namespace tessera;
using namespace tessera::tools;

/// Medians of consecutive slices of a caller's runs: how much they differ is
/// the noise that --compare reckons with.
static std::vector<double> sliceMedians(const std::vector<double> &times) {
  constexpr size_t kSlices = 10;
  std::vector<double> medians;
  for (size_t i = 0; i < kSlices && times.size() >= kSlices; ++i) {
    std::vector<double> slice(times.begin() + i * times.size() / kSlices,
                              times.begin() + (i + 1) * times.size() / kSlices);
    auto middle = slice.begin() + slice.size() / 2;
    std::nth_element(slice.begin(), middle, slice.end());
    medians.push_back(*middle);
  }
  return medians;
}

/// The value below which `share` of the sorted values lie.
static double quantile(const std::vector<double> &sorted, double share) {
  size_t rank = static_cast<size_t>(share * (sorted.size() - 1) + 0.5);
  return sorted[rank];
}

static std::string hashOf(const Session &session) {
  std::string hash;
  raw_string_ostream(hash) << format_hex_no_prefix(session.info().model_hash,
                                                   16);
  return hash;
}

/// The free dimensions by name.
static Json sizesOf(const Session &session, const Call &call) {
  Json sizes = Json::object();
  for (auto [info, size] : zip(session.dimensions(), call.dims)) {
    sizes[info.name] = size;
  }
  return sizes;
}

Json tessera::tools::benchResult(const Session &session,
                                 const std::vector<Caller> &callers,
                                 uint32_t threads, const ColdStart &cold,
                                 int64_t peakBytes) {
  std::vector<double> times;
  for (const Caller &caller : callers) {
    times.insert(times.end(), caller.milliseconds.begin(),
                 caller.milliseconds.end());
  }
  std::sort(times.begin(), times.end());
  Json result;
  result["latency_ms"] = {{"min", times.front()},
                          {"median", quantile(times, 0.5)},
                          {"p90", quantile(times, 0.9)},
                          {"p99", quantile(times, 0.99)}};
  result["runs"] = times.size();
  result["threads"] = threads;
  result["callers"] = callers.size();
  result["workspace_bytes"] = callers.front().call->workspaceBytes;
  result["weights_bytes"] = session.info().weights_bytes;
  result["target"] = session.info().target;
  result["model_hash"] = hashOf(session);
  result["machine"] = tune::signatureOf(tune::thisMachine());
  result["sizes"] = sizesOf(session, *callers.front().call);
  double perCaller = 0;
  for (const Caller &caller : callers) {
    double sum = 0;
    for (double time : caller.milliseconds) {
      sum += time;
    }
    perCaller += sum > 0 ? 1000 * caller.milliseconds.size() / sum : 0;
  }
  result["runs_per_second"] = perCaller;
  result["slice_medians_ms"] = sliceMedians(callers.front().milliseconds);
  result["cold_start_ms"] = {{"open", cold.openMilliseconds},
                             {"first_run", cold.firstRunMilliseconds}};
  result["peak_memory_bytes"] = peakBytes;
  return result;
}

void tessera::tools::printBenchResult(const Json &result) {
  const Json &latency = result["latency_ms"];
  outs() << "latency  median "
         << format("%.4f", latency["median"].get<double>()) << " ms, min "
         << format("%.4f", latency["min"].get<double>()) << ", p90 "
         << format("%.4f", latency["p90"].get<double>()) << ", p99 "
         << format("%.4f", latency["p99"].get<double>()) << " ("
         << result["runs"].get<size_t>() << " runs, "
         << result["threads"].get<uint32_t>() << " threads)\n"
         << "memory   workspace " << result["workspace_bytes"].get<size_t>()
         << " bytes, weights " << result["weights_bytes"].get<size_t>()
         << " bytes\n"
         << "target   " << result["target"].get<std::string>() << "\n"
         << "start    open "
         << format("%.2f", result["cold_start_ms"]["open"].get<double>())
         << " ms, first run "
         << format("%.2f", result["cold_start_ms"]["first_run"].get<double>())
         << " ms, " << format("%.1f", result["runs_per_second"].get<double>())
         << " runs a second, peak memory "
         << result["peak_memory_bytes"].get<int64_t>() << " bytes\n";
}
