//===- Backend.cpp - from a planned module to files -----------------------===//
//
// Each target has its own copy of the plan: schedules decide how weights are
// packed. Those of several targets follow the most capable one's, so that all
// read the same panels. Where that fails, the segments of the targets follow
// one another, and the weights of later ones are addressed behind the others.
//
//===----------------------------------------------------------------------===//

#include "compiler/driver/Backend.h"
#include "codegen/cpu/LoopFunctions.h"
#include "codegen/cpu/Object.h"
#include "codegen/cpu/Passes.h"
#include "codegen/cpu/WeightWriter.h"
#include "codegen/emit/Artifact.h"
#include "codegen/emit/File.h"
#include "codegen/emit/Link.h"
#include "codegen/schedule/ChooseSchedule.h"
#include "codegen/schedule/Passes.h"
#include "codegen/schedule/SharedPanels.h"
#include "codegen/schedule/Target.h"
#include "compiler/driver/PlanFacts.h"
#include "compiler/driver/Record.h"
#include "dialects/kernel/DotProduct.h"
#include "dialects/kernel/Kernel.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Transforms/Passes.h"
#include "passes/plan/Passes.h"
#include "tessera/abi.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace tessera;

namespace {
/// The plan and the code for one target.
struct TargetCode {
  const schedule::Target *target = nullptr;
  unsigned isa = 0;
  OwningOpRef<ModuleOp> plan;
  cpu::Objects objects;
  /// Where the weights of this plan start in the segment.
  uint64_t weightsBegin = 0;
  /// They are those of a target before: nothing is written for them.
  bool sharesWeights = false;
};

class Backend {
public:
  Backend(ModuleOp plan, const Stages &stages, CompileResult &result)
      : plan(plan), stages(stages), options(stages.options), result(result) {}

  llvm::Error run(SourceModel source);

private:
  llvm::Error schedule(const schedule::Target &target, ModuleOp copy);
  llvm::Error pack(const schedule::Target &target, ModuleOp copy);
  llvm::Error scheduleMostCapable();
  llvm::Expected<OwningOpRef<ModuleOp>>
  scheduledPlan(const schedule::Target &target);
  llvm::Error makeTarget(const schedule::Target &target);
  llvm::Error makeObjects(TargetCode &code);
  llvm::Error describe(emit::ArtifactDescription &artifact, SourceModel source);
  /// Bytes of the segment with the weights of all targets so far.
  uint64_t weightsEnd() const;
  std::string record(llvm::json::Array graph) const;
  llvm::Error write(const emit::ArtifactDescription &artifact);

  ModuleOp plan;
  const Stages &stages;
  const CompileOptions &options;
  CompileResult &result;
  std::string prefix;
  std::vector<TargetCode> codes;
  /// The plan for the most capable of several targets, until it is its turn.
  OwningOpRef<ModuleOp> mostCapable;
};
} // namespace

/// The number that the binary interface gives a target; 0: none.
static unsigned isaOf(StringRef target) {
  for (unsigned isa = TSR_ISA_X86_64_V3; isa <= TSR_ISA_X86_64_AMX; ++isa) {
    if (emit::isaTarget(isa) == target) {
      return isa;
    }
  }
  return 0;
}

llvm::Error Backend::schedule(const schedule::Target &target, ModuleOp copy) {
  schedule::AssignSchedulesOptions assign;
  assign.target = target.name.str();
  assign.sharePanels = options.targets.size() > 1;
  assign.plain = !options.vectorise;
  assign.file = options.tuningFile;
  assign.machine = options.tuningMachine;
  assign.products = schedule::nameOf(options.products).str();
  return stages.run(copy, "schedule", [&](OpPassManager &manager) {
    manager.addPass(schedule::createAssignSchedules(assign));
  });
}

/// Adds what the schedules of a target need besides, and stores constants as
/// they say.
llvm::Error Backend::pack(const schedule::Target &target, ModuleOp copy) {
  return stages.run(copy, "pack", [&](OpPassManager &manager) {
    if (target.matrixTiles) {
      schedule::SplitProductsOptions split;
      split.target = target.name.str();
      manager.addPass(schedule::createSplitProducts(split));
      manager.addPass(plan::createPlanArena());
      manager.addPass(plan::createCheckPlan());
    }
    manager.addPass(schedule::createMultiplyByReciprocals());
    manager.addPass(schedule::createRoundToIntegers());
    manager.addPass(schedule::createPackWeights());
  });
}

/// The schedules that those of other targets follow.
llvm::Error Backend::scheduleMostCapable() {
  if (options.targets.size() < 2) {
    return llvm::Error::success();
  }
  mostCapable = plan.clone();
  return schedule(*schedule::findTarget(options.targets.back()), *mostCapable);
}

llvm::Expected<OwningOpRef<ModuleOp>>
Backend::scheduledPlan(const schedule::Target &target) {
  OwningOpRef<ModuleOp> copy;
  if (mostCapable && target.name == options.targets.back()) {
    copy = std::move(mostCapable);
  } else {
    copy = plan.clone();
    if (mostCapable) {
      schedule::sharePanels(*mostCapable, *copy);
    }
    if (llvm::Error error = schedule(target, *copy)) {
      return error;
    }
  }
  if (llvm::Error error = pack(target, *copy)) {
    return error;
  }
  return copy;
}

/// Whether two scheduled plans store the same bytes at the same places.
static bool haveSameWeights(ModuleOp left, ModuleOp right) {
  auto weightsOf = [](ModuleOp plan) {
    SmallVector<std::pair<Attribute, Type>> weights;
    plan.walk([&](kernel::WeightOp weight) {
      weights.emplace_back(weight->getAttrDictionary(), weight.getType());
    });
    return weights;
  };
  return weightsOf(left) == weightsOf(right);
}

/// Moves the addresses of all weights.
static void shiftWeights(ModuleOp plan, int64_t bytes) {
  plan.walk([&](kernel::WeightOp weight) {
    weight.setOffset(*weight.getOffset() + bytes);
  });
}

/// Whether some launch multiplies bytes in groups.
static bool multipliesBytes(ModuleOp plan) {
  return plan
      .walk([](kernel::LaunchOp launch) {
        return kernel::dotProductOf(launch) ? WalkResult::interrupt()
                                            : WalkResult::advance();
      })
      .wasInterrupted();
}

/// Makes the names of a further target differ from the first's, and leaves out
/// the functions that all targets share.
static void separateNames(ModuleOp code, StringRef prefix, StringRef suffix) {
  SymbolTable symbols(code);
  SmallVector<LLVM::LLVMFuncOp> functions(code.getOps<LLVM::LLVMFuncOp>());
  for (LLVM::LLVMFuncOp function : functions) {
    std::string name = function.getName().str();
    if (name == (prefix + "_generated_resolve").str() ||
        name == (prefix + "_generated_shapes").str()) {
      symbols.erase(function);
    } else if (StringRef(name).starts_with((prefix + "_kernel_").str()) ||
               StringRef(name).starts_with((prefix + "_loop_").str())) {
      (void)symbols.rename(function, StringRef(name + "_" + suffix.str()));
    }
  }
}

llvm::Error Backend::makeObjects(TargetCode &code) {
  OwningOpRef<ModuleOp> module = code.plan->clone();
  shiftWeights(*module, code.weightsBegin);
  schedule::fitGroupedTiles(*module, *code.target);
  cpu::EmitKernelsOptions emitOptions;
  emitOptions.prefix = prefix;
  emitOptions.isa = emit::isaSuffix(code.isa).str();
  emitOptions.byteProducts = code.target->byteProducts;
  llvm::Error error =
      stages.run(*module, "kernels", [&](OpPassManager &manager) {
        manager.addPass(cpu::createOutlineOffsets());
        manager.addPass(cpu::createEmitKernels(emitOptions));
        // Every point of a tile computes its addresses anew. What they share is
        // found here in a tenth of the time that LLVM takes.
        manager.addPass(createCSEPass());
      });
  if (error) {
    return error;
  }
  if (&code != &codes.front()) {
    separateNames(*module, prefix, emitOptions.isa);
  }
  error = stages.run(*module, "llvm", [&](OpPassManager &manager) {
    manager.addPass(cpu::createExpandMath());
    manager.addPass(cpu::createLowerToLLVM());
  });
  if (error) {
    return error;
  }
  if (options.emit == Emit::llvm) {
    return stages.writeText([&](raw_ostream &stream) {
      return succeeded(cpu::printLLVM(*module, *code.target, stream))
                 ? llvm::Error::success()
                 : stages.diagnostics.takeErrors(
                       "cannot compile: no LLVM IR for the model");
    });
  }
  TimingScope scope = stages.timing.nest("objects");
  cpu::ObjectOptions objectOptions;
  objectOptions.jobs = options.jobs;
  objectOptions.sanitize = options.sanitize;
  llvm::FailureOr<cpu::Objects> objects =
      cpu::compileObjects(*module, *code.target, objectOptions);
  if (failed(objects)) {
    return stages.diagnostics.takeErrors(
        "cannot compile: no machine code for the model");
  }
  code.objects = std::move(*objects);
  return llvm::Error::success();
}

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

llvm::Error Backend::makeTarget(const schedule::Target &target) {
  llvm::Expected<OwningOpRef<ModuleOp>> scheduled = scheduledPlan(target);
  if (!scheduled) {
    return scheduled.takeError();
  }
  if (options.emit == Emit::kernels) {
    return stages.writeModule(**scheduled);
  }
  uint64_t begin = llvm::alignTo(weightsEnd(), TSR_ALIGNMENT);
  TargetCode &code = codes.emplace_back();
  code.target = &target;
  code.isa = isaOf(target.name);
  code.plan = std::move(*scheduled);
  code.weightsBegin = begin;
  if (codes.size() > 1 && haveSameWeights(*codes.front().plan, *code.plan)) {
    code.weightsBegin = codes.front().weightsBegin;
    code.sharesWeights = true;
  }
  if (llvm::Error error = makeObjects(code)) {
    return error;
  }
  if (options.emit == Emit::llvm || !target.withByteProducts ||
      !multipliesBytes(*code.plan)) {
    return llvm::Error::success();
  }
  TargetCode other;
  other.target = target.withByteProducts;
  other.isa = isaOf(other.target->name);
  other.plan = code.plan->clone();
  other.weightsBegin = code.weightsBegin;
  other.sharesWeights = true;
  codes.push_back(std::move(other));
  return makeObjects(codes.back());
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
  if (llvm::Error error = scheduleMostCapable()) {
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
