//===- header_test.cc - headers compile, whatever a model calls things ----===//

#include "codegen/emit/Artifact.h"
#include "tessera/abi.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include <gtest/gtest.h>

using namespace llvm;
using namespace tessera::emit;

namespace {

class Header : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(sys::fs::createUniqueDirectory("tessera-header", folder));
  }
  void TearDown() override { sys::fs::remove_directories(folder); }

  void write(StringRef name, StringRef text) {
    SmallString<128> path(folder);
    sys::path::append(path, name);
    std::error_code code;
    raw_fd_ostream stream(path, code);
    stream << text;
  }

  /// Compiles `text` in the folder, strictly.
  bool compiles(StringRef text, const std::string &compiler,
                StringRef standard) {
    write("main.txt", text);
    std::string command = compiler + " -std=" + standard.str() +
                          " -Wall -Wextra -Wcomment -pedantic -Werror "
                          "-fsyntax-only -x " +
                          (standard.starts_with("c++") ? "c++ " : "c ") +
                          folder.str().str() + "/main.txt";
    return std::system(command.c_str()) == 0;
  }

  SmallString<128> folder;
};

ArtifactDescription model(const std::string &prefix) {
  ArtifactDescription artifact;
  artifact.prefix = prefix;
  artifact.modelName = prefix + ".onnx";
  artifact.variants = {TSR_ISA_X86_64_V3, TSR_ISA_X86_64_V4};
  artifact.dimensions = {{"batch", "batch", 0, -1, TSR_DIMENSION_INPUT},
                         {"max(batch, 2)", "", 0, -1, TSR_DIMENSION_MAX}};
  std::vector<Axis> axes = {
      {-1, 0, "batch"}, {-1, -1, "2 * batch + 1"}, {3, -1, "3"}};
  artifact.inputs = {{"x", "x", TSR_FLOAT32, 4, axes}};
  artifact.outputs = {{"y", "y", TSR_INT64, 8, axes}};
  return artifact;
}

const char kTwoModels[] = R"(
#include "one.h"
#include "two.h"
int main(void) {
  one_model model = TSR_MODEL_INIT;
  float x[9];
  one_dims dims = {sizeof(one_dims), 1};
  one_inputs inputs = {sizeof(one_inputs), &dims, {x, sizeof(x)}};
  two_outputs outputs = {sizeof(two_outputs), {0, 0, 0}};
  return one_open(&model, NULL) + two_close(&model) +
         (inputs.x.bytes == outputs.y.bytes) + (tsr_status_text(0)[0] == 0);
}
)";

} // namespace

TEST_F(Header, TwoModelsMeetInOneFile) {
  write("one.h", headerText(model("one")));
  write("two.h", headerText(model("two")));
  EXPECT_TRUE(compiles(kTwoModels, C_COMPILER, "c99"));
  EXPECT_TRUE(compiles(kTwoModels, C_COMPILER, "c11"));
  EXPECT_TRUE(compiles(kTwoModels, CXX_COMPILER, "c++11"));
  EXPECT_TRUE(compiles(kTwoModels, CXX_COMPILER, "c++20"));
}

TEST_F(Header, NoNameEndsAComment) {
  ArtifactDescription artifact = model("one");
  const std::string hostile = "*/ int x; /* \?\?/ \\\n\xff //";
  artifact.modelName = hostile;
  artifact.dimensions[0].name = hostile;
  artifact.dimensions[0].field = cIdentifier(hostile);
  artifact.inputs[0].name = hostile;
  artifact.inputs[0].field = cIdentifier(hostile);
  artifact.inputs[0].axes[0].text = hostile;
  write("one.h", headerText(artifact));
  const char text[] = "#include \"one.h\"\nint main(void) { return 0; }\n";
  EXPECT_TRUE(compiles(text, C_COMPILER, "c99"));
  EXPECT_TRUE(compiles(text, CXX_COMPILER, "c++17"));
}

TEST_F(Header, SaysWhatAModelNeeds) {
  ArtifactDescription artifact = model("one");
  artifact.workspaceBytes = 4096;
  std::string text = headerText(artifact);
  for (StringRef part :
       {"float32[batch, 2 x batch + 1, 3]", "12 x (batch) x (2 x batch + 1)",
        "from 0 to no upper bound", "workspace: 4096 bytes",
        "x86-64-v3, x86-64-v4"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part.str();
  }
}
