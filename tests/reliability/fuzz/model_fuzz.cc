// Any bytes as a model: the importer and every pass up to a plan. Beside the
// model lies a file that external data may refer to.
#include "compiler/driver/Compiler.h"
#include "scratch.h"

using namespace tessera;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const fuzz::Scratch scratch;
  static const std::string weights =
      scratch.write("weights.bin", std::string(4096, '?'));
  CompileOptions options;
  options.modelPath = scratch.write("model.onnx", fuzz::textOf(data, size));
  options.jobs = 1;
  std::vector<std::string> warnings;
  llvm::Error error = planModel(
      options, warnings, [](mlir::ModuleOp) { return llvm::Error::success(); });
  llvm::consumeError(std::move(error));
  return 0;
}
