//===- Session.cpp - a compiled model with its inputs and outputs ---------===//

#include "compiler/tools/Session.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MathExtras.h"
#include <cstdlib>
#include <cstring>

using namespace llvm;
using namespace tessera::tools;

Error tessera::tools::statusError(const Twine &what, tsr_status status) {
  return toolError(what + ": " + tsr_status_text(status));
}

Expected<std::unique_ptr<Session>> Session::open(StringRef path, uint32_t isa) {
  if (std::error_code code =
          sys::fs::access(path, sys::fs::AccessMode::Exist)) {
    return toolError("cannot open " + path + ": " + code.message());
  }
  std::unique_ptr<Session> session(new Session);
  tsr_options options = {};
  options.struct_size = sizeof(options);
  options.isa = isa;
  tsr_status status =
      tsr_model_open(path.str().c_str(), &options, &session->opened);
  if (status != TSR_OK) {
    session->opened.descriptor = nullptr;
    return statusError("cannot open " + path, status);
  }
  if (Error error = session->query()) {
    return std::move(error);
  }
  return std::move(session);
}

Session::~Session() {
  if (opened.descriptor) {
    tsr_model_close(&opened);
  }
}

Error Session::query() {
  tsr_status status = tsr_model_info_of(&opened, &facts);
  dims.resize(facts.dimension_count);
  ins.resize(facts.input_count);
  outs.resize(facts.output_count);
  for (uint32_t i = 0; status == TSR_OK && i < dims.size(); ++i) {
    status = tsr_model_dimension(&opened, i, &dims[i]);
  }
  for (uint32_t i = 0; status == TSR_OK && i < ins.size(); ++i) {
    status = tsr_model_input(&opened, i, &ins[i]);
  }
  for (uint32_t i = 0; status == TSR_OK && i < outs.size(); ++i) {
    status = tsr_model_output(&opened, i, &outs[i]);
  }
  return status == TSR_OK ? Error::success()
                          : statusError("cannot query the model", status);
}

std::optional<uint32_t> Session::findInput(StringRef name) const {
  for (uint32_t i = 0; i < ins.size(); ++i) {
    if (name == ins[i].name) {
      return i;
    }
  }
  return std::nullopt;
}

/// The shape the model expects of input `index`, free dimensions by name.
static std::string expectedShape(const Session &session, uint32_t index) {
  const tsr_tensor_info &info = session.inputs()[index];
  const ElementType *type = findElementType(info.element_type);
  std::string text = type ? type->name : "unknown";
  text += "[";
  for (uint32_t axis = 0; axis < info.rank; ++axis) {
    tsr_axis_info extent = {};
    tsr_model_input_axis(&session.model(), index, axis, &extent);
    text += (axis ? "," : "") + std::string(extent.text ? extent.text : "?");
  }
  return text + "]";
}

/// Finds the free dimensions' values; checks types and shapes.
static Error resolve(const Session &session, Call &call) {
  std::vector<const int64_t *> extents;
  std::vector<uint32_t> ranks;
  for (uint32_t i = 0; i < call.inputs.size(); ++i) {
    const HostTensor &tensor = call.inputs[i];
    const tsr_tensor_info &info = session.inputs()[i];
    if (tensor.elementType != info.element_type ||
        tensor.shape.size() != info.rank) {
      return toolError("input '" + Twine(info.name) + "': expected " +
                       expectedShape(session, i) + ", got " + describe(tensor));
    }
    extents.push_back(tensor.shape.data());
    ranks.push_back(tensor.shape.size());
  }
  call.dims.resize(session.dimensions().size());
  uint32_t culprit = UINT32_MAX;
  tsr_status status =
      tsr_model_dimensions(&session.model(), extents.data(), ranks.data(),
                           call.dims.data(), &culprit);
  if (status == TSR_OK) {
    return Error::success();
  }
  if (culprit < call.inputs.size()) {
    return toolError("input '" + Twine(session.inputs()[culprit].name) +
                     "': expected " + expectedShape(session, culprit) +
                     ", got " + describe(call.inputs[culprit]));
  }
  return statusError("the inputs' sizes", status);
}

/// Whether only a run knows some extents.
static bool isComputed(ArrayRef<int64_t> shape) {
  return llvm::is_contained(shape, -1);
}

/// Allocates an output for the resolved dimensions.
static Expected<HostTensor> makeOutput(const Session &session,
                                       const std::vector<int64_t> &dims,
                                       uint32_t index) {
  const tsr_tensor_info &info = session.outputs()[index];
  HostTensor tensor;
  tensor.name = info.name;
  tensor.elementType = info.element_type;
  tensor.shape.resize(info.rank);
  tsr_status status = tsr_model_output_shape(&session.model(), dims.data(),
                                             index, tensor.shape.data());
  if (status != TSR_OK) {
    return statusError("output '" + Twine(info.name) + "'", status);
  }
  if (isComputed(tensor.shape)) {
    return std::move(tensor);
  }
  std::optional<uint64_t> count = elementCountOf(tensor.shape);
  if (!count) {
    return toolError("output '" + Twine(info.name) + "': the shape " +
                     describe(tensor) + " is too large");
  }
  const ElementType *type = findElementType(info.element_type);
  if (!type) {
    return toolError("output '" + Twine(info.name) +
                     "' has elements of an unknown type");
  }
  if (!allocateBytes(tensor, type->bytesOf(*count))) {
    return toolError("output '" + Twine(info.name) + "': cannot allocate " +
                     describe(tensor));
  }
  return tensor;
}

Expected<Call> Call::prepare(const Session &session,
                             std::vector<HostTensor> inputs) {
  Call call;
  call.session = &session;
  call.inputs = std::move(inputs);
  if (Error error = resolve(session, call)) {
    return std::move(error);
  }
  for (uint32_t i = 0; i < session.outputs().size(); ++i) {
    Expected<HostTensor> output = makeOutput(session, call.dims, i);
    if (!output) {
      return output.takeError();
    }
    call.outputs.push_back(std::move(*output));
  }
  tsr_status status = tsr_model_workspace_size(
      &session.model(), call.dims.data(), &call.workspaceBytes);
  if (status != TSR_OK) {
    return statusError("the workspace", status);
  }
  if (!call.allocateWorkspace()) {
    return toolError("cannot allocate a workspace of " +
                     Twine(call.workspaceBytes) + " bytes");
  }
  for (HostTensor &tensor : call.inputs) {
    if (tensor.elementType == TSR_STRING) {
      linkTexts(tensor);
    }
    call.inputArguments.push_back({tensor.bytes.data(), tensor.bytes.size()});
  }
  constexpr size_t kFirstCapacity = 4096;
  call.outputArguments.resize(call.outputs.size());
  for (auto [i, tensor] : llvm::enumerate(call.outputs)) {
    bool grows = isComputed(tensor.shape);
    call.computed.push_back(grows ? tensor.shape : std::vector<int64_t>());
    call.capacities.push_back(grows ? kFirstCapacity : tensor.bytes.size());
    if (!call.allocate(i)) {
      return toolError("cannot allocate output '" + tensor.name + "'");
    }
  }
  return std::move(call);
}

bool Call::allocateWorkspace() {
  constexpr size_t kAlignment = 64;
  size_t rounded = (workspaceBytes + kAlignment - 1) / kAlignment * kAlignment;
  workspace.reset(static_cast<char *>(
      std::aligned_alloc(kAlignment, rounded ? rounded : kAlignment)));
  workspacePlace = workspace.get();
  return workspace != nullptr;
}

static uint64_t alignedBytes(uint64_t bytes) {
  constexpr uint64_t kAlignment = 64;
  return alignTo(bytes, kAlignment);
}

uint64_t Call::bytesToMove() const {
  uint64_t bytes = hasGrown ? 0 : alignedBytes(workspaceBytes);
  for (const HostTensor &tensor : inputs) {
    bytes += alignedBytes(tensor.bytes.size());
  }
  for (const HostTensor &tensor : outputs) {
    bytes += alignedBytes(tensor.bytes.size());
  }
  return bytes;
}

void Call::moveTo(char *memory) {
  if (!hasGrown) {
    workspacePlace = memory;
    memory += alignedBytes(workspaceBytes);
  }
  for (auto [i, tensor] : llvm::enumerate(inputs)) {
    if (tensor.elementType != TSR_STRING) {
      llvm::copy(tensor.bytes, memory);
      inputArguments[i] = {memory, tensor.bytes.size()};
      memory += alignedBytes(tensor.bytes.size());
    }
  }
  for (auto [i, tensor] : llvm::enumerate(outputs)) {
    if (tensor.elementType != TSR_STRING && computed[i].empty()) {
      outputArguments[i] = {memory, tensor.bytes.size(), nullptr};
      memory += alignedBytes(tensor.bytes.size());
    }
  }
}

/// New strings go where the workspace has room beyond its planned size.
bool Call::growWorkspace() {
  constexpr size_t kFirst = 4096, kMost = size_t(1) << 32;
  if (workspaceBytes >= kMost) {
    return false;
  }
  workspaceBytes += std::max(kFirst, workspaceBytes);
  hasGrown = true;
  return allocateWorkspace();
}

/// Gives an output the memory that its capacity asks for.
bool Call::allocate(size_t index) {
  if (!allocateBytes(outputs[index], capacities[index])) {
    return false;
  }
  auto &bytes = outputs[index].bytes;
  outputArguments[index] = {bytes.data(), bytes.size(),
                            computed[index].empty() ? nullptr
                                                    : computed[index].data()};
  return true;
}

/// Takes the sizes that a run reported; whether any asks for more memory.
bool Call::growOutputs() {
  bool grown = false;
  for (size_t i = 0; i < outputs.size(); ++i) {
    std::optional<uint64_t> count;
    if (!computed[i].empty() && !isComputed(computed[i])) {
      count = elementCountOf(computed[i]);
    }
    uint64_t needed = count ? *count * session->outputs()[i].element_bytes : 0;
    if (needed > capacities[i]) {
      capacities[i] = needed;
      grown = true;
    }
  }
  return grown;
}

void Call::trimOutputs() {
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (!computed[i].empty()) {
      outputs[i].shape = computed[i];
      outputs[i].bytes.resize(elementCountOf(computed[i]).value_or(0) *
                              session->outputs()[i].element_bytes);
    }
    if (outputs[i].elementType == TSR_STRING) {
      copyTexts(outputs[i]);
    }
  }
}

tsr_status Call::run(const tsr_threads *threads) {
  tsr_status status;
  do {
    for (size_t i = 0; i < outputs.size(); ++i) {
      if (!computed[i].empty() && !allocate(i)) {
        return TSR_OUTPUT_TOO_SMALL;
      }
    }
    status = tsr_model_run(&session->model(), dims.data(),
                           inputArguments.data(), outputArguments.data(),
                           workspacePlace, workspaceBytes, threads);
  } while ((status == TSR_OUTPUT_TOO_SMALL && growOutputs()) ||
           (status == TSR_WORKSPACE_TOO_SMALL && growWorkspace()));
  if (status == TSR_OK) {
    trimOutputs();
  }
  return status;
}

Expected<std::unique_ptr<ThreadPool>> ThreadPool::create(uint32_t count) {
  auto pool = std::make_unique<ThreadPool>();
  if (count > 1) {
    tsr_status status = tsr_threads_create(count, &pool->threads);
    if (status != TSR_OK) {
      return statusError("cannot start " + Twine(count) + " threads", status);
    }
    pool->started = true;
  }
  return std::move(pool);
}

ThreadPool::~ThreadPool() {
  if (started) {
    tsr_threads_destroy(&threads);
  }
}
