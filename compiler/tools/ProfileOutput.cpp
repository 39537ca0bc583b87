//===- ProfileOutput.cpp - a profile as JSON, table, CSV and trace --------===//

#include "compiler/tools/Profile.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include <algorithm>
#include <map>

using namespace llvm;
using namespace tessera;
using namespace tessera::tools;

/// Bytes of the weights that a launch reads; they are read once a run, so a
/// model whose weights exceed the last cache reads them from memory.
static double weightBytesOf(const ModelRecord &record,
                            const RecordedLaunch &launch) {
  double bytes = 0;
  for (int64_t position : launch.buffers) {
    if (position >= 0 && position < int64_t(record.buffers.size()) &&
        record.buffers[position].kind == "weight") {
      bytes += record.buffers[position].bytes;
    }
  }
  return bytes;
}

Json tessera::tools::bandwidthsJson(const tune::Bandwidths &bandwidths) {
  return {{"l1_gb_per_s", bandwidths.l1},
          {"l2_gb_per_s", bandwidths.l2},
          {"l3_gb_per_s", bandwidths.l3},
          {"memory_gb_per_s", bandwidths.memory}};
}

Json tessera::tools::peaksJson(const tune::Machine &machine,
                               const tune::Peaks &peaks) {
  Json json = {{"machine", tune::signatureOf(machine)},
               {"gflops", peaks.operations}};
  json.update(bandwidthsJson(peaks.read));
  return json;
}

Json tessera::tools::profileJson(const ModelRecord &record,
                                 const Profile &profile,
                                 const tune::Machine &machine,
                                 const tune::Peaks &peaks) {
  double total = 0, weights = 0;
  for (size_t i = 0; i < record.launches.size(); ++i) {
    total += profile.median(i);
    weights += weightBytesOf(record, record.launches[i]);
  }
  bool isCold = weights > machine.l3Bytes;
  Json kernels = Json::array();
  for (size_t i = 0; i < record.launches.size(); ++i) {
    const RecordedLaunch &launch = record.launches[i];
    double time = std::max(1.0, profile.median(i));
    double cold =
        isCold ? std::min(launch.bytes, weightBytesOf(record, launch)) : 0;
    double least =
        peaks.leastTime(machine, launch.operations, launch.bytes, cold);
    Json entry = {{"launch", i},
                  {"nodes", launch.nodes},
                  {"class", launch.kernelClass},
                  {"us", time / 1000},
                  {"share_of_time", total > 0 ? time / total : 0},
                  {"operations", launch.operations},
                  {"bytes", launch.bytes},
                  {"gflops", launch.operations / time},
                  {"gb_per_s", launch.bytes / time},
                  {"share_of_peak", least / time},
                  {"schedule", launch.schedule},
                  {"key", launch.key}};
    if (launch.tunedTime > 0) {
      entry["tuned_gain"] = launch.defaultTime / launch.tunedTime;
    }
    kernels.push_back(std::move(entry));
  }
  return kernels;
}

static void printClasses(const Json &kernels) {
  std::map<std::string, std::pair<double, size_t>> classes;
  double total = 0;
  for (const Json &kernel : kernels) {
    auto &[time, count] = classes[kernel["class"].get<std::string>()];
    time += kernel["us"].get<double>();
    total += kernel["us"].get<double>();
    ++count;
  }
  std::vector<std::pair<std::string, std::pair<double, size_t>>> sorted(
      classes.begin(), classes.end());
  std::sort(sorted.begin(), sorted.end(), [](const auto &a, const auto &b) {
    return a.second.first > b.second.first;
  });
  for (const auto &[name, value] : sorted) {
    outs() << "class    " << left_justify(name, 12)
           << format("%10.1f us %5.1f %%  %zu launches\n", value.first,
                     100 * value.first / total, value.second);
  }
}

void tessera::tools::printProfile(const Json &kernels) {
  constexpr size_t kRows = 30, kNameWidth = 36;
  std::vector<const Json *> sorted;
  for (const Json &kernel : kernels) {
    sorted.push_back(&kernel);
  }
  auto orderOf = [](const Json &kernel) {
    return std::make_pair(-kernel["us"].get<double>(),
                          kernel["launch"].get<size_t>());
  };
  std::sort(sorted.begin(), sorted.end(), [&](const Json *a, const Json *b) {
    return orderOf(*a) < orderOf(*b);
  });
  outs() << "       us  share  GFLOP/s    GB/s   peak  class        nodes\n";
  for (const Json *kernel : ArrayRef(sorted).take_front(kRows)) {
    outs() << format("%9.1f %5.1f%% %8.1f %7.1f %5.0f%%  ",
                     (*kernel)["us"].get<double>(),
                     100 * (*kernel)["share_of_time"].get<double>(),
                     (*kernel)["gflops"].get<double>(),
                     (*kernel)["gb_per_s"].get<double>(),
                     100 * (*kernel)["share_of_peak"].get<double>())
           << left_justify((*kernel)["class"].get<std::string>(), 12) << " "
           << StringRef((*kernel)["nodes"].get<std::string>())
                  .take_front(kNameWidth)
           << "\n";
  }
  if (sorted.size() > kRows) {
    outs() << "          and " << sorted.size() - kRows << " more\n";
  }
  printClasses(kernels);
}

/// A value as a field of a CSV file; text is quoted.
static std::string csvField(const Json &value) {
  if (!value.is_string()) {
    return value.dump();
  }
  std::string text = value.get<std::string>();
  std::string quoted = "\"";
  for (char c : text) {
    quoted += c == '"' ? "\"\"" : std::string(1, c);
  }
  return quoted + "\"";
}

Error tessera::tools::writeCsv(const Json &kernels, StringRef path) {
  return writeToOutput(path, [&](raw_ostream &stream) {
    // Not all have all: a gain has only what was tuned.
    std::vector<std::string> names;
    for (const Json &kernel : kernels) {
      for (const auto &item : kernel.items()) {
        if (!is_contained(names, item.key())) {
          names.push_back(item.key());
        }
      }
    }
    stream << llvm::join(names, ",") << "\n";
    for (const Json &kernel : kernels) {
      const char *separator = "";
      for (const std::string &name : names) {
        stream << separator
               << (kernel.contains(name) ? csvField(kernel[name]) : "");
        separator = ",";
      }
      stream << "\n";
    }
    return Error::success();
  });
}

/// A complete event of a trace; times are microseconds.
static Json traceEvent(const ModelRecord &record, const Span &span,
                       bool isPart) {
  const RecordedLaunch &launch = record.launches[span.launch];
  return {{"name", launch.nodes.empty() ? launch.kernelClass : launch.nodes},
          {"cat", isPart ? "part" : launch.kernelClass},
          {"ph", "X"},
          {"ts", span.begin},
          {"dur", span.end - span.begin},
          {"pid", 1},
          {"tid", span.thread},
          {"args",
           {{"launch", span.launch},
            {"operations", launch.operations},
            {"bytes", launch.bytes},
            {"schedule", launch.schedule}}}};
}

Error tessera::tools::writeTrace(const ModelRecord &record,
                                 const Profile &profile, StringRef path) {
  Json events = Json::array();
  for (const Span &span : profile.launches) {
    events.push_back(traceEvent(record, span, /*isPart=*/false));
  }
  for (const Span &span : profile.parts) {
    if (span.launch < record.launches.size()) {
      events.push_back(traceEvent(record, span, /*isPart=*/true));
    }
  }
  return writeJson({{"displayTimeUnit", "ns"}, {"traceEvents", events}}, path);
}
