//===- AssignLayouts.cpp - the order of dimensions in memory --------------===//

#include "passes/layout/Passes.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::layout {
#define GEN_PASS_DEF_ASSIGNLAYOUTS
#include "passes/layout/Passes.h.inc"

namespace {
struct AssignLayouts : impl::AssignLayoutsBase<AssignLayouts> {
  void runOnOperation() override {}
};
} // namespace
} // namespace tessera::layout
