//===- RecordedValues.h - data sets of sequences and optionals --*- C++ -*-===//
//
// A model whose border has sequences or optionals is compiled for the numbers
// of tensors in its data set; see docs/runtime-abi.md.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_COMPILER_TOOLS_RECORDEDVALUES_H
#define TESSERA_COMPILER_TOOLS_RECORDEDVALUES_H

#include "compiler/import/Border.h"
#include "compiler/import/Import.h"
#include "compiler/tools/io/ValueProto.h"

namespace tessera::tools {

/// Reads `STEM_0.pb` ... of a data set as what the model declares.
llvm::Expected<std::vector<HostValue>>
readValues(llvm::StringRef dataSet, llvm::StringRef stem,
           llvm::ArrayRef<import::BorderValue> declared);

/// The tensors of the values, named as in the C interface.
std::vector<HostTensor> flatten(std::vector<HostValue> values,
                                llvm::ArrayRef<import::BorderValue> declared);

/// What these inputs fix: numbers of tensors, ranks that the model does not
/// give; with `fixValues` small tensors of integers too.
std::vector<import::DimensionRule>
rulesFor(llvm::ArrayRef<HostValue> values,
         llvm::ArrayRef<import::BorderValue> declared, bool fixValues);

} // namespace tessera::tools

#endif // TESSERA_COMPILER_TOOLS_RECORDEDVALUES_H
