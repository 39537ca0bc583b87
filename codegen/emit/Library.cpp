//===- Library.cpp - writes a model as a shared library -------------------===//

#include "codegen/emit/Descriptor.h"
#include "codegen/emit/File.h"
#include "codegen/emit/Link.h"
#include "codegen/emit/Segment.h"
#include "tessera/abi.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <cstring>

using namespace llvm;
using namespace tessera::emit;

/// Writes the file that `--weights file` puts beside the library.
static Expected<WeightsIdentity>
writeWeightsFile(const ArtifactDescription &artifact, const PendingFile &file) {
  auto stream = file.open();
  if (!stream) {
    return stream.takeError();
  }
  (*stream)->write_zeros(TSR_WEIGHTS_HEADER_BYTES);
  Expected<WeightsIdentity> identity = streamWeights(artifact, **stream);
  if (!identity) {
    return identity.takeError();
  }
  (*stream)->flush();
  if ((*stream)->has_error()) {
    std::error_code code = (*stream)->error();
    (*stream)->clear_error();
    return fileError("write", file.path(), code);
  }
  tsr_weights_header header = {};
  std::memcpy(header.magic, TSR_WEIGHTS_MAGIC, sizeof(header.magic));
  header.abi_version = TSR_ABI_VERSION;
  header.header_bytes = TSR_WEIGHTS_HEADER_BYTES;
  header.bytes = identity->bytes;
  header.build_id = identity->buildId;
  header.hash = identity->hash;
  if (Error error =
          file.patch(0, StringRef(reinterpret_cast<const char *>(&header),
                                  sizeof(header)))) {
    return error;
  }
  return identity;
}

static Error linkLibrary(const ArtifactDescription &artifact,
                         const WeightsPlacement &weights,
                         const PendingFile &library) {
  auto descriptor = descriptorObject(artifact, weights);
  if (!descriptor) {
    return descriptor.takeError();
  }
  if (Error error = link(artifact, (*descriptor)->getMemBufferRef(),
                         LinkKind::shared, library.path())) {
    return error;
  }
  return weights.place == WeightsPlace::segment
             ? appendWeights(artifact, library)
             : Error::success();
}

Error tessera::emit::emitSharedLibrary(const ArtifactDescription &artifact,
                                       StringRef path) {
  Expected<PendingFile> library = PendingFile::create(path);
  if (!library) {
    return library.takeError();
  }
  if (artifact.weightsBytes == 0 || !artifact.weightsInFile) {
    WeightsPlacement weights;
    weights.place =
        artifact.weightsBytes == 0 ? WeightsPlace::none : WeightsPlace::segment;
    if (Error error = linkLibrary(artifact, weights, *library)) {
      return error;
    }
    return library->commit();
  }
  SmallString<256> weightsPath(path);
  sys::path::replace_extension(weightsPath, "weights");
  Expected<PendingFile> file = PendingFile::create(weightsPath);
  if (!file) {
    return file.takeError();
  }
  Expected<WeightsIdentity> identity = writeWeightsFile(artifact, *file);
  if (!identity) {
    return identity.takeError();
  }
  WeightsPlacement weights = {WeightsPlace::file, *identity,
                              sys::path::filename(weightsPath).str()};
  if (Error error = linkLibrary(artifact, weights, *library)) {
    return error;
  }
  if (Error error = file->commit()) {
    return error;
  }
  if (Error error = library->commit()) {
    sys::fs::remove(weightsPath);
    return error;
  }
  return Error::success();
}
