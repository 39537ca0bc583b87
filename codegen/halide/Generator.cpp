//===- Generator.cpp - the process that writes code with Halide -----------===//

#include "codegen/halide/Generator.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"

using namespace llvm;

namespace tessera::halide {

/// More means that a schedule unrolls beyond reason.
static constexpr unsigned kMostSeconds = 60;

/// The program beside this one; unit tests lie one level deeper than tools.
static std::string findProgram() {
  static int anchor;
  SmallString<256> folder(sys::fs::getMainExecutable(nullptr, &anchor));
  for (unsigned level = 0; level < 2; ++level) {
    sys::path::remove_filename(folder);
    for (StringRef candidate : {"tessera-halide", "bin/tessera-halide"}) {
      SmallString<256> path(folder);
      sys::path::append(path, candidate);
      if (sys::fs::can_execute(path)) {
        return path.str().str();
      }
    }
  }
  return "";
}

static const std::string &program() {
  static const std::string path = findProgram();
  return path;
}

bool isAvailable() { return !program().empty(); }

Expected<std::unique_ptr<MemoryBuffer>>
generate(StringRef description, StringRef name, unsigned vectorBits) {
  if (!isAvailable()) {
    return createStringError("tessera-halide is not installed");
  }
  SmallString<128> input, output, errors;
  for (auto [path, suffix] :
       {std::pair(&input, "json"), std::pair(&output, "bc"),
        std::pair(&errors, "txt")}) {
    if (std::error_code code =
            sys::fs::createTemporaryFile("tessera-halide", suffix, *path)) {
      return createStringError("cannot create a temporary file: " +
                               code.message());
    }
  }
  FileRemover removeInput(input), removeOutput(output), removeErrors(errors);
  if (Error error = writeToOutput(input, [&](raw_ostream &stream) {
        stream << description;
        return Error::success();
      })) {
    return std::move(error);
  }
  std::string bits = std::to_string(vectorBits);
  std::string message;
  int status = sys::ExecuteAndWait(
      program(), {program(), input, output, name, bits}, std::nullopt,
      {StringRef(), StringRef(errors), StringRef(errors)}, kMostSeconds,
      /*MemoryLimit=*/0, &message);
  if (status != 0) {
    auto text = MemoryBuffer::getFile(errors);
    return createStringError("tessera-halide failed: " +
                             (text && (*text)->getBufferSize()
                                  ? (*text)->getBuffer().trim().str()
                                  : message));
  }
  auto code = MemoryBuffer::getFile(output, /*IsText=*/false,
                                    /*RequiresNullTerminator=*/false);
  if (!code) {
    return createStringError("cannot read what tessera-halide wrote: " +
                             code.getError().message());
  }
  return std::move(*code);
}

} // namespace tessera::halide
