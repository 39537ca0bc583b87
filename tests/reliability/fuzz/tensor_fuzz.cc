// Any bytes as a tensor's file. The first byte says which kind; what is read is
// written and read again, which has to give the same tensor.
#include "compiler/tools/io/Npy.h"
#include "compiler/tools/io/TensorProto.h"
#include "scratch.h"

using namespace tessera;
using tools::HostTensor;

static llvm::Expected<HostTensor> parse(bool isNpy, llvm::StringRef bytes) {
  return isNpy ? tools::parseNpy(bytes) : tools::parseTensorProto(bytes);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0) {
    return 0;
  }
  bool isNpy = data[0] & 1;
  llvm::Expected<HostTensor> first =
      parse(isNpy, fuzz::textOf(data + 1, size - 1));
  if (!first) {
    llvm::consumeError(first.takeError());
    return 0;
  }
  std::string written =
      isNpy ? tools::formatNpy(*first) : tools::formatTensorProto(*first);
  llvm::Expected<HostTensor> second = parse(isNpy, written);
  if (!second || second->shape != first->shape ||
      second->elementType != first->elementType ||
      second->bytes != first->bytes || second->texts != first->texts) {
    std::abort();
  }
  (void)tools::findDifference(*second, *first, 1e-3, 1e-7);
  return 0;
}
