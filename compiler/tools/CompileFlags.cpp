//===- CompileFlags.cpp - compile options of the command line -------------===//

#include "compiler/tools/CompileFlags.h"
#include "codegen/schedule/Target.h"
#include "codegen/tune/Machine.h"
#include "codegen/tune/TuningRecords.h"
#include "compiler/tools/io/Tensor.h"
#include "llvm/Support/FileSystem.h"

using namespace llvm;
using namespace tessera;
using namespace tessera::tools;

void tessera::tools::addPreprocessFlag(CLI::App &command,
                                       std::vector<std::string> &texts) {
  addRepeatedOption(command, "--preprocess", texts,
                    "INPUT=u8[,HxW|free][,resize=N|HxW][,crop=N|HxW][,scale=V]"
                    "[,mean=V,V,V][,std=V,V,V][,layout=HWC|NHWC|CHW|NCHW] ...: "
                    "take images of bytes in place of this input and make what "
                    "the model takes of them; see docs/preprocessing.md");
}

void tessera::tools::addCompileFlags(CLI::App &command, CompileFlags &flags) {
  command
      .add_option(
          "--target", flags.target,
          "native, x86-64-v3, x86-64-v4, x86-64-amx or fat (all in one)")
      ->type_name("CPU")
      ->check(CLI::IsMember(
          {"native", "x86-64-v3", "x86-64-v4", "x86-64-amx", "fat"}));
  addRepeatedOption(command, "--dim", flags.dimensions,
                    "NAME=N, NAME=LO..HI or INPUT[AXIS]=...: fix or bound a "
                    "free dimension; NAME.length=N, NAME.present=0 or 1: how "
                    "many tensors a sequence or an optional input is");
  addPreprocessFlag(command, flags.preprocess);
  command
      .add_option("--precision", flags.precision,
                  "f32, or bf16: large products may round both factors to bf16 "
                  "where the target has matrix tiles (x86-64-amx)")
      ->check(CLI::IsMember({"f32", "bf16"}));
  command
      .add_option("--f32-math", flags.f32Math,
                  "What large products of f32 may use where the target has "
                  "matrix tiles: auto and bf16x6: six products of bf16, at "
                  "least as exact as fma; bf16x3: three, with errors up to "
                  "2e-5 of the largest magnitude; fma. Other targets use fma")
      ->check(CLI::IsMember({"auto", "fma", "bf16x6", "bf16x3"}));
  command
      .add_option("--winograd", flags.winograd,
                  "on or off: Winograd's algorithm for 3x3 convolutions where "
                  "it is faster; inspect shows which and what it may cost in "
                  "accuracy")
      ->check(CLI::IsMember({"on", "off"}));
  command
      .add_option("--tuning", flags.tuning,
                  "Schedules to use, as JSON: files separated by commas, later "
                  "ones win; user stands for those of tessera tune")
      ->type_name("FILE");
  command
      .add_option("--sanitize", flags.sanitize,
                  "address or thread: instrument the generated code")
      ->check(CLI::IsMember({"address", "thread"}));
  command.add_flag("--reference", flags.reference,
                   "No fusion and no vectors: the slow, obvious form");
}

static Error resolveTargets(StringRef name, std::vector<std::string> &targets) {
  if (name == "native") {
    const schedule::Target *target = schedule::nativeTarget();
    if (!target) {
      return toolError("--target native: this processor has none of the "
                       "supported instruction sets; name the target to "
                       "compile for, such as x86-64-v3");
    }
    targets.push_back(target->name.str());
  } else if (name == "fat") {
    for (const schedule::Target &target : schedule::allTargets()) {
      targets.push_back(target.name.str());
    }
  } else if (schedule::findTarget(name)) {
    targets.push_back(name.str());
  } else {
    return toolError("--target " + name + ": no such target");
  }
  return Error::success();
}

/// The files of schedules; `user` stands for those of all models.
static Error resolveTuning(const CompileFlags &flags, CompileOptions &options) {
  SmallVector<StringRef> names;
  StringRef(flags.tuning).split(names, ',', -1, /*KeepEmpty=*/false);
  for (StringRef name : names) {
    std::string path = name == "user" ? tune::userRecordsPath() : name.str();
    if (name == "user" && !sys::fs::is_regular_file(path)) {
      continue;
    }
    if (!sys::fs::is_regular_file(path)) {
      return toolError("--tuning " + name + ": cannot read the file");
    }
    options.tuningFile += (options.tuningFile.empty() ? "" : ",") + path;
  }
  if (flags.target == "native") {
    options.tuningMachine = tune::signatureOf(tune::thisMachine());
  }
  return Error::success();
}

Error tessera::tools::addPreprocessing(const std::vector<std::string> &texts,
                                       import::ImportOptions &options) {
  for (const std::string &text : texts) {
    Expected<import::PreprocessRule> rule = import::parsePreprocessRule(text);
    if (!rule) {
      return rule.takeError();
    }
    for (const import::PreprocessRule &other : options.preprocess) {
      if (other.input == rule->input) {
        return toolError("--preprocess " + Twine(text) +
                         ": the input was described before; expected one "
                         "--preprocess an input");
      }
    }
    options.preprocess.push_back(std::move(*rule));
  }
  return Error::success();
}

schedule::Products tessera::tools::productsOf(const CompileFlags &flags) {
  if (flags.precision == "bf16") {
    return schedule::Products::bf16;
  }
  return flags.f32Math == "auto" ? schedule::Products::bf16x6
                                 : *schedule::productsOf(flags.f32Math);
}

Error tessera::tools::applyCompileFlags(const CompileFlags &flags,
                                        CompileOptions &options) {
  if (flags.precision == "bf16" && flags.f32Math != "auto") {
    return toolError("--precision bf16 --f32-math " + Twine(flags.f32Math) +
                     ": expected one of both");
  }
  options.products = productsOf(flags);
  if (Error error = resolveTuning(flags, options)) {
    return error;
  }
  if (Error error = resolveTargets(flags.target, options.targets)) {
    return error;
  }
  for (const std::string &text : flags.dimensions) {
    Expected<import::DimensionRule> rule = import::parseDimensionRule(text);
    if (!rule) {
      return rule.takeError();
    }
    options.import.dimensions.push_back(std::move(*rule));
  }
  if (Error error = addPreprocessing(flags.preprocess, options.import)) {
    return error;
  }
  options.sanitize = flags.sanitize;
  options.winograd = flags.winograd == "on";
  options.fuse = options.vectorise = !flags.reference;
  return Error::success();
}
