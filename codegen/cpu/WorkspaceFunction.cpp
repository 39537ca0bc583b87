//===- WorkspaceFunction.cpp - how much memory a run needs ----------------===//

#include "codegen/cpu/Access.h"
#include "codegen/cpu/HostFunction.h"
#include "codegen/cpu/PlanFunctions.h"
#include "dialects/kernel/Extents.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::cpu {

/// The greatest result of tsk.workspace; negative when it is too large to be
/// told.
static Value emitWorkspace(ModuleOp plan, HostFunction &host,
                           ArrayRef<Value> symbols) {
  OpBuilder &b = host.b;
  Value greatest = constantIndex(b, host.loc, 0),
        none = constantIndex(b, host.loc, -1);
  auto bytes = plan->getAttrOfType<AffineMapAttr>("tsk.workspace");
  if (!bytes) {
    return greatest;
  }
  for (AffineExpr expr : bytes.getValue().getResults()) {
    Value size = emitExpr(b, host.loc, expr, {}, symbols);
    greatest =
        constantIndexOf(greatest) == 0
            ? size
            : arith::MaxSIOp::create(b, host.loc, greatest, size).getResult();
  }
  for (AffineExpr expr : bytes.getValue().getResults()) {
    if (Value bad = emitOverflows(b, host.loc, expr, symbols)) {
      greatest = arith::SelectOp::create(b, host.loc, bad, none, greatest);
    }
  }
  return greatest;
}

void emitWorkspaceFunction(ModuleOp plan, ModuleOp code, StringRef prefix,
                           StringRef isa) {
  HostFunction host(code, (prefix + "_generated_workspace_" + isa).str(), 1,
                    HostFunction::Result::index);
  SmallVector<Value> symbols =
      host.loadSymbols(host.entry->getArgument(0), host.dimensionCount(plan));
  LLVM::ReturnOp::create(host.b, host.loc, emitWorkspace(plan, host, symbols));
}

} // namespace tessera::cpu
