//===- CheckCommand.cpp - tessera check -----------------------------------===//

#include "compiler/driver/Compiler.h"
#include "compiler/import/Import.h"
#include "compiler/tools/CompileFlags.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/WithColor.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace tessera;
using namespace tessera::tools;

namespace {
struct CheckOptions {
  std::string model, json;
  std::vector<std::string> dimensions, preprocess;
};
} // namespace

static Json toJson(const std::vector<import::Problem> &problems) {
  Json list = Json::array();
  for (const import::Problem &problem : problems) {
    list.push_back({{"node", problem.node},
                    {"op", problem.op},
                    {"domain", problem.domain},
                    {"opset", problem.opset},
                    {"what", problem.what},
                    {"hint", problem.hint}});
  }
  return list;
}

/// A message of the form `WHAT (node NAME, op TYPE): WHY`, taken apart.
static import::Problem problemOf(StringRef text) {
  import::Problem problem;
  auto [what, rest] = text.split(" (node ");
  problem.what = what.str();
  if (rest.empty()) {
    return problem;
  }
  auto [node, behind] = rest.split(", op ");
  auto [op, hint] = behind.split("): ");
  problem.node = node.str();
  problem.op = op.str();
  problem.hint = hint.str();
  return problem;
}

/// What stands against a model that can be imported: sizes without bounds, and
/// whatever else is found out before code is made.
static std::vector<import::Problem>
checkPlan(const CheckOptions &options,
          const import::ImportOptions &importOptions) {
  CompileOptions compileOptions;
  compileOptions.modelPath = options.model;
  compileOptions.import = importOptions;
  compileOptions.jobs = 1;
  std::vector<std::string> warnings;
  std::vector<import::Problem> problems;
  handleAllErrors(planModel(compileOptions, warnings,
                            [](mlir::ModuleOp) { return Error::success(); }),
                  [&](const ErrorInfoBase &error) {
                    problems.push_back(problemOf(error.message()));
                  });
  return problems;
}

static int check(const CheckOptions &options) {
  import::ImportOptions importOptions;
  for (const std::string &text : options.dimensions) {
    Expected<import::DimensionRule> rule = import::parseDimensionRule(text);
    if (!rule) {
      return reportError(rule.takeError());
    }
    importOptions.dimensions.push_back(std::move(*rule));
  }
  if (Error error = addPreprocessing(options.preprocess, importOptions)) {
    return reportError(std::move(error));
  }
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  mlir::ScopedDiagnosticHandler silent(
      &context, [](mlir::Diagnostic &) { return mlir::success(); });
  std::vector<import::Problem> problems =
      import::checkModel(options.model, importOptions, context);
  if (problems.empty()) {
    problems = checkPlan(options, importOptions);
  }
  for (const import::Problem &problem : problems) {
    WithColor::error(errs()) << printable(import::toString(problem)) << "\n";
  }
  if (options.json != "-" && problems.empty()) {
    outs() << options.model << ": can be compiled\n";
  }
  Json result = {{"model", options.model},
                 {"supported", problems.empty()},
                 {"problems", toJson(problems)}};
  if (Error error = writeJson(result, options.json)) {
    return reportError(std::move(error));
  }
  return problems.empty() ? exitSuccess : exitRefused;
}

void tessera::tools::addCheckCommand(CommandLine &line) {
  CLI::App *command = line.app.add_subcommand(
      "check", "List everything in a model that cannot be compiled");
  auto options = std::make_shared<CheckOptions>();
  command->add_option("model", options->model, "The model")
      ->type_name("MODEL.onnx")
      ->required();
  addRepeatedOption(*command, "--dim", options->dimensions,
                    "NAME=N or NAME=LO..HI: fix or bound a free dimension");
  addPreprocessFlag(*command, options->preprocess);
  addJsonOption(*command, options->json);
  command->callback([&line, options] {
    line.action = [options] { return check(*options); };
  });
}
