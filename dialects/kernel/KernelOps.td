//===- KernelOps.td - kernels on tensors, launches on buffers -------------===//

#ifndef TESSERA_DIALECTS_KERNEL_KERNELOPS_TD
#define TESSERA_DIALECTS_KERNEL_KERNELOPS_TD

include "dialects/kernel/KernelBase.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class Tsk_Op<string mnemonic, list<Trait> traits = []> : Op<Tsk_Dialect, mnemonic, traits>;

def Tsk_IteratorArrayAttr : TypedArrayAttrBase<Tsk_IteratorAttr, "array of iterators">;

//===----------------------------------------------------------------------===//
// Nests
//===----------------------------------------------------------------------===//

def Tsk_NestOpInterface : OpInterface<"NestOpInterface"> {
  let cppNamespace = "::tessera::kernel";
  let description = [{
    What `tsk.kernel` and `tsk.launch` share: the iteration space, one read map
    for each input, one write map for each output, and the scalar body. Body
    argument i is the element that input i has at its map's coordinates, or the
    whole input (a tensor or buffer) when only `tsk.gather` reads it.
  }];
  let methods = [
    InterfaceMethod<"Extent of each dimension: `()[symbols] -> (extents)`.",
                    "::mlir::AffineMap", "getExtentMap">,
    InterfaceMethod<"One iterator attribute for each dimension.", "::mlir::ArrayAttr", "getIteratorAttrs">,
    InterfaceMethod<"One map for each input: `(dims)[symbols] -> (coordinates)`.",
                    "::mlir::ArrayAttr", "getInputMapAttrs">,
    InterfaceMethod<"One map for each output.", "::mlir::ArrayAttr", "getOutputMapAttrs">,
    InterfaceMethod<"The inputs read by the body.", "::mlir::OperandRange", "getNestInputs">,
    InterfaceMethod<"Value read outside the guard or tensor; a unit attribute: never outside.",
                    "::mlir::ArrayAttr", "getPadAttrs">,
    InterfaceMethod<"Output that input i continues along the sequential dimension, or -1.",
                    "::llvm::ArrayRef<int64_t>", "getFeedbackOutputs">,
    InterfaceMethod<"The scalar body.", "::mlir::Region &", "getNestBody">,
  ];
  let extraSharedClassDeclaration = [{
    unsigned getNumDims() { return $_op.getExtentMap().getNumResults(); }
    ::tessera::kernel::IteratorKind getIterator(unsigned dim) {
      return ::llvm::cast<::tessera::kernel::IteratorKindAttr>($_op.getIteratorAttrs()[dim]).getValue();
    }
    ::mlir::AffineMap getInputMap(unsigned i) {
      return ::llvm::cast<::mlir::AffineMapAttr>($_op.getInputMapAttrs()[i]).getValue();
    }
    ::mlir::AffineMap getOutputMap(unsigned i) {
      return ::llvm::cast<::mlir::AffineMapAttr>($_op.getOutputMapAttrs()[i]).getValue();
    }
    /// Whether input `i` is read only through tsk.gather.
    bool isWholeInput(unsigned i) {
      return ::tessera::kernel::isWholeType($_op.getNestBody().getArgument(i).getType());
    }
    /// Whether some output is stored at points of the reduction dimensions.
    bool storesRows() {
      for (unsigned o = 0; o < $_op.getOutputMapAttrs().size(); ++o) {
        for (unsigned d = 0; d < getNumDims(); ++d) {
          if (getIterator(d) == ::tessera::kernel::IteratorKind::reduction && getOutputMap(o).isFunctionOfDim(d))
            return true;
        }
      }
      return false;
    }
  }];
}

def Tsk_KernelOp : Tsk_Op<"kernel", [Pure, IsolatedFromAbove, SingleBlock,
    DeclareOpInterfaceMethods<Tsk_NestOpInterface>]> {
  let summary = "a loop nest over tensors";
  let description = [{
    For every point of the parallel (and sequential) dimensions the body is
    evaluated at every point of the reduction dimensions; `tsk.reduce` combines
    over all of those. A result whose map uses a reduction dimension is stored
    for each of its points, after every reduction it depends on.

    An input's map gives the tensor coordinates; coordinates outside the tensor
    read the input's pad value. `feedback[i] = r` makes input i the state before
    the first step of the sequential dimension; in later steps the same argument
    is result r of the step before, whose first coordinate is the sequential
    one and whose others are those of the input's map.

    ```mlir
    // relu(a x b + bias): a contraction with its epilogue
    %y = tsk.kernel %a, %b, %bias {
        extents = affine_map<() -> (128, 512, 768)>,
        iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
        input_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (n)>],
        result_maps = [affine_map<(m, n, k) -> (m, n)>], pads = [unit, unit, unit],
        feedback = array<i64: -1, -1, -1>} : (...) -> tensor<128x512xf32> {
    ^bb0(%x: f32, %w: f32, %c: f32):
      %p = arith.mulf %x, %w : f32
      %s = tsk.reduce <add> %p : f32 -> f32
      %t = arith.addf %s, %c : f32
      %z = arith.constant 0.0 : f32
      %r = arith.maximumf %t, %z : f32
      tsk.yield %r : f32
    }
    ```
    `layouts`, when present, holds for each result the order of its dimensions
    in memory, outermost first.
  }];
  let arguments = (ins Variadic<AnyRankedTensor>:$inputs, AffineMapAttr:$extents,
      Tsk_IteratorArrayAttr:$iterators, AffineMapArrayAttr:$input_maps,
      AffineMapArrayAttr:$result_maps, ArrayAttr:$pads, DenseI64ArrayAttr:$feedback,
      OptionalAttr<ArrayAttr>:$layouts);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$inputs attr-dict `:` functional-type($inputs, $results) $body";
  let hasVerifier = 1;
}

def Tsk_LaunchOp : Tsk_Op<"launch", [IsolatedFromAbove, SingleBlock, AttrSizedOperandSegments,
    DeclareOpInterfaceMethods<Tsk_NestOpInterface>]> {
  let summary = "a loop nest over buffers, in execution order";
  let description = [{
    The form a kernel takes after planning: maps have one result, the element
    offset in the buffer. `guards[i]` (an integer set over dimensions and
    symbols, or unit) tells where input i lies inside its tensor; outside, the
    pad value is read. `schedule` is absent until the schedule pass chose one.
    `symbol` names the function that computes it, once assigned.

    With `conditions` (buffers of i1) the run leaves the launch out unless the
    element of each at `condition_offsets[i]` is `condition_values[i]`.

    With `offsets` the maps count from that element of each buffer, inputs
    first; equal buffers have equal ones.
  }];
  let arguments = (ins Variadic<Tsk_BufferType>:$inputs, Variadic<Tsk_BufferType>:$outputs,
      Variadic<Tsk_BufferType>:$conditions, AffineMapAttr:$extents, Tsk_IteratorArrayAttr:$iterators, AffineMapArrayAttr:$input_maps,
      AffineMapArrayAttr:$output_maps, ArrayAttr:$pads, ArrayAttr:$guards,
      DenseI64ArrayAttr:$feedback, OptionalAttr<Tsk_ScheduleAttr>:$schedule,
      OptionalAttr<StrAttr>:$symbol, OptionalAttr<AffineMapArrayAttr>:$condition_offsets,
      OptionalAttr<DenseBoolArrayAttr>:$condition_values, OptionalAttr<DenseI64ArrayAttr>:$offsets);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    `ins` `(` ($inputs^ `:` type($inputs))? `)` `outs` `(` $outputs `:` type($outputs) `)`
        (`when` `(` $conditions^ `:` type($conditions) `)`)? attr-dict-with-keyword `computes` $body
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// Inputs and outputs: the buffers that the kernel itself sees.
    ::mlir::OperandRange getBuffers() {
      return getOperation()->getOperands().drop_back(getConditions().size());
    }
    /// Whether the run can end behind the launch, at an index out of range.
    bool canFail();
    /// Lets the run execute the launch always.
    void dropConditions() {
      getConditionsMutable().clear();
      removeConditionOffsetsAttr();
      removeConditionValuesAttr();
    }
  }];
}

//===----------------------------------------------------------------------===//
// Launches that are repeated
//===----------------------------------------------------------------------===//

def Tsk_LoopOp : Tsk_Op<"loop", [SingleBlock, NoTerminator]> {
  let summary = "launches that run once for each point of a box";
  let description = [{
    Runs the launches and loops of its body in order, for every point of
    `extents`, a map `()[symbols] -> (counts)`. For them the symbols from
    `symbol` on are the coordinates of the point, then the `lengths`, of whose
    results the least counts: what is left of a dimension cut into blocks.

    With `runs` above 0 the points are independent. Threads share them in at
    most that many runs of consecutive points, and one more symbol is the run's
    number, so that each can have memory of its own to work in. Results do not
    depend on which points share a run. Without `runs`, points follow each other
    and one may read what the point before it wrote.

    ```mlir
    // rows of a product of 1000 x 8, in blocks of 64 rows that pass through %t
    tsk.loop {extents = affine_map<() -> (16)>, lengths = [affine_map<()[s0] -> (64, 1000 - s0 * 64)>], runs = 16 : i64, symbol = 0 : i64} {
      tsk.launch ins(%a ...) outs(%t ...) {extents = affine_map<()[s0, s1] -> (s1, 8)>,
          input_maps = [affine_map<(d0, d1)[s0] -> ((s0 * 64 + d0) * 8 + d1)> ...],
          output_maps = [affine_map<(d0, d1)[s0, s1, s2] -> (s2 * 512 + d0 * 8 + d1)>] ...
      tsk.launch ins(%t ...) outs(%b ...) ...
    }
    ```
  }];
  let arguments = (ins AffineMapAttr:$extents, AffineMapArrayAttr:$lengths, I64Attr:$symbol, I64Attr:$runs);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "attr-dict-with-keyword $body";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The symbol behind the last one that the loop defines.
    unsigned getSymbolEnd() {
      return getSymbol() + getExtents().getNumResults() + getLengths().size() + (getRuns() > 0 ? 1 : 0);
    }
    /// The buffers outside of the loop that its launches use, each once.
    ::llvm::SmallVector<::mlir::Value> getBuffers();
  }];
}

//===----------------------------------------------------------------------===//
// Tensors without computation
//===----------------------------------------------------------------------===//

def Tsk_ReshapeOp : Tsk_Op<"reshape", [Pure]> {
  let summary = "the same elements in row-major order under another shape";
  let description = [{ Example: `%1 = tsk.reshape %0 : tensor<2x6xf32> to tensor<3x4xf32>` }];
  let arguments = (ins AnyRankedTensor:$input);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `to` type($result)";
}

def Tsk_ConcatOp : Tsk_Op<"concat", [Pure]> {
  let summary = "tensors side by side along one axis";
  let description = [{ Example: `%2 = tsk.concat %0, %1 {axis = 1 : i64} : tensor<1x2xf32>, tensor<1x3xf32> to tensor<1x5xf32>` }];
  let arguments = (ins Variadic<AnyRankedTensor>:$inputs, I64Attr:$axis);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$inputs attr-dict `:` type($inputs) `to` type($result)";
}

def Tsk_LibraryOp : Tsk_Op<"library", [DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "a call of a function of the runtime's operator library";
  let description = [{
    `function` names the C function `tsr_operator_FUNCTION`. Operand i is its
    input `positions[i]`; inputs that are not listed are absent. `parameters`
    reach it as constant data.

    The call defines computed dimensions: `extents` and `elements` are lists of
    triples (symbol, result, index), where the value is the result's extent at
    axis `index`, or its (i64) element at `index`. What uses such a symbol runs
    after the call. `scratch` is the bytes of memory it works in.

    ```mlir
    %0 = tsk.library "non_zero" %x {positions = array<i64: 0>, parameters = {}, extents = array<i64: 1, 0, 1>,
        elements = array<i64>} : (tensor<3x4xi1>) -> tensor<2x?xi64, affine_map<()[s0, s1] -> (2, s1)>>
    ```
  }];
  let arguments = (ins StrAttr:$function, Variadic<AnyRankedTensor>:$inputs, DenseI64ArrayAttr:$positions,
      DictionaryAttr:$parameters, DenseI64ArrayAttr:$extents, DenseI64ArrayAttr:$elements,
      OptionalAttr<AffineMapAttr>:$scratch);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = "$function $inputs attr-dict `:` functional-type($inputs, $results)";
  let hasVerifier = 1;
}

def Tsk_CallOp : Tsk_Op<"call", [AttrSizedOperandSegments]> {
  let summary = "tsk.library over buffers, in execution order";
  let description = [{
    `input_types` and `output_types` are the tensors' types; their elements lie
    dense and row-major from the element offset that `input_offsets` and
    `output_offsets` give. With `scratch` the last output is the memory to work
    in and has no type and offset. Symbols are defined as by `tsk.library`.
  }];
  let arguments = (ins Variadic<Tsk_BufferType>:$inputs, Variadic<Tsk_BufferType>:$outputs, StrAttr:$function,
      DenseI64ArrayAttr:$positions, DictionaryAttr:$parameters, DenseI64ArrayAttr:$extents,
      DenseI64ArrayAttr:$elements, OptionalAttr<AffineMapAttr>:$scratch, TypeArrayAttr:$input_types,
      TypeArrayAttr:$output_types, AffineMapArrayAttr:$input_offsets, AffineMapArrayAttr:$output_offsets);
  let assemblyFormat = [{
    $function `ins` `(` ($inputs^ `:` type($inputs))? `)` `outs` `(` ($outputs^ `:` type($outputs))? `)` attr-dict
  }];
}

//===----------------------------------------------------------------------===//
// Buffers of the plan
//===----------------------------------------------------------------------===//

def Tsk_ArenaOp : Tsk_Op<"arena", [Pure]> {
  let summary = "a range of the workspace: byte offset and size, functions of the symbols";
  let description = [{
    Of elements of 8 bits the `kReadableBehind` bytes behind the range can be
    read, too. Example: `%0 = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (4096)>} : !tsk.buffer<f32>`
  }];
  let arguments = (ins AffineMapAttr:$offset, AffineMapAttr:$bytes);
  let results = (outs Tsk_BufferType:$buffer);
  let assemblyFormat = "attr-dict `:` type($buffer)";
}

def Tsk_ArgumentOp : Tsk_Op<"argument", [Pure]> {
  let summary = "the memory of a model input";
  let description = [{ Example: `%0 = tsk.argument 0 : !tsk.buffer<f32>` }];
  let arguments = (ins I64Attr:$index);
  let results = (outs Tsk_BufferType:$buffer);
  let assemblyFormat = "$index attr-dict `:` type($buffer)";
}

def Tsk_OutputOp : Tsk_Op<"output", [Pure]> {
  let summary = "the memory of a model output";
  let description = [{ Example: `%0 = tsk.output 0 : !tsk.buffer<f32>` }];
  let arguments = (ins I64Attr:$index);
  let results = (outs Tsk_BufferType:$buffer);
  let assemblyFormat = "$index attr-dict `:` type($buffer)";
}

def Tsk_WeightOp : Tsk_Op<"weight", [Pure]> {
  let summary = "a constant stored in the weights segment";
  let description = [{
    `offset` is the byte offset in the segment, once assigned. Without
    `packing` the elements are stored row-major. With it, the stored element at
    `(panel, ..., lane)`, a point of the box `packed_extents`, is the one at the
    row-major position that `packing` gives, or zero where
    `panel * packed_extents.back() + lane` is not below `vector_extent`.
    Example: `%0 = tsk.weight dense<1.0> : tensor<4xf32> : !tsk.buffer<f32>`
  }];
  let arguments = (ins ElementsAttr:$value, OptionalAttr<AffineMapAttr>:$packing,
      OptionalAttr<DenseI64ArrayAttr>:$packed_extents, OptionalAttr<I64Attr>:$vector_extent,
      OptionalAttr<I64Attr>:$offset);
  let results = (outs Tsk_BufferType:$buffer);
  let assemblyFormat = "$value attr-dict `:` type($buffer)";
}

//===----------------------------------------------------------------------===//
// Scalar bodies (besides arith and math)
//===----------------------------------------------------------------------===//

def Tsk_ReduceOp : Tsk_Op<"reduce", [Pure]> {
  let summary = "combines a value over all reduction dimensions";
  let description = [{
    `arg_*` kinds return the linear position (i64) of the first (`_last`: last)
    extreme among the points of the reduction dimensions.
    Example: `%s = tsk.reduce <add> %p : f32 -> f32`
  }];
  let arguments = (ins Tsk_ReduceAttr:$kind, AnyType:$value);
  let results = (outs AnyType:$result);
  let assemblyFormat = "$kind $value attr-dict `:` type($value) `->` type($result)";
}

def Tsk_GatherOp : Tsk_Op<"gather", [Pure]> {
  let summary = "reads an element at coordinates computed in the body";
  let description = [{
    `map` takes the dimensions of the nest followed by one dimension for each of
    `indices`, to coordinates of `source` (an element offset in a launch). Index
    i must lie in [0, limits[i]); otherwise the run ends with the status
    TSR_INDEX_OUT_OF_RANGE and the element at 0 is read in its place, unless
    `clamp` is set, which promises that the body already clamped it.
    Example: `%v = tsk.gather %table[%i] {map = affine_map<(d0, d1, d2) -> (d2, d1)>, limits = affine_map<() -> (512)>} : tensor<512x8xf32> -> f32`
  }];
  let arguments = (ins AnyType:$source, Variadic<I64>:$indices, AffineMapAttr:$map,
      AffineMapAttr:$limits, UnitAttr:$clamp);
  let results = (outs AnyType:$result);
  let assemblyFormat = "$source `[` $indices `]` attr-dict `:` type($source) `->` type($result)";
}

def Tsk_IndexOp : Tsk_Op<"index", [Pure]> {
  let summary = "an affine function of the point: `(dims)[symbols] -> (value)`";
  let description = [{ Example: `%i = tsk.index affine_map<(d0, d1) -> (d1)>` }];
  let arguments = (ins AffineMapAttr:$map);
  let results = (outs I64:$result);
  let assemblyFormat = "$map attr-dict";
}

def Tsk_YieldOp : Tsk_Op<"yield", [Pure, Terminator]> {
  let summary = "ends a body with one value for each output";
  let description = [{ Example: `tsk.yield %0 : f32` }];
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "($values^ `:` type($values))? attr-dict";
}

#endif // TESSERA_DIALECTS_KERNEL_KERNELOPS_TD
