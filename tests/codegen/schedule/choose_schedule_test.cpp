//===- choose_schedule_test.cpp - what happens to an illegal default ------===//

#include "codegen/schedule/ChooseSchedule.h"
#include "codegen/schedule/Target.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "tests/codegen/Contraction.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace tessera::kernel;
using namespace tessera::schedule;

namespace {

constexpr const char *plan = R"(
func.func @main() {
  %a = tsk.argument 0 : <f32>
  %b = tsk.output 0 : <f32>
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%b : !tsk.buffer<f32>) attributes {
      extents = affine_map<() -> (100, 64)>, feedback = array<i64: -1>,
      guards = [unit],
      input_maps = [affine_map<(d0, d1) -> (d0 * 64 + d1)>],
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      output_maps = [affine_map<(d0, d1) -> (d0 * 64 + d1)>],
      pads = [unit]} computes {
  ^bb0(%x: f32):
    %s = arith.addf %x, %x : f32
    tsk.yield %s : f32
  }
  return
})";

/// A product of `rows` x `sums` and `sums` x `columns` numbers.
struct Product : tessera::Contraction {
  Product(int64_t rows, int64_t columns, int64_t sums)
      : Contraction(rows, columns, sums, tessera::Factors::floats, "1.0"),
        schedule(chooseSchedule(launch, *findTarget("x86-64-v4"))) {}
  ScheduleAttr schedule;
};

class ChooseSchedule : public testing::Test {
protected:
  ChooseSchedule() {
    context.loadDialect<TskDialect, arith::ArithDialect, func::FuncDialect>();
    module = parseSourceString<ModuleOp>(plan, &context);
    module->walk([&](LaunchOp found) { launch = found; });
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  LaunchOp launch;
};

TEST_F(ChooseSchedule, DefaultsOfTheTargetsAreLegal) {
  ASSERT_TRUE(launch);
  for (const Target &target : allTargets()) {
    std::string rejection;
    ScheduleAttr chosen =
        chooseSchedule(launch, target, /*mayPack=*/true, &rejection);
    EXPECT_EQ(rejection, "") << target.name.str();
    EXPECT_NE(chosen, plainSchedule(launch)) << target.name.str();
  }
}

TEST_F(ChooseSchedule, AnIllegalDefaultGivesWayToAPlainLoopAndSaysWhy) {
  ASSERT_TRUE(launch);
  // The rules fill the vectors of a target whatever their length; legality asks
  // for a power of two.
  Target odd = allTargets().front();
  odd.vectorBits = 96;
  std::string rejection;
  ScheduleAttr chosen =
      chooseSchedule(launch, odd, /*mayPack=*/true, &rejection);
  EXPECT_EQ(chosen, plainSchedule(launch));
  EXPECT_NE(rejection.find("a power of two"), std::string::npos) << rejection;
  EXPECT_EQ(illegality(launch, chosen, odd), "");
}

TEST_F(ChooseSchedule, RowsThatShareCacheSetsAreNoMoreThanItsWays) {
  // 4096 bytes apart all rows lie in one set, of which a cache of 32 KB has 8
  // ways; a line further each has its own.
  EXPECT_LE(Product(512, 768, 1024).schedule.getTile()[0], 8);
  EXPECT_LE(Product(512, 768, 3072).schedule.getTile()[0], 8);
  EXPECT_GT(Product(512, 768, 1040).schedule.getTile()[0], 8);
  // Rows of one line do not push each other out.
  EXPECT_GT(Product(512, 768, 1).schedule.getTile()[0], 8);
}

TEST_F(ChooseSchedule, PanelsThatFitNoCacheAreReadOnce) {
  // 2.4 MB of panels, and rows of 2.4 and 1.6 times as much.
  EXPECT_EQ(Product(768, 768, 784).schedule.getOrder()[0], 1);
  EXPECT_EQ(Product(1200, 768, 784).schedule.getOrder()[0], 1);
  // 0.8 MB stay where they are.
  EXPECT_EQ(Product(1200, 256, 784).schedule.getOrder()[0], 0);
}

/// The schedule of the launch of a plan.
ScheduleAttr scheduleOf(MLIRContext &context, const std::string &text,
                        llvm::StringRef target = "x86-64-v4") {
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context);
  LaunchOp launch;
  module->walk([&](LaunchOp found) { launch = found; });
  return chooseSchedule(launch, *findTarget(target));
}

std::vector<int64_t> tileOf(MLIRContext &context, const std::string &text) {
  return scheduleOf(context, text).getTile().asArrayRef();
}

/// A square window over each channel of `size` x `size` points of some images.
std::string windowText(int64_t size, int64_t window, int64_t channels,
                       int64_t images = 1) {
  int64_t row = size + window - 1;
  return llvm::formatv(
      R"(
func.func @main() {{
  %a = tsk.argument 0 : <f32>
  %w = tsk.weight dense<1.0> : tensor<{5}x{3}x{3}xf32> : <f32>
  %o = tsk.output 0 : <f32>
  tsk.launch ins(%a, %w : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>) attributes {{
      extents = affine_map<() -> ({6}, {0}, {0}, {5}, {3}, {3})>, feedback = array<i64: -1, -1>, guards = [unit, unit],
      input_maps = [affine_map<(n, y, x, c, i, j) -> (n * {7} + (y + i) * {1} + (x + j) * {5} + c)>,
                    affine_map<(n, y, x, c, i, j) -> (c * {4} + i * {3} + j)>],
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<parallel>,
                   #tsk.iterator<reduction>, #tsk.iterator<reduction>],
      output_maps = [affine_map<(n, y, x, c, i, j) -> (n * {8} + y * {2} + x * {5} + c)>], pads = [unit, unit]} computes {{
  ^bb0(%x: f32, %y: f32):
    %p = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    tsk.yield %s : f32
  }
  return
})",
      size, row * channels, size * channels, window, window * window, channels,
      images, row * row * channels, size * size * channels);
}

std::vector<int64_t> tileOfWindow(MLIRContext &context, int64_t size,
                                  int64_t window = 3) {
  return tileOf(context, windowText(size, window, 32));
}

TEST_F(ChooseSchedule, TilesOfWindowsAreHighWhereRowsAreLong) {
  EXPECT_EQ(tileOfWindow(context, 56),
            (std::vector<int64_t>{1, 4, 2, 16, 3, 3}));
  EXPECT_EQ(tileOfWindow(context, 56, 5)[2], 2);
  // Large windows are bound by products.
  EXPECT_EQ(tileOfWindow(context, 56, 7),
            (std::vector<int64_t>{1, 4, 4, 16, 1, 7}));
  // One tile holds a whole row.
  EXPECT_EQ(tileOfWindow(context, 14),
            (std::vector<int64_t>{1, 1, 14, 16, 3, 3}));
}

TEST_F(ChooseSchedule, WindowsHaveBlocksOfChannelsWhereATileHoldsARow) {
  auto blocksOf = [&](int64_t size, int64_t window, int64_t channels) {
    auto blocks =
        scheduleOf(context, windowText(size, window, channels)).getBlocks();
    return blocks ? std::vector<int64_t>(blocks.asArrayRef())
                  : std::vector<int64_t>();
  };
  using Blocks = std::vector<int64_t>;
  EXPECT_EQ(blocksOf(14, 3, 576), (Blocks{0, 7, 0, 64, 0, 0}));
  EXPECT_EQ(blocksOf(7, 3, 960), (Blocks{0, 4, 0, 64, 0, 0}));
  // Threads share blocks, and images.
  EXPECT_EQ(scheduleOf(context, windowText(14, 3, 576, 64)).getTasks(), 3);
  // Few registers: fewer sums, and halves of the rows in whole tiles.
  auto few = scheduleOf(context, windowText(14, 3, 576), "x86-64-v3");
  EXPECT_EQ(Blocks(few.getTile().asArrayRef()), (Blocks{1, 2, 4, 8, 3, 3}));
  EXPECT_EQ(Blocks(few.getBlocks().asArrayRef()), (Blocks{0, 8, 0, 64, 0, 0}));
  // Rows of all channels fit the nearest cache; more products; longer rows.
  EXPECT_EQ(blocksOf(14, 3, 80), Blocks());
  EXPECT_EQ(blocksOf(14, 5, 576), Blocks());
  EXPECT_EQ(blocksOf(28, 3, 576), Blocks());
}

/// The tile of rows that are divided by their sum.
std::vector<int64_t> tileOfRows(MLIRContext &context, int64_t rows,
                                int64_t length) {
  return tileOf(context, llvm::formatv(
                             R"(
func.func @main() {{
  %a = tsk.argument 0 : <f32>
  %o = tsk.output 0 : <f32>
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>) attributes {{
      extents = affine_map<() -> ({0}, {1})>, feedback = array<i64: -1>, guards = [unit],
      input_maps = [affine_map<(r, c) -> (r * {1} + c)>],
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<reduction>],
      output_maps = [affine_map<(r, c) -> (r * {1} + c)>], pads = [unit]} computes {{
  ^bb0(%x: f32):
    %s = tsk.reduce <add> %x : f32 -> f32
    %y = arith.divf %x, %s : f32
    tsk.yield %y : f32
  }
  return
})",
                             rows, length));
}

TEST_F(ChooseSchedule, RowsOfATileStayInTheNearestCache) {
  using Tile = std::vector<int64_t>;
  EXPECT_EQ(tileOfRows(context, 1536, 128), (Tile{8, 32}));
  EXPECT_EQ(tileOfRows(context, 128, 768), (Tile{2, 64}));
  // Code for a rest, since no divisor is near.
  EXPECT_EQ(tileOfRows(context, 197, 768), (Tile{3, 32}));
  EXPECT_EQ(tileOfRows(context, 128, 3072), (Tile{1, 64}));
}

/// The tile of a transpose of rows x columns.
std::vector<int64_t> tileOfTranspose(MLIRContext &context, int64_t rows,
                                     int64_t columns) {
  std::string text = llvm::formatv(
      R"(
func.func @main() {{
  %a = tsk.argument 0 : <f32>
  %o = tsk.output 0 : <f32>
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>) attributes {{
      extents = affine_map<() -> ({0}, {1})>, feedback = array<i64: -1>, guards = [unit],
      input_maps = [affine_map<(c, r) -> (r * {0} + c)>],
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      output_maps = [affine_map<(c, r) -> (c * {1} + r)>], pads = [unit]} computes {{
  ^bb0(%x: f32):
    tsk.yield %x : f32
  }
  return
})",
      columns, rows);
  return tileOf(context, text);
}

TEST_F(ChooseSchedule, TransposesUseAllOfALineAtOnce) {
  using Tile = std::vector<int64_t>;
  EXPECT_EQ(tileOfTranspose(context, 128, 768), (Tile{16, 16}));
  // Without a rest where that is nearly as much.
  EXPECT_EQ(tileOfTranspose(context, 128, 24), (Tile{12, 16}));
  EXPECT_EQ(tileOfTranspose(context, 128, 29), (Tile{16, 16}));
}

TEST_F(ChooseSchedule, TilesOfBytesFillRegistersAndFitWithoutByteProducts) {
  tessera::Contraction bytes(120, 64, 256, tessera::Factors::bytes, "1");
  LaunchOp product = bytes.launch;
  ASSERT_TRUE(product);
  const Target &plain = *findTarget("x86-64-v4");
  const Target &products = *findTarget("x86-64-v4-vnni");
  ScheduleAttr chosen = chooseSchedule(product, plain);
  product.setScheduleAttr(chosen);
  int64_t vectors = chosen.getTile()[1] / chosen.getLanes();
  fitGroupedTiles(*bytes.plan, products);
  EXPECT_EQ(*product.getSchedule(), chosen);
  // Sums, a constant's vectors, what is broadcast, and four halves.
  fitGroupedTiles(*bytes.plan, plain);
  ScheduleAttr fitted = *product.getSchedule();
  EXPECT_LT(fitted.getTile()[0], chosen.getTile()[0]);
  EXPECT_LE(fitted.getTile()[0] * vectors + vectors + 1 + 4, 32);
  EXPECT_EQ(fitted.panelWidth(), chosen.panelWidth());
  EXPECT_EQ(illegality(product, fitted, plain), "");
}

} // namespace

TEST_F(ChooseSchedule, StepsOfARecurrenceLieOutsideOfEverythingElse) {
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(
      R"(
func.func @main() {
  %p = tsk.argument 0 : <f32>
  %h = tsk.argument 1 : <f32>
  %w = tsk.weight dense<1.0> : tensor<256x256xf32> : <f32>
  %o = tsk.output 0 : <f32>
  tsk.launch ins(%p, %h, %w : !tsk.buffer<f32>, !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>) attributes {
      extents = affine_map<() -> (100, 64, 256, 256)>, feedback = array<i64: -1, 0, -1>, guards = [unit, unit, unit],
      input_maps = [affine_map<(t, b, u, i) -> (t * 16384 + b * 256 + u)>, affine_map<(t, b, u, i) -> (b * 256 + i)>,
                    affine_map<(t, b, u, i) -> (u * 256 + i)>],
      iterators = [#tsk.iterator<sequential>, #tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      output_maps = [affine_map<(t, b, u, i) -> (t * 16384 + b * 256 + u)>], pads = [unit, unit, unit]} computes {
  ^bb0(%x: f32, %s: f32, %r: f32):
    %m = arith.mulf %s, %r : f32
    %a = tsk.reduce <add> %m : f32 -> f32
    %y = arith.addf %x, %a : f32
    tsk.yield %y : f32
  }
  return
})",
      &context);
  LaunchOp steps;
  module->walk([&](LaunchOp found) { steps = found; });
  const Target &target = *findTarget("x86-64-v4");
  ScheduleAttr chosen = chooseSchedule(steps, target);
  EXPECT_GT(chosen.getTasks(), 1);
  auto with = [&](ArrayRef<int64_t> tile, ArrayRef<int64_t> blocks) {
    return ScheduleAttr::get(
        &context, chosen.getAlgorithm(), chosen.getVectorDim(),
        chosen.getLanes(), DenseI64ArrayAttr::get(&context, tile),
        chosen.getOrder(), chosen.getTasks(), chosen.getPacked(),
        blocks.empty() ? DenseI64ArrayAttr()
                       : DenseI64ArrayAttr::get(&context, blocks),
        chosen.getPrefetch(), chosen.getPanel());
  };
  SmallVector<int64_t> tile(chosen.getTile().asArrayRef()), blocks(4, 0);
  EXPECT_EQ(illegality(steps, with(tile, {}), target), "");
  blocks[1] = 32 * tile[1];
  EXPECT_NE(illegality(steps, with(tile, blocks), target), "");
  tile[0] = 2;
  EXPECT_NE(illegality(steps, with(tile, {}), target), "");
}
