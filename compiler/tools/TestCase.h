//===- TestCase.h - models with recorded inputs and outputs -----*- C++ -*-===//
//
// ONNX's test-data layout: a folder with model.onnx, folders
// test_data_set_I with input_J.pb and output_J.pb, and optionally a file
// `tolerance` with a line "rtol atol" for each output, the last repeating.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_COMPILER_TOOLS_TESTCASE_H
#define TESSERA_COMPILER_TOOLS_TESTCASE_H

#include "compiler/driver/CompileOptions.h"
#include "compiler/import/Border.h"
#include "compiler/tools/Session.h"

namespace tessera::tools {

struct Tolerance {
  double relative = 1e-3, absolute = 1e-7;
};

struct TestCase {
  std::string name, model;
  std::vector<std::string> dataSets;
  /// One for each output, the last repeats; never empty.
  std::vector<Tolerance> tolerances;
};

enum class Outcome : char { passed = 'P', failed = 'F', skipped = 'S' };

struct TestResult {
  Outcome outcome = Outcome::failed;
  std::string text;
};

/// The cases of a model file, of a folder with a model, or of a folder of such
/// folders.
llvm::Expected<std::vector<TestCase>> findTestCases(llvm::StringRef path);

/// Reads `STEM_0.pb`, `STEM_1.pb` ... of a data set.
llvm::Expected<std::vector<HostTensor>> readTensors(llvm::StringRef dataSet,
                                                    llvm::StringRef stem);

/// Orders recorded inputs as the model's: by name, or else by position.
llvm::Expected<std::vector<HostTensor>>
arrangeInputs(const Session &session, std::vector<HostTensor> tensors);

/// Compiles the model into `folder` and compares what it computes from each
/// data set with the recorded outputs.
TestResult runTestCase(const TestCase &test, const CompileOptions &options,
                       llvm::StringRef folder, uint32_t threads);

/// What a data set recorded, tensor by tensor.
struct Recorded {
  std::vector<HostTensor> inputs, outputs;
  /// Whether the model must give as many outputs as are recorded.
  bool isWhole = false;
};

/// Runs the model on recorded inputs and compares.
llvm::Error compareRun(const Session &session, const TestCase &test,
                       Recorded recorded, const tsr_threads *threads);

/// The same for a model with sequences or optionals at its border, compiled
/// anew for each data set, which says how many tensors there are.
TestResult runValueCase(const TestCase &test, const CompileOptions &options,
                        const import::Border &border, uint32_t threads);

/// The first error as a failed result, with the number of the others.
TestResult failedResult(const llvm::Twine &where, llvm::Error error);

} // namespace tessera::tools

#endif // TESSERA_COMPILER_TOOLS_TESTCASE_H
