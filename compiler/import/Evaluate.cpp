//===- Evaluate.cpp - which operators are computed while importing --------===//

#include "compiler/import/Evaluate.h"
#include "llvm/ADT/StringMap.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {

using Evaluator = std::optional<KnownTensor> (*)(Node &);

static Evaluator evaluatorOf(StringRef op) {
  static const StringMap<Evaluator> table = {
      {"Add", evaluateBinary},
      {"Sub", evaluateBinary},
      {"Mul", evaluateBinary},
      {"Div", evaluateBinary},
      {"Mod", evaluateBinary},
      {"Min", evaluateBinary},
      {"Max", evaluateBinary},
      {"Sum", evaluateBinary},
      {"Pow", evaluateBinary},
      {"Equal", evaluateBinary},
      {"Less", evaluateBinary},
      {"LessOrEqual", evaluateBinary},
      {"Greater", evaluateBinary},
      {"GreaterOrEqual", evaluateBinary},
      {"And", evaluateBinary},
      {"Or", evaluateBinary},
      {"Xor", evaluateBinary},
      {"Neg", evaluateUnary},
      {"Abs", evaluateUnary},
      {"Floor", evaluateUnary},
      {"Ceil", evaluateUnary},
      {"Round", evaluateUnary},
      {"Sqrt", evaluateUnary},
      {"Reciprocal", evaluateUnary},
      {"Not", evaluateUnary},
      {"Cast", evaluateCast},
      {"CastLike", evaluateCast},
      {"Where", evaluateWhere},
      {"Shape", evaluateShape},
      {"Size", evaluateSize},
      {"Identity", evaluateReshape},
      {"Reshape", evaluateReshape},
      {"Flatten", evaluateReshape},
      {"Squeeze", evaluateReshape},
      {"Unsqueeze", evaluateReshape},
      {"Concat", evaluateConcat},
      {"Gather", evaluateGather},
      {"Slice", evaluateSlice},
      {"Transpose", evaluateTranspose},
      {"Expand", evaluateExpand},
      {"ConstantOfShape", evaluateConstantOfShape},
      {"Range", evaluateRange},
      {"ReduceProd", evaluateReduction},
      {"ReduceSum", evaluateReduction},
      {"ReduceMin", evaluateReduction},
      {"ReduceMax", evaluateReduction},
  };
  return table.lookup(op);
}

bool evaluateKnown(Node &node) {
  if (node.proto.op_type() == "Split") {
    return evaluateSplit(node);
  }
  Evaluator evaluator = evaluatorOf(node.proto.op_type());
  if (!evaluator) {
    return false;
  }
  std::optional<KnownTensor> result = evaluator(node);
  if (!result || (!result->isConstant() && !result->exprs())) {
    return false;
  }
  // What has no influence on a known result need not have been looked at.
  node.ignore({"allowzero", "axes", "axis", "broadcast", "consumed_inputs",
               "ends", "fmod", "keepdims", "noop_with_empty_axes", "perm",
               "round_mode", "saturate", "shape", "starts", "to", "value"});
  // A failure is one of the node's: no adapter gets to see it.
  (void)node.setKnown(0, std::move(*result));
  return true;
}

} // namespace tessera::import
