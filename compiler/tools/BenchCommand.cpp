//===- BenchCommand.cpp - tessera bench -----------------------------------===//
//
// Each caller is a thread with inputs, outputs, workspace and pool of its own.
// After warming up every call is timed by itself until the time is over; the
// figures are of all callers' calls together.
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/Command.h"
#include "compiler/tools/Inputs.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

using namespace llvm;
using namespace tessera::tools;

namespace {
using Clock = std::chrono::steady_clock;

struct BenchOptions {
  std::string model, outputFolder, json;
  InputOptions inputs;
  uint32_t threads = 1, callers = 1;
  double seconds = 1;
};

struct Caller {
  std::unique_ptr<ThreadPool> pool;
  std::optional<Call> call;
  std::vector<double> milliseconds;
  tsr_status status = TSR_OK;
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

/// The value below which `share` of the sorted values lie.
static double quantile(const std::vector<double> &sorted, double share) {
  size_t rank = static_cast<size_t>(share * (sorted.size() - 1) + 0.5);
  return sorted[rank];
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

static Json resultOf(const Session &session, const BenchOptions &options,
                     const std::vector<Caller> &callers) {
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
  result["threads"] = options.threads;
  if (options.callers > 1) {
    result["callers"] = options.callers;
  }
  result["workspace_bytes"] = callers.front().call->workspaceBytes;
  result["weights_bytes"] = session.info().weights_bytes;
  result["target"] = session.info().target;
  return result;
}

static void print(const Json &result) {
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
         << "target   " << result["target"].get<std::string>() << "\n";
}

static Error bench(const BenchOptions &options) {
  Expected<std::unique_ptr<Session>> session = Session::open(options.model);
  if (!session) {
    return session.takeError();
  }
  std::vector<Caller> callers(options.callers);
  if (Error error = prepare(**session, options, callers)) {
    return error;
  }
  std::vector<std::thread> threads;
  for (size_t i = 1; i < callers.size(); ++i) {
    threads.emplace_back(measure, std::ref(callers[i]), options.seconds);
  }
  measure(callers[0], options.seconds);
  for (std::thread &thread : threads) {
    thread.join();
  }
  for (const Caller &caller : callers) {
    if (caller.status != TSR_OK) {
      return statusError("the run failed", caller.status);
    }
  }
  if (!options.outputFolder.empty()) {
    if (Error error = createFolder(options.outputFolder)) {
      return error;
    }
    const std::vector<HostTensor> &outputs = callers[0].call->outputs;
    for (unsigned i = 0; i < outputs.size(); ++i) {
      if (Error error = writeOutput(options.outputFolder, i, outputs[i])) {
        return error;
      }
    }
  }
  Json result = resultOf(**session, options, callers);
  if (options.json != "-") {
    print(result);
  }
  return writeJson(result, options.json);
}

void tessera::tools::addBenchCommand(CommandLine &line) {
  CLI::App *command = line.app.add_subcommand(
      "bench", "Measure the latency of a compiled model");
  auto options = std::make_shared<BenchOptions>();
  command->add_option("model", options->model, "The compiled model")
      ->type_name("MODEL.so")
      ->required();
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
  addJsonOption(*command, options->json);
  command->callback([&line, options] {
    line.action = [options] {
      Error error = bench(*options);
      return error ? reportError(std::move(error)) : exitSuccess;
    };
  });
}
