//===- InspectCommand.cpp - tessera inspect -------------------------------===//

#include "compiler/import/Summary.h"
#include "compiler/tools/Command.h"
#include "compiler/tools/Profile.h"
#include "compiler/tools/Session.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace tessera;
using namespace tessera::tools;

namespace {
struct InspectOptions {
  std::string model, json;
};
} // namespace

using AxisQuery = tsr_status (*)(const tsr_model *, uint32_t, uint32_t,
                                 tsr_axis_info *);

static Json tensorsJson(const Session &session,
                        const std::vector<tsr_tensor_info> &tensors,
                        AxisQuery queryAxis) {
  Json list = Json::array();
  for (uint32_t i = 0; i < tensors.size(); ++i) {
    Json shape = Json::array();
    for (uint32_t axis = 0; axis < tensors[i].rank; ++axis) {
      tsr_axis_info info = {};
      queryAxis(&session.model(), i, axis, &info);
      if (info.extent >= 0) {
        shape.push_back(info.extent);
      } else {
        shape.push_back(info.text ? info.text : "?");
      }
    }
    const ElementType *type = findElementType(tensors[i].element_type);
    list.push_back({{"name", tensors[i].name},
                    {"type", type ? type->name : "unknown"},
                    {"shape", shape}});
  }
  return list;
}

static Json dimensionsJson(const Session &session) {
  Json list = Json::array();
  for (const tsr_dimension_info &info : session.dimensions()) {
    Json upper = info.upper < 0 ? Json() : Json(info.upper);
    list.push_back(
        {{"name", info.name}, {"lower", info.lower}, {"upper", upper}});
  }
  return list;
}

static Json variantsJson(const Session &session) {
  Json list = Json::array();
  for (uint32_t i = 0; i < session.info().variant_count; ++i) {
    const char *target = nullptr;
    int supported = 0;
    tsr_model_variant(&session.model(), i, &target, &supported);
    list.push_back(
        {{"target", target ? target : ""}, {"supported_here", supported != 0}});
  }
  return list;
}

/// Kernels are those of the last target, as `record` remembers them.
static Json kernelsJson(const Session &session, const ModelRecord &record) {
  Json list = Json::array();
  std::vector<std::string> algorithms;
  for (const RecordedLaunch &launch : record.launches) {
    if (launch.kernelClass != "library") {
      algorithms.push_back(launch.algorithm());
    }
  }
  for (uint32_t i = 0; i < session.info().kernel_count; ++i) {
    const char *name = nullptr, *nodes = nullptr;
    tsr_model_kernel(&session.model(), i, &name, &nodes);
    list.push_back({{"name", name ? name : ""},
                    {"nodes", nodes ? nodes : ""},
                    {"algorithm", i < algorithms.size() ? algorithms[i] : ""}});
  }
  return list;
}

/// Bytes of workspace at the lower bounds of the free dimensions.
static Json workspaceJson(const Session &session) {
  std::vector<int64_t> dims;
  for (const tsr_dimension_info &info : session.dimensions()) {
    dims.push_back(std::max<int64_t>(info.lower, 1));
  }
  size_t bytes = 0;
  tsr_status status =
      tsr_model_workspace_size(&session.model(), dims.data(), &bytes);
  return status == TSR_OK ? Json(bytes) : Json();
}

static Json libraryJson(const Session &session, StringRef path) {
  const tsr_model_info &info = session.info();
  const char *lastTarget = nullptr;
  tsr_model_variant(&session.model(), info.variant_count - 1, &lastTarget,
                    nullptr);
  ModelRecord record;
  if (auto found = recordOf(session, {}, lastTarget ? lastTarget : "")) {
    record = std::move(*found);
  } else {
    // A library without a record still tells the rest.
    consumeError(found.takeError());
  }
  std::string hash;
  raw_string_ostream(hash) << format_hex_no_prefix(info.model_hash, 16);
  Json result;
  result["file"] = path.str();
  result["prefix"] = info.prefix;
  result["compiler_version"] = info.compiler_version;
  result["model_hash"] = hash;
  result["inputs"] =
      tensorsJson(session, session.inputs(), tsr_model_input_axis);
  result["outputs"] =
      tensorsJson(session, session.outputs(), tsr_model_output_axis);
  result["dimensions"] = dimensionsJson(session);
  result["variants"] = variantsJson(session);
  result["target"] = info.target;
  result["workspace_bytes"] = workspaceJson(session);
  result["stack_bytes"] = info.stack_bytes;
  result["weights_bytes"] = info.weights_bytes;
  result["weights_bytes_of_further_targets"] = record.otherWeightsBytes;
  result["kernels"] = kernelsJson(session, record);
  return result;
}

static void printTensors(const char *title, const Json &tensors) {
  for (const Json &tensor : tensors) {
    outs() << title << tensor["name"].get<std::string>() << " "
           << tensor["type"].get<std::string>() << "[";
    const char *separator = "";
    for (const Json &extent : tensor["shape"]) {
      outs() << separator
             << (extent.is_string() ? extent.get<std::string>()
                                    : extent.dump());
      separator = ",";
    }
    outs() << "]\n";
  }
}

static void print(const Json &result) {
  outs() << "model       " << result["prefix"].get<std::string>() << ", hash "
         << result["model_hash"].get<std::string>() << ", compiled by "
         << result["compiler_version"].get<std::string>() << "\n";
  printTensors("input       ", result["inputs"]);
  printTensors("output      ", result["outputs"]);
  for (const Json &dimension : result["dimensions"]) {
    outs() << "dimension   " << dimension["name"].get<std::string>() << " "
           << dimension["lower"].dump() << ".."
           << (dimension["upper"].is_null() ? "" : dimension["upper"].dump())
           << "\n";
  }
  for (const Json &variant : result["variants"]) {
    outs() << "target      " << variant["target"].get<std::string>()
           << (variant["supported_here"].get<bool>() ? "" : " (not here)")
           << "\n";
  }
  outs() << "workspace   " << result["workspace_bytes"].dump() << " bytes"
         << (result["dimensions"].empty() ? "" : " at the smallest sizes")
         << "\n"
         << "stack       " << result["stack_bytes"].dump() << " bytes\n"
         << "weights     " << result["weights_bytes"].dump() << " bytes";
  if (result["weights_bytes_of_further_targets"] != 0) {
    outs() << ", " << result["weights_bytes_of_further_targets"].dump()
           << " of them in forms for further targets";
  }
  outs() << "\nkernels     " << result["kernels"].size() << "\n";
  for (const Json &kernel : result["kernels"]) {
    std::string algorithm = kernel["algorithm"];
    outs() << "  " << kernel["name"].get<std::string>() << "  "
           << kernel["nodes"].get<std::string>();
    if (!algorithm.empty() && algorithm != "nest") {
      outs() << "  " << algorithm;
    }
    outs() << "\n";
  }
}

static Error inspectLibrary(const InspectOptions &options) {
  Expected<std::unique_ptr<Session>> session = Session::open(options.model);
  if (!session) {
    return session.takeError();
  }
  Json result = libraryJson(**session, options.model);
  if (options.json != "-") {
    print(result);
  }
  return writeJson(result, options.json);
}

static Json modelJson(const import::ModelSummary &summary, StringRef path) {
  auto tensors = [](const std::vector<import::TensorSummary> &list) {
    Json result = Json::array();
    for (const import::TensorSummary &tensor : list) {
      result.push_back({{"name", tensor.name},
                        {"type", tensor.type},
                        {"shape", tensor.shape}});
    }
    return result;
  };
  Json result;
  result["file"] = path.str();
  result["ir_version"] = summary.irVersion;
  result["producer"] = summary.producer;
  result["opsets"] = summary.opsets;
  result["inputs"] = tensors(summary.inputs);
  result["outputs"] = tensors(summary.outputs);
  result["initializers"] = summary.initializers;
  result["parameters"] = summary.parameters;
  result["nodes"] = summary.nodes;
  result["operators"] = summary.operators;
  return result;
}

/// Operators by falling count.
static void printOperators(const import::ModelSummary &summary) {
  std::vector<std::pair<std::string, uint64_t>> operators(
      summary.operators.begin(), summary.operators.end());
  llvm::sort(operators, [](const auto &a, const auto &b) {
    return std::tie(b.second, a.first) < std::tie(a.second, b.first);
  });
  for (const auto &[name, count] : operators) {
    outs() << "  " << format("%6llu", (unsigned long long)count) << "  " << name
           << "\n";
  }
}

static Error inspectModel(const InspectOptions &options) {
  Expected<import::ModelSummary> summary =
      import::summariseModel(options.model);
  if (!summary) {
    return summary.takeError();
  }
  Json result = modelJson(*summary, options.model);
  if (options.json != "-") {
    outs() << "model       IR " << summary->irVersion;
    for (const auto &[domain, version] : summary->opsets) {
      outs() << ", " << (domain.empty() ? "opset" : domain) << " " << version;
    }
    outs() << "\n";
    printTensors("input       ", result["inputs"]);
    printTensors("output      ", result["outputs"]);
    outs() << "parameters  " << summary->parameters << " in "
           << summary->initializers << " initializers\n"
           << "nodes       " << summary->nodes << "\n";
    printOperators(*summary);
  }
  return writeJson(result, options.json);
}

static Error inspect(const InspectOptions &options) {
  return StringRef(options.model).ends_with(".onnx") ? inspectModel(options)
                                                     : inspectLibrary(options);
}

void tessera::tools::addInspectCommand(CommandLine &line) {
  CLI::App *command = line.app.add_subcommand(
      "inspect", "Show what a model takes, gives and needs");
  auto options = std::make_shared<InspectOptions>();
  command->add_option("model", options->model, "The model, compiled or not")
      ->type_name("MODEL.so|MODEL.onnx")
      ->required();
  addJsonOption(*command, options->json);
  command->callback([&line, options] {
    line.action = [options] {
      Error error = inspect(*options);
      return error ? reportError(std::move(error)) : exitSuccess;
    };
  });
}
