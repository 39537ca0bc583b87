//===- WeightsFile.cpp - weights in a file beside the library -------------===//

#include "codegen/emit/WeightsFile.h"
#include "tessera/abi.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <cstring>

using namespace llvm;
using namespace tessera::emit;

static Error patchHeader(const PendingFile &file,
                         const WeightsIdentity &identity) {
  tsr_weights_header header = {};
  std::memcpy(header.magic, TSR_WEIGHTS_MAGIC, sizeof(header.magic));
  header.abi_version = TSR_ABI_VERSION;
  header.header_bytes = TSR_WEIGHTS_HEADER_BYTES;
  header.bytes = identity.bytes;
  header.build_id = identity.buildId;
  header.hash = identity.hash;
  return file.patch(
      0, StringRef(reinterpret_cast<const char *>(&header), sizeof(header)));
}

Expected<PendingFile>
tessera::emit::writeWeightsFile(const ArtifactDescription &artifact,
                                StringRef library,
                                WeightsPlacement &placement) {
  SmallString<256> path(library);
  sys::path::replace_extension(path, "weights");
  Expected<PendingFile> file = PendingFile::create(path);
  if (!file) {
    return file.takeError();
  }
  Error written = file->append([&](raw_ostream &stream) {
    stream.write_zeros(TSR_WEIGHTS_HEADER_BYTES);
    return streamWeights(artifact, stream).moveInto(placement.identity);
  });
  if (written) {
    return written;
  }
  if (Error error = patchHeader(*file, placement.identity)) {
    return error;
  }
  placement.place = WeightsPlace::file;
  placement.fileName = sys::path::filename(path).str();
  return std::move(*file);
}
