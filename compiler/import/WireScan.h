//===- WireScan.h - bounded look at a serialized model ----------*- C++ -*-===//
//
// Protobuf copies every bytes field and has no limits of its own, so the file
// is walked first: the walk checks the framing within a budget and writes a
// reduced copy in which large tensor data is replaced by its range in the
// file (TensorProto.segment, which no released model uses otherwise), and
// fields the importer never reads are left out.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_COMPILER_IMPORT_WIRESCAN_H
#define TESSERA_COMPILER_IMPORT_WIRESCAN_H

#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <optional>
#include <string>

namespace tessera::import {

struct ScanBudget {
  /// Nesting of messages: graphs in attributes, types in types.
  unsigned maxDepth = 64;
  /// Fields in the whole file.
  uint64_t maxFields = uint64_t(1) << 22;
  /// Bytes that messages, strings and numbers take once they are parsed, by
  /// estimate: two bytes of a file may become a message of two hundred.
  uint64_t maxParsedBytes = uint64_t(1) << 29;
  /// Bytes left after the cuts.
  uint64_t maxReducedBytes = uint64_t(1) << 30;
  /// Tensor data of this many bytes or more stays in the file.
  uint64_t cutBytes = 1024;
};

/// Walks a serialized ModelProto and writes the reduced copy. Returns what is
/// wrong with the file, or nothing.
std::optional<std::string>
scanModel(llvm::StringRef file, const ScanBudget &budget, std::string &reduced);

} // namespace tessera::import

#endif // TESSERA_COMPILER_IMPORT_WIRESCAN_H
