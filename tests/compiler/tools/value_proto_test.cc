//===- value_proto_test.cc - sequences and optionals from hostile files ---===//

#include "compiler/tools/io/ValueProto.h"
#include <gtest/gtest.h>
#include <string>

using namespace tessera::tools;

namespace {

std::string field(unsigned number, const std::string &contents) {
  std::string out(1, char(number << 3 | 2));
  for (size_t size = contents.size();; size >>= 7) {
    out += char(size >= 0x80 ? (size & 0x7f) | 0x80 : size);
    if (size < 0x80) {
      return out + contents;
    }
  }
}

/// A tensor of one float.
std::string tensor() { return std::string("\x10\x01\x4a\x04\0\0\0\0", 8); }

/// An error as text; empty when there is none.
std::string errorOf(llvm::Expected<HostValue> value) {
  return value ? "" : llvm::toString(value.takeError());
}

TEST(SequenceProto, ElementsAndName) {
  auto value = parseSequenceProto(field(1, "s") + field(3, tensor()) +
                                  field(3, tensor()));
  ASSERT_TRUE(bool(value));
  EXPECT_EQ(value->kind, HostValue::sequence);
  EXPECT_EQ(value->own.name, "s");
  ASSERT_EQ(value->elements.size(), 2u);
  EXPECT_EQ(value->elements[1].kind, HostValue::tensor);
}

TEST(OptionalProto, NothingAndOneValue) {
  auto nothing = parseOptionalProto(field(1, "o"));
  ASSERT_TRUE(bool(nothing));
  EXPECT_EQ(nothing->kind, HostValue::nothing);
  auto nested = parseOptionalProto(field(5, field(3, tensor())));
  ASSERT_TRUE(bool(nested));
  EXPECT_EQ(nested->kind, HostValue::sequence);
  EXPECT_NE(errorOf(parseOptionalProto(field(3, tensor()) + field(3, tensor())))
                .find("one value"),
            std::string::npos);
}

TEST(SequenceProto, RefusesWhatItCannotHold) {
  EXPECT_NE(errorOf(parseSequenceProto(field(4, ""))).find("sparse"),
            std::string::npos);
  EXPECT_NE(errorOf(parseSequenceProto(field(3, "\x10"))).find("cut short"),
            std::string::npos);
  std::string cut = field(3, tensor());
  cut.pop_back();
  EXPECT_NE(errorOf(parseSequenceProto(cut)).find("cut short"),
            std::string::npos);
}

TEST(SequenceProto, LimitsDepthAndNumber) {
  std::string deep;
  for (int level = 0; level < 20; ++level) {
    deep = field(5, deep);
  }
  EXPECT_NE(errorOf(parseSequenceProto(deep)).find("nested"),
            std::string::npos);
  std::string many;
  for (int i = 0; i < 5000; ++i) {
    many += field(3, tensor());
  }
  EXPECT_NE(errorOf(parseSequenceProto(many)).find("at most"),
            std::string::npos);
}

} // namespace
