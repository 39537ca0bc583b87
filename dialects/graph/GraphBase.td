//===- GraphBase.td - the tsr dialect and its interfaces ------------------===//

#ifndef TESSERA_DIALECTS_GRAPH_GRAPHBASE_TD
#define TESSERA_DIALECTS_GRAPH_GRAPHBASE_TD

include "mlir/IR/DialectBase.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Tsr_Dialect : Dialect {
  let name = "tsr";
  let cppNamespace = "::tessera::graph";
  let summary = "normalised tensor operators: one for each meaning, whatever the ONNX opset";
  let description = [{
    Tensors are builtin ranked tensors; free dimensions are symbols (see
    dialects/kernel/Extents.h). Sizes that ONNX passes as tensors (a shape, the
    bounds of a slice) are attributes here: affine maps `()[symbols] -> (values)`.
    The ONNX node's name is the operation's location.
  }];
  let dependentDialects = ["::tessera::kernel::TskDialect"];
}

def Tsr_LowerOpInterface : OpInterface<"LowerOpInterface"> {
  let cppNamespace = "::tessera::graph";
  let description = [{
    The one lowering of an operator: builds `tsk` operations (mostly one
    kernel, see KernelBuilder) that compute its results and returns them.
  }];
  let methods = [
    InterfaceMethod<"Values that replace the results; failure after emitting an error.",
        "::mlir::FailureOr<::llvm::SmallVector<::mlir::Value>>", "lower", (ins "::mlir::OpBuilder &":$builder)>,
  ];
}

def Tsr_ScalarOpInterface : OpInterface<"ScalarOpInterface"> {
  let cppNamespace = "::tessera::graph";
  let description = [{ The scalar body of a pointwise operator; its lowering is the same for all of them. }];
  let methods = [
    InterfaceMethod<"One result element from one element of each operand.", "::mlir::Value", "buildScalar",
        (ins "::mlir::OpBuilder &":$b, "::mlir::Location":$loc, "::mlir::ValueRange":$args)>,
  ];
}

/// The ONNX operators that an operation stands for when they map one to one: name and first version. The importer
/// folds over all operations to build its table; operators that need an adapter have an empty name.
def Tsr_OnnxOpInterface : OpInterface<"OnnxOpInterface"> {
  let cppNamespace = "::tessera::graph";
  let methods = [
    StaticInterfaceMethod<"ONNX operator type, or empty.", "::llvm::StringRef", "getOnnxName">,
    StaticInterfaceMethod<"First opset version whose meaning this is.", "int64_t", "getOnnxSince">,
  ];
}

#endif // TESSERA_DIALECTS_GRAPH_GRAPHBASE_TD
