// Whole files: models that are fine, and damaged ones, which must be refused
// without a crash.
#include "compiler/import/Import.h"
#include "compiler/import/ModelFile.h"
#include "small_model.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/MLIRContext.h"
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

using namespace tessera::import;
using tessera::import::test::smallModel;

namespace {

class ImportTest : public testing::Test {
protected:
  ImportTest() : context(mlir::MLIRContext::Threading::DISABLED) {
    folder = std::filesystem::path(testing::TempDir()) /
             testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::create_directories(folder);
  }
  ~ImportTest() override { std::filesystem::remove_all(folder); }

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
  std::filesystem::path folder;
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
  EXPECT_FALSE(check(folder).empty());
  EXPECT_FALSE(check(write("empty.onnx", "")).empty());
  EXPECT_FALSE(check(write("text.onnx", "this is no model")).empty());
}

} // namespace
