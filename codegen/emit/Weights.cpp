//===- Weights.cpp - streams the weights segment to a file ----------------===//

#include "codegen/emit/Weights.h"
#include "tessera/abi.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;
using namespace tessera::emit;

namespace {
/// Bytes that go to the hash at once; also how much is written at once.
constexpr size_t kBlockBytes = 1 << 20;
constexpr size_t kHashBytes = 32;
} // namespace

namespace {
/// Passes bytes on and hashes them, whole hash blocks at a time.
class HashingStream : public raw_ostream {
public:
  explicit HashingStream(raw_ostream &stream) : stream(stream) {
    tsr_hash_init(&state);
    SetBufferSize(kBlockBytes);
  }
  ~HashingStream() override { flush(); }

  uint64_t bytes() const { return written; }
  uint64_t finish() {
    flush();
    return tsr_hash_finish(&state);
  }

private:
  void write_impl(const char *data, size_t size) override {
    stream.write(data, size);
    written += size;
    while (size != 0) {
      if (pendingBytes == 0 && size >= kHashBytes) {
        size_t whole = size / kHashBytes * kHashBytes;
        tsr_hash_update(&state, data, whole);
        data += whole;
        size -= whole;
        continue;
      }
      size_t part = std::min(size, kHashBytes - pendingBytes);
      std::copy_n(data, part, pending + pendingBytes);
      pendingBytes += part;
      data += part;
      size -= part;
      if (pendingBytes == kHashBytes) {
        tsr_hash_update(&state, pending, kHashBytes);
        pendingBytes = 0;
      }
    }
  }
  uint64_t current_pos() const override { return written; }

  raw_ostream &stream;
  tsr_hash state;
  uint64_t written = 0;
  char pending[kHashBytes];
  size_t pendingBytes = 0;
};
} // namespace

uint64_t
tessera::emit::paddedWeightsBytes(const ArtifactDescription &artifact) {
  return alignTo(artifact.weightsBytes, TSR_ALIGNMENT);
}

Expected<WeightsIdentity>
tessera::emit::streamWeights(const ArtifactDescription &artifact,
                             raw_ostream &stream) {
  WeightsIdentity identity;
  identity.bytes = paddedWeightsBytes(artifact);
  HashingStream hashing(stream);
  if (artifact.weightsBytes != 0) {
    if (Error error = artifact.writeWeights(hashing)) {
      return error;
    }
  }
  hashing.flush();
  if (hashing.bytes() != artifact.weightsBytes) {
    return createStringError("expected " + Twine(artifact.weightsBytes) +
                             " bytes of weights, got " +
                             Twine(hashing.bytes()));
  }
  hashing.write_zeros(identity.bytes - artifact.weightsBytes);
  identity.hash = hashing.finish();
  // The model's hash keeps apart two models that share their weights.
  uint64_t parts[4] = {identity.hash, artifact.modelHash, identity.bytes,
                       TSR_ABI_VERSION};
  tsr_hash build;
  tsr_hash_init(&build);
  tsr_hash_update(&build, parts, sizeof(parts));
  identity.buildId = tsr_hash_finish(&build);
  return identity;
}
