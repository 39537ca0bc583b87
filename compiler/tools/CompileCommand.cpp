//===- CompileCommand.cpp - tessera compile -------------------------------===//

#include "compiler/driver/Compiler.h"
#include "compiler/tools/Command.h"
#include "compiler/tools/CompileFlags.h"
#include "compiler/tools/io/Tensor.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/WithColor.h"
#include "llvm/Support/raw_ostream.h"
#include <chrono>
#include <map>

using namespace llvm;
using namespace tessera;
using namespace tessera::tools;

namespace {
struct CommandOptions {
  CompileOptions compile;
  CompileFlags flags;
  std::string emit = "so", weights = "embed", printAfter;
};
} // namespace

static const std::map<std::string, Emit> kEmits = {
    {"import", Emit::import},   {"graph", Emit::graph},
    {"kernels", Emit::kernels}, {"llvm", Emit::llvm},
    {"obj", Emit::object},      {"a", Emit::archive},
    {"so", Emit::library}};

static bool isText(Emit emit) { return emit <= Emit::llvm; }

/// Checks what depends on several options.
static Error finish(const CommandOptions &given, CompileOptions &options) {
  options = given.compile;
  options.emit = kEmits.at(given.emit);
  options.weightsInFile = given.weights == "file";
  options.printAfterAll = given.printAfter == "all";
  options.printAfter = options.printAfterAll ? "" : given.printAfter;
  if (options.outputPath.empty()) {
    if (!isText(options.emit)) {
      return toolError("command line: expected -o FILE for --emit " +
                       Twine(given.emit));
    }
    options.outputPath = "-";
  }
  if (options.outputPath == "-" && !isText(options.emit)) {
    return toolError("command line: --emit " + Twine(given.emit) +
                     " is not text; expected -o FILE");
  }
  return applyCompileFlags(given.flags, options);
}

static std::string sizeText(uint64_t bytes) {
  std::string text;
  raw_string_ostream stream(text);
  if (bytes < 10000) {
    stream << bytes << " bytes";
  } else if (bytes < 10000000) {
    stream << format("%.1f KB", bytes / 1e3);
  } else {
    stream << format("%.1f MB", bytes / 1e6);
  }
  return text;
}

static void printSummary(const CompileResult &result, double seconds) {
  for (const std::string &file : result.files) {
    uint64_t bytes = 0;
    sys::fs::file_size(file, bytes);
    outs() << "wrote    " << file << " (" << sizeText(bytes) << ")\n";
  }
  outs() << "kernels  " << result.kernels << ", weights "
         << sizeText(result.weightsBytes) << "\n";
  if (result.workspaceBytes >= 0) {
    outs() << "memory   workspace " << result.workspaceBytes << " bytes";
    if (result.workspaceLowerBound >= 0) {
      outs() << ", lower bound " << result.workspaceLowerBound;
    }
    outs() << "\n";
  }
  outs() << "time     " << format("%.2f", seconds) << " s\n";
}

static int run(const CommandOptions &given) {
  CompileOptions options;
  if (Error error = finish(given, options)) {
    return reportError(std::move(error));
  }
  auto begin = std::chrono::steady_clock::now();
  Expected<CompileResult> result = compile(options);
  if (!result) {
    return reportError(result.takeError());
  }
  for (const std::string &warning : result->warnings) {
    WithColor::warning(errs()) << printable(warning) << "\n";
  }
  if (options.outputPath != "-" && !isText(options.emit)) {
    std::chrono::duration<double> elapsed =
        std::chrono::steady_clock::now() - begin;
    printSummary(*result, elapsed.count());
  }
  return exitSuccess;
}

void tessera::tools::addCompileCommand(CommandLine &line) {
  CLI::App *command = line.app.add_subcommand(
      "compile", "Compile a model to a library and its C header");
  auto options = std::make_shared<CommandOptions>();
  CompileOptions &compile = options->compile;
  command->add_option("model", compile.modelPath, "The model")
      ->type_name("MODEL.onnx")
      ->required();
  command
      ->add_option("-o,--output", compile.outputPath,
                   "The file to write; the header gets the same stem")
      ->type_name("OUT");
  addCompileFlags(*command, options->flags);
  command
      ->add_option("--weights", options->weights,
                   "embed: in the library; file: beside it")
      ->check(CLI::IsMember({"embed", "file"}));
  command
      ->add_option("--symbol-prefix", compile.symbolPrefix,
                   "Start of every exported name (default: from OUT)")
      ->type_name("P");
  command
      ->add_option("--emit", options->emit,
                   "import, graph, kernels, llvm (text), obj, a or so")
      ->check(CLI::IsMember(
          {"import", "graph", "kernels", "llvm", "obj", "a", "so"}));
  // A flag with an optional value, so that a model's name after it stays one.
  command->add_flag("--print-ir-after{all}", options->printAfter,
                    "Print the IR after each pass, or after =PASS");
  command->add_flag("--timing", compile.timing,
                    "Print how long the stages and passes take");
  command
      ->add_option("--jobs", compile.jobs,
                   "Threads of the compiler (default: one a processor)")
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
  command->callback(
      [&line, options] { line.action = [options] { return run(*options); }; });
}
