//===- ReportCommand.cpp - tessera report ---------------------------------===//
//
// One HTML page without references to anything outside it: the page of
// compiler/tools/report with the measured model as JSON inside.
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/Inputs.h"
#include "compiler/tools/Profile.h"
#include "compiler/tools/report/ReportPage.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include <algorithm>

using namespace llvm;
using namespace tessera;
using namespace tessera::tools;

namespace {
struct ReportOptions {
  std::string model, output;
  InputOptions inputs;
  uint32_t threads = 1;
  double seconds = 1;
};
} // namespace

static Json modelFacts(const Session &session, const ReportOptions &options,
                       const Call &call, const ModelRecord &record,
                       const Profile &profile) {
  const tsr_model_info &info = session.info();
  std::vector<double> totals;
  for (const std::vector<double> &run : profile.times) {
    double total = 0;
    for (double time : run) {
      total += time;
    }
    totals.push_back(total);
  }
  std::sort(totals.begin(), totals.end());
  Json variants = Json::array();
  for (uint32_t i = 0; i < info.variant_count; ++i) {
    const char *target = nullptr;
    int isSupported = 0;
    tsr_model_variant(&session.model(), i, &target, &isSupported);
    variants.push_back(target ? target : "");
  }
  Json sizes = Json::array();
  for (auto [dimension, size] : zip(session.dimensions(), call.dims)) {
    sizes.push_back(std::string(dimension.name) + " = " + std::to_string(size));
  }
  std::string hash;
  raw_string_ostream(hash) << format_hex_no_prefix(info.model_hash, 16);
  uint64_t libraryBytes = 0;
  (void)sys::fs::file_size(options.model, libraryBytes);
  return {{"name", sys::path::stem(options.model).str()},
          {"hash", hash},
          {"compiler", info.compiler_version},
          {"variants", variants},
          {"threads", options.threads},
          {"sizes", sizes},
          {"latency_ms", totals[totals.size() / 2] / 1e6},
          {"workspace", call.workspaceBytes},
          {"bound", record.workspaceLowerBound},
          {"weights", info.weights_bytes},
          {"library", libraryBytes},
          {"stack", info.stack_bytes}};
}

/// What the page's script reads.
static Json pageData(const ModelRecord &record, Json model, Json kernels,
                     Json peaks) {
  Json graph = Json::array(), buffers = Json::array();
  for (const RecordedNode &node : record.graph) {
    graph.push_back({{"op", node.operation},
                     {"name", node.name},
                     {"type", node.type},
                     {"inputs", node.inputs}});
  }
  for (const RecordedBuffer &buffer : record.buffers) {
    buffers.push_back({{"kind", buffer.kind},
                       {"offset", buffer.offset},
                       {"bytes", buffer.bytes}});
  }
  for (size_t i = 0; i < record.launches.size(); ++i) {
    kernels[i]["buffers"] = record.launches[i].buffers;
    kernels[i]["inputs"] = record.launches[i].inputs;
  }
  Json data;
  data["model"] = std::move(model);
  data["peaks"] = std::move(peaks);
  data["graph"] = std::move(graph);
  data["buffers"] = std::move(buffers);
  data["kernels"] = std::move(kernels);
  return data;
}

/// The text with each mark replaced once, in order.
static std::string fill(StringRef page,
                        ArrayRef<std::pair<StringRef, std::string>> parts) {
  std::string result;
  for (const auto &[mark, text] : parts) {
    auto [before, after] = page.split(mark);
    result += before.str() + text;
    page = after;
  }
  return result + page.str();
}

static std::string pageOf(const Json &data) {
  std::string json = data.dump(-1, ' ', false, Json::error_handler_t::replace);
  // Nothing inside may end the element that holds it.
  std::string safe;
  for (char c : json) {
    safe += c == '<' ? "\\u003c" : std::string(1, c);
  }
  return fill(
      kReportPage,
      {{"$STYLE", kReportStyle.str()},
       {"$DATA", safe},
       {"$SCRIPT", (kReportCharts + kReportRoofline + kReportGraph).str()}});
}

static Error report(const ReportOptions &options) {
  Expected<std::unique_ptr<Session>> session = Session::open(options.model);
  if (!session) {
    return session.takeError();
  }
  Expected<std::vector<HostTensor>> inputs =
      readInputs(**session, options.inputs);
  if (!inputs) {
    return inputs.takeError();
  }
  Expected<Call> call = Call::prepare(**session, std::move(*inputs));
  if (!call) {
    return call.takeError();
  }
  Expected<ModelRecord> record = recordOf(**session, call->dims);
  if (!record) {
    return record.takeError();
  }
  Expected<std::unique_ptr<ThreadPool>> pool =
      ThreadPool::create(options.threads);
  if (!pool) {
    return pool.takeError();
  }
  Expected<Profile> profile = profileCall(
      *call, (*pool)->get(), record->launches.size(), options.seconds);
  if (!profile) {
    return profile.takeError();
  }
  tune::Machine machine = tune::thisMachine();
  tune::Peaks peaks = tune::measurePeaks(machine, vectorBitsOf(**session));
  std::string page = pageOf(pageData(
      *record, modelFacts(**session, options, *call, *record, *profile),
      profileJson(*record, *profile, machine, peaks),
      peaksJson(machine, peaks)));
  Error error = writeToOutput(options.output, [&](raw_ostream &stream) {
    stream << page;
    return Error::success();
  });
  if (error) {
    return toolError("cannot write " + Twine(options.output) + ": " +
                     toString(std::move(error)));
  }
  outs() << "wrote    " << options.output << "\n";
  return Error::success();
}

void tessera::tools::addReportCommand(CommandLine &line) {
  CLI::App *command = line.app.add_subcommand(
      "report",
      "Show where a compiled model's time and memory go, as one page");
  auto options = std::make_shared<ReportOptions>();
  command->add_option("model", options->model, "The compiled model")
      ->type_name("MODEL.so")
      ->required();
  command->add_option("-o,--output", options->output, "The page to write")
      ->type_name("FILE.html")
      ->required();
  addRepeatedOption(
      *command, "--input", options->inputs.files,
      "NAME=FILE: an input from a .npy or .pb file; others are random");
  addRepeatedOption(*command, "--dim", options->inputs.dimensions,
                    "NAME=SIZE: a free dimension of random inputs");
  options->inputs.seed = 0;
  command->add_option("--threads", options->threads, "Threads of the run")
      ->type_name("N")
      ->check(CLI::Range(1, 4096));
  command->add_option("--seconds", options->seconds, "How long to measure")
      ->type_name("S")
      ->check(CLI::Range(0.0, 3600.0));
  command->callback([&line, options] {
    line.action = [options] {
      Error error = report(*options);
      return error ? reportError(std::move(error)) : exitSuccess;
    };
  });
}
