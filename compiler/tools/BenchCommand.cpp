//===- BenchCommand.cpp - tessera bench -----------------------------------===//
//
// Each caller is a thread with inputs, outputs, workspace and pool of its own.
// After warming up every call is timed by itself until the time is over; the
// figures are of all callers' calls together.
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/BenchKernels.h"
#include "compiler/tools/BenchResult.h"
#include "compiler/tools/Command.h"
#include "compiler/tools/CompareResults.h"
#include "compiler/tools/Inputs.h"
#include "compiler/tools/Profile.h"
#include "compiler/tools/ResidentMemory.h"
#include "llvm/Support/raw_ostream.h"
#include <atomic>
#include <chrono>
#include <thread>

using namespace llvm;
using namespace tessera;
using namespace tessera::tools;

namespace {
using Clock = std::chrono::steady_clock;

struct BenchOptions {
  std::string model, outputFolder, json, csv, trace, target = "native";
  /// Two results to compare in place of measuring.
  std::vector<std::string> compared;
  bool profile = false, kernels = false;
  InputOptions inputs;
  uint32_t threads = 1, callers = 1;
  double seconds = 1;
};
} // namespace

/// Fewest timed calls, whatever the time.
static constexpr size_t kLeastRuns = 5;
/// Part of the time spent warming up before, and most calls of it.
static constexpr double kWarmUpShare = 0.2;
static constexpr int kWarmUpRuns = 1000;
/// Bound on memory for timings of very short calls.
static constexpr size_t kMostRuns = size_t(1) << 24;

static void measure(Caller &caller, double seconds) {
  const tsr_threads *threads = caller.pool->get();
  auto warmEnd =
      Clock::now() + std::chrono::duration<double>(seconds * kWarmUpShare);
  for (int i = 0; i < kWarmUpRuns && (i < 2 || Clock::now() < warmEnd); ++i) {
    caller.status = caller.call->run(threads);
    if (caller.status != TSR_OK) {
      return;
    }
  }
  auto begin = Clock::now();
  auto end = begin + std::chrono::duration<double>(seconds);
  std::vector<double> &times = caller.milliseconds;
  while ((begin < end || times.size() < kLeastRuns) &&
         times.size() < kMostRuns) {
    caller.status = caller.call->run(threads);
    auto now = Clock::now();
    if (caller.status != TSR_OK) {
      return;
    }
    times.push_back(
        std::chrono::duration<double, std::milli>(now - begin).count());
    begin = Clock::now();
  }
}

static double millisecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin)
      .count();
}

static Error prepare(const Session &session, const BenchOptions &options,
                     std::vector<Caller> &callers) {
  Expected<std::vector<HostTensor>> inputs =
      readInputs(session, options.inputs);
  if (!inputs) {
    return inputs.takeError();
  }
  for (Caller &caller : callers) {
    Expected<Call> call = Call::prepare(session, *inputs);
    if (!call) {
      return call.takeError();
    }
    caller.call.emplace(std::move(*call));
    Expected<std::unique_ptr<ThreadPool>> pool =
        ThreadPool::create(options.threads);
    if (!pool) {
      return pool.takeError();
    }
    caller.pool = std::move(*pool);
  }
  return Error::success();
}

/// Profiles the first caller's call and adds the kernels to the result.
static Error addProfile(const Session &session, const BenchOptions &options,
                        Caller &caller, Json &result) {
  Expected<ModelRecord> record = recordOf(session, caller.call->dims);
  if (!record) {
    return record.takeError();
  }
  Expected<Profile> profile =
      profileCall(*caller.call, caller.pool->get(), record->launches.size(),
                  options.seconds);
  if (!profile) {
    return profile.takeError();
  }
  tune::Machine machine = tune::thisMachine();
  tune::Peaks peaks = tune::measurePeaks(machine, vectorBitsOf(session));
  result["peaks"] = peaksJson(machine, peaks);
  result["kernels"] = profileJson(*record, *profile, machine, peaks);
  if (!options.csv.empty()) {
    if (Error error = writeCsv(result["kernels"], options.csv)) {
      return error;
    }
  }
  return options.trace.empty() ? Error::success()
                               : writeTrace(*record, *profile, options.trace);
}

static Error writeOutputs(const BenchOptions &options, const Caller &caller) {
  if (options.outputFolder.empty()) {
    return Error::success();
  }
  if (Error error = createFolder(options.outputFolder)) {
    return error;
  }
  for (unsigned i = 0; i < caller.call->outputs.size(); ++i) {
    if (Error error =
            writeOutput(options.outputFolder, i, caller.call->outputs[i])) {
      return error;
    }
  }
  return Error::success();
}

/// Measures all callers at once.
static Error measureAll(std::vector<Caller> &callers, double seconds) {
  std::vector<std::thread> threads;
  for (size_t i = 1; i < callers.size(); ++i) {
    threads.emplace_back(measure, std::ref(callers[i]), seconds);
  }
  measure(callers[0], seconds);
  for (std::thread &thread : threads) {
    thread.join();
  }
  for (const Caller &caller : callers) {
    if (caller.status != TSR_OK) {
      return statusError("the run failed", caller.status);
    }
  }
  return Error::success();
}

static Error bench(const BenchOptions &options) {
  ColdStart cold;
  ResidentMemory memory;
  auto begin = Clock::now();
  Expected<std::unique_ptr<Session>> session = Session::open(options.model);
  cold.openMilliseconds = millisecondsSince(begin);
  if (!session) {
    return session.takeError();
  }
  std::vector<Caller> callers(options.callers);
  if (Error error = prepare(**session, options, callers)) {
    return error;
  }
  begin = Clock::now();
  callers[0].status = callers[0].call->run(callers[0].pool->get());
  cold.firstRunMilliseconds = millisecondsSince(begin);
  if (Error error = measureAll(callers, options.seconds)) {
    return error;
  }
  if (Error error = writeOutputs(options, callers[0])) {
    return error;
  }
  Json result = benchResult(**session, callers, options.threads, cold,
                            memory.growthOfPeak());
  bool isProfiled =
      options.profile || !options.csv.empty() || !options.trace.empty();
  if (isProfiled) {
    if (Error error = addProfile(**session, options, callers[0], result)) {
      return error;
    }
  }
  if (options.json != "-") {
    printBenchResult(result);
    if (isProfiled) {
      printProfile(result["kernels"]);
    }
  }
  return writeJson(result, options.json);
}

/// Compares two results; exitFailed when the second is too much slower.
static int compare(const BenchOptions &options) {
  Expected<Json> result =
      compareResults(options.compared[0], options.compared[1]);
  if (!result) {
    return reportError(result.takeError());
  }
  warnOfDifferences(*result);
  if (options.json != "-") {
    printComparison(*result);
  }
  if (Error error = writeJson(*result, options.json)) {
    return reportError(std::move(error));
  }
  return (*result)["failed"].get<bool>() ? exitFailed : exitSuccess;
}

static Error measureKernels(const BenchOptions &options) {
  Expected<Json> result = benchKernels(options.target);
  if (!result) {
    return result.takeError();
  }
  if (options.json != "-") {
    printKernels(*result);
  }
  if (!options.csv.empty()) {
    if (Error error = writeCsv((*result)["kernels"], options.csv)) {
      return error;
    }
  }
  return writeJson(*result, options.json);
}

static int runBench(const BenchOptions &options) {
  if (options.kernels) {
    Error error = measureKernels(options);
    return error ? reportError(std::move(error)) : exitSuccess;
  }
  if (!options.compared.empty()) {
    return compare(options);
  }
  Error error = options.model.empty()
                    ? toolError("expected the compiled model to measure, or "
                                "--compare with two results")
                    : bench(options);
  return error ? reportError(std::move(error)) : exitSuccess;
}

static void addProfileOptions(CLI::App &command, BenchOptions &options) {
  command.add_flag("--profile", options.profile,
                   "Add the time, work and share of the machine's peak of each "
                   "kernel");
  command.add_flag("--kernels", options.kernels,
                   "Measure kernels of every class in place of a model");
  command
      .add_option("--target", options.target,
                  "Whose code --kernels measures: native, x86-64-v3 or "
                  "x86-64-v4")
      ->type_name("CPU");
  command
      .add_option("--csv", options.csv,
                  "Write the profile's kernels as comma-separated values")
      ->type_name("FILE");
  command
      .add_option("--trace", options.trace,
                  "Write one profiled run for a trace viewer such as Perfetto")
      ->type_name("FILE");
  command
      .add_option("--compare", options.compared,
                  "Compare two files of --json: fails when the second is more "
                  "than 10 % and more than noise slower")
      ->type_name("BEFORE AFTER")
      ->expected(2);
}

void tessera::tools::addBenchCommand(CommandLine &line) {
  CLI::App *command = line.app.add_subcommand(
      "bench", "Measure the latency of a compiled model");
  auto options = std::make_shared<BenchOptions>();
  command->add_option("model", options->model, "The compiled model")
      ->type_name("MODEL.so");
  addRepeatedOption(
      *command, "--input", options->inputs.files,
      "NAME=FILE: an input from a .npy or .pb file; others are random");
  addRepeatedOption(*command, "--dim", options->inputs.dimensions,
                    "NAME=SIZE: a free dimension of random inputs");
  options->inputs.seed = 0;
  command->add_option("--random", options->inputs.seed, "Seed of random inputs")
      ->type_name("SEED");
  command->add_option("--threads", options->threads, "Threads of each call")
      ->type_name("N")
      ->check(CLI::Range(1, 4096));
  command->add_option("--callers", options->callers, "Concurrent callers")
      ->type_name("N")
      ->check(CLI::Range(1, 4096));
  command->add_option("--seconds", options->seconds, "How long to measure")
      ->type_name("S")
      ->check(CLI::Range(0.0, 3600.0));
  command
      ->add_option("--output-dir", options->outputFolder,
                   "Folder for the outputs of the last timed run")
      ->type_name("DIR");
  addProfileOptions(*command, *options);
  addJsonOption(*command, options->json);
  command->callback([&line, options] {
    line.action = [options] { return runBench(*options); };
  });
}
