// Whole files: models that are fine, and damaged ones, which must be refused
// without a crash.
#include "compiler/import/Import.h"
#include "compiler/import/ModelFile.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/MLIRContext.h"
#include "small_model.h"
#include "tests/ScratchFolder.h"
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/stat.h>

using namespace tessera::import;
using tessera::import::test::smallModel;

namespace {

class ImportTest : public testing::Test {
protected:
  ImportTest() : context(mlir::MLIRContext::Threading::DISABLED) {}

  std::string write(const std::string &name, const std::string &bytes) {
    std::string path = folder / name;
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }
  std::string write(const onnx::ModelProto &model) {
    return write("model.onnx", model.SerializeAsString());
  }
  std::vector<Problem> check(const std::string &path) {
    return checkModel(path, {}, context);
  }
  std::string problemsOf(const onnx::ModelProto &model) {
    std::string all;
    for (const Problem &problem : check(write(model))) {
      all += toString(problem) + "\n";
    }
    return all;
  }

  mlir::MLIRContext context;
  tessera::ScratchFolder folder;
};

TEST_F(ImportTest, SmallModelIsImported) {
  ImportedModel holder;
  auto module = importModel(write(smallModel(1024)), {}, context, holder);
  ASSERT_TRUE(mlir::succeeded(module));
  auto main = (*module)->lookupSymbol<mlir::func::FuncOp>("main");
  ASSERT_TRUE(main);
  EXPECT_EQ(main.getNumArguments(), 1u);
  EXPECT_EQ(main.getNumResults(), 1u);
}

TEST_F(ImportTest, EveryTruncationIsHandled) {
  std::string bytes = smallModel(4).SerializeAsString();
  for (size_t size = 0; size < bytes.size(); ++size) {
    std::string path = write("model.onnx", bytes.substr(0, size));
    EXPECT_FALSE(check(path).empty()) << size;
  }
}

TEST_F(ImportTest, EveryFlippedBitIsHandled) {
  std::string bytes = smallModel(4).SerializeAsString();
  for (size_t at = 0; at < bytes.size(); ++at) {
    std::string damaged = bytes;
    damaged[at] = char(damaged[at] ^ (1 << (at % 8)));
    (void)check(write("model.onnx", damaged));
  }
}

TEST_F(ImportTest, AllProblemsAreListedWithTheirNodes) {
  onnx::ModelProto model = smallModel(4);
  for (const char *op : {"Foo", "Bar"}) {
    onnx::NodeProto *node = model.mutable_graph()->add_node();
    node->set_op_type(op);
    node->set_name(std::string("my_") + op);
    node->add_input("y");
    node->add_output(op);
    test::setTensorType(model.mutable_graph()->add_output(), op, {2, 4});
  }
  EXPECT_EQ(problemsOf(model),
            "unsupported operator (node my_Foo, op Foo): Foo of opset 17 is "
            "not implemented\n"
            "unsupported operator (node my_Bar, op Bar): Bar of opset 17 is "
            "not implemented\n");
}

TEST_F(ImportTest, DataMustFitTheShape) {
  onnx::ModelProto model = smallModel(4);
  model.mutable_graph()->mutable_initializer(0)->set_dims(0, 5);
  EXPECT_NE(problemsOf(model).find("expected 20 bytes of data, got 16"),
            std::string::npos);
  model.mutable_graph()->mutable_initializer(0)->set_dims(0, INT64_MAX);
  EXPECT_NE(problemsOf(model).find("the tensor has more than"),
            std::string::npos);
  model.mutable_graph()->mutable_initializer(0)->set_dims(0, -1);
  EXPECT_NE(problemsOf(model).find("expected extents of zero or more"),
            std::string::npos);
}

/// A model whose weight is in a file of its own.
onnx::ModelProto externalModel(const std::string &location,
                               const std::string &offset) {
  onnx::ModelProto model = smallModel(4);
  onnx::TensorProto *weight = model.mutable_graph()->mutable_initializer(0);
  weight->clear_raw_data();
  weight->set_data_location(onnx::TensorProto::EXTERNAL);
  onnx::StringStringEntryProto *entry = weight->add_external_data();
  entry->set_key("location");
  entry->set_value(location);
  entry = weight->add_external_data();
  entry->set_key("offset");
  entry->set_value(offset);
  return model;
}

TEST_F(ImportTest, ExternalDataIsReadFromTheModelsFolder) {
  write("weights.bin", std::string(32, 'w'));
  EXPECT_EQ(problemsOf(externalModel("weights.bin", "16")), "");
}

TEST_F(ImportTest, ExternalDataStaysInTheModelsFolder) {
  write("weights.bin", std::string(32, 'w'));
  std::filesystem::create_symlink(folder / "weights.bin", folder / "link");
  std::filesystem::create_directory(folder / "inside");
  for (const char *location :
       {"/etc/passwd", "../weights.bin", "inside/../weights.bin", "link",
        "inside", "missing", ""}) {
    EXPECT_NE(problemsOf(externalModel(location, "0")), "") << location;
  }
  for (const char *offset : {"17", "18446744073709551615", "-1", "x"}) {
    EXPECT_NE(problemsOf(externalModel("weights.bin", offset)), "") << offset;
  }
}

TEST_F(ImportTest, ExternalDataIsOneRegularFileWithOneName) {
  std::string outside = write("outside", std::string(32, 'w'));
  std::filesystem::create_directory(folder / "inside");
  std::filesystem::create_directory_symlink("inside", folder / "alias");
  std::filesystem::create_hard_link(outside, folder / "second");
  write("inside/weights.bin", std::string(32, 'w'));
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
  for (const char *location : {"outside", "second", "alias/weights.bin", "pipe",
                               "/dev/zero", "inside/."}) {
    EXPECT_NE(problemsOf(externalModel(location, "0")), "") << location;
  }
  EXPECT_EQ(problemsOf(externalModel("inside/weights.bin", "0")), "");
}

TEST_F(ImportTest, ExternalDataIsCheckedWhereverTensorsAre) {
  write("weights.bin", std::string(32, 'w'));
  for (const char *location : {"weights.bin", "../weights.bin"}) {
    onnx::ModelProto model = externalModel(location, "0");
    onnx::GraphProto *graph = model.mutable_graph();
    onnx::TensorProto weight = graph->initializer(0);
    // In an attribute of a branch.
    graph->mutable_initializer()->DeleteSubrange(0, 1);
    onnx::GraphProto *branch =
        graph->mutable_node(0)->mutable_attribute(0)->mutable_g();
    onnx::NodeProto *constant = branch->add_node();
    constant->set_op_type("Constant");
    constant->add_output("w");
    onnx::AttributeProto *value = constant->add_attribute();
    value->set_name("value");
    value->set_type(onnx::AttributeProto::TENSOR);
    *value->mutable_t() = weight;
    branch->mutable_node()->SwapElements(0, 1);
    bool isInside = std::string(location) == "weights.bin";
    EXPECT_EQ(problemsOf(model).empty(), isInside) << problemsOf(model);
    // As the values of a sparse tensor.
    *value = onnx::AttributeProto();
    value->set_name("sparse_value");
    value->set_type(onnx::AttributeProto::SPARSE_TENSOR);
    onnx::SparseTensorProto *sparse = value->mutable_sparse_tensor();
    *sparse->mutable_values() = weight;
    sparse->mutable_indices()->set_data_type(onnx::TensorProto::INT64);
    sparse->mutable_indices()->add_dims(4);
    for (int i = 0; i < 4; ++i) {
      sparse->mutable_indices()->add_int64_data(i);
    }
    sparse->add_dims(4);
    EXPECT_EQ(problemsOf(model).empty(), isInside) << problemsOf(model);
    // A few values may stand for a tensor that no memory holds.
    sparse->set_dims(0, int64_t(1) << 37);
    EXPECT_EQ(problemsOf(model).find("dense form") != std::string::npos,
              isInside)
        << problemsOf(model);
  }
}

TEST_F(ImportTest, LongNamesAreNotRepeatedForEachNodeInside) {
  onnx::ModelProto model = smallModel(4);
  model.mutable_graph()->mutable_node(0)->set_name(std::string(100000, 'n'));
  model.mutable_graph()
      ->mutable_node(0)
      ->mutable_attribute(0)
      ->mutable_g()
      ->mutable_node(0)
      ->set_op_type("Sharpen");
  EXPECT_LT(problemsOf(model).size(), 2000u);
}

TEST_F(ImportTest, FunctionsThatCallThemselvesAreRefused) {
  onnx::ModelProto model = smallModel(4);
  onnx::FunctionProto *function = model.add_functions();
  function->set_name("Loop");
  function->set_domain("mine");
  function->add_input("a");
  function->add_output("b");
  function->add_opset_import()->set_version(17);
  for (onnx::NodeProto *node :
       {function->add_node(), model.mutable_graph()->add_node()}) {
    node->set_op_type("Loop");
    node->set_domain("mine");
    bool inner = node == &function->node(0);
    node->add_input(inner ? "a" : "x");
    node->add_output(inner ? "b" : "z");
  }
  test::setTensorType(model.mutable_graph()->add_output(), "z", {2, 4});
  EXPECT_NE(problemsOf(model).find("call each other too deeply"),
            std::string::npos);
}

TEST_F(ImportTest, OtherFilesAreRefused) {
  EXPECT_FALSE(check(folder / "missing.onnx").empty());
  EXPECT_FALSE(check(folder.path()).empty());
  EXPECT_FALSE(check(write("empty.onnx", "")).empty());
  EXPECT_FALSE(check(write("text.onnx", "this is no model")).empty());
}

} // namespace
