//===- tessera.cpp - the command line tool --------------------------------===//

#include "compiler/tools/Command.h"
#include "llvm/Support/WithColor.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace tessera::tools;

/// The name of the chosen command with a space, for hints.
static std::string chosenCommand(const CLI::App &app) {
  auto chosen = app.get_subcommands();
  return chosen.empty() ? "" : chosen.front()->get_name() + " ";
}

int main(int argc, char **argv) {
  CommandLine line;
  line.app.description("Tessera compiles ONNX models into libraries that run "
                       "without a framework.");
  line.app.name("tessera");
  line.app.set_version_flag("--version", "tessera " TESSERA_VERSION);
  line.app.require_subcommand(1);
  line.app.get_formatter()->column_width(34);
  addCheckCommand(line);
  addCompileCommand(line);
  addRunCommand(line);
  addVerifyCommand(line);
  addBenchCommand(line);
  addInspectCommand(line);
  addTuneCommand(line);
  addReportCommand(line);
  try {
    line.app.parse(argc, argv);
  } catch (const CLI::ParseError &error) {
    if (error.get_exit_code() == 0) {
      return line.app.exit(error);
    }
    WithColor::error(errs())
        << "command line: " << error.what() << "; see tessera "
        << chosenCommand(line.app) << "--help\n";
    return exitRefused;
  }
  return line.action();
}
