//===- ResultCounts.cpp - how many results operators have -----------------===//

#include "compiler/import/ResultCounts.h"
#include "compiler/import/Adapters.h"
#include "llvm/ADT/StringSwitch.h"

namespace tessera::import {

unsigned mostResultsOf(llvm::StringRef op) {
  return llvm::StringSwitch<unsigned>(op)
      .Cases({"CausalConvWithState", "Dropout", "GRU", "LinearAttention",
              "LinearClassifier", "MaxPool", "RNN", "SVMClassifier",
              "SoftmaxCrossEntropyLoss", "StringSplit", "TopK",
              "TreeEnsembleClassifier"},
             2)
      .Cases({"DynamicQuantizeLinear", "LSTM", "LayerNormalization"}, 3)
      .Cases({"Attention", "Unique"}, 4)
      .Case("BatchNormalization", 5)
      .Cases({"Adagrad", "Adam", "Gradient", "If", "Loop", "Momentum", "Scan",
              "SequenceMap", "Split"},
             kVariadic)
      .Default(1);
}

} // namespace tessera::import
