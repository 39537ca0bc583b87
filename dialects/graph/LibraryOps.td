//===- LibraryOps.td - operators that the runtime's library computes ------===//

#ifndef TESSERA_DIALECTS_GRAPH_LIBRARYOPS_TD
#define TESSERA_DIALECTS_GRAPH_LIBRARYOPS_TD

include "dialects/graph/GraphBase.td"

def Tsr_LibraryOp : Op<Tsr_Dialect, "library", [Tsr_OnnxOpInterface, DeclareOpInterfaceMethods<Tsr_LowerOpInterface>,
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "a call of a function of the runtime's operator library";
  let description = [{
    For operators whose results' sizes depend on data, or that no loop nest
    expresses. Result types are given, since symbols for sizes known only at run
    time come from the importer; all attributes are those of `tsk.library`.

    Example: `%r = tsr.library "non_zero" %x {positions = array<i64: 0>, parameters = {}, extents = array<i64: 0, 0, 1>, elements = array<i64>} : (tensor<4xi1>) -> tensor<1x?xi64, affine_map<()[s0] -> (1, s0)>>`
  }];
  let arguments = (ins StrAttr:$function, Variadic<AnyRankedTensor>:$inputs, DenseI64ArrayAttr:$positions,
      DictionaryAttr:$parameters, DenseI64ArrayAttr:$extents, DenseI64ArrayAttr:$elements,
      OptionalAttr<AffineMapAttr>:$scratch);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = "$function $inputs attr-dict `:` functional-type($inputs, $results)";
  let extraClassDeclaration = [{
    static ::llvm::StringRef getOnnxName() { return ""; }
    static int64_t getOnnxSince() { return 0; }
    static ::llvm::StringRef getOnnxOperators() { return ""; }
  }];
  let hasVerifier = 1;
}

#endif // TESSERA_DIALECTS_GRAPH_LIBRARYOPS_TD
