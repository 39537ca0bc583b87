//===- weights_test.cc - weights inside and beside a library --------------===//

#include "hand_model.h"
#include "tests/ScratchFolder.h"
#include <cstring>
#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>

using namespace tessera;

namespace {

/// A model whose weights lie in a file that the test writes.
class WeightsFile : public testing::Test {
protected:
  void SetUp() override {
    hand.descriptor.weights_offset = 0;
    options = {sizeof(options), 0, 0, 0, path.c_str()};
    std::memcpy(header.magic, TSR_WEIGHTS_MAGIC, sizeof(header.magic));
    header.abi_version = TSR_ABI_VERSION;
    header.header_bytes = TSR_WEIGHTS_HEADER_BYTES;
    header.bytes = sizeof(hand.weights);
    header.build_id = 77;
  }

  void write(size_t bytes) {
    std::string text(TSR_WEIGHTS_HEADER_BYTES, '\0');
    std::memcpy(&text[0], &header, sizeof(header));
    text.append(reinterpret_cast<const char *>(hand.weights),
                sizeof(hand.weights));
    text.resize(bytes);
    std::ofstream(path, std::ios::binary) << text;
  }
  static constexpr size_t kWhole =
      TSR_WEIGHTS_HEADER_BYTES + sizeof(HandModel::weights);

  HandModel hand;
  tsr_options options = {};
  tsr_weights_header header = {};
  ScratchFolder folder;
  std::string path = folder / "weights.bin";
};

} // namespace

TEST_F(WeightsFile, IsMappedReadOnly) {
  write(kWhole);
  ASSERT_EQ(hand.open(&options), TSR_OK);
  EXPECT_EQ(std::memcmp(hand.model.weights, hand.weights, 64), 0);
  EXPECT_NE(hand.model.mapping, nullptr);
  EXPECT_EQ(tsr_runtime_close(&hand.descriptor, &hand.model), TSR_OK);
}

TEST_F(WeightsFile, MissingShortLongOrForeignIsAStatus) {
  EXPECT_EQ(hand.open(&options), TSR_WEIGHTS_MISSING);
  write(kWhole - 1);
  EXPECT_EQ(hand.open(&options), TSR_WEIGHTS_SHORT);
  write(kWhole + 1);
  EXPECT_EQ(hand.open(&options), TSR_WEIGHTS_SHORT);
  write(7);
  EXPECT_EQ(hand.open(&options), TSR_WEIGHTS_SHORT);
  header.build_id = 78;
  write(kWhole);
  EXPECT_EQ(hand.open(&options), TSR_WEIGHTS_FOREIGN);
  header.magic[0] = 'X';
  write(kWhole);
  EXPECT_EQ(hand.open(&options), TSR_WEIGHTS_FOREIGN);
  options.weights_path = "/dev/zero";
  EXPECT_EQ(hand.open(&options), TSR_WEIGHTS_FOREIGN);
}

TEST_F(WeightsFile, IsLookedForBesideTheProgram) {
  options.weights_path = nullptr;
  EXPECT_EQ(hand.open(&options), TSR_WEIGHTS_MISSING);
}

TEST_F(WeightsFile, CopyOutlivesTheFile) {
  write(kWhole);
  options.flags = TSR_OPEN_COPY_WEIGHTS | TSR_OPEN_VERIFY_WEIGHTS;
  ASSERT_EQ(hand.open(&options), TSR_OK);
  ASSERT_EQ(truncate(path.c_str(), 0), 0);
  EXPECT_EQ(std::memcmp(hand.model.weights, hand.weights, 64), 0);
  EXPECT_EQ(tsr_runtime_close(&hand.descriptor, &hand.model), TSR_OK);
}

TEST(EmbeddedWeights, AreVerifiedOnRequest) {
  HandModel hand;
  tsr_options options = {sizeof(options), 0, TSR_OPEN_VERIFY_WEIGHTS, 0,
                         nullptr};
  EXPECT_EQ(hand.open(&options), TSR_OK);
  hand.weights[3] = 5;
  EXPECT_EQ(hand.open(&options), TSR_WEIGHTS_CORRUPT);
  EXPECT_EQ(hand.open(), TSR_OK);
}

TEST(Hash, DependsOnEveryByteAndNotOnTheParts) {
  std::vector<unsigned char> data(256);
  for (size_t i = 0; i < data.size(); ++i) {
    data[i] = static_cast<unsigned char>(i * 37);
  }
  auto hashOf = [&](size_t split) {
    tsr_hash hash;
    tsr_hash_init(&hash);
    tsr_hash_update(&hash, data.data(), split);
    tsr_hash_update(&hash, data.data() + split, data.size() - split);
    return tsr_hash_finish(&hash);
  };
  uint64_t whole = hashOf(0);
  EXPECT_EQ(hashOf(32), whole);
  EXPECT_EQ(hashOf(224), whole);
  for (unsigned char &byte : data) {
    byte ^= 1;
    EXPECT_NE(hashOf(0), whole);
    byte ^= 1;
  }
}
