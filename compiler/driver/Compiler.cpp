//===- Compiler.cpp - from an ONNX file to a library ----------------------===//

#include "compiler/driver/Compiler.h"
#include "codegen/schedule/Target.h"
#include "compiler/driver/Backend.h"
#include "compiler/driver/Record.h"
#include "compiler/driver/Registry.h"
#include "compiler/driver/Stages.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassRegistry.h"
#include "passes/fusion/Passes.h"
#include "passes/graph/Passes.h"
#include "passes/layout/Passes.h"
#include "passes/plan/Passes.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/ThreadPool.h"
#include "llvm/Support/xxhash.h"

using namespace mlir;
using namespace tessera;

namespace {
/// The module and the file that its weights lie in.
struct Model {
  import::ImportedModel file;
  OwningOpRef<ModuleOp> module;
  SourceModel source;
};
} // namespace

/// IR text in place of a model: what `--emit` wrote, or a test's.
static bool isText(StringRef path) { return path.ends_with(".mlir"); }

/// Identifies the contents of a regular file, read block by block: weights
/// inside it may be larger than memory.
static llvm::Expected<uint64_t> hashOfFile(StringRef path) {
  constexpr size_t kBlockBytes = size_t(16) << 20;
  auto file = llvm::sys::fs::openNativeFileForRead(path);
  if (!file) {
    return file.takeError();
  }
  std::vector<char> block(kBlockBytes);
  std::vector<uint64_t> hashes;
  llvm::Error error = llvm::Error::success();
  for (size_t got = kBlockBytes; got == kBlockBytes && !error;) {
    got = 0;
    while (got < kBlockBytes) {
      auto part = llvm::sys::fs::readNativeFile(
          *file, llvm::MutableArrayRef<char>(block).drop_front(got));
      if (!part) {
        error = part.takeError();
        break;
      }
      if (*part == 0) {
        break;
      }
      got += *part;
    }
    if (got || hashes.empty()) {
      hashes.push_back(llvm::xxh3_64bits(StringRef(block.data(), got)));
    }
  }
  llvm::sys::fs::closeFile(*file);
  if (error) {
    return std::move(error);
  }
  return hashes.size() == 1 ? hashes.front()
                            : llvm::xxh3_64bits(StringRef(
                                  reinterpret_cast<const char *>(hashes.data()),
                                  hashes.size() * sizeof(uint64_t)));
}

static llvm::Error readModel(const Stages &stages, MLIRContext &context,
                             Model &model) {
  const CompileOptions &options = stages.options;
  TimingScope scope = stages.timing.nest("import");
  if (isText(options.modelPath)) {
    model.module = parseSourceFile<ModuleOp>(options.modelPath, &context);
  } else if (auto imported = import::importModel(
                 options.modelPath, options.import, context, model.file);
             succeeded(imported)) {
    model.module = std::move(*imported);
  }
  if (!model.module) {
    return stages.diagnostics.takeErrors("cannot read " + options.modelPath);
  }
  llvm::Expected<uint64_t> hash = hashOfFile(options.modelPath);
  if (!hash) {
    return llvm::createStringError("cannot read " + options.modelPath + ": " +
                                   llvm::toString(hash.takeError()));
  }
  model.source.hash = *hash;
  return llvm::Error::success();
}

/// Whether convolutions may take Winograd's form: it saves up to three quarters
/// of the products, less than tiles do with three products of bf16 or one.
static bool mayUseWinograd(const CompileOptions &options) {
  bool hasFewProducts = options.products == schedule::Products::bf16x3 ||
                        options.products == schedule::Products::bf16;
  auto hasTiles = [](const std::string &name) {
    const schedule::Target *target = schedule::findTarget(name);
    return target && target->matrixTiles;
  };
  return options.winograd &&
         !(hasFewProducts && llvm::all_of(options.targets, hasTiles));
}

/// From operators to a plan; stops where the options say. Sets `isWritten`
/// then.
static llvm::Error makePlan(ModuleOp module, const Stages &stages,
                            bool &isWritten) {
  Emit emit = stages.options.emit;
  isWritten = true;
  if (emit == Emit::import) {
    return stages.writeModule(module);
  }
  graph::GraphOptions graphOptions;
  graphOptions.simplify = stages.options.fuse;
  graphOptions.winograd = mayUseWinograd(stages.options);
  llvm::Error error = stages.run(module, "graph", [&](OpPassManager &manager) {
    graph::buildGraphPipeline(manager, graphOptions);
  });
  if (error || emit == Emit::graph) {
    return error ? std::move(error) : stages.writeModule(module);
  }
  isWritten = false;
  fusion::FusionOptions fusionOptions;
  fusionOptions.fuse = stages.options.fuse;
  error = stages.run(module, "fusion", [&](OpPassManager &manager) {
    graph::buildLoweringPipeline(manager, graphOptions);
    fusion::buildFusionPipeline(manager, fusionOptions);
  });
  if (error) {
    return error;
  }
  layout::LayoutOptions layoutOptions;
  layoutOptions.assign = stages.options.fuse;
  plan::PlanOptions planOptions;
  planOptions.block = stages.options.fuse;
  return stages.run(module, "plan", [&](OpPassManager &manager) {
    layout::buildLayoutPipeline(manager, layoutOptions);
    plan::buildPlanPipeline(manager, planOptions);
  });
}

static llvm::Error checkPassName(StringRef name) {
  registerPasses();
  if (name.empty() || PassInfo::lookup(name)) {
    return llvm::Error::success();
  }
  return llvm::createStringError("--print-ir-after " + name +
                                 ": no pass has this name; see "
                                 "tessera-opt --help");
}

namespace {
/// Gets a planned model; not called when the options end before one.
using PlanUser =
    llvm::function_ref<llvm::Error(Model &model, const Stages &stages)>;
} // namespace

static llvm::Error planAndUse(MLIRContext &context, const Stages &stages,
                              PlanUser use) {
  Model model;
  if (llvm::Error error = readModel(stages, context, model)) {
    return error;
  }
  if (stages.options.afterPass) {
    stages.options.afterPass("import", *model.module);
  }
  if (!(*model.module)->hasAttr("tsk.signature")) {
    model.source.graph = graphRecord(*model.module);
    bool isWritten = false;
    llvm::Error error = makePlan(*model.module, stages, isWritten);
    if (error || isWritten) {
      return error;
    }
  }
  return use(model, stages);
}

/// Lets the options' hooks see every pass; passes then run one at a time.
static void installHooks(MLIRContext &context, const CompileOptions &options) {
  context.registerActionHandler([&options](llvm::function_ref<void()> run,
                                           const tracing::Action &action) {
    auto *execution = dyn_cast<PassExecutionAction>(&action);
    StringRef pass =
        execution ? execution->getPass().getArgument() : StringRef();
    if (execution && options.shouldRun && !options.shouldRun(pass)) {
      return;
    }
    run();
    if (execution && options.afterPass) {
      options.afterPass(pass, execution->getOp());
    }
  });
}

/// Sets up a context for one model.
static llvm::Error withContext(const CompileOptions &options,
                               std::vector<std::string> &warnings,
                               PlanUser use) {
  if (llvm::Error error = checkPassName(options.printAfter)) {
    return error;
  }
  DialectRegistry registry;
  registerDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();
  context.printOpOnDiagnostic(false);
  llvm::DefaultThreadPool pool(llvm::hardware_concurrency(options.jobs));
  bool isPrinting = options.printAfterAll || !options.printAfter.empty();
  bool hasHooks = options.shouldRun || options.afterPass;
  if (hasHooks) {
    installHooks(context, options);
  } else if (options.jobs != 1 && !isPrinting) {
    context.setThreadPool(pool);
  }
  DefaultTimingManager timing;
  timing.setEnabled(options.timing);
  TimingScope root = timing.getRootScope();
  DiagnosticCollector diagnostics(&context);
  Stages stages{options, diagnostics, root};
  if (llvm::Error error = planAndUse(context, stages, use)) {
    return error;
  }
  warnings = std::move(diagnostics.warnings);
  return llvm::Error::success();
}

/// Runs with the options, and when that fails once more with the values of
/// small inputs followed as sizes: arithmetic on them may end in the size of a
/// buffer, which has no limit otherwise. Errors are those of the first attempt.
static llvm::Error
withValuesAsSizes(const CompileOptions &options,
                  llvm::function_ref<llvm::Error(const CompileOptions &)> run) {
  llvm::Error first = run(options);
  if (!first || isText(options.modelPath) || options.import.valuesAreSizes) {
    return first;
  }
  CompileOptions again = options;
  again.import.valuesAreSizes = true;
  if (llvm::Error second = run(again)) {
    llvm::consumeError(std::move(second));
    return first;
  }
  llvm::consumeError(std::move(first));
  return llvm::Error::success();
}

/// Plans the model and uses the plan. Only planning is tried twice: the user
/// may keep what it saw, and writing fails for reasons of its own.
static llvm::Error planThen(const CompileOptions &options,
                            std::vector<std::string> &warnings, PlanUser use) {
  llvm::Error ofUse = llvm::Error::success();
  llvm::Error error =
      withValuesAsSizes(options, [&](const CompileOptions &own) {
        return withContext(own, warnings,
                           [&](Model &model, const Stages &stages) {
                             llvm::cantFail(std::move(ofUse));
                             ofUse = use(model, stages);
                             return llvm::Error::success();
                           });
      });
  return llvm::joinErrors(std::move(error), std::move(ofUse));
}

llvm::Error
tessera::planModel(const CompileOptions &options,
                   std::vector<std::string> &warnings,
                   llvm::function_ref<llvm::Error(ModuleOp plan)> use) {
  return planThen(options, warnings, [&](Model &model, const Stages &) {
    return use(*model.module);
  });
}

llvm::Expected<CompileResult> tessera::compile(const CompileOptions &options) {
  CompileResult result;
  std::vector<std::string> warnings;
  if (llvm::Error error =
          planThen(options, warnings, [&](Model &model, const Stages &stages) {
            return writeArtifact(*model.module, stages, std::move(model.source),
                                 result);
          })) {
    return std::move(error);
  }
  result.warnings = std::move(warnings);
  return result;
}
