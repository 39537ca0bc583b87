// The wire scan: what is cut, what is refused, and that no damage gets past it.
#include "compiler/import/WireScan.h"
#include "small_model.h"
#include <gtest/gtest.h>

using namespace tessera::import;
using tessera::import::test::smallModel;

namespace {

std::string bytesOf(const onnx::ModelProto &model) {
  std::string bytes;
  model.SerializeToString(&bytes);
  return bytes;
}

TEST(WireScan, KeepsSmallTensors) {
  std::string reduced;
  EXPECT_EQ(scanModel(bytesOf(smallModel(4)), {}, reduced), std::nullopt);
  onnx::ModelProto parsed;
  ASSERT_TRUE(parsed.ParseFromString(reduced));
  EXPECT_EQ(parsed.graph().initializer(0).raw_data(), std::string(16, 'w'));
  EXPECT_FALSE(parsed.graph().initializer(0).has_segment());
}

TEST(WireScan, LeavesLargeTensorsInTheFile) {
  std::string file = bytesOf(smallModel(1024)), reduced;
  EXPECT_EQ(scanModel(file, {}, reduced), std::nullopt);
  EXPECT_LT(reduced.size(), 500u);
  onnx::ModelProto parsed;
  ASSERT_TRUE(parsed.ParseFromString(reduced));
  const onnx::TensorProto &weight = parsed.graph().initializer(0);
  EXPECT_FALSE(weight.has_raw_data());
  ASSERT_TRUE(weight.has_segment());
  EXPECT_EQ(file.substr(weight.segment().begin(),
                        weight.segment().end() - weight.segment().begin()),
            std::string(4096, 'w'));
}

TEST(WireScan, LeavesLargeTensorsOfAttributesInTheFile) {
  onnx::ModelProto model = smallModel(4);
  onnx::AttributeProto *value = model.mutable_graph()
                                    ->mutable_node(0)
                                    ->mutable_attribute(0)
                                    ->mutable_g()
                                    ->mutable_node(0)
                                    ->add_attribute();
  value->mutable_t()->set_raw_data(std::string(4096, 'a'));
  std::string reduced;
  EXPECT_EQ(scanModel(bytesOf(model), {}, reduced), std::nullopt);
  EXPECT_LT(reduced.size(), 1000u);
}

TEST(WireScan, EveryTruncationIsAnErrorOrAShorterModel) {
  for (int64_t count : {4, 1024}) {
    std::string file = bytesOf(smallModel(count));
    for (size_t size = 0; size < file.size(); ++size) {
      std::string reduced, truncated = file.substr(0, size);
      if (!scanModel(truncated, {}, reduced)) {
        onnx::ModelProto parsed;
        (void)parsed.ParseFromString(reduced);
      }
    }
  }
}

TEST(WireScan, EveryFlippedByteIsHandled) {
  std::string file = bytesOf(smallModel(4));
  for (size_t at = 0; at < file.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = file, reduced;
      damaged[at] = char(damaged[at] ^ (1 << bit));
      if (!scanModel(damaged, {}, reduced)) {
        onnx::ModelProto parsed;
        (void)parsed.ParseFromString(reduced);
      }
    }
  }
}

TEST(WireScan, RefusesDeepNesting) {
  onnx::ModelProto model;
  onnx::GraphProto *graph = model.mutable_graph();
  for (int depth = 0; depth < 60; ++depth) {
    graph = graph->add_node()->add_attribute()->mutable_g();
  }
  std::string reduced;
  std::optional<std::string> why = scanModel(bytesOf(model), {}, reduced);
  ASSERT_TRUE(why);
  EXPECT_NE(why->find("nested"), std::string::npos) << *why;
}

TEST(WireScan, RefusesTooManyFields) {
  onnx::ModelProto model;
  for (int i = 0; i < 1000; ++i) {
    model.mutable_graph()->add_node();
  }
  ScanBudget budget;
  budget.maxFields = 100;
  std::string reduced;
  EXPECT_TRUE(scanModel(bytesOf(model), budget, reduced));
}

TEST(WireScan, RefusesWhatGrowsWhenItIsParsed) {
  // Two bytes each, and messages of hundreds.
  std::string nodes;
  for (int i = 0; i < 1000; ++i) {
    nodes += std::string("\x0a\x00", 2);
  }
  std::string file("\x3a\xd0\x0f", 3);
  ScanBudget budget;
  std::string reduced;
  EXPECT_FALSE(scanModel(file + nodes, budget, reduced));
  budget.maxParsedBytes = 100000;
  auto why = scanModel(file + nodes, budget, reduced);
  ASSERT_TRUE(why);
  EXPECT_NE(why->find("takes more than"), std::string::npos) << *why;
  // A byte each in the file, eight in memory.
  onnx::ModelProto model;
  onnx::AttributeProto *list =
      model.mutable_graph()->add_node()->add_attribute();
  for (int i = 0; i < 10000; ++i) {
    list->add_ints(1);
  }
  std::string bytes = bytesOf(model);
  EXPECT_TRUE(scanModel(bytes, budget, reduced));
}

TEST(WireScan, RefusesSegmentsOfTheFileItself) {
  onnx::ModelProto model = smallModel(4);
  model.mutable_graph()->mutable_initializer(0)->mutable_segment()->set_begin(
      1 << 30);
  std::string reduced;
  EXPECT_TRUE(scanModel(bytesOf(model), {}, reduced));
}

} // namespace
