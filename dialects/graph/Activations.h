//===- Activations.h - activation functions that have a name ----*- C++ -*-===//

#ifndef TESSERA_DIALECTS_GRAPH_ACTIVATIONS_H
#define TESSERA_DIALECTS_GRAPH_ACTIVATIONS_H

#include "dialects/graph/Scalar.h"

namespace tessera::graph {

/// Whether ONNX lets a recurrent layer name this function.
bool isKnownActivation(llvm::StringRef name);

/// The named function of x; `alpha` and `beta` matter to some.
Scalar activate(Scalar x, llvm::StringRef name, double alpha, double beta);

} // namespace tessera::graph

#endif // TESSERA_DIALECTS_GRAPH_ACTIVATIONS_H
