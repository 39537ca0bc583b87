//===- Import.cpp - from an ONNX file to the graph dialect ----------------===//

#include "compiler/import/Import.h"
#include "compiler/import/Importer.h"
#include "compiler/import/LeastSizes.h"
#include "compiler/import/ModelFile.h"
#include "compiler/import/NodeOrder.h"
#include "compiler/import/ReadModel.h"
#include "compiler/import/WireScan.h"
#include "dialects/graph/Graph.h"
#include "dialects/kernel/Kernel.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {

ImportedModel::ImportedModel() = default;
ImportedModel::~ImportedModel() = default;
ImportedModel::ImportedModel(ImportedModel &&) noexcept = default;
ImportedModel &ImportedModel::operator=(ImportedModel &&) noexcept = default;

std::string toString(const Problem &problem) {
  std::string text = problem.what;
  if (!problem.node.empty() || !problem.op.empty()) {
    text += " (node " + problem.node + ", op " + problem.op + ")";
  }
  return problem.hint.empty() ? text : text + ": " + problem.hint;
}

void registerImportDialects(DialectRegistry &registry) {
  registry.insert<graph::TsrDialect, kernel::TskDialect, func::FuncDialect>();
}

Error readModel(StringRef path, const ImportBudget &budget,
                onnx::ModelProto &model, ImportedModel &holder) {
  Expected<std::unique_ptr<ModelFile>> file = ModelFile::open(path);
  if (!file) {
    return file.takeError();
  }
  holder.file = std::move(*file);
  std::string reduced;
  ScanBudget scan;
  scan.maxDepth = budget.maxDepth;
  scan.maxFields = budget.maxFields;
  if (std::optional<std::string> why =
          scanModel(holder.file->bytes(), scan, reduced)) {
    return createStringError(inconvertibleErrorCode(), *why);
  }
  if (reduced.empty() ||
      !model.ParseFromArray(reduced.data(), int(reduced.size()))) {
    return createStringError(inconvertibleErrorCode(),
                             "the file is not an ONNX model");
  }
  if (model.has_graph()) {
    orderNodes(*model.mutable_graph());
  }
  return Error::success();
}

struct ImportResult {
  OwningOpRef<ModuleOp> module;
  std::vector<Problem> problems;
};

static ImportResult import(StringRef path, const ImportOptions &options,
                           MLIRContext &context, ImportedModel &holder) {
  DialectRegistry registry;
  registerImportDialects(registry);
  context.appendDialectRegistry(registry);
  context.loadAllAvailableDialects();

  onnx::ModelProto model;
  if (Error error = readModel(path, options.budget, model, holder)) {
    Problem problem;
    problem.what = ("cannot read " + path).str();
    problem.hint = llvm::toString(std::move(error));
    return {{}, {problem}};
  }
  ImportOptions bounded = options;
  {
    Importer importer(model, *holder.file, options, &context);
    importer.run();
    bounded.leastSizes = leastSizesFor(
        importer.neededSizes, importer.undecidedSizes, *importer.module);
    if (bounded.leastSizes.empty()) {
      return {std::move(importer.module), std::move(importer.problems)};
    }
  }
  Importer importer(model, *holder.file, bounded, &context);
  importer.run();
  return {std::move(importer.module), std::move(importer.problems)};
}

FailureOr<OwningOpRef<ModuleOp>> importModel(StringRef path,
                                             const ImportOptions &options,
                                             MLIRContext &context,
                                             ImportedModel &holder) {
  ImportResult result = import(path, options, context, holder);
  for (const Problem &problem : result.problems) {
    Location location = UnknownLoc::get(&context);
    if (!problem.node.empty()) {
      auto op = NameLoc::get(StringAttr::get(&context, problem.op));
      location = NameLoc::get(StringAttr::get(&context, problem.node), op);
    }
    InFlightDiagnostic diagnostic = emitError(location) << problem.what;
    if (!problem.hint.empty()) {
      diagnostic << ": " << problem.hint;
    }
  }
  if (!result.problems.empty() || failed(verify(*result.module))) {
    return failure();
  }
  return std::move(result.module);
}

std::vector<Problem> checkModel(StringRef path, const ImportOptions &options,
                                MLIRContext &context) {
  ImportedModel holder;
  std::vector<Problem> problems =
      import(path, options, context, holder).problems;
  if (problems.empty() || options.valuesAreSizes) {
    return problems;
  }
  // As the compiler tries next.
  ImportOptions again = options;
  again.valuesAreSizes = true;
  ImportedModel second;
  return import(path, again, context, second).problems.empty()
             ? std::vector<Problem>()
             : problems;
}

} // namespace tessera::import
