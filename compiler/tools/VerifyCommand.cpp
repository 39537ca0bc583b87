//===- VerifyCommand.cpp - tessera verify ---------------------------------===//
//
// Every case is compiled and run in a process of its own, so that a crash or a
// hang is one failed line. The parent starts no threads before it forks.
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/Command.h"
#include "compiler/tools/CompileFlags.h"
#include "compiler/tools/Progress.h"
#include "compiler/tools/TestCase.h"
#include "compiler/tools/diagnose/Diagnose.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include <csignal>
#include <cstring>
#include <sys/wait.h>
#include <unistd.h>

using namespace llvm;
using namespace tessera;
using namespace tessera::tools;

namespace {
struct VerifyOptions {
  std::vector<std::string> paths;
  CompileFlags flags;
  uint32_t jobs = 1, threads = 1, timeout = 600;
  std::string json;
  bool perNode = false, bisect = false;
  /// Receives a small case that fails likewise.
  std::string reproducer = "reproducer";

  bool diagnoses() const { return perNode || bisect; }
};

/// A case that is running in a child.
struct Child {
  pid_t process = -1;
  int pipe = -1;
  size_t index = 0;
};
} // namespace

/// A pipe holds this much without a reader, so that children never wait.
static constexpr size_t kMostText = 4000;

/// Prints which node and which pass make the case's first data set wrong.
static Error diagnose(const TestCase &test, const CompileOptions &options,
                      const std::string &folder, const VerifyOptions &verify) {
  if (test.dataSets.empty()) {
    return toolError("no test_data_set_0 beside the model");
  }
  DiagnoseFolders folders{folder, verify.reproducer};
  const std::string &dataSet = test.dataSets.front();
  if (verify.perNode) {
    Expected<PerNodeReport> report =
        comparePerNode(test, options, dataSet, folders);
    if (!report) {
      return report.takeError();
    }
    print(*report, outs());
  }
  if (verify.bisect) {
    Expected<BisectReport> report =
        bisectPasses(test, options, dataSet, folders);
    if (!report) {
      return report.takeError();
    }
    print(*report, outs());
  }
  outs().flush();
  return Error::success();
}

[[noreturn]] static void runChild(const TestCase &test,
                                  const CompileOptions &options,
                                  const std::string &folder,
                                  const VerifyOptions &verify, int pipe) {
  alarm(verify.timeout);
  TestResult result = runTestCase(test, options, folder, verify.threads);
  if (verify.diagnoses()) {
    if (Error error = diagnose(test, options, folder, verify)) {
      result.text += (result.text.empty() ? "" : "; ") +
                     std::string("no diagnosis: ") + toString(std::move(error));
    }
  }
  std::string message = char(result.outcome) + result.text.substr(0, kMostText);
  ssize_t written = write(pipe, message.data(), message.size());
  _exit(written == ssize_t(message.size()) ? 0 : 1);
}

static Expected<Child> start(const TestCase &test, size_t index,
                             const CompileOptions &options,
                             const std::string &folder,
                             const VerifyOptions &verify) {
  int pipes[2];
  if (pipe(pipes) != 0) {
    return toolError("cannot create a pipe: " + Twine(std::strerror(errno)));
  }
  outs().flush();
  pid_t process = fork();
  if (process == 0) {
    close(pipes[0]);
    runChild(test, options, folder, verify, pipes[1]);
  }
  close(pipes[1]);
  if (process < 0) {
    close(pipes[0]);
    return toolError("cannot start a process: " + Twine(std::strerror(errno)));
  }
  return Child{process, pipes[0], index};
}

/// What the child said, or how it ended without saying anything.
static TestResult resultOf(const Child &child, int status,
                           const VerifyOptions &verify) {
  std::string message(kMostText + 1, '\0');
  ssize_t size = read(child.pipe, message.data(), message.size());
  close(child.pipe);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && size > 0) {
    message.resize(size);
    return {Outcome(message[0]), message.substr(1)};
  }
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
    return {Outcome::failed,
            "timed out after " + std::to_string(verify.timeout) + " s"};
  }
  if (WIFSIGNALED(status)) {
    return {Outcome::failed, "crashed with signal " +
                                 std::to_string(WTERMSIG(status)) + " (" +
                                 strsignal(WTERMSIG(status)) + ")"};
  }
  return {Outcome::failed, "crashed: the process ended without a result"};
}

static void printResult(const TestCase &test, const TestResult &result) {
  bool isPassed = result.outcome == Outcome::passed;
  raw_ostream::Colors color = isPassed ? raw_ostream::GREEN
                              : result.outcome == Outcome::failed
                                  ? raw_ostream::RED
                                  : raw_ostream::YELLOW;
  if (outs().has_colors()) {
    outs().changeColor(color);
  }
  outs() << (isPassed                            ? "PASS"
             : result.outcome == Outcome::failed ? "FAIL"
                                                 : "SKIP");
  if (outs().has_colors()) {
    outs().resetColor();
  }
  outs() << " " << test.name;
  if (!result.text.empty()) {
    outs() << (isPassed ? " " : ": ") << printable(result.text);
  }
  outs() << "\n";
  outs().flush();
}

namespace {
/// Runs all cases, a few at a time; prints their lines in order.
class Runner {
public:
  Runner(const std::vector<TestCase> &tests, const CompileOptions &options,
         const VerifyOptions &verify, std::string folder)
      : tests(tests), options(options), verify(verify),
        folder(std::move(folder)), results(tests.size()),
        progress(tests.size()) {}

  Error run() {
    for (size_t next = 0; printed < tests.size();) {
      if (next < tests.size() && children.size() < verify.jobs) {
        std::string own = folder + "/" + std::to_string(next);
        if (Error error = createFolder(own)) {
          return error;
        }
        progress.show(printed, tests[next].name);
        Expected<Child> child = start(tests[next], next, options, own, verify);
        if (!child) {
          return child.takeError();
        }
        children.push_back(*child);
        ++next;
      } else {
        waitForOne();
      }
    }
    return Error::success();
  }

  const std::vector<std::optional<TestResult>> &all() const { return results; }

private:
  void waitForOne() {
    int status = 0;
    pid_t process = waitpid(-1, &status, 0);
    for (size_t i = 0; i < children.size(); ++i) {
      if (children[i].process == process) {
        size_t index = children[i].index;
        results[index] = resultOf(children[i], status, verify);
        sys::fs::remove_directories(folder + "/" + std::to_string(index));
        children.erase(children.begin() + i);
        break;
      }
    }
    progress.clear();
    for (; printed < tests.size() && results[printed]; ++printed) {
      printResult(tests[printed], *results[printed]);
    }
  }

  const std::vector<TestCase> &tests;
  const CompileOptions &options;
  const VerifyOptions &verify;
  std::string folder;
  std::vector<std::optional<TestResult>> results;
  Progress progress;
  std::vector<Child> children;
  size_t printed = 0;
};
} // namespace

/// Prints the closing line; returns how the command ends.
static Expected<int>
conclude(const std::vector<TestCase> &tests,
         const std::vector<std::optional<TestResult>> &results,
         const std::string &json) {
  size_t passed = 0, failed = 0, skipped = 0;
  Json list = Json::array();
  for (size_t i = 0; i < tests.size(); ++i) {
    Outcome outcome = results[i]->outcome;
    passed += outcome == Outcome::passed;
    failed += outcome == Outcome::failed;
    skipped += outcome == Outcome::skipped;
    list.push_back({{"name", tests[i].name},
                    {"outcome", outcome == Outcome::passed   ? "passed"
                                : outcome == Outcome::failed ? "failed"
                                                             : "skipped"},
                    {"text", results[i]->text}});
  }
  outs() << passed << " passed, " << failed << " failed, " << skipped
         << " skipped\n";
  Json result = {{"passed", passed},
                 {"failed", failed},
                 {"skipped", skipped},
                 {"cases", list}};
  if (Error error = writeJson(result, json)) {
    return std::move(error);
  }
  return failed == 0 ? exitSuccess : exitFailed;
}

static Expected<int> runVerify(const VerifyOptions &verify) {
  CompileOptions options;
  options.jobs = verify.jobs > 1 ? 1 : 0;
  if (Error error = applyCompileFlags(verify.flags, options)) {
    return std::move(error);
  }
  if (verify.diagnoses() && verify.jobs > 1) {
    return toolError("--per-node and --bisect print as they go: expected "
                     "--jobs 1, got " +
                     Twine(verify.jobs));
  }
  std::vector<TestCase> tests;
  for (const std::string &path : verify.paths) {
    Expected<std::vector<TestCase>> found = findTestCases(path);
    if (!found) {
      return found.takeError();
    }
    tests.insert(tests.end(), found->begin(), found->end());
  }
  SmallString<128> folder;
  if (std::error_code code =
          sys::fs::createUniqueDirectory("tessera-verify", folder)) {
    return toolError("cannot create a temporary folder: " + code.message());
  }
  Runner runner(tests, options, verify, folder.str().str());
  Error error = runner.run();
  sys::fs::remove_directories(folder);
  if (error) {
    return std::move(error);
  }
  return conclude(tests, runner.all(), verify.json);
}

void tessera::tools::addVerifyCommand(CommandLine &line) {
  CLI::App *command = line.app.add_subcommand(
      "verify", "Compile models and compare with recorded outputs");
  auto options = std::make_shared<VerifyOptions>();
  command
      ->add_option("paths", options->paths,
                   "Models, folders with model.onnx and test_data_set_I, or "
                   "folders of such folders")
      ->type_name("MODEL.onnx|DIR")
      ->required();
  command->add_option("--jobs", options->jobs, "Cases at a time")
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
  command->add_option("--threads", options->threads, "Threads of each run")
      ->type_name("N")
      ->check(CLI::Range(1, 4096));
  command
      ->add_option("--timeout", options->timeout,
                   "Most seconds a case may take")
      ->type_name("S")
      ->check(CLI::Range(1, 1000000));
  command->add_flag("--per-node", options->perNode,
                    "Compare every node's results with a reference and name "
                    "the first wrong one");
  command->add_flag("--bisect", options->bisect,
                    "Name the first pass after which the result is wrong");
  command
      ->add_option("--reproducer", options->reproducer,
                   "Where --per-node writes a small failing case")
      ->type_name("DIR");
  addCompileFlags(*command, options->flags);
  addJsonOption(*command, options->json);
  command->callback([&line, options] {
    line.action = [options] {
      Expected<int> code = runVerify(*options);
      return code ? *code : reportError(code.takeError());
    };
  });
}
