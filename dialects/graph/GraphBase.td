//===- GraphBase.td - the tsr dialect, its interfaces and base classes ----===//

#ifndef TESSERA_DIALECTS_GRAPH_GRAPHBASE_TD
#define TESSERA_DIALECTS_GRAPH_GRAPHBASE_TD

include "mlir/IR/BuiltinAttributeInterfaces.td"
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

def Tsr_OnnxOpInterface : OpInterface<"OnnxOpInterface"> {
  let cppNamespace = "::tessera::graph";
  let description = [{
    The ONNX operator that an operation stands for when they map one to one:
    operands in the same order, attributes of the same name and kind (float: f32,
    int: i64, ints: an i64 array, string: a string; absent means ONNX's default).
    The importer folds over all operations to build its table.
  }];
  let methods = [
    StaticInterfaceMethod<"ONNX operator type; empty when an adapter builds the operation.",
                          "::llvm::StringRef", "getOnnxName">,
    StaticInterfaceMethod<"First opset version whose meaning this is.", "int64_t", "getOnnxSince">,
    StaticInterfaceMethod<"ONNX operators that become this operation, comma-separated, for the documentation.",
                          "::llvm::StringRef", "getOnnxOperators">,
  ];
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

// Signed integers are signless in MLIR, unsigned ones are not; ONNX's bool is i1.
defvar Tsr_Floats = [F16, BF16, F32, F64];
defvar Tsr_Signed = [I8, I16, I32, I64];
defvar Tsr_Unsigned = [UI8, UI16, UI32, UI64];
// Types that are only moved, converted and quantised to; an element takes a byte.
defvar Tsr_Small = [F8E4M3FN, F8E4M3FNUZ, F8E5M2, F8E5M2FNUZ, F8E8M0FNU, F4E2M1FN, I<2>, I<4>, UI<2>, UI<4>];

def Tsr_Tensor : RankedTensorOf<Tsr_Floats # Tsr_Signed # Tsr_Unsigned # [I1] # Tsr_Small>;
def Tsr_NumberTensor : RankedTensorOf<Tsr_Floats # Tsr_Signed # Tsr_Unsigned>;
def Tsr_FloatTensor : RankedTensorOf<Tsr_Floats>;
def Tsr_IntegerTensor : RankedTensorOf<Tsr_Signed # Tsr_Unsigned>;
def Tsr_UnsignedTensor : RankedTensorOf<Tsr_Unsigned>;
def Tsr_BoolTensor : RankedTensorOf<[I1]>;
def Tsr_IndexTensor : RankedTensorOf<[I32, I64]>;

// Attributes with ONNX's default.
class Tsr_FloatAttr<string value> : DefaultValuedAttr<F32Attr, "::llvm::APFloat(" # value # "f)">;
class Tsr_IntAttr<string value> : DefaultValuedAttr<I64Attr, value>;
class Tsr_StringAttr<string value> : DefaultValuedStrAttr<StrAttr, value>;

//===----------------------------------------------------------------------===//
// Base classes
//===----------------------------------------------------------------------===//

/// `name` and `since` are empty and 0 when an adapter of the importer builds the operation from `operators`.
class Tsr_OpBase<string mnemonic, string name, int since, string operators, list<Trait> traits>
    : Op<Tsr_Dialect, mnemonic, traits # [Pure, InferTypeOpAdaptor, Tsr_OnnxOpInterface,
                                          DeclareOpInterfaceMethods<Tsr_LowerOpInterface>]> {
  let extraClassDeclaration = [{
    static ::llvm::StringRef getOnnxName() { return "}] # name # [{"; }
    static int64_t getOnnxSince() { return }] # since # [{; }
    static ::llvm::StringRef getOnnxOperators() { return "}] # operators # [{"; }
  }];
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
  let results = (outs Tsr_Tensor:$result);
}

/// An operation that an adapter builds; `operators` are the ONNX operators it serves.
class Tsr_Op<string mnemonic, string operators, list<Trait> traits = []>
    : Tsr_OpBase<mnemonic, "", 0, operators, traits>;

/// An operation that is an ONNX operator one to one.
class Tsr_OnnxOp<string mnemonic, string name, int since, list<Trait> traits = []>
    : Tsr_OpBase<mnemonic, name, since, name, traits>;

#endif // TESSERA_DIALECTS_GRAPH_GRAPHBASE_TD
