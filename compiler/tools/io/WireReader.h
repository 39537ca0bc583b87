//===- WireReader.h - protobuf's wire format, read with care ----*- C++ -*-===//
//
// Every length is checked against the bytes that are left.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_COMPILER_TOOLS_IO_WIREREADER_H
#define TESSERA_COMPILER_TOOLS_IO_WIREREADER_H

#include "llvm/ADT/StringRef.h"
#include <cstdint>

namespace tessera::tools {

enum Wire : unsigned { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

/// Reads tags, numbers and byte strings; remembers a failure.
class WireReader {
public:
  explicit WireReader(llvm::StringRef data) : rest(data) {}

  bool atEnd() const { return failed || rest.empty(); }
  bool hasFailed() const { return failed; }

  uint64_t readVarint() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !rest.empty(); shift += 7) {
      uint8_t byte = rest[0];
      rest = rest.drop_front();
      value |= uint64_t(byte & 0x7f) << shift;
      if (!(byte & 0x80)) {
        return value;
      }
    }
    failed = true;
    return 0;
  }
  llvm::StringRef take(uint64_t size) {
    if (failed || size > rest.size()) {
      failed = true;
      return {};
    }
    llvm::StringRef result = rest.take_front(size);
    rest = rest.drop_front(size);
    return result;
  }
  /// The contents of a field: varints are left where they stand.
  llvm::StringRef readField(unsigned wire) {
    switch (wire) {
    case Wire::varint: {
      const char *begin = rest.data();
      readVarint();
      return llvm::StringRef(begin, rest.data() - begin);
    }
    case Wire::fixed64:
      return take(8);
    case Wire::fixed32:
      return take(4);
    case Wire::bytes:
      return take(readVarint());
    default:
      failed = true;
      return {};
    }
  }

private:
  llvm::StringRef rest;
  bool failed = false;
};

} // namespace tessera::tools

#endif // TESSERA_COMPILER_TOOLS_IO_WIREREADER_H
