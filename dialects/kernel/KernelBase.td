//===- KernelBase.td - the tsk dialect, its attributes and types ----------===//
//
// A kernel is a loop nest over named-by-position dimensions, with affine reads
// and writes and a scalar body. Every later stage sees only this form.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_DIALECTS_KERNEL_KERNELBASE_TD
#define TESSERA_DIALECTS_KERNEL_KERNELBASE_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/DialectBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"

def Tsk_Dialect : Dialect {
  let name = "tsk";
  let cppNamespace = "::tessera::kernel";
  let summary = "kernels: loop nests with affine accesses and scalar bodies";
  let description = [{
    `tsk.kernel` works on tensors and says what is computed; `tsk.launch` works
    on buffers and says where, and with which schedule. Neither names an
    operator: contraction, convolution, pooling, softmax or a gate of a
    recurrence differ only in iterators, maps and body.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect"];
  let useDefaultAttributePrinterParser = 1;
  let useDefaultTypePrinterParser = 1;
}

class Tsk_Attr<string name, string attrMnemonic, list<Trait> traits = []>
    : AttrDef<Tsk_Dialect, name, traits> {
  let mnemonic = attrMnemonic;
}

def Tsk_IteratorKind : I32Enum<"IteratorKind", "how the points of one dimension relate", [
    I32EnumCase<"parallel", 0>,    // points are independent
    I32EnumCase<"reduction", 1>,   // points are combined by tsk.reduce
    I32EnumCase<"sequential", 2>,  // point t may read what point t-1 wrote (feedback)
  ]> {
  let cppNamespace = "::tessera::kernel";
}
def Tsk_IteratorAttr : EnumAttr<Tsk_Dialect, Tsk_IteratorKind, "iterator"> {
  let assemblyFormat = "`<` $value `>`";
}

def Tsk_ReduceKind : I32Enum<"ReduceKind", "how tsk.reduce combines", [
    I32EnumCase<"add", 0>, I32EnumCase<"mul", 1>, I32EnumCase<"max", 2>,
    I32EnumCase<"min", 3>, I32EnumCase<"arg_max", 4>, I32EnumCase<"arg_min", 5>,
    I32EnumCase<"arg_max_last", 6>, I32EnumCase<"arg_min_last", 7>,
  ]> {
  let cppNamespace = "::tessera::kernel";
}
def Tsk_ReduceAttr : EnumAttr<Tsk_Dialect, Tsk_ReduceKind, "reduce_kind"> {
  let assemblyFormat = "`<` $value `>`";
}

def Tsk_DimensionKind : I32Enum<"DimensionKind", "where a symbol's value comes from", [
    I32EnumCase<"input", 0>,    // the first model input whose type has the bare symbol as an extent
    I32EnumCase<"min", 1>,      // the least of the operands
    I32EnumCase<"max", 2>,      // the greatest of the operands
    I32EnumCase<"computed", 3>, // a tsk.library operation during the run
  ]> {
  let cppNamespace = "::tessera::kernel";
}

def Tsk_DimensionAttr : Tsk_Attr<"Dimension", "dimension"> {
  let summary = "one symbolic dimension of the model";
  let description = [{
    The module attribute `tsk.dimensions` is an array of these; symbol `sN` of
    every affine map in the module is its entry N. `operands` (no dimensions,
    symbols of earlier entries only) is given for kinds other than `input`.
    A `computed` one has one operand, an expression that it never exceeds, or
    none. `upper` -1 means unbounded.
  }];
  let parameters = (ins StringRefParameter<"name">:$name,
      EnumParameter<Tsk_DimensionKind>:$kind, "int64_t":$lower, "int64_t":$upper,
      "::mlir::AffineMap":$operands);
  let assemblyFormat = "`<` $name `,` $kind `,` $lower `,` $upper `,` $operands `>`";
}

def Tsk_Algorithm : I32Enum<"Algorithm", "how the points of a launch are visited", [
    I32EnumCase<"nest", 0>,  // tiles of the parallel dimensions; for each a pass per stage of reduction
    I32EnumCase<"halide", 1>, // the same in code that Halide writes
    I32EnumCase<"bf16x6", 2>, // factors in three parts of bf16 each, six products of parts on matrix tiles
    I32EnumCase<"bf16x3", 3>, // two parts each, three products
    I32EnumCase<"bf16", 4>,   // factors rounded to bf16
  ]> {
  let cppNamespace = "::tessera::kernel";
}

def Tsk_ScheduleAttr : Tsk_Attr<"Schedule", "schedule"> {
  let summary = "how one launch is executed on one target";
  let description = [{
    All arrays have one entry for each dimension of the launch.
    - `vector_dim`: the dimension whose consecutive points fill a vector; -1: none.
    - `lanes`: elements in a vector.
    - `tile`: points of each dimension in the register tile (for `vector_dim` a multiple of `lanes`).
    - `order`: loops from the outermost to the innermost.
    - `tasks`: how many leading loops of `order` are split among threads; a sequential one among them is not, but each of
      its steps is.
    - `packed`: inputs (constants) stored in panels of `tile[vector_dim]`, their other dimensions in `order`.
    - `blocks` (optional): points of each dimension in a block that stays in cache, a multiple of its tile; 0: not
      blocked. Loops over blocks lie outside of all loops over tiles, in `order`. Between blocks of a reduction
      dimension the running sums wait in the output.
    - `prefetch` (optional): bytes that panels are fetched ahead; 0: the emitter's own choice, -1: not at all.
    - `panel` (optional): elements in a row of a panel, a multiple of `tile[vector_dim]`. All panels are so wide then,
      and schedules of several targets read the same ones. 0: that tile, and the last panel only as wide as whole
      vectors need.
    Of a window that `halide` computes, a reduction dimension with a tile below its extent is combined first: a row of
    results ahead (tile 1), or as the loop over the row goes (tile 2).
    With the bf16 algorithms the tile is what one task computes: all points of one parallel dimension or of two, by the
    panels of `vector_dim`; its sums wait on the stack.
    A plain schedule (`vector_dim` -1, all tiles 1) visits one point at a time: the oracle.
  }];
  let parameters = (ins EnumParameter<Tsk_Algorithm>:$algorithm, "int64_t":$vector_dim,
      "int64_t":$lanes, "::mlir::DenseI64ArrayAttr":$tile, "::mlir::DenseI64ArrayAttr":$order,
      "int64_t":$tasks, "::mlir::DenseI64ArrayAttr":$packed,
      OptionalParameter<"::mlir::DenseI64ArrayAttr">:$blocks,
      DefaultValuedParameter<"int64_t", "0">:$prefetch,
      DefaultValuedParameter<"int64_t", "0">:$panel);
  let assemblyFormat = [{
    `<` $algorithm `,` struct($vector_dim, $lanes, $tile, $order, $tasks, $packed, $blocks, $prefetch, $panel) `>`
  }];
  let extraClassDeclaration = [{
    /// Points of the dimension in a cache block; 0: it is not blocked.
    int64_t blockOf(unsigned dim) const { return getBlocks() ? getBlocks().asArrayRef()[dim] : 0; }
    /// Elements in a row of a panel of packed constants.
    int64_t panelWidth() const { return getPanel() ? getPanel() : getTile()[getVectorDim()]; }
  }];
}

def Tsk_BufferType : TypeDef<Tsk_Dialect, "Buffer"> {
  let mnemonic = "buffer";
  let summary = "memory of one element type, addressed by element offset";
  let parameters = (ins "::mlir::Type":$elementType);
  let assemblyFormat = "`<` $elementType `>`";
}

#endif // TESSERA_DIALECTS_KERNEL_KERNELBASE_TD
