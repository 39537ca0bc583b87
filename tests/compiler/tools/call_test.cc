//===- call_test.cc - a call that is moved to other memory ----------------===//

#include "compiler/driver/Compiler.h"
#include "compiler/tools/Inputs.h"
#include "tests/ScratchFolder.h"
#include "llvm/Support/MathExtras.h"
#include <cstring>
#include <fstream>
#include <gtest/gtest.h>

using namespace tessera;
using namespace tessera::tools;

namespace {

/// What a call may not touch behind its memory.
constexpr size_t kMargin = 256;
constexpr char kMark = 0x5a;

/// Memory for a call with marks behind it.
struct Place {
  explicit Place(const Call &call)
      : bytes(call.bytesToMove()), memory(tune::allocate(bytes + kMargin)) {
    std::memset(memory.get() + bytes, kMark, kMargin);
  }
  char *at(size_t offset = 0) const { return memory.get() + offset; }
  bool isMarked() const {
    return llvm::all_of(llvm::ArrayRef<char>(at(bytes), kMargin),
                        [](char byte) { return byte == kMark; });
  }

  size_t bytes;
  tune::Memory memory;
};

uint64_t lines(uint64_t bytes) { return llvm::alignTo(bytes, 64); }

/// Whether the tensor's bytes lie there.
bool holds(const void *memory, const HostTensor &tensor) {
  return std::memcmp(memory, tensor.bytes.data(), tensor.bytes.size()) == 0;
}

class MovedCall : public testing::Test {
protected:
  void SetUp() override {
    if (!schedule::nativeTarget()) {
      GTEST_SKIP() << "this machine executes none of the targets";
    }
  }

  void open(const std::string &model) {
    CompileOptions options;
    options.modelPath = model;
    options.outputPath = folder / "model.so";
    options.targets = {schedule::nativeTarget()->name.str()};
    llvm::cantFail(compile(options));
    session = llvm::cantFail(Session::open(options.outputPath));
  }

  Call prepare(std::vector<HostTensor> inputs) {
    return llvm::cantFail(Call::prepare(*session, std::move(inputs)));
  }

  ScratchFolder folder;
  std::unique_ptr<Session> session;
};

TEST_F(MovedCall, HasAllItsTensorsThere) {
  open(TESSERA_DIGITS_MODEL);
  // Neither the input nor the output is a number of cache lines.
  InputOptions choice;
  choice.dimensions = {"batch=3"};
  choice.seed = 0;
  Call call = prepare(llvm::cantFail(readInputs(*session, choice)));
  ASSERT_EQ(call.run(nullptr), TSR_OK);
  HostTensor input = call.inputs[0], output = call.outputs[0];
  ASSERT_NE(output.bytes.size() % 64, 0u);
  uint64_t inputAt = lines(call.workspaceBytes);
  uint64_t outputAt = inputAt + lines(input.bytes.size());
  EXPECT_EQ(call.bytesToMove(), outputAt + lines(output.bytes.size()));

  std::fill(call.outputs[0].bytes.begin(), call.outputs[0].bytes.end(), 0);
  Place first(call), second(call);
  for (Place *place : {&first, &second}) {
    call.moveTo(place->at());
    EXPECT_TRUE(holds(place->at(inputAt), input));
    ASSERT_EQ(call.run(nullptr), TSR_OK);
    EXPECT_TRUE(holds(place->at(outputAt), output));
    EXPECT_FALSE(holds(call.outputs[0].bytes.data(), output));
    EXPECT_TRUE(place->isMarked());
  }
}

/// A field of a message: text or another message, below 128 bytes.
std::string field(unsigned number, const std::string &contents) {
  return std::string{char(number << 3 | 2), char(contents.size())} + contents;
}
std::string number(unsigned field, int value) {
  return {char(field << 3), char(value)};
}

std::string value(const std::string &name, int elementType,
                  const std::string &dimension) {
  std::string type = number(1, elementType) + field(2, field(1, dimension));
  return field(1, name) + field(2, field(1, type));
}

std::string node(const std::string &name, const std::string &inputs,
                 const std::string &output) {
  return inputs + field(2, output) + field(4, name);
}

/// An ONNX model whose outputs are numbers, as many as a run finds, and
/// strings.
std::string modelOfNumbersAndStrings() {
  std::string graph =
      field(1, node("Unique", field(1, "x"), "y")) +
      field(1, node("StringConcat", field(1, "s") + field(1, "s"), "t")) +
      field(2, "g") + field(11, value("x", TSR_FLOAT32, number(1, 4))) +
      field(11, value("s", TSR_STRING, number(1, 2))) +
      field(12, value("y", TSR_FLOAT32, field(2, "m"))) +
      field(12, value("t", TSR_STRING, number(1, 2)));
  return number(1, 9) + field(7, graph) + field(8, number(2, 20));
}

TEST_F(MovedCall, LeavesWhatARunSizes) {
  std::string model = folder / "model.onnx";
  std::ofstream(model, std::ios::binary) << modelOfNumbersAndStrings();
  open(model);
  std::vector<HostTensor> inputs(2);
  inputs[0].elementType = TSR_FLOAT32;
  inputs[0].shape = {4};
  ASSERT_TRUE(allocateBytes(inputs[0], 16));
  const float numbers[] = {3, 1, 3, 2};
  std::memcpy(inputs[0].bytes.data(), numbers, sizeof(numbers));
  inputs[1].elementType = TSR_STRING;
  inputs[1].shape = {2};
  // Long enough for a workspace larger than planned.
  std::string text(10000, 'a');
  inputs[1].texts = {text, text};
  Call call = prepare(std::move(inputs));
  Place place(call);
  size_t planned = call.workspaceBytes;
  for (unsigned i = 0; i < 2; ++i) {
    call.moveTo(place.at());
    ASSERT_EQ(call.run(nullptr), TSR_OK);
    EXPECT_GT(call.workspaceBytes, planned);
    EXPECT_LE(call.bytesToMove(), place.bytes);
    EXPECT_TRUE(place.isMarked());
    EXPECT_EQ(call.outputs[0].shape, std::vector<int64_t>{3});
    EXPECT_EQ(elementAsDouble(call.outputs[0], 2), 3);
    EXPECT_EQ(call.outputs[1].texts,
              (std::vector<std::string>{text + text, text + text}));
  }
}

} // namespace
