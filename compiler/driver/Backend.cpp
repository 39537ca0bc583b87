//===- Backend.cpp - from a planned module to files -----------------------===//
//
// Targets whose plans store the same weights share their segment. The segments
// of others follow one another, and the weights of later ones are addressed
// behind those before.
//
//===----------------------------------------------------------------------===//

#include "compiler/driver/Backend.h"
#include "codegen/cpu/LoopFunctions.h"
#include "codegen/cpu/WeightWriter.h"
#include "codegen/emit/Artifact.h"
#include "codegen/emit/File.h"
#include "codegen/emit/Link.h"
#include "compiler/driver/PlanFacts.h"
#include "compiler/driver/Record.h"
#include "compiler/driver/TargetCode.h"
#include "compiler/driver/TargetPlans.h"
#include "dialects/kernel/DotProduct.h"
#include "dialects/kernel/Kernel.h"
#include "tessera/abi.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace tessera;

namespace {
class Backend {
public:
  Backend(ModuleOp plan, const Stages &stages, CompileResult &result)
      : plan(plan), stages(stages), options(stages.options), result(result),
        plans(plan, stages) {}

  llvm::Error run(SourceModel source);

private:
  llvm::Error makeTarget(const schedule::Target &target);
  llvm::Error makeCode(TargetCode code);
  llvm::Error describe(emit::ArtifactDescription &artifact, SourceModel source);
  /// Bytes of the segment with the weights of all targets so far.
  uint64_t weightsEnd() const;
  std::string record(llvm::json::Array graph) const;
  llvm::Error write(const emit::ArtifactDescription &artifact);

  ModuleOp plan;
  const Stages &stages;
  const CompileOptions &options;
  CompileResult &result;
  TargetPlans plans;
  std::string prefix;
  std::vector<TargetCode> codes;
};
} // namespace

uint64_t Backend::weightsEnd() const {
  uint64_t end = 0;
  for (const TargetCode &code : codes) {
    end = std::max(end, code.weightsBegin + cpu::weightBytesOf(*code.plan));
  }
  return end;
}

/// What the library remembers of this compilation.
std::string Backend::record(llvm::json::Array graph) const {
  llvm::json::Object object = planRecord(plan, std::move(graph));
  llvm::json::Array variants;
  for (const TargetCode &code : codes) {
    llvm::json::Object variant =
        variantRecord(*code.plan, code.target->name,
                      /*hasOwnSteps=*/code.target->matrixTiles);
    variant["weights"] =
        code.sharesWeights ? 0 : cpu::weightBytesOf(*code.plan);
    variants.push_back(std::move(variant));
  }
  object["variants"] = std::move(variants);
  std::string text;
  llvm::raw_string_ostream(text) << llvm::json::Value(std::move(object));
  return text;
}

llvm::Error Backend::describe(emit::ArtifactDescription &artifact,
                              SourceModel source) {
  if (llvm::Error error = emit::describeInterface(plan, prefix, artifact)) {
    return error;
  }
  artifact.modelName = llvm::sys::path::filename(options.modelPath).str();
  artifact.modelHash = source.hash;
  artifact.record = record(std::move(source.graph));
  artifact.weightsInFile = options.weightsInFile;
  artifact.workspaceBytes = result.workspaceBytes;
  artifact.sanitizer = options.sanitize == "address"  ? emit::Sanitizer::address
                       : options.sanitize == "thread" ? emit::Sanitizer::thread
                                                      : emit::Sanitizer::none;
  // Names as in the symbols of the most capable variant, for profilers.
  for (const auto &[name, location] : cpu::stepNamesOf(*codes.back().plan)) {
    artifact.kernels.push_back({name, nodesOf(location)});
  }
  for (TargetCode &code : codes) {
    artifact.variants.push_back(code.isa);
    for (const auto &object : code.objects) {
      artifact.objects.push_back(object->getMemBufferRef());
    }
  }
  artifact.weightsBytes = weightsEnd();
  artifact.writeWeights = [this](raw_ostream &stream) {
    uint64_t position = 0;
    for (const TargetCode &code : codes) {
      if (code.sharesWeights) {
        continue;
      }
      stream.write_zeros(code.weightsBegin - position);
      cpu::writeWeights(*code.plan, stream);
      position = code.weightsBegin + cpu::weightBytesOf(*code.plan);
    }
    return llvm::Error::success();
  };
  return llvm::Error::success();
}

/// Writes the generated code alone, as one object.
static llvm::Error writeObject(const emit::ArtifactDescription &artifact,
                               StringRef path) {
  llvm::Expected<emit::PendingFile> file = emit::PendingFile::create(path);
  if (!file) {
    return file.takeError();
  }
  if (llvm::Error error =
          emit::link(artifact, {}, emit::LinkKind::relocatable, file->path())) {
    return error;
  }
  return file->commit();
}

llvm::Error Backend::write(const emit::ArtifactDescription &artifact) {
  TimingScope scope = stages.timing.nest("write");
  result.kernels = artifact.kernels.size();
  result.weightsBytes = artifact.weightsBytes;
  result.files = {options.outputPath};
  if (options.emit == Emit::object) {
    return writeObject(artifact, options.outputPath);
  }
  SmallString<256> header(options.outputPath);
  llvm::sys::path::replace_extension(header, "h");
  llvm::Error error =
      options.emit == Emit::archive
          ? emit::emitArchive(artifact, options.outputPath, header)
          : emit::emitSharedLibrary(artifact, options.outputPath, header);
  if (error) {
    return error;
  }
  result.files.push_back(header.str().str());
  if (options.emit == Emit::library && artifact.weightsInFile &&
      artifact.weightsBytes) {
    llvm::sys::path::replace_extension(header, "weights");
    result.files.push_back(header.str().str());
  }
  return llvm::Error::success();
}

using StoredWeights = SmallVector<std::pair<Attribute, Type>>;

static StoredWeights weightsOf(ModuleOp plan) {
  StoredWeights weights;
  plan.walk([&](kernel::WeightOp weight) {
    weights.emplace_back(weight->getAttrDictionary(), weight.getType());
  });
  return weights;
}

/// Whether two scheduled plans store the same bytes at the same places.
static bool haveSameWeights(ModuleOp left, ModuleOp right) {
  return weightsOf(left) == weightsOf(right);
}

/// Whether some launch multiplies bytes in groups.
static bool multipliesBytes(ModuleOp plan) {
  auto isFound = [](kernel::LaunchOp launch) {
    return kernel::dotProductOf(launch) ? WalkResult::interrupt()
                                        : WalkResult::advance();
  };
  return plan.walk(isFound).wasInterrupted();
}

llvm::Error Backend::makeCode(TargetCode code) {
  codes.push_back(std::move(code));
  return tessera::makeCode(codes.back(), stages, prefix, codes.size() > 1);
}

llvm::Error Backend::makeTarget(const schedule::Target &target) {
  llvm::Expected<OwningOpRef<ModuleOp>> scheduled = plans.planFor(target);
  if (!scheduled) {
    return scheduled.takeError();
  }
  if (options.emit == Emit::kernels) {
    return stages.writeModule(**scheduled);
  }
  TargetCode code(target);
  code.plan = std::move(*scheduled);
  code.weightsBegin = llvm::alignTo(weightsEnd(), TSR_ALIGNMENT);
  if (!codes.empty() && haveSameWeights(*codes.front().plan, *code.plan)) {
    code.weightsBegin = codes.front().weightsBegin;
    code.sharesWeights = true;
  }
  if (llvm::Error error = makeCode(std::move(code))) {
    return error;
  }
  TargetCode &made = codes.back();
  if (options.emit == Emit::llvm || !target.withByteProducts ||
      !multipliesBytes(*made.plan)) {
    return llvm::Error::success();
  }
  TargetCode other(*target.withByteProducts);
  other.plan = made.plan->clone();
  other.weightsBegin = made.weightsBegin;
  other.sharesWeights = true;
  return makeCode(std::move(other));
}

llvm::Error Backend::run(SourceModel source) {
  StringRef stem = llvm::sys::path::stem(
      options.outputPath == "-" ? options.modelPath : options.outputPath);
  prefix = options.symbolPrefix.empty() ? emit::cIdentifier(stem)
                                        : options.symbolPrefix;
  if (emit::cIdentifier(prefix) != prefix) {
    return llvm::createStringError("--symbol-prefix " + prefix +
                                   ": expected a C identifier, such as " +
                                   emit::cIdentifier(prefix));
  }
  result.workspaceBytes = smallestWorkspace(plan);
  result.workspaceLowerBound = workspaceLowerBound(plan);
  if (llvm::Error error = plans.scheduleMostCapable()) {
    return error;
  }
  // Variants may need memory of their own; what is told suffices for each.
  auto keepNeediest = [&] {
    ModuleOp last = *codes.back().plan;
    if (int64_t bytes = smallestWorkspace(last);
        bytes > result.workspaceBytes) {
      result.workspaceBytes = bytes;
      result.workspaceLowerBound = workspaceLowerBound(last);
    }
  };
  for (const std::string &name : options.targets) {
    if (llvm::Error error = makeTarget(*schedule::findTarget(name))) {
      return error;
    }
    if (options.emit == Emit::kernels || options.emit == Emit::llvm) {
      return llvm::Error::success();
    }
    keepNeediest();
  }
  emit::ArtifactDescription artifact;
  if (llvm::Error error = describe(artifact, std::move(source))) {
    return error;
  }
  return write(artifact);
}

llvm::Error tessera::writeArtifact(ModuleOp plan, const Stages &stages,
                                   SourceModel source, CompileResult &result) {
  return Backend(plan, stages, result).run(std::move(source));
}
