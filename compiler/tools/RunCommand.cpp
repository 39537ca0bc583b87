//===- RunCommand.cpp - tessera run ---------------------------------------===//

#include "compiler/tools/Command.h"
#include "compiler/tools/Inputs.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace tessera::tools;

namespace {
struct RunOptions {
  std::string model, outputFolder;
  InputOptions inputs;
  uint32_t threads = 1;
};
} // namespace

static Error run(const RunOptions &options) {
  Expected<std::unique_ptr<Session>> session = Session::open(options.model);
  if (!session) {
    return session.takeError();
  }
  Expected<std::vector<HostTensor>> inputs =
      readInputs(**session, options.inputs);
  if (!inputs) {
    return inputs.takeError();
  }
  Expected<Call> call = Call::prepare(**session, std::move(*inputs));
  if (!call) {
    return call.takeError();
  }
  Expected<std::unique_ptr<ThreadPool>> pool =
      ThreadPool::create(options.threads);
  if (!pool) {
    return pool.takeError();
  }
  tsr_status status = call->run((*pool)->get());
  if (status != TSR_OK) {
    return statusError("the run failed", status);
  }
  if (Error error = createFolder(options.outputFolder)) {
    return error;
  }
  for (unsigned i = 0; i < call->outputs.size(); ++i) {
    if (Error error = writeOutput(options.outputFolder, i, call->outputs[i])) {
      return error;
    }
    outs() << "output_" << i << " " << call->outputs[i].name << " "
           << describe(call->outputs[i]) << "\n";
  }
  return Error::success();
}

void tessera::tools::addRunCommand(CommandLine &line) {
  CLI::App *command = line.app.add_subcommand(
      "run", "Run a compiled model on tensors from files");
  auto options = std::make_shared<RunOptions>();
  command->add_option("model", options->model, "The compiled model")
      ->type_name("MODEL.so")
      ->required();
  addRepeatedOption(*command, "--input", options->inputs.files,
                    "NAME=FILE: an input from a .npy or .pb file");
  addRepeatedOption(*command, "--dim", options->inputs.dimensions,
                    "NAME=SIZE: a free dimension of random inputs");
  command
      ->add_option("--random", options->inputs.seed,
                   "Fill inputs that are not given, from this seed")
      ->type_name("SEED");
  command
      ->add_option("--output-dir", options->outputFolder,
                   "Folder for output_0.npy, output_1.npy ...")
      ->type_name("DIR")
      ->required();
  command->add_option("--threads", options->threads, "Threads of the run")
      ->type_name("N")
      ->check(CLI::Range(1, 4096));
  command->callback([&line, options] {
    line.action = [options] {
      Error error = run(*options);
      return error ? reportError(std::move(error)) : exitSuccess;
    };
  });
}
