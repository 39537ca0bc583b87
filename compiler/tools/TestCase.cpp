//===- TestCase.cpp - models with recorded inputs and outputs -------------===//

#include "compiler/tools/TestCase.h"
#include "compiler/driver/Compiler.h"
#include "compiler/import/Border.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include <algorithm>

using namespace llvm;
using namespace tessera;
using namespace tessera::tools;

static std::string pathIn(StringRef folder, const Twine &name) {
  SmallString<128> path(folder);
  sys::path::append(path, name);
  return path.str().str();
}

/// Folders in `folder`, sorted by name with numbers by value.
static std::vector<std::string> foldersIn(StringRef folder) {
  std::vector<std::string> names;
  std::error_code code;
  for (sys::fs::directory_iterator it(folder, code), end; it != end && !code;
       it.increment(code)) {
    if (sys::fs::is_directory(it->path())) {
      names.push_back(it->path());
    }
  }
  std::sort(names.begin(), names.end(),
            [](StringRef a, StringRef b) { return a.compare_numeric(b) < 0; });
  return names;
}

static Expected<std::vector<Tolerance>> readTolerances(StringRef folder) {
  std::string path = pathIn(folder, "tolerance");
  auto buffer = MemoryBuffer::getFile(path);
  std::vector<Tolerance> tolerances;
  if (!buffer) {
    tolerances.emplace_back();
    return tolerances;
  }
  SmallVector<StringRef> lines;
  (*buffer)->getBuffer().split(lines, '\n', -1, /*KeepEmpty=*/false);
  for (StringRef line : lines) {
    auto [relative, absolute] = line.trim().split(' ');
    Tolerance tolerance;
    if (relative.getAsDouble(tolerance.relative) ||
        absolute.trim().getAsDouble(tolerance.absolute)) {
      return toolError("cannot read " + Twine(path) +
                       ": expected lines \"rtol atol\", got \"" + line + "\"");
    }
    tolerances.push_back(tolerance);
  }
  if (tolerances.empty()) {
    return toolError("cannot read " + Twine(path) + ": the file is empty");
  }
  return tolerances;
}

/// The case of one model file.
static Expected<TestCase> makeCase(StringRef model) {
  TestCase test;
  test.model = model.str();
  SmallString<128> absolute(model);
  sys::fs::make_absolute(absolute);
  sys::path::remove_dots(absolute, /*remove_dot_dot=*/true);
  StringRef folder = sys::path::parent_path(absolute);
  bool isNamedByFolder = sys::path::filename(absolute) == "model.onnx";
  test.name = (isNamedByFolder ? sys::path::filename(folder)
                               : sys::path::stem(absolute))
                  .str();
  Expected<std::vector<Tolerance>> tolerances = readTolerances(folder);
  if (!tolerances) {
    return tolerances.takeError();
  }
  test.tolerances = std::move(*tolerances);
  for (std::string &path : foldersIn(folder)) {
    if (sys::path::filename(path).starts_with("test_data_set_")) {
      test.dataSets.push_back(std::move(path));
    }
  }
  return test;
}

Expected<std::vector<TestCase>> tessera::tools::findTestCases(StringRef path) {
  std::vector<std::string> models;
  if (!sys::fs::exists(path)) {
    return toolError("cannot read " + path + ": no such file or folder");
  }
  if (!sys::fs::is_directory(path)) {
    models.push_back(path.str());
  } else if (sys::fs::exists(pathIn(path, "model.onnx"))) {
    models.push_back(pathIn(path, "model.onnx"));
  } else {
    for (const std::string &folder : foldersIn(path)) {
      if (sys::fs::exists(pathIn(folder, "model.onnx"))) {
        models.push_back(pathIn(folder, "model.onnx"));
      }
    }
  }
  if (models.empty()) {
    return toolError("cannot verify " + path +
                     ": expected a folder with model.onnx, or of such folders");
  }
  std::vector<TestCase> tests;
  for (const std::string &model : models) {
    Expected<TestCase> test = makeCase(model);
    if (!test) {
      return test.takeError();
    }
    tests.push_back(std::move(*test));
  }
  return tests;
}

Expected<std::vector<HostTensor>> tessera::tools::readTensors(StringRef dataSet,
                                                              StringRef stem) {
  std::vector<HostTensor> tensors;
  while (true) {
    std::string path =
        pathIn(dataSet, stem + "_" + Twine(tensors.size()) + ".pb");
    if (!sys::fs::exists(path)) {
      return tensors;
    }
    Expected<HostTensor> tensor = readTensor(path);
    if (!tensor) {
      return tensor.takeError();
    }
    tensors.push_back(std::move(*tensor));
  }
}

Expected<std::vector<HostTensor>>
tessera::tools::arrangeInputs(const Session &session,
                              std::vector<HostTensor> tensors) {
  size_t count = session.inputs().size();
  std::vector<std::optional<HostTensor>> given(count);
  for (uint32_t i = 0; i < tensors.size(); ++i) {
    uint32_t index = session.findInput(tensors[i].name).value_or(i);
    if (index >= count || given[index]) {
      return toolError("input_" + Twine(i) + ".pb '" + tensors[i].name +
                       "' is no input of the model");
    }
    given[index] = std::move(tensors[i]);
  }
  std::vector<HostTensor> arranged;
  for (uint32_t i = 0; i < count; ++i) {
    if (!given[i]) {
      return toolError("no data for input '" + Twine(session.inputs()[i].name) +
                       "'");
    }
    arranged.push_back(std::move(*given[i]));
  }
  return arranged;
}

Error tessera::tools::compareRun(const Session &session, const TestCase &test,
                                 Recorded recorded,
                                 const tsr_threads *threads) {
  Expected<std::vector<HostTensor>> inputs =
      arrangeInputs(session, std::move(recorded.inputs));
  if (!inputs) {
    return inputs.takeError();
  }
  Expected<Call> call = Call::prepare(session, std::move(*inputs));
  if (!call) {
    return call.takeError();
  }
  tsr_status status = call->run(threads);
  if (status != TSR_OK) {
    return statusError("the run failed", status);
  }
  size_t count = recorded.outputs.size(), own = call->outputs.size();
  if (recorded.isWhole ? count != own : count == 0 || count > own) {
    return toolError(Twine(count) + " recorded outputs for " + Twine(own) +
                     " of the model");
  }
  for (size_t i = 0; i < count; ++i) {
    const Tolerance &tolerance =
        test.tolerances[std::min(i, test.tolerances.size() - 1)];
    std::optional<std::string> difference =
        findDifference(call->outputs[i], recorded.outputs[i],
                       tolerance.relative, tolerance.absolute);
    if (difference) {
      return toolError("output " + Twine(i) + " '" + call->outputs[i].name +
                       "': " + *difference);
    }
  }
  return Error::success();
}

static Error runDataSet(const Session &session, const TestCase &test,
                        StringRef dataSet, const tsr_threads *threads) {
  Expected<std::vector<HostTensor>> inputs = readTensors(dataSet, "input");
  if (!inputs) {
    return inputs.takeError();
  }
  Expected<std::vector<HostTensor>> outputs = readTensors(dataSet, "output");
  if (!outputs) {
    return outputs.takeError();
  }
  return compareRun(session, test,
                    {std::move(*inputs), std::move(*outputs), false}, threads);
}

TestResult tessera::tools::failedResult(const Twine &where, Error error) {
  std::string first;
  size_t others = 0;
  handleAllErrors(std::move(error), [&](const ErrorInfoBase &info) {
    if (first.empty()) {
      first = info.message();
    } else {
      ++others;
    }
  });
  std::string more = others ? " (and " + std::to_string(others) + " more)" : "";
  return {Outcome::failed, where.str() + first + more};
}

TestResult tessera::tools::runTestCase(const TestCase &test,
                                       const CompileOptions &options,
                                       StringRef folder, uint32_t threads) {
  if (test.dataSets.empty()) {
    return {Outcome::skipped, "no test_data_set_0 beside the model"};
  }
  CompileOptions compileOptions = options;
  compileOptions.modelPath = test.model;
  compileOptions.outputPath = pathIn(folder, "model.so");
  compileOptions.symbolPrefix = "verified";
  Expected<import::Border> border = import::readBorder(test.model);
  if (!border) {
    consumeError(border.takeError()); // Said again by the compiler.
  } else if (!border->isPlain()) {
    return runValueCase(test, compileOptions, *border, threads);
  }
  Expected<CompileResult> compiled = compile(compileOptions);
  if (!compiled) {
    return failedResult("", compiled.takeError());
  }
  Expected<std::unique_ptr<Session>> session =
      Session::open(compileOptions.outputPath);
  if (!session) {
    return failedResult("", session.takeError());
  }
  Expected<std::unique_ptr<ThreadPool>> pool = ThreadPool::create(threads);
  if (!pool) {
    return failedResult("", pool.takeError());
  }
  for (const std::string &dataSet : test.dataSets) {
    if (Error error = runDataSet(**session, test, dataSet, (*pool)->get())) {
      return failedResult(sys::path::filename(dataSet) + ": ",
                          std::move(error));
    }
  }
  size_t count = test.dataSets.size();
  return {Outcome::passed,
          count == 1 ? "" : "(" + std::to_string(count) + " data sets)"};
}
