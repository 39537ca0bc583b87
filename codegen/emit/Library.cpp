//===- Library.cpp - writes a model as a shared library -------------------===//

#include "codegen/emit/Descriptor.h"
#include "codegen/emit/Header.h"
#include "codegen/emit/Link.h"
#include "codegen/emit/Segment.h"
#include "codegen/emit/WeightsFile.h"

using namespace llvm;
using namespace tessera::emit;

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
                                       StringRef path, StringRef headerPath) {
  Expected<PendingFile> library = PendingFile::create(path);
  if (!library) {
    return library.takeError();
  }
  WeightsPlacement placement;
  if (artifact.weightsBytes == 0 || !artifact.weightsInFile) {
    placement.place =
        artifact.weightsBytes == 0 ? WeightsPlace::none : WeightsPlace::segment;
    if (Error error = linkLibrary(artifact, placement, *library)) {
      return error;
    }
    return commitWithHeader(artifact, headerPath, nullptr, *library);
  }
  Expected<PendingFile> weights = writeWeightsFile(artifact, path, placement);
  if (!weights) {
    return weights.takeError();
  }
  if (Error error = linkLibrary(artifact, placement, *library)) {
    return error;
  }
  return commitWithHeader(artifact, headerPath, &*weights, *library);
}
