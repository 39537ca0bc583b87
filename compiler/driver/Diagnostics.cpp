//===- Diagnostics.cpp - MLIR's diagnostics as messages to the user -------===//

#include "compiler/driver/Diagnostics.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Location.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace tessera;

namespace {
struct Node {
  std::string name, op;
};
} // namespace

/// The first node among the locations that are combined in `location`.
static Node nodeOf(Location location) {
  if (auto name = dyn_cast<NameLoc>(location)) {
    Node node{name.getName().str(), ""};
    if (auto op = dyn_cast<NameLoc>(name.getChildLoc())) {
      node.op = op.getName().str();
    }
    return node;
  }
  if (auto fused = dyn_cast<FusedLoc>(location)) {
    for (Location part : fused.getLocations()) {
      Node node = nodeOf(part);
      if (!node.name.empty()) {
        return node;
      }
    }
  }
  if (auto call = dyn_cast<CallSiteLoc>(location)) {
    return nodeOf(call.getCallee());
  }
  return {};
}

std::string tessera::formatDiagnostic(Location location, StringRef message) {
  Node node = nodeOf(location);
  // emitOpError starts with the operation's own name in quotes.
  StringRef why = message, what;
  if (why.consume_front("'")) {
    auto [op, rest] = why.split("' op ");
    if (!rest.empty()) {
      node.op = node.op.empty() ? op.str() : node.op;
      message = rest;
    }
  }
  std::tie(what, why) = message.split(": ");
  if (why.empty()) {
    why = what;
    what = "cannot compile";
  }
  std::string text = what.str();
  if (!node.name.empty() || !node.op.empty()) {
    text += " (node " + (node.name.empty() ? "?" : node.name) + ", op " +
            (node.op.empty() ? "?" : node.op) + ")";
  }
  return text + ": " + why.str();
}

DiagnosticCollector::DiagnosticCollector(MLIRContext *context)
    : handler(context, [this](Diagnostic &diagnostic) {
        collect(diagnostic);
        return success();
      }) {}

void DiagnosticCollector::collect(Diagnostic &diagnostic) {
  std::string text =
      formatDiagnostic(diagnostic.getLocation(), diagnostic.str());
  // Notes show whole operations; they help those who read IR only.
  std::lock_guard<std::mutex> lock(mutex);
  if (diagnostic.getSeverity() == DiagnosticSeverity::Error) {
    errors.push_back(std::move(text));
  } else if (diagnostic.getSeverity() != DiagnosticSeverity::Note) {
    warnings.push_back(std::move(text));
  }
}

llvm::Error DiagnosticCollector::takeErrors(StringRef fallback) {
  std::lock_guard<std::mutex> lock(mutex);
  llvm::Error result = llvm::Error::success();
  if (errors.empty()) {
    errors.push_back(fallback.str());
  }
  for (const std::string &text : errors) {
    result = llvm::joinErrors(std::move(result), llvm::createStringError(text));
  }
  errors.clear();
  return result;
}
