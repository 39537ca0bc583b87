//===- Session.h - a compiled model with its inputs and outputs -*- C++ -*-===//
//
// What run, bench, verify and inspect share: opens a library through the
// runtime's generic interface, holds tensors for its inputs and outputs, and
// calls it.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_COMPILER_TOOLS_SESSION_H
#define TESSERA_COMPILER_TOOLS_SESSION_H

#include "codegen/tune/Memory.h"
#include "compiler/tools/io/Tensor.h"
#include "tessera/runtime.h"
#include <memory>

namespace tessera::tools {

/// An error that names a status.
llvm::Error statusError(const llvm::Twine &what, tsr_status status);

/// An open model; closed when destroyed.
class Session {
public:
  /// `isa`: TSR_ISA_BEST or the variant to use.
  static llvm::Expected<std::unique_ptr<Session>>
  open(llvm::StringRef path, uint32_t isa = TSR_ISA_BEST);
  ~Session();
  Session(const Session &) = delete;

  const tsr_model &model() const { return opened; }
  const tsr_model_info &info() const { return facts; }
  const std::vector<tsr_dimension_info> &dimensions() const { return dims; }
  const std::vector<tsr_tensor_info> &inputs() const { return ins; }
  const std::vector<tsr_tensor_info> &outputs() const { return outs; }
  /// Index of the input of this name.
  std::optional<uint32_t> findInput(llvm::StringRef name) const;

private:
  Session() = default;
  llvm::Error query();

  tsr_model opened = TSR_MODEL_INIT;
  tsr_model_info facts = {};
  std::vector<tsr_dimension_info> dims;
  std::vector<tsr_tensor_info> ins, outs;
};

/// The memory of one call: inputs, outputs and workspace at fixed sizes.
class Call {
public:
  /// Takes one tensor for each input, checks types and sizes, and allocates.
  static llvm::Expected<Call> prepare(const Session &session,
                                      std::vector<HostTensor> inputs);

  /// Runs; outputs whose size only the run knows get more memory until they
  /// fit, and have their shape afterwards.
  tsr_status run(const tsr_threads *threads);

  /// Moves inputs, outputs and workspace to memory of `bytesToMove` bytes,
  /// aligned like a workspace, that stays the caller's. For measuring alone:
  /// `outputs` do not get the results then. Strings and outputs of unknown size
  /// stay, and a workspace that a run finds too small is replaced by one that
  /// stays. So what was enough before a run is enough after it.
  void moveTo(char *memory);
  uint64_t bytesToMove() const;

  std::vector<HostTensor> inputs, outputs;
  std::vector<int64_t> dims;
  size_t workspaceBytes = 0;

private:
  bool allocateWorkspace();
  bool growWorkspace();
  bool allocate(size_t index);
  bool growOutputs();
  void trimOutputs();

  const Session *session = nullptr;
  /// Extents as the run reports them; empty for outputs of known size.
  std::vector<std::vector<int64_t>> computed;
  std::vector<size_t> capacities;
  tune::Memory workspace;
  /// The workspace is larger than planned.
  bool hasGrown = false;
  /// Where the workspace lies.
  char *workspacePlace = nullptr;
  std::vector<tsr_input> inputArguments;
  std::vector<tsr_output> outputArguments;
};

/// The built-in pool for `count` threads; none for one thread.
class ThreadPool {
public:
  static llvm::Expected<std::unique_ptr<ThreadPool>> create(uint32_t count);
  ~ThreadPool();
  const tsr_threads *get() const { return started ? &threads : nullptr; }

private:
  bool started = false;
  tsr_threads threads = {};
};

} // namespace tessera::tools

#endif // TESSERA_COMPILER_TOOLS_SESSION_H
