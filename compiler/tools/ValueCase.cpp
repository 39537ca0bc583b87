//===- ValueCase.cpp - cases of sequences and optionals -------------------===//
//
// Each data set says how many tensors there are, so each is compiled for.
//
//===----------------------------------------------------------------------===//

#include "compiler/driver/Compiler.h"
#include "compiler/tools/RecordedValues.h"
#include "compiler/tools/TestCase.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace tessera;
using namespace tessera::tools;

/// Compiles the model for one data set: with the values of small inputs fixed
/// when they decide how many tensors there are.
static Expected<CompileResult> compileFor(CompileOptions options,
                                          ArrayRef<HostValue> inputs,
                                          const import::Border &border) {
  auto compileWith = [&](bool fixValues) {
    CompileOptions own = options;
    for (import::DimensionRule &rule :
         rulesFor(inputs, border.inputs, fixValues)) {
      own.import.dimensions.push_back(std::move(rule));
    }
    return compile(own);
  };
  Expected<CompileResult> compiled = compileWith(false);
  if (compiled) {
    return compiled;
  }
  Expected<CompileResult> fixed = compileWith(true);
  if (!fixed) {
    consumeError(fixed.takeError());
    return compiled;
  }
  consumeError(compiled.takeError());
  return fixed;
}

/// Compiles and runs a model with sequences or optionals at its border, once
/// for each data set.
static Error runValueSet(const TestCase &test, const CompileOptions &options,
                         const import::Border &border, StringRef dataSet,
                         const tsr_threads *threads) {
  auto inputs = readValues(dataSet, "input", border.inputs);
  if (!inputs) {
    return inputs.takeError();
  }
  auto outputs = readValues(dataSet, "output", border.outputs);
  if (!outputs) {
    return outputs.takeError();
  }
  Expected<CompileResult> compiled = compileFor(options, *inputs, border);
  if (!compiled) {
    return compiled.takeError();
  }
  Expected<std::unique_ptr<Session>> session =
      Session::open(options.outputPath);
  if (!session) {
    return session.takeError();
  }
  Recorded recorded{flatten(std::move(*inputs), border.inputs),
                    flatten(std::move(*outputs), border.outputs), true};
  return compareRun(**session, test, std::move(recorded), threads);
}

TestResult tessera::tools::runValueCase(const TestCase &test,
                                        const CompileOptions &options,
                                        const import::Border &border,
                                        uint32_t threads) {
  Expected<std::unique_ptr<ThreadPool>> pool = ThreadPool::create(threads);
  if (!pool) {
    return failedResult("", pool.takeError());
  }
  for (const std::string &dataSet : test.dataSets) {
    if (Error error =
            runValueSet(test, options, border, dataSet, (*pool)->get())) {
      return failedResult(sys::path::filename(dataSet) + ": ",
                          std::move(error));
    }
  }
  size_t count = test.dataSets.size();
  return {Outcome::passed,
          count == 1 ? "" : "(" + std::to_string(count) + " data sets)"};
}
