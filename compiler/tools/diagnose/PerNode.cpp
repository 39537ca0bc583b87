//===- PerNode.cpp - which node's result is wrong -------------------------===//
//
// All values are exported at once first, which is one compilation. Exporting
// keeps values from being fused away, so a fault of fusion may hide: then each
// value is computed alone, with what lies above it fused as it was.
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/Command.h"
#include "compiler/tools/diagnose/Diagnose.h"
#include "compiler/tools/diagnose/Reference.h"
#include "compiler/tools/io/TensorProto.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include <fstream>

using namespace llvm;
using namespace tessera;
using namespace tessera::tools;

namespace {
class PerNode {
public:
  PerNode(const TestCase &test, const CompileOptions &options,
          StringRef dataSet, const DiagnoseFolders &folders)
      : test(test), options(options), dataSet(dataSet), folders(folders) {}

  Expected<PerNodeReport> run();

private:
  Error compareTogether();
  void compareAlone();
  void compare(NodeReport &node, const HostTensor &actual);
  bool areOutputsWrong();
  void findFirstWrong();
  void writeReproducer();
  bool writeReproducer(const import::Excerpt &excerpt);
  const Tolerance &tolerance() const { return test.tolerances.back(); }

  const TestCase &test;
  const CompileOptions &options;
  std::string dataSet;
  const DiagnoseFolders &folders;
  std::vector<HostTensor> inputs;
  ReferenceValues reference;
  PerNodeReport report;
};
} // namespace

void PerNode::compare(NodeReport &node, const HostTensor &actual) {
  auto expected = reference.tensors.find(node.value.name);
  if (expected == reference.tensors.end()) {
    return;
  }
  node.isCompared = true;
  node.isWrong = isWrong(actual, expected->second, tolerance());
  bool isSame = actual.shape == expected->second.shape &&
                actual.elementType == expected->second.elementType;
  node.deviation = isSame ? deviationOf(actual, expected->second)
                          : Deviation{HUGE_VAL, HUGE_VAL};
}

Error PerNode::compareTogether() {
  CompileOptions all = options;
  std::vector<NodeReport *> order;
  for (NodeReport &node : report.nodes) {
    if (reference.tensors.contains(node.value.name)) {
      all.import.outputs.push_back(node.value.name);
      order.push_back(&node);
    }
  }
  Expected<std::vector<HostTensor>> outputs =
      compileAndRun(all, test.model, inputs, folders.scratch);
  if (!outputs) {
    return outputs.takeError();
  }
  for (auto [node, output] : zip(order, *outputs)) {
    compare(*node, output);
  }
  return Error::success();
}

void PerNode::compareAlone() {
  constexpr size_t kMostCompilations = 400;
  size_t count = 0;
  for (NodeReport &node : report.nodes) {
    if (!reference.tensors.contains(node.value.name) ||
        ++count > kMostCompilations) {
      continue;
    }
    CompileOptions one = options;
    one.import.outputs = {node.value.name};
    Expected<std::vector<HostTensor>> outputs =
        compileAndRun(one, test.model, inputs, folders.scratch);
    if (!outputs) {
      consumeError(outputs.takeError());
      continue;
    }
    compare(node, outputs->front());
    if (node.isWrong) {
      return;
    }
  }
}

bool PerNode::areOutputsWrong() {
  Expected<std::vector<HostTensor>> outputs =
      compileAndRun(options, test.model, inputs, folders.scratch);
  if (!outputs) {
    report.remark =
        "the model itself does not run: " + toString(outputs.takeError());
    return true;
  }
  for (const HostTensor &output : *outputs) {
    auto expected = reference.tensors.find(output.name);
    if (expected != reference.tensors.end() &&
        isWrong(output, expected->second, tolerance())) {
      return true;
    }
  }
  return false;
}

void PerNode::findFirstWrong() {
  for (auto [i, node] : enumerate(report.nodes)) {
    if (node.isWrong) {
      report.firstWrong = i;
      return;
    }
  }
}

/// Writes the part of the model; whether it fails as the whole does.
bool PerNode::writeReproducer(const import::Excerpt &excerpt) {
  StringMap<std::string> tensors;
  for (const auto &entry : reference.tensors) {
    tensors[entry.getKey()] = formatTensorProto(entry.second);
  }
  Expected<import::ExcerptModel> cut =
      import::cutOut(test.model, excerpt, tensors);
  if (!cut) {
    report.remark = "no reproducer: " + toString(cut.takeError());
    return false;
  }
  SmallString<128> data(folders.reproducer);
  sys::fs::remove_directories(data);
  sys::path::append(data, "test_data_set_0");
  if (Error error = createFolder(data)) {
    report.remark = "no reproducer: " + toString(std::move(error));
    return false;
  }
  auto write = [](const Twine &path, StringRef bytes) {
    std::ofstream(path.str(), std::ios::binary) << bytes.str();
  };
  std::string model = folders.reproducer + "/model.onnx";
  write(model, cut->serialized);
  std::vector<HostTensor> partInputs;
  for (auto [i, name] : enumerate(cut->inputs)) {
    HostTensor tensor = reference.tensors[name];
    tensor.name = name;
    write(data + "/input_" + Twine(i) + ".pb", formatTensorProto(tensor));
    partInputs.push_back(std::move(tensor));
  }
  const HostTensor &expected = reference.tensors[excerpt.value];
  write(data + "/output_0.pb", formatTensorProto(expected));
  report.reproducerNodes = cut->nodes;
  CompileOptions part = options;
  part.import.dimensions.clear();
  Expected<std::vector<HostTensor>> outputs =
      compileAndRun(part, model, partInputs, folders.scratch);
  if (!outputs) {
    consumeError(outputs.takeError());
    return false;
  }
  return isWrong(outputs->front(), expected, tolerance());
}

void PerNode::writeReproducer() {
  const import::ModelValue &wrong = report.nodes[*report.firstWrong].value;
  unsigned most = report.nodes.size();
  for (unsigned levels = 0;; levels = levels * 2 + 1) {
    report.remark.clear();
    if (writeReproducer({wrong.name, levels})) {
      report.reproducer = folders.reproducer;
      return;
    }
    if (levels >= most || !report.remark.empty()) {
      break;
    }
  }
  sys::fs::remove_directories(folders.reproducer);
  if (report.remark.empty()) {
    report.remark = "no part of the model fails alone: use the whole model";
  }
}

Expected<PerNodeReport> PerNode::run() {
  Expected<std::vector<import::ModelValue>> values =
      import::listValues(test.model);
  if (!values) {
    return values.takeError();
  }
  Expected<std::vector<HostTensor>> given = readTensors(dataSet, "input");
  if (!given) {
    return given.takeError();
  }
  inputs = std::move(*given);
  Expected<ReferenceValues> computed =
      computeReference(test, options, dataSet, *values, folders.scratch);
  if (!computed) {
    return computed.takeError();
  }
  reference = std::move(*computed);
  report.reference = reference.source;
  for (import::ModelValue &value : *values) {
    report.nodes.emplace_back().value = std::move(value);
  }
  if (Error error = compareTogether()) {
    report.remark =
        "not all values can be outputs at once: " + toString(std::move(error));
    compareAlone();
  }
  findFirstWrong();
  if (!report.firstWrong && areOutputsWrong()) {
    compareAlone();
    findFirstWrong();
  }
  if (report.firstWrong) {
    writeReproducer();
  }
  return std::move(report);
}

Expected<PerNodeReport>
tessera::tools::comparePerNode(const TestCase &test,
                               const CompileOptions &options, StringRef dataSet,
                               const DiagnoseFolders &folders) {
  return PerNode(test, options, dataSet, folders).run();
}

void tessera::tools::print(const PerNodeReport &report, raw_ostream &stream) {
  stream << "reference: " << report.reference << "\n"
         << "  worst relative   worst ULP  node (operator): value\n";
  for (auto [i, node] : enumerate(report.nodes)) {
    if (node.isCompared) {
      stream << format("%16.3g %11.3g  ", node.deviation.relative,
                       node.deviation.units);
    } else {
      stream << "               -           -  ";
    }
    stream << printable(node.value.node) << " (" << printable(node.value.op)
           << "): " << printable(node.value.name)
           << (node.isWrong ? "  WRONG" : "") << "\n";
  }
  if (report.firstWrong) {
    const import::ModelValue &value = report.nodes[*report.firstWrong].value;
    stream << "first wrong: node " << printable(value.node) << ", op "
           << printable(value.op) << ", value " << printable(value.name)
           << "\n";
  } else {
    stream << "no wrong value\n";
  }
  if (!report.reproducer.empty()) {
    stream << "reproducer: " << report.reproducer << " ("
           << report.reproducerNodes << " nodes)\n";
  }
  if (!report.remark.empty()) {
    stream << "remark: " << printable(report.remark) << "\n";
  }
}
