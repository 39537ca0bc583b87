//===- Command.h - what all commands of the tool share ----------*- C++ -*-===//

#ifndef TESSERA_COMPILER_TOOLS_COMMAND_H
#define TESSERA_COMPILER_TOOLS_COMMAND_H

#include "llvm/Support/Error.h"
#include <CLI/CLI.hpp>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

namespace tessera::tools {

/// How the tool ends.
enum ExitCode : int {
  exitSuccess = 0,
  /// A check did not hold.
  exitFailed = 1,
  /// Bad usage, unreadable input, a model that is refused.
  exitRefused = 2
};

using Json = nlohmann::ordered_json;

/// The parsed command line: the chosen command leaves its work in `action`.
struct CommandLine {
  CLI::App app;
  std::function<int()> action;
};

void addCheckCommand(CommandLine &line);
void addCompileCommand(CommandLine &line);
void addRunCommand(CommandLine &line);
void addVerifyCommand(CommandLine &line);
void addBenchCommand(CommandLine &line);
void addInspectCommand(CommandLine &line);
void addTuneCommand(CommandLine &line);
void addReportCommand(CommandLine &line);

/// Adds `--json`.
void addJsonOption(CLI::App &command, std::string &path);

/// Adds an option of which each occurrence takes one value.
void addRepeatedOption(CLI::App &command, const char *name,
                       std::vector<std::string> &values, const char *help);

/// The text on one line: control characters and bytes that are no UTF-8, which
/// names in hostile files may hold, as \xNN.
std::string printable(llvm::StringRef text);

/// Prints `error: TEXT` for each error; returns exitRefused.
int reportError(llvm::Error error);

/// Writes the object to the file, or for `-` as one line on standard output.
/// An empty path writes nothing.
llvm::Error writeJson(const Json &object, llvm::StringRef path);

/// Creates the folder and those above it.
llvm::Error createFolder(llvm::StringRef path);

} // namespace tessera::tools

#endif // TESSERA_COMPILER_TOOLS_COMMAND_H
