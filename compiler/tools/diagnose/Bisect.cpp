//===- Bisect.cpp - after which pass a result is wrong --------------------===//
//
// Most passes may be missing: what they do not do, plain loops do. So the model
// is compiled with none of them, with the first, with the first two ..., always
// to plain loops, and at last with vector code. What cannot be missing is told
// apart by interpreting the kernels instead of compiling them.
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/Command.h"
#include "compiler/tools/diagnose/Diagnose.h"
#include "compiler/tools/diagnose/Reference.h"
#include "dialects/kernel/Interpreter.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace tessera;
using namespace tessera::tools;

/// Passes without which there is no code.
static bool isNeeded(StringRef pass) {
  static const StringRef needed[] = {
      "tessera-lower-to-kernels", "tessera-place-tensors",
      "tessera-plan-arena",       "tessera-assign-schedules",
      "tessera-pack-weights",     "tessera-emit-kernels",
      "tessera-expand-math",      "tessera-lower-to-llvm"};
  // Adaptors, which run other passes, have no argument.
  return pass.empty() || is_contained(needed, pass);
}

namespace {
enum class Verdict { right, wrong, notCompiled };

class Bisect {
public:
  Bisect(const TestCase &test, const CompileOptions &options,
         const DiagnoseFolders &folders)
      : test(test), options(options), folders(folders) {}

  Error read(StringRef dataSet);
  BisectReport run();

private:
  Verdict judge(CompileOptions changed);
  Verdict judgeWith(size_t passes);
  std::string explainPlain();
  bool isInterpretedWrong(mlir::ModuleOp module, bool &isKnown);

  const TestCase &test;
  const CompileOptions &options;
  const DiagnoseFolders &folders;
  std::vector<HostTensor> inputs, expected;
  /// Arguments of the passes that may be missing, as they ran.
  std::vector<std::string> ran;
};
} // namespace

Error Bisect::read(StringRef dataSet) {
  Expected<std::vector<HostTensor>> given = readTensors(dataSet, "input");
  if (!given) {
    return given.takeError();
  }
  Expected<std::vector<HostTensor>> recorded = readTensors(dataSet, "output");
  if (!recorded) {
    return recorded.takeError();
  }
  inputs = std::move(*given);
  expected = std::move(*recorded);
  return Error::success();
}

Verdict Bisect::judge(CompileOptions changed) {
  Expected<std::vector<HostTensor>> outputs =
      compileAndRun(std::move(changed), test.model, inputs, folders.scratch);
  if (!outputs) {
    consumeError(outputs.takeError());
    return Verdict::notCompiled;
  }
  for (auto [i, pair] : enumerate(zip(*outputs, expected))) {
    auto &[actual, wanted] = pair;
    const Tolerance &tolerance =
        test.tolerances[std::min(i, test.tolerances.size() - 1)];
    if (findDifference(actual, wanted, tolerance.relative,
                       tolerance.absolute)) {
      return Verdict::wrong;
    }
  }
  return Verdict::right;
}

/// Plain loops after the first `passes` of the passes that may be missing.
Verdict Bisect::judgeWith(size_t passes) {
  CompileOptions changed = options;
  changed.vectorise = false;
  changed.tuningFile.clear();
  size_t seen = 0;
  std::vector<std::string> names;
  changed.shouldRun = [&](StringRef pass) {
    if (isNeeded(pass)) {
      return true;
    }
    names.push_back(pass.str());
    return seen++ < passes;
  };
  Verdict verdict = judge(changed);
  ran = std::move(names);
  return verdict;
}

/// Interprets `main` and compares its results; `isKnown` is false when that
/// cannot be done.
bool Bisect::isInterpretedWrong(mlir::ModuleOp module, bool &isKnown) {
  isKnown = false;
  auto main = module.lookupSymbol<mlir::func::FuncOp>("main");
  if (!main || main.getNumArguments() != inputs.size()) {
    return false;
  }
  SmallVector<kernel::HostTensor> arguments;
  for (auto [i, type] : enumerate(main.getArgumentTypes())) {
    auto tensor = dyn_cast<mlir::RankedTensorType>(type);
    if (!tensor || !tensor.hasStaticShape()) {
      return false;
    }
    ArrayRef<char> bytes(reinterpret_cast<const char *>(inputs[i].bytes.data()),
                         inputs[i].bytes.size());
    auto loaded = kernel::loadElements(kernel::storeBytes(tensor, bytes));
    if (!loaded) {
      return false;
    }
    arguments.push_back(std::move(*loaded));
  }
  auto results =
      kernel::Interpreter().runBlock(main.getBody().front(), arguments);
  if (!results || results->size() < expected.size()) {
    return false;
  }
  isKnown = true;
  for (auto [i, wanted] : enumerate(expected)) {
    const kernel::HostTensor &actual = (*results)[i];
    const Tolerance &tolerance =
        test.tolerances[std::min(i, test.tolerances.size() - 1)];
    if (ArrayRef<int64_t>(actual.shape) != ArrayRef<int64_t>(wanted.shape)) {
      return true;
    }
    bool isFloat = isa<mlir::FloatType>(actual.element);
    for (auto [j, element] : enumerate(actual.elements)) {
      double value = isFloat ? element.f : double(element.i);
      double right = elementAsDouble(wanted, j);
      bool bothNaN = std::isnan(value) && std::isnan(right);
      if (!bothNaN &&
          !(value == right ||
            std::fabs(value - right) <=
                tolerance.absolute + tolerance.relative * std::fabs(right))) {
        return true;
      }
    }
  }
  return false;
}

/// Plain loops without any pass that may be missing are wrong: whose fault?
std::string Bisect::explainPlain() {
  CompileOptions changed = options;
  changed.vectorise = false;
  changed.shouldRun = isNeeded;
  bool isKnown = false, isWrong = false;
  changed.afterPass = [&](StringRef pass, mlir::Operation *operation) {
    if (options.afterPass) {
      options.afterPass(pass, operation);
    }
    if (pass == "tessera-lower-to-kernels") {
      isWrong = isInterpretedWrong(cast<mlir::ModuleOp>(operation), isKnown);
    }
  };
  (void)judge(changed);
  return !isKnown  ? "import, or a pass that cannot be left out"
         : isWrong ? "import or tessera-lower-to-kernels"
                   : "tessera-place-tensors to tessera-lower-to-llvm, as plain "
                     "loops";
}

BisectReport Bisect::run() {
  BisectReport report;
  if (judge(options) != Verdict::wrong) {
    return report;
  }
  report.isWrong = true;
  if (judgeWith(0) == Verdict::wrong) {
    report.culprit = explainPlain();
    return report;
  }
  for (size_t passes = 1; passes <= ran.size(); ++passes) {
    if (judgeWith(passes) == Verdict::wrong) {
      report.culprit = ran[passes - 1];
      return report;
    }
    report.harmless = passes;
  }
  report.culprit = "tessera-assign-schedules or the vector code made from its "
                   "schedules";
  return report;
}

Expected<BisectReport>
tessera::tools::bisectPasses(const TestCase &test,
                             const CompileOptions &options, StringRef dataSet,
                             const DiagnoseFolders &folders) {
  Bisect bisect(test, options, folders);
  if (Error error = bisect.read(dataSet)) {
    return std::move(error);
  }
  return bisect.run();
}

void tessera::tools::print(const BisectReport &report, raw_ostream &stream) {
  if (!report.isWrong) {
    stream << "bisect: the result is right\n";
    return;
  }
  stream << "bisect: the result is wrong from " << report.culprit << " on ("
         << report.harmless << " passes before it do no harm)\n";
}
