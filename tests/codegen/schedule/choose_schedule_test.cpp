//===- choose_schedule_test.cpp - what happens to an illegal default ------===//

#include "codegen/schedule/ChooseSchedule.h"
#include "codegen/schedule/Target.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
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

/// A product of 120 x 256 bytes and a constant of 256 x 64.
constexpr const char *bytesPlan = R"(
func.func @main() {
  %a = tsk.argument 0 : <ui8>
  %w = tsk.weight dense<1> : tensor<256x64xi8> : <i8>
  %o = tsk.output 0 : <i32>
  tsk.launch ins(%a, %w : !tsk.buffer<ui8>, !tsk.buffer<i8>) outs(%o : !tsk.buffer<i32>) attributes {
      extents = affine_map<() -> (120, 64, 256)>, feedback = array<i64: -1, -1>, guards = [unit, unit],
      input_maps = [affine_map<(m, n, k) -> (m * 256 + k)>, affine_map<(m, n, k) -> (k * 64 + n)>],
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      output_maps = [affine_map<(m, n, k) -> (m * 64 + n)>], pads = [unit, unit]} computes {
  ^bb0(%x: i8, %y: i8):
    %left = arith.extui %x : i8 to i32
    %right = arith.extsi %y : i8 to i32
    %p = arith.muli %left, %right : i32
    %s = tsk.reduce <add> %p : i32 -> i32
    tsk.yield %s : i32
  }
  return
})";

TEST_F(ChooseSchedule, TilesOfBytesFillRegistersAndFitWithoutByteProducts) {
  OwningOpRef<ModuleOp> bytes =
      parseSourceString<ModuleOp>(bytesPlan, &context);
  LaunchOp product;
  bytes->walk([&](LaunchOp found) { product = found; });
  const Target &plain = *findTarget("x86-64-v4");
  const Target &products = *findTarget("x86-64-v4-vnni");
  ScheduleAttr chosen = chooseSchedule(product, plain);
  product.setScheduleAttr(chosen);
  int64_t vectors = chosen.getTile()[1] / chosen.getLanes();
  fitGroupedTiles(*bytes, products);
  EXPECT_EQ(*product.getSchedule(), chosen);
  // Sums, a constant's vectors, what is broadcast, and four halves.
  fitGroupedTiles(*bytes, plain);
  ScheduleAttr fitted = *product.getSchedule();
  EXPECT_LT(fitted.getTile()[0], chosen.getTile()[0]);
  EXPECT_LE(fitted.getTile()[0] * vectors + vectors + 1 + 4, 32);
  EXPECT_EQ(fitted.panelWidth(), chosen.panelWidth());
  EXPECT_EQ(illegality(product, fitted, plain), "");
}

} // namespace
