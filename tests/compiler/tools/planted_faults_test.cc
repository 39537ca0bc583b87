//===- planted_faults_test.cc - a wrong compiler is found out -------------===//
//
// Each test changes the IR behind a pass's back, so that the library computes
// something else, and asks which node and which pass are to blame. The right
// values come from the same compiler without the change, in its plain form.
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/diagnose/Diagnose.h"
#include "compiler/tools/diagnose/Reference.h"
#include "compiler/tools/io/TensorProto.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "onnx.pb.h"
#include "tessera/types.h"
#include "tests/ScratchFolder.h"
#include "llvm/Support/raw_ostream.h"
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

using namespace tessera;
using namespace tessera::tools;

namespace {

void declare(onnx::ValueInfoProto *value, const char *name,
             std::initializer_list<int64_t> shape) {
  value->set_name(name);
  auto *type = value->mutable_type()->mutable_tensor_type();
  type->set_elem_type(onnx::TensorProto::FLOAT);
  type->mutable_shape();
  for (int64_t extent : shape) {
    type->mutable_shape()->add_dim()->set_dim_value(extent);
  }
}

void addNode(onnx::GraphProto &graph, const char *op,
             std::initializer_list<const char *> inputs, const char *output) {
  onnx::NodeProto *node = graph.add_node();
  node->set_name(std::string("node_") + output);
  node->set_op_type(op);
  for (const char *input : inputs) {
    node->add_input(input);
  }
  node->add_output(output);
}

void addConstant(onnx::GraphProto &graph, const char *name,
                 std::initializer_list<int64_t> shape, float scale) {
  onnx::TensorProto *tensor = graph.add_initializer();
  tensor->set_name(name);
  tensor->set_data_type(onnx::TensorProto::FLOAT);
  int64_t count = 1;
  for (int64_t extent : shape) {
    tensor->add_dims(extent);
    count *= extent;
  }
  for (int64_t i = 0; i < count; ++i) {
    tensor->add_float_data(scale * (float(i * 7 % 11) - 4.5f));
  }
}

/// y = exp(transpose(relu(x w + b))) * c - x', with a sum beside it.
onnx::ModelProto makeModel() {
  onnx::ModelProto model;
  model.set_ir_version(8);
  model.add_opset_import()->set_version(17);
  onnx::GraphProto &graph = *model.mutable_graph();
  graph.set_name("faults");
  declare(graph.add_input(), "x", {4, 6});
  addConstant(graph, "w", {6, 8}, 0.1f);
  addConstant(graph, "b", {8}, 0.3f);
  addConstant(graph, "c", {4}, 0.7f);
  addNode(graph, "MatMul", {"x", "w"}, "product");
  addNode(graph, "Add", {"product", "b"}, "sum");
  addNode(graph, "Relu", {"sum"}, "positive");
  addNode(graph, "Transpose", {"positive"}, "turned");
  addNode(graph, "Exp", {"turned"}, "power");
  addNode(graph, "Mul", {"power", "c"}, "scaled");
  addNode(graph, "Softmax", {"scaled"}, "rows");
  addNode(graph, "Sub", {"scaled", "rows"}, "y");
  declare(graph.add_output(), "y", {8, 4});
  return model;
}

HostTensor makeInput() {
  HostTensor tensor;
  tensor.name = "x";
  tensor.elementType = TSR_FLOAT32;
  tensor.shape = {4, 6};
  tensor.bytes.resize(24 * sizeof(float));
  for (int i = 0; i < 24; ++i) {
    float element = std::sin(float(i)) / 2;
    std::memcpy(&tensor.bytes[i * sizeof(float)], &element, sizeof(float));
  }
  return tensor;
}

/// Replaces operation number `index` of this name by one of another name with
/// the same operands; false when there is none.
bool replaceOperation(mlir::Operation *root, llvm::StringRef from,
                      llvm::StringRef to, unsigned index = 0) {
  mlir::Operation *found = nullptr;
  root->walk([&](mlir::Operation *operation) {
    if (operation->getName().getStringRef() == from && index-- == 0) {
      found = operation;
      return mlir::WalkResult::interrupt();
    }
    return mlir::WalkResult::advance();
  });
  if (!found) {
    return false;
  }
  mlir::OpBuilder builder(found);
  mlir::OperationState state(found->getLoc(), to, found->getOperands(),
                             found->getResultTypes(), found->getAttrs());
  found->replaceAllUsesWith(builder.create(state));
  found->erase();
  return true;
}

struct Fault {
  const char *name;
  /// Where the change is made; "import" is before the first pass.
  const char *pass;
  const char *from, *to;
  /// What bisection has to answer.
  const char *culprit;
  /// The node to be named; empty: any.
  const char *node;
};

constexpr const char *kImport = "import or tessera-lower-to-kernels";
constexpr const char *kPlain =
    "tessera-place-tensors to tessera-lower-to-llvm, as plain loops";

constexpr Fault kFaults[] = {
    {"ImportAdd", "import", "tsr.add", "tsr.sub", kImport, "node_sum"},
    {"ImportExp", "import", "tsr.exp", "tsr.sin", kImport, "node_power"},
    {"ImportMul", "import", "tsr.mul", "tsr.add", kImport, "node_scaled"},
    {"Simplify", "tessera-simplify", "tsr.relu", "tsr.neg", "tessera-simplify",
     "node_positive"},
    {"Lowering", "tessera-lower-to-kernels", "math.exp", "math.cos", kImport,
     ""},
    {"Views", "tessera-compose-views", "arith.addf", "arith.subf",
     "tessera-compose-views", ""},
    {"MapFusion", "tessera-fuse-map-into-consumer", "arith.mulf", "arith.addf",
     "tessera-fuse-map-into-consumer", ""},
    {"RowFusion", "tessera-fuse-rows", "math.exp", "math.sin",
     "tessera-fuse-rows", ""},
    {"EpilogueFusion", "tessera-fuse-epilogue", "arith.addf", "arith.mulf",
     "tessera-fuse-epilogue", ""},
    {"Planner", "tessera-check-plan", "arith.mulf", "arith.maximumf",
     "tessera-check-plan", ""},
    {"Emitter", "tessera-emit-kernels", "math.fma", "",
     "tessera-assign-schedules or the vector code made from its schedules", ""},
    {"PlainCode", "tessera-expand-math", "arith.mulf", "arith.addf", kPlain,
     ""},
};

class PlantedFault : public testing::TestWithParam<Fault> {
protected:
  PlantedFault() {
    std::filesystem::create_directories(folder / "test_data_set_0");
    std::filesystem::create_directories(folder / "scratch");
    // The oracle, which this test can make right, instead of a Python.
    setenv("TESSERA_PYTHON", "no-such-python", 1);
    write("model.onnx", makeModel().SerializeAsString());
    write("test_data_set_0/input_0.pb", formatTensorProto(makeInput()));
    options.targets = {"x86-64-v3"};
    test.name = GetParam().name;
    test.model = folder / "model.onnx";
    test.dataSets = {folder / "test_data_set_0"};
    test.tolerances = {Tolerance{1e-4, 1e-5}};
    folders = {folder / "scratch", folder / "reproducer"};
  }

  void write(const std::string &name, const std::string &bytes) {
    std::ofstream(folder / name, std::ios::binary) << bytes;
  }
  void recordRightOutputs() {
    CompileOptions plain = options;
    plain.fuse = plain.vectorise = false;
    auto outputs =
        compileAndRun(plain, test.model, {makeInput()}, folders.scratch);
    ASSERT_TRUE(static_cast<bool>(outputs))
        << llvm::toString(outputs.takeError());
    write("test_data_set_0/output_0.pb", formatTensorProto(outputs->front()));
  }
  /// Makes the change each time the pass ran.
  void plant() {
    options.afterPass = [](llvm::StringRef pass, mlir::Operation *root) {
      const Fault &fault = GetParam();
      if (pass != fault.pass) {
        return;
      }
      if (*fault.to) {
        replaceOperation(root, fault.from, fault.to);
        return;
      }
      root->walk([&](mlir::Operation *operation) {
        // An accumulation that forgets what it has summed.
        if (operation->getName().getStringRef() == fault.from &&
            llvm::isa<mlir::VectorType>(operation->getResult(0).getType())) {
          operation->setOperand(2, operation->getOperand(1));
        }
      });
    };
  }

  ScratchFolder folder;
  CompileOptions options;
  TestCase test;
  DiagnoseFolders folders;
};

TEST_P(PlantedFault, IsFound) {
  recordRightOutputs();
  plant();
  auto bisected = bisectPasses(test, options, test.dataSets[0], folders);
  ASSERT_TRUE(static_cast<bool>(bisected))
      << llvm::toString(bisected.takeError());
  EXPECT_TRUE(bisected->isWrong);
  EXPECT_EQ(bisected->culprit, GetParam().culprit);

  auto report = comparePerNode(test, options, test.dataSets[0], folders);
  ASSERT_TRUE(static_cast<bool>(report)) << llvm::toString(report.takeError());
  std::string text;
  llvm::raw_string_ostream stream(text);
  print(*report, stream);
  ASSERT_TRUE(report->firstWrong.has_value()) << text;
  if (*GetParam().node) {
    EXPECT_EQ(report->nodes[*report->firstWrong].value.node, GetParam().node)
        << text;
  }
  EXPECT_FALSE(report->reproducer.empty()) << text;
}

INSTANTIATE_TEST_SUITE_P(All, PlantedFault, testing::ValuesIn(kFaults),
                         [](const auto &info) { return info.param.name; });

} // namespace
