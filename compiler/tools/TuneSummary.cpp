//===- TuneSummary.cpp - what tuning a model found ------------------------===//

#include "compiler/tools/TuneSummary.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace tessera;
using namespace tessera::tools;

Json tessera::tools::tuneSummary(ArrayRef<ModelKernel> kernels,
                                 const Workshop &workshop, double seconds,
                                 const KeptInModel &kept) {
  Json list = Json::array();
  double before = 0, after = 0;
  for (const ModelKernel &kernel : kernels) {
    if (!kernel.record) {
      continue;
    }
    const tune::TuningRecord &record = *kernel.record;
    before += kernel.count * record.defaultTime;
    after += kernel.count * record.time;
    list.push_back({{"kernel", kernel.key},
                    {"nodes", kernel.nodes},
                    {"class", record.kernelClass},
                    {"launches", kernel.count},
                    {"default_us", record.defaultTime / 1000},
                    {"best_us", record.time / 1000},
                    {"gain", record.defaultTime / record.time},
                    {"share_of_peak", record.shareOfPeak},
                    {"measured", kernel.measured},
                    {"legal", kernel.legal},
                    {"schedule", record.schedule}});
  }
  Json result;
  result["target"] = workshop.target->name.str();
  result["machine"] = tune::signatureOf(workshop.machine);
  result["peak_gflops"] = workshop.peaks.operations;
  result["seconds"] = seconds;
  result["kernels_of_model"] = kernels.size();
  result["taken_back"] = kept.takenBack;
  result["gain"] = after > 0 ? before / after : 1.0;
  if (kept.gain) {
    result["gain_of_model"] = *kept.gain;
  }
  result["kernels"] = list;
  return result;
}

void tessera::tools::printTuneSummary(const Json &summary) {
  outs() << "launches     class         default us     best us   gain  peak"
            "  measured      nodes\n";
  for (const Json &kernel : summary["kernels"]) {
    outs() << format("%8u     ", kernel["launches"].get<unsigned>())
           << left_justify(kernel["class"].get<std::string>(), 12)
           << format("%12.1f%12.1f%7.2f%5.0f%%",
                     kernel["default_us"].get<double>(),
                     kernel["best_us"].get<double>(),
                     kernel["gain"].get<double>(),
                     100 * kernel["share_of_peak"].get<double>());
    size_t measured = kernel["measured"].get<size_t>();
    std::string count = measured
                            ? std::to_string(measured) + " of " +
                                  std::to_string(kernel["legal"].get<size_t>())
                            : "before";
    constexpr size_t kNodes = 40;
    outs() << "  " << left_justify(count, 14)
           << StringRef(kernel["nodes"].get<std::string>()).take_front(kNodes)
           << "\n";
  }
  size_t skipped =
      summary["kernels_of_model"].get<size_t>() - summary["kernels"].size();
  if (skipped) {
    outs() << skipped << " kernels were not reached; a larger --budget, or the "
           << "same command once more, goes on with them\n";
  }
  if (size_t takenBack = summary["taken_back"].get<size_t>()) {
    outs() << takenBack << " kernels keep their default, since what was faster "
           << "alone was not within the model\n";
  }
  outs() << format("gain         %.3f over these kernels alone",
                   summary["gain"].get<double>());
  if (summary.contains("gain_of_model")) {
    outs() << format(", %.3f of the whole model",
                     summary["gain_of_model"].get<double>());
  }
  outs() << format(", in %.0f s\n", summary["seconds"].get<double>());
}
