//===- Diagnostics.h - MLIR's diagnostics for the user ----------*- C++ -*-===//

#ifndef TESSERA_COMPILER_DRIVER_DIAGNOSTICS_H
#define TESSERA_COMPILER_DRIVER_DIAGNOSTICS_H

#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/Error.h"
#include <mutex>
#include <string>
#include <vector>

namespace tessera {

/// Collects the diagnostics of a context while it lives. Locations are names of
/// nodes around names of operator types.
class DiagnosticCollector {
public:
  explicit DiagnosticCollector(mlir::MLIRContext *context);

  std::vector<std::string> errors, warnings;

  /// The errors so far as one; `fallback` when there is none.
  llvm::Error takeErrors(llvm::StringRef fallback);

private:
  void collect(mlir::Diagnostic &diagnostic);

  std::mutex mutex;
  mlir::ScopedDiagnosticHandler handler;
};

/// `WHAT (node NAME, op TYPE): WHY`.
std::string formatDiagnostic(mlir::Location location, llvm::StringRef message);

} // namespace tessera

#endif // TESSERA_COMPILER_DRIVER_DIAGNOSTICS_H
