//===- product_tiles_test.cc - tiles that tune --matmul tries on AMX ------===//
//
// Each is legal for some size, and computes the product.
//
//===----------------------------------------------------------------------===//

#include "codegen/schedule/TileProduct.h"
#include "codegen/tune/KernelCode.h"
#include "compiler/tools/Product.h"
#include "tests/amx/emulator.h"
#include <gtest/gtest.h>
#include <set>

using namespace tessera;

namespace {

/// Rows and columns of the tiles on which the product of these sizes was
/// computed; all of them rightly.
std::set<std::pair<int64_t, int64_t>> tilesOf(std::vector<int64_t> sizes,
                                              schedule::Products products) {
  schedule::Target target =
      schedule::withProducts(*schedule::findTarget("x86-64-amx"), products);
  tools::TuneOptions options;
  options.product = std::move(sizes);
  auto product = llvm::cantFail(tools::Product::create(options));
  std::vector<kernel::ScheduleAttr> onTiles;
  for (kernel::ScheduleAttr each : product->schedules(target)) {
    if (schedule::partsOf(each.getAlgorithm()) > 0) {
      onTiles.push_back(each);
    }
  }
  auto data = llvm::cantFail(tune::KernelData::create(*product->plan, {}));
  auto code = llvm::cantFail(
      tune::KernelCode::compile(*product->plan, product->launch(), onTiles,
                                target, *data, /*jobs=*/2, /*copies=*/1));
  std::set<std::pair<int64_t, int64_t>> tiles;
  for (tune::Kernel &kernel : code->kernels()) {
    data->fill(product->launch());
    uint64_t before = amx_emulator_counts().products;
    EXPECT_EQ(kernel.run(), 0);
    EXPECT_GT(amx_emulator_counts().products, before);
    EXPECT_TRUE(product->isRight(*data));
    tiles.emplace(kernel.schedule.getTile()[0], kernel.schedule.getTile()[1]);
  }
  return tiles;
}

TEST(ProductTiles, AllComputeALargeProduct) {
  // The default's tile may be one of the ten.
  EXPECT_GE(tilesOf({256, 128, 128}, schedule::Products::bf16x6).size(), 10u);
}

TEST(ProductTiles, SoDoThoseOfOddSizes) {
  EXPECT_GE(tilesOf({257, 129, 131}, schedule::Products::bf16x6).size(), 10u);
}

} // namespace
