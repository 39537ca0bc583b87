//===- Activations.cpp - activation functions that have a name ------------===//
//
// The functions that attributes of ONNX's recurrent layers choose from.
//
//===----------------------------------------------------------------------===//

#include "dialects/graph/Activations.h"
#include "llvm/ADT/StringSwitch.h"
#include <functional>

using namespace mlir;

namespace tessera::graph {

bool isKnownActivation(StringRef name) {
  return llvm::StringSwitch<bool>(name)
      .Cases({"Sigmoid", "Tanh", "Relu", "HardSigmoid", "Softsign", "Softplus"},
             true)
      .Cases({"Affine", "LeakyRelu", "ThresholdedRelu", "ScaledTanh", "Elu"},
             true)
      .Default(false);
}

Scalar activate(Scalar x, StringRef name, double alpha, double beta) {
  auto negative = [](Scalar v) { return v < 0.0; };
  return llvm::StringSwitch<std::function<Scalar()>>(name)
      .Case("Sigmoid", [&] { return sigmoid(x); })
      .Case("Relu", [&] { return max(x, 0.0); })
      .Case("HardSigmoid", [&] { return max(min(x * alpha + beta, 1.0), 0.0); })
      .Case("Softsign", [&] { return x / (abs(x) + 1.0); })
      .Case("Softplus", [&] { return softplus(x); })
      .Case("Affine", [&] { return x * alpha + beta; })
      .Case("LeakyRelu", [&] { return select(negative(x), x * alpha, x); })
      .Case("ThresholdedRelu",
            [&] { return select(x > alpha, x, constantLike(x, 0)); })
      .Case("ScaledTanh", [&] { return tanh(x * beta) * alpha; })
      .Case("Elu",
            [&] { return select(negative(x), (exp(x) - 1.0) * alpha, x); })
      .Default([&] { return tanh(x); })();
}

} // namespace tessera::graph
