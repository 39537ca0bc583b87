//===- Header.cpp - the C header of a model -------------------------------===//
//
// The header alone documents the model. Names that come from the model reach
// it as identifiers or inside comments, where nothing can end the comment.
//
//===----------------------------------------------------------------------===//

#include "codegen/emit/Header.h"
#include "codegen/emit/Artifact.h"
#include "codegen/emit/File.h"
#include "codegen/emit/TypesHeader.h"
#include "tessera/abi.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"

using namespace llvm;
using namespace tessera::emit;

/// Text from the model, safe inside a comment.
static std::string commentText(StringRef text) {
  std::string result;
  for (char c : text) {
    bool printable = c >= ' ' && c <= '~';
    result += printable && c != '*' && c != '\\' && c != '?' ? c : '_';
  }
  return result;
}

/// An extent's expression inside a comment; products may show.
static std::string extentText(StringRef text) {
  std::string result;
  for (char c : text) {
    result += c == '*' ? std::string("x") : commentText(StringRef(&c, 1));
  }
  return result;
}

static StringRef elementName(unsigned type) {
  static constexpr StringLiteral names[] = {"?",
                                            "float32",
                                            "uint8",
                                            "int8",
                                            "uint16",
                                            "int16",
                                            "int32",
                                            "int64",
                                            "string",
                                            "bool",
                                            "float16",
                                            "float64",
                                            "uint32",
                                            "uint64",
                                            "complex64",
                                            "complex128",
                                            "bfloat16",
                                            "float8e4m3fn",
                                            "float8e4m3fnuz",
                                            "float8e5m2",
                                            "float8e5m2fnuz",
                                            "uint4",
                                            "int4",
                                            "float4e2m1",
                                            "float8e8m0",
                                            "uint2",
                                            "int2"};
  return type < std::size(names) ? names[type] : names[0];
}

static std::string shapeText(const Tensor &tensor) {
  std::vector<std::string> extents;
  for (const Axis &axis : tensor.axes) {
    extents.push_back(extentText(axis.text));
  }
  return elementName(tensor.elementType).str() + "[" + join(extents, ", ") +
         "]";
}

/// How many elements a byte holds.
static uint64_t perByte(unsigned type) {
  switch (type) {
  case TSR_UINT4:
  case TSR_INT4:
  case TSR_FLOAT4E2M1:
    return 2;
  case TSR_UINT2:
  case TSR_INT2:
    return 4;
  default:
    return 1;
  }
}

/// Bytes of a tensor: a number, or an expression of the dimensions.
static std::string bytesText(const Tensor &tensor) {
  uint64_t constant = tensor.elementBytes, packed = perByte(tensor.elementType);
  std::string factors;
  for (const Axis &axis : tensor.axes) {
    if (axis.extent >= 0) {
      constant *= static_cast<uint64_t>(axis.extent);
    } else {
      factors += " x (" + extentText(axis.text) + ")";
    }
  }
  if (packed > 1 && factors.empty()) {
    constant = divideCeil(constant, packed);
  }
  std::string bytes = std::to_string(constant) + factors;
  if (packed > 1 && !factors.empty()) {
    bytes = "(" + bytes + ") / " + std::to_string(packed) + ", rounded up,";
  }
  return bytes + " bytes" +
         (packed > 1 ? " of " + std::to_string(packed) +
                           " elements, the first in the low bits"
                     : "");
}

static std::string boundsText(const Dimension &dimension) {
  std::string upper =
      dimension.upper < 0 ? "no upper bound" : std::to_string(dimension.upper);
  return "from " + std::to_string(dimension.lower) + " to " + upper;
}

static void writeIntroduction(raw_ostream &stream,
                              const ArtifactDescription &artifact) {
  std::vector<std::string> targets;
  for (unsigned isa : artifact.variants) {
    targets.push_back(isaTarget(isa).str());
  }
  stream << "/* Model " << commentText(artifact.modelName)
         << ", compiled by Tessera " TESSERA_VERSION " for "
         << join(targets, ", ") << ".\n *\n"
         << " * Inputs, in C order:\n";
  for (const Tensor &tensor : artifact.inputs) {
    stream << " *   " << commentText(tensor.name) << ": " << shapeText(tensor)
           << "\n";
  }
  stream << " * Outputs:\n";
  for (const Tensor &tensor : artifact.outputs) {
    stream << " *   " << commentText(tensor.name) << ": " << shapeText(tensor)
           << "\n";
  }
  stream
      << " * Memory is the caller's. Inputs and outputs are aligned to their "
         "element, the\n * workspace to 64 bytes";
  if (artifact.workspaceBytes >= 0) {
    stream << "; workspace: " << artifact.workspaceBytes << " bytes";
  }
  stream << ".\n * Weights: " << artifact.weightsBytes << " bytes, "
         << (artifact.weightsInFile ? "in a file beside the library"
                                    : "inside the library")
         << ".\n"
         << " * An open model is constant: any number of threads may run it at "
            "once, each with\n * a workspace and outputs of its own. A run "
            "allocates nothing and, on one thread,\n * makes no system call. "
            "Every function returns a tsr_status, 0 for success.\n */\n";
}

static void writeDims(raw_ostream &stream,
                      const ArtifactDescription &artifact) {
  const std::string &prefix = artifact.prefix;
  stream << "/** Values of the free dimensions";
  bool any = false;
  for (const Dimension &dimension : artifact.dimensions) {
    any |= !dimension.field.empty();
  }
  stream << (any ? "" : ": this model has none, NULL will do") << ". */\n"
         << "typedef struct " << prefix << "_dims {\n"
         << "  uint32_t struct_size; /**< sizeof(" << prefix << "_dims) */\n";
  for (const Dimension &dimension : artifact.dimensions) {
    if (!dimension.field.empty()) {
      stream << "  int64_t " << dimension.field << "; /**< "
             << commentText(dimension.name) << ", " << boundsText(dimension)
             << " */\n";
    }
  }
  stream << "} " << prefix << "_dims;\n\n";
}

static void writeTensors(raw_ostream &stream,
                         const ArtifactDescription &artifact) {
  const std::string &prefix = artifact.prefix;
  stream << "typedef struct " << prefix << "_inputs {\n"
         << "  uint32_t struct_size; /**< sizeof(" << prefix << "_inputs) */\n"
         << "  const " << prefix
         << "_dims *dims; /**< NULL: no free dimensions */\n";
  for (const Tensor &tensor : artifact.inputs) {
    stream << "  tsr_input " << tensor.field << "; /**< " << shapeText(tensor)
           << ", " << bytesText(tensor) << " */\n";
  }
  stream << "} " << prefix << "_inputs;\n\n"
         << "typedef struct " << prefix << "_outputs {\n"
         << "  uint32_t struct_size; /**< sizeof(" << prefix
         << "_outputs) */\n";
  for (const Tensor &tensor : artifact.outputs) {
    stream << "  tsr_output " << tensor.field << "; /**< " << shapeText(tensor)
           << (tensor.flags & TSR_TENSOR_COMPUTED
                   ? ", a size that the run tells: `bytes` is what it may take"
                   : ", at least " + bytesText(tensor))
           << " */\n";
  }
  stream << "} " << prefix << "_outputs;\n\n";
}

/// The functions; `@` stands for the prefix.
static constexpr StringLiteral kFunctions = R"(typedef tsr_model @_model;

/** Chooses the code for this machine and finds the weights. `model` is
 * initialised with TSR_MODEL_INIT; `options` may be NULL. */
tsr_status @_open(@_model *model, const tsr_options *options);

/** Bytes of workspace for these dimensions; never less for larger ones. */
tsr_status @_workspace_size(const @_dims *dims, size_t *bytes);

/** Computes the outputs. `threads` NULL: on the calling thread alone. */
tsr_status @_run(const @_model *model, const @_inputs *inputs,
                 const @_outputs *outputs, void *workspace, size_t bytes,
                 const tsr_threads *threads);

/** Gives back what open took; no run may be under way. */
tsr_status @_close(@_model *model);

/** The built-in thread pool: `count` threads, the caller included. It serves
 * one run at a time (a second one then runs on its own thread) and any model,
 * while this library stays loaded. */
tsr_status @_threads_create(uint32_t count, tsr_threads *threads);
tsr_status @_threads_destroy(tsr_threads *threads);

/** For the generic loader. */
extern const struct tsr_descriptor @_descriptor;
)";

std::string tessera::emit::headerText(const ArtifactDescription &artifact) {
  std::string text;
  raw_string_ostream stream(text);
  std::string guard = "TESSERA_MODEL_" + artifact.prefix + "_H";
  writeIntroduction(stream, artifact);
  stream << "#ifndef " << guard << "\n#define " << guard << "\n\n"
         << kTypesHeader << "\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n";
  writeDims(stream, artifact);
  writeTensors(stream, artifact);
  SmallVector<StringRef> parts;
  StringRef(kFunctions).split(parts, '@');
  stream << join(parts, artifact.prefix)
         << "\n#ifdef __cplusplus\n}\n#endif\n\n#endif /* " << guard << " */\n";
  return text;
}

Error tessera::emit::commitWithHeader(const ArtifactDescription &artifact,
                                      StringRef headerPath,
                                      PendingFile *weights,
                                      PendingFile &library) {
  SmallVector<PendingFile *> files;
  if (weights) {
    files.push_back(weights);
  }
  std::optional<PendingFile> header;
  if (!headerPath.empty()) {
    Expected<PendingFile> file = PendingFile::create(headerPath);
    if (!file) {
      return file.takeError();
    }
    if (Error error = file->patch(0, headerText(artifact))) {
      return error;
    }
    header.emplace(std::move(*file));
    files.push_back(&*header);
  }
  files.push_back(&library);
  return commitTogether(files);
}
