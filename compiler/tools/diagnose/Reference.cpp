//===- Reference.cpp - what a model's values should be --------------------===//

#include "compiler/tools/diagnose/Reference.h"
#include "compiler/driver/Compiler.h"
#include "compiler/tools/Command.h"
#include "compiler/tools/Session.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include <cstdlib>
#include <fstream>

using namespace llvm;
using namespace tessera;
using namespace tessera::tools;

/// Computes every value named in a JSON list and writes those that are tensors
/// as FOLDER/value_I.pb; prints which engine did it.
static const char kScript[] = R"python(
import glob, json, os, sys
import numpy
import onnx
from onnx import numpy_helper

model_path, data, names_path, folder = sys.argv[1:]
model = onnx.load(model_path)
with open(names_path) as file:
    names = json.load(file)
constants = {tensor.name for tensor in model.graph.initializer}
inputs = [value.name for value in model.graph.input if value.name not in constants]
feeds = {}
for index in range(len(glob.glob(os.path.join(glob.escape(data), "input_*.pb")))):
    tensor = onnx.TensorProto()
    with open(os.path.join(data, f"input_{index}.pb"), "rb") as file:
        tensor.ParseFromString(file.read())
    feeds[tensor.name if tensor.name in inputs else inputs[index]] = numpy_helper.to_array(tensor)
given = {value.name for value in model.graph.output}
model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names if name not in given)


def by_onnxruntime():
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return "ONNX Runtime " + onnxruntime.__version__, session.run(names, feeds)


def by_onnx():
    from onnx.reference import ReferenceEvaluator
    return "the evaluator of onnx " + onnx.__version__, ReferenceEvaluator(model).run(names, feeds)


for engine in (by_onnxruntime, by_onnx):
    try:
        source, values = engine()
    except Exception as error:
        print(f"{engine.__name__}: {error}", file=sys.stderr)
        continue
    for index, value in enumerate(values):
        if isinstance(value, (numpy.ndarray, numpy.generic)):
            with open(os.path.join(folder, f"value_{index}.pb"), "wb") as file:
                file.write(numpy_helper.from_array(numpy.asarray(value), names[index]).SerializeToString())
    print(source)
    sys.exit(0)
sys.exit(1)
)python";

static std::string pathIn(StringRef folder, const Twine &name) {
  SmallString<128> path(folder);
  sys::path::append(path, name);
  return path.str().str();
}

Expected<std::vector<HostTensor>>
tessera::tools::compileAndRun(CompileOptions options, StringRef model,
                              std::vector<HostTensor> inputs,
                              StringRef scratch) {
  // A library that was loaded under this name stays what it is.
  static unsigned count = 0;
  options.modelPath = model.str();
  options.outputPath = pathIn(scratch, "run_" + Twine(count++) + ".so");
  options.symbolPrefix = "verified";
  options.emit = Emit::library;
  Expected<CompileResult> compiled = compile(options);
  if (!compiled) {
    return compiled.takeError();
  }
  Expected<std::unique_ptr<Session>> session =
      Session::open(options.outputPath);
  if (!session) {
    return session.takeError();
  }
  Expected<std::vector<HostTensor>> arranged =
      arrangeInputs(**session, std::move(inputs));
  if (!arranged) {
    return arranged.takeError();
  }
  Expected<Call> call = Call::prepare(**session, std::move(*arranged));
  if (!call) {
    return call.takeError();
  }
  tsr_status status = call->run(nullptr);
  for (const std::string &file : compiled->files) {
    sys::fs::remove(file);
  }
  if (status != TSR_OK) {
    return statusError("the run failed", status);
  }
  return std::move(call->outputs);
}

static std::string findPython() {
  const char *given = std::getenv("TESSERA_PYTHON");
  ErrorOr<std::string> found =
      sys::findProgramByName(given && *given ? given : "python3");
  return found ? *found : "";
}

/// Runs the script; who computed, or nothing when it could not.
static std::optional<std::string> askPython(const TestCase &test,
                                            StringRef dataSet,
                                            ArrayRef<import::ModelValue> values,
                                            StringRef scratch) {
  std::string python = findPython();
  Json names = Json::array();
  for (const import::ModelValue &value : values) {
    names.push_back(value.name);
  }
  std::string namesPath = pathIn(scratch, "names.json"),
              said = pathIn(scratch, "said.txt"),
              errors = pathIn(scratch, "errors.txt");
  std::ofstream(namesPath) << names.dump(-1, ' ', true,
                                         Json::error_handler_t::replace);
  if (python.empty()) {
    return std::nullopt;
  }
  constexpr unsigned kMostSeconds = 300;
  std::optional<StringRef> redirects[] = {StringRef(""), StringRef(said),
                                          StringRef(errors)};
  int code = sys::ExecuteAndWait(
      python, {python, "-c", kScript, test.model, dataSet, namesPath, scratch},
      std::nullopt, redirects, kMostSeconds);
  auto output = MemoryBuffer::getFile(said);
  if (code != 0 || !output) {
    return std::nullopt;
  }
  return (*output)->getBuffer().trim().str();
}

/// The model's own code in its slow form, with every value as an output.
static Expected<std::vector<HostTensor>>
askOracle(const TestCase &test, CompileOptions options,
          const std::vector<HostTensor> &inputs,
          ArrayRef<import::ModelValue> values, StringRef scratch) {
  options.fuse = options.vectorise = false;
  // Hooks belong to the compilation that is in doubt.
  options.shouldRun = nullptr;
  options.afterPass = nullptr;
  for (const import::ModelValue &value : values) {
    options.import.outputs.push_back(value.name);
  }
  return compileAndRun(options, test.model, inputs, scratch);
}

Expected<ReferenceValues> tessera::tools::computeReference(
    const TestCase &test, const CompileOptions &options, StringRef dataSet,
    ArrayRef<import::ModelValue> values, StringRef scratch) {
  Expected<std::vector<HostTensor>> inputs = readTensors(dataSet, "input");
  if (!inputs) {
    return inputs.takeError();
  }
  ReferenceValues reference;
  for (const HostTensor &input : *inputs) {
    reference.tensors[input.name] = input;
  }
  std::optional<std::string> source = askPython(test, dataSet, values, scratch);
  if (source) {
    reference.source = *source;
    for (size_t i = 0; i < values.size(); ++i) {
      Expected<HostTensor> tensor =
          readTensor(pathIn(scratch, "value_" + Twine(i) + ".pb"));
      if (tensor) {
        reference.tensors[values[i].name] = std::move(*tensor);
      } else {
        consumeError(tensor.takeError()); // No tensor, or of strings.
      }
    }
    return std::move(reference);
  }
  reference.source = "Tessera's plain loops, without fusion or vectors (no "
                     "Python with onnxruntime or onnx could run the model)";
  Expected<std::vector<HostTensor>> outputs =
      askOracle(test, options, *inputs, values, scratch);
  if (!outputs) {
    return outputs.takeError();
  }
  for (HostTensor &output : *outputs) {
    reference.tensors[output.name] = std::move(output);
  }
  return std::move(reference);
}
