//===- TuneCommand.cpp - tessera tune -------------------------------------===//

#include "codegen/schedule/TargetFacts.h"
#include "compiler/tools/Product.h"
#include "compiler/tools/io/Tensor.h"
#include "llvm/Support/raw_ostream.h"
#include <csignal>

using namespace llvm;
using namespace tessera;
using namespace tessera::tools;

static std::atomic<bool> isInterrupted{false};

static void interrupt(int) { isInterrupted = true; }

const std::atomic<bool> &tessera::tools::interruption() {
  // A second interrupt ends the program at once.
  struct sigaction action = {};
  action.sa_handler = interrupt;
  action.sa_flags = SA_RESETHAND;
  sigaction(SIGINT, &action, nullptr);
  return isInterrupted;
}

Expected<Workshop> Workshop::create(const TuneOptions &options) {
  Workshop workshop;
  const schedule::Target *chosen =
      options.flags.target == "native"
          ? schedule::nativeTarget()
          : schedule::findTarget(options.flags.target);
  if (!chosen || !(schedule::hostFeatures().*chosen->required)) {
    return toolError("--target " + Twine(options.flags.target) +
                     ": this machine cannot run its code, so nothing can be "
                     "measured; use native or tune on another machine");
  }
  schedule::Target facts = *chosen;
  if (!options.targetFacts.empty()) {
    Expected<schedule::Target> target =
        schedule::withFacts(*chosen, options.targetFacts);
    if (!target) {
      return target.takeError();
    }
    facts = *target;
  }
  workshop.target = std::make_shared<schedule::Target>(
      schedule::withProducts(facts, productsOf(options.flags)));
  workshop.machine = tune::thisMachine();
  workshop.peaks =
      tune::measurePeaks(workshop.machine, workshop.target->vectorBits);
  return workshop;
}

tune::TuningRecord Workshop::recordOf(const tune::TuneResult &result,
                                      StringRef key, StringRef kernelClass,
                                      double leastTime) const {
  tune::TuningRecord record;
  const tune::Measurement &best = result.best();
  record.kernel = key.str();
  record.target = target->name.str();
  record.machine = tune::signatureOf(machine);
  record.compiler = TESSERA_VERSION;
  record.kernelClass = kernelClass.str();
  raw_string_ostream(record.schedule) << mlir::Attribute(best.schedule);
  record.peakClass = tune::peakClassOf(peaks);
  record.defaultTime = result.standard().time;
  record.time = best.time;
  record.shareOfPeak = best.time > 0 ? leastTime / best.time : 0;
  record.isDefault = !result.isFaster();
  return record;
}

/// Reads `60s`, `500ms`, `2m` or a number of seconds.
static Expected<double> parseSeconds(StringRef text) {
  double value = 0;
  StringRef number = text;
  double unit = number.consume_back("ms")  ? 1e-3
                : number.consume_back("s") ? 1
                : number.consume_back("m") ? 60
                                           : 1;
  if (number.getAsDouble(value) || !(value > 0) || value > 1e6) {
    return toolError("--budget " + text +
                     ": expected a time such as 60s, 500ms or 2m");
  }
  return value * unit;
}

/// Merges files of records into one.
static Error mergeRecords(const TuneOptions &options) {
  if (options.records.empty()) {
    return toolError("--merge: expected --tuning with the file to write");
  }
  tune::TuningRecords records;
  std::vector<std::string> warnings;
  for (const std::string &path : options.merged) {
    if (Error error = records.read(path, /*mustExist=*/true, warnings)) {
      return error;
    }
  }
  for (const std::string &warning : warnings) {
    errs() << "warning: " << printable(warning) << "\n";
  }
  if (Error error = records.write(options.records)) {
    return error;
  }
  outs() << "wrote    " << options.records << ", " << records.size()
         << " records\n";
  return Error::success();
}

static int runTune(TuneOptions options, StringRef budget) {
  Expected<double> seconds = parseSeconds(budget);
  if (!seconds) {
    return reportError(seconds.takeError());
  }
  options.budget = *seconds;
  if (!options.merged.empty()) {
    Error error = mergeRecords(options);
    return error ? reportError(std::move(error)) : exitSuccess;
  }
  if (options.model.empty() == options.product.empty()) {
    return reportError(
        toolError("expected a model, --matmul with M N K, or --merge"));
  }
  Expected<int> result =
      options.product.empty() ? tuneModel(options) : tuneMatmul(options);
  return result ? *result : reportError(result.takeError());
}

static void addProductOptions(CLI::App &command, TuneOptions &options) {
  command
      .add_option("--matmul", options.product,
                  "Tune one product of an M x K and a constant K x N matrix")
      ->type_name("M N K")
      ->expected(3)
      ->check(CLI::Range(1, 1 << 14));
  command
      .add_option("--dtype", options.elementType,
                  "Element type of the product: f32, f64, f16, bf16, i8, or u8 "
                  "times i8")
      ->check(CLI::IsMember(Product::elementTypes()));
  command
      .add_option("--runs", options.runs,
                  "How often each schedule of the product is measured")
      ->check(CLI::Range(3, 1000));
  command.add_flag("--unaligned", options.isUnaligned,
                   "Let the product's matrices start one element beyond a "
                   "cache line");
}

void tessera::tools::addTuneCommand(CommandLine &line) {
  CLI::App *command = line.app.add_subcommand(
      "tune", "Find faster schedules for a model's kernels on this machine");
  auto options = std::make_shared<TuneOptions>();
  auto budget = std::make_shared<std::string>("60s");
  command->add_option("model", options->model, "The model")
      ->type_name("MODEL.onnx");
  command->add_option("--budget", *budget, "Time for tuning: 60s, 500ms, 2m")
      ->type_name("TIME");
  command
      ->add_option("--tuning", options->records,
                   "File of records, read first and then written")
      ->type_name("FILE");
  command
      ->add_option("--merge", options->merged,
                   "Merge these files of records into that of --tuning")
      ->type_name("FILE...");
  addProductOptions(*command, *options);
  command->add_option("--target", options->flags.target,
                      "native, x86-64-v3, x86-64-v4 or x86-64-amx");
  command
      ->add_option("--target-facts", options->targetFacts,
                   "Numbers of a processor that its target's row has "
                   "otherwise, as JSON")
      ->type_name("FILE");
  addRepeatedOption(*command, "--dim", options->flags.dimensions,
                    "NAME=N or NAME=LO..HI: as for compile");
  addPreprocessFlag(*command, options->flags.preprocess);
  addRepeatedOption(*command, "--size", options->sizes,
                    "NAME=N: the size of a free dimension to measure at");
  command->add_option("--jobs", options->jobs, "Threads that compile kernels");
  command->add_flag("--again", options->again,
                    "Measure kernels that already have a record, too");
  command->add_flag("--exhaustive", options->isExhaustive,
                    "Measure all legal schedules while the time lasts");
  command->add_flag("!--no-cache", options->isCached,
                    "Leave out the user's records of all models");
  addJsonOption(*command, options->json);
  command->callback([&line, options, budget] {
    line.action = [options, budget] { return runTune(*options, *budget); };
  });
}
