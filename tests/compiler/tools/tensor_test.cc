//===- tensor_test.cc - where tensors lie ---------------------------------===//

#include "compiler/tools/io/Tensor.h"
#include <gtest/gtest.h>

using namespace tessera::tools;

namespace {

bool startsALine(const HostTensor &tensor) {
  return reinterpret_cast<uintptr_t>(tensor.bytes.data()) % 64 == 0;
}

// All are held at once, so that no two lie in the same memory.
TEST(Tensor, StartsWithACacheLine) {
  std::vector<HostTensor> tensors(40);
  for (size_t i = 0; i < tensors.size(); ++i) {
    ASSERT_TRUE(allocateBytes(tensors[i], 1 + 37 * i));
    EXPECT_TRUE(startsALine(tensors[i])) << i;
  }
  std::vector<HostTensor> copies = tensors;
  for (size_t i = 0; i < tensors.size(); ++i) {
    EXPECT_TRUE(startsALine(copies[i])) << i;
    ASSERT_TRUE(allocateBytes(tensors[i], 5000 + 37 * i));
    EXPECT_TRUE(startsALine(tensors[i])) << i;
  }
}

} // namespace
