//===- Passes.td - where tensors live and when ----------------------------===//

#ifndef TESSERA_PASSES_PLAN_PASSES_TD
#define TESSERA_PASSES_PLAN_PASSES_TD

include "mlir/Pass/PassBase.td"

class PlanPass<string name> : Pass<name, "::mlir::ModuleOp"> {
  let dependentDialects = ["::tessera::kernel::TskDialect"];
}

def BlockChains : PlanPass<"tessera-block-chains"> {
  let summary = "compute contraction, row kernel and contraction in blocks, without the scores between them";
  let description = [{
    Attention is a contraction of queries and keys, a softmax of each row of
    scores, and a contraction with values. Where nothing else reads the scores,
    the three launches become a loop over blocks of queries that are computed
    from first to last in memory that each run of the loop has for itself. With
    several blocks of keys the softmax is computed online: an exponential
    relative to the greatest score so far, and sums that are scaled when a
    greater one comes. Row kernels that are no softmax are computed in blocks of
    queries with all keys.

    The launches are found by what they read and write. Queries must share
    their keys and values; the sizes of a query and of a result must be fixed,
    the lengths need not be, if the shortest ones have as many scores as the
    blocks. `chooseBlockSizes` decides on the sizes of blocks.

    ```mlir
    // before
    tsk.launch ins(%q, %k) outs(%s) {extents = affine_map<() -> (1024, 1024, 64)> ...} // scores
    tsk.launch ins(%s) outs(%p) {extents = affine_map<() -> (1024, 1024)> ...}         // softmax
    tsk.launch ins(%p, %v) outs(%o) {extents = affine_map<() -> (1024, 64, 1024)> ...} // products
    // after
    %t = tsk.arena ...
    tsk.loop {extents = affine_map<() -> (16)>, symbol = 0 : i64, runs = 16 : i64 ...} {
      tsk.launch ... // no sums yet
      tsk.loop {extents = affine_map<() -> (4)>, symbol = 2 : i64, runs = 0 : i64 ...} {
        tsk.launch ins(%q, %k) outs(%t) {extents = affine_map<() -> (256, 64, 64)> ...}
        tsk.launch ins(%t, %m, %l) outs(%t, %m, %l, %decay) {extents = affine_map<() -> (64, 256)> ...}
        tsk.launch ins(%t, %v, %sums, %decay) outs(%sums) {extents = affine_map<() -> (64, 64, 256)> ...}
      }
      tsk.launch ins(%sums, %l) outs(%o) ...
    }
    ```
  }];
  let options = [
    Option<"blockBytes", "block-bytes", "int64_t", "256 << 10",
           "bytes that a block's scores and the memory between its kernels may take">,
    Option<"mostRuns", "most-runs", "int64_t", "64", "most blocks that are worked on at the same time">,
  ];
}

def BlockFactors : PlanPass<"tessera-block-factors"> {
  let summary = "compute a factor of a product in blocks of columns, each before it is multiplied";
  let description = [{
    A launch that computes a buffer from constants, as Winograd's form does with
    its weights, and the launch that alone reads it are computed for 32 columns
    after 32 columns in the same memory. Each block lies densely, so its rows
    follow each other. Buffers of at most 1 MB stay whole, and so do those whose
    product reads more than 1 MB besides, which it does for every block. Where
    that size is free there are two blocks.

    ```mlir
    // before
    tsk.launch ins(%w ...) outs(%t ...) {extents = affine_map<() -> (257, 256)>, output_maps = [affine_map<(c, n) -> (c * 256 + n)> ...]}
    tsk.launch ins(%x, %t) outs(%y) {extents = affine_map<() -> (16, 49, 256, 256)> ...}
    // after, for n from 0, 32 ... 224
    tsk.launch ins(%w ...) outs(%t ...) {extents = affine_map<() -> (257, 32)>, output_maps = [affine_map<(c, n) -> (c * 32 + n)> ...]}
    tsk.launch ins(%x, %t) outs(%y) {extents = affine_map<() -> (16, 49, 32, 256)> ...}
    ```
  }];
}

def CheckPlan : PlanPass<"tessera-check-plan"> {
  let summary = "state what is legal after planning";
  let description = [{
    @main takes and returns nothing and holds buffers, launches, loops and calls only; maps
    of launches give one element offset; static arena ranges in use at the same
    time are disjoint and inside the workspace.
  }];
}

def CollapseDimensions : PlanPass<"tessera-collapse-dimensions"> {
  let summary = "merge dimensions that are contiguous in every access";
  let description = [{
    Two dimensions become one when every map moves by as much over one step of
    the outer as over the whole inner one. Dimensions of extent 1 go; the
    parallel dimension with the smallest step in the outputs becomes the last
    of the parallel ones, reductions follow.

    ```mlir
    // before
    tsk.launch ... {extents = affine_map<() -> (1, 4, 8)>, input_maps = [affine_map<(d0, d1, d2) -> (d1 * 8 + d2)>] ...}
    // after
    tsk.launch ... {extents = affine_map<() -> (32)>, input_maps = [affine_map<(d0) -> (d0)>] ...}
    ```
  }];
}

def InPlace : PlanPass<"tessera-in-place"> {
  let summary = "let outputs take the memory of inputs that end in the same launch";
  let description = [{
    Both must be arena ranges of one size and element type, and the input must
    be read with the map with which the output is stored, without a guard. The
    launch then has the same buffer among its inputs and its outputs: code that
    keeps partial results in the output must not be used for it.

    ```mlir
    // before: %a is not used later
    tsk.launch ins(%a, %b) outs(%c) {input_maps = [(d0) -> (d0), ...], output_maps = [(d0) -> (d0)] ...}
    // after
    tsk.launch ins(%a, %b) outs(%a) ...
    ```
  }];
}

def OrderCalls : PlanPass<"tessera-order-calls"> {
  let summary = "let what uses a computed dimension follow the call that defines it";
  let description = [{
    Types name dimensions without operands, so passes that move kernels cannot
    see that a size comes from a `tsk.library`. Operations keep their order
    where that is legal. Nothing changes in modules without computed dimensions.

    ```mlir
    // before: s1 is the number of nonzero elements
    %y = tsk.kernel %x {extents = affine_map<()[s0, s1] -> (s1)> ...}
    %0 = tsk.library "non_zero" %c {extents = array<i64: 1, 0, 1> ...}
    // after
    %0 = tsk.library "non_zero" %c {extents = array<i64: 1, 0, 1> ...}
    %y = tsk.kernel %x {extents = affine_map<()[s0, s1] -> (s1)> ...}
    ```
  }];
}

def PlaceTensors : PlanPass<"tessera-place-tensors"> {
  let summary = "give every tensor a buffer and turn kernels into launches";
  let description = [{
    Model inputs, outputs and constants have memory of their own; every other
    tensor gets a range of the arena. A reshape is another view of the same
    memory, the operands of a concatenation are written into its result, and a
    model output is written by the kernel that computes it. Where that is not
    possible a launch copies.

    A tensor that a kernel reads outside its bounds gets a border filled with
    the pad value (`halo`); otherwise the read gets a guard.

    ```mlir
    // before
    func.func @main(%x: tensor<2x3xf32>) -> tensor<6xf32> {
      %y = tsk.kernel %x {input_maps = [affine_map<(d0, d1) -> (d0, d1)>], ...}
      %z = tsk.reshape %y : tensor<2x3xf32> to tensor<6xf32>
      return %z
    // after
    func.func @main() {
      %x = tsk.argument 0 : !tsk.buffer<f32>
      %z = tsk.output 0 : !tsk.buffer<f32>
      tsk.launch ins(%x) outs(%z) attributes {input_maps = [affine_map<(d0, d1) -> (d0 * 3 + d1)>], ...}
    ```
    The tensor types stay in the module attribute `tsk.signature`
    (`inputs` and `outputs`, each a list of names and types). Arena offsets are 0 until
    PlanArena.
  }];
  let options = [
    Option<"halo", "halo", "bool", "true", "Pad tensors instead of guarding reads">,
  ];
}

def OutlineConstants : PlanPass<"tessera-outline-constants"> {
  let summary = "makes the numbers in which alike launches differ their inputs";
  let description = [{
    Launches that are equal but for float constants, such as the scales of a
    quantised model's layers, get these constants as inputs of one element, so
    that all run the same code. Groups that differ in more than 8 numbers stay.

    ```mlir
    // before, in one of two launches; the other has 0.5
    %c = arith.constant 0.25 : f32
    %r = arith.mulf %x, %c : f32
    // after
    %s = tsk.weight dense<0.25> : tensor<1xf32> : !tsk.buffer<f32>
    tsk.launch ins(%in, %s) ... {input_maps = [..., affine_map<(d0) -> (0)>], ...} computes {
    ^bb0(%x: f32, %c: f32):
      %r = arith.mulf %x, %c : f32
    ```
  }];
}

def PlanArena : PlanPass<"tessera-plan-arena"> {
  let summary = "give arena ranges their offsets";
  let description = [{
    Ranges in use at the same time never overlap, at any value of the symbols.
    Sets two module attributes, maps from the symbols to bytes, of whose results
    the greatest counts: `tsk.workspace`, none of whose results decreases with
    any symbol, and `tsk.arena_lower_bound`, what is in use at once at least.

    ```mlir
    // after
    module attributes {tsk.workspace = affine_map<() -> (8192)>, tsk.arena_lower_bound = affine_map<() -> (8192)>}
      %0 = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (4096)>} : !tsk.buffer<f32>
      %1 = tsk.arena {offset = affine_map<() -> (4096)>, bytes = affine_map<() -> (4000)>} : !tsk.buffer<f32>
    ```
  }];
}

def ShareBorders : PlanPass<"tessera-share-borders"> {
  let summary = "let a padded tensor take the memory of an earlier one of its shape, with its border";
  let description = [{
    A border that is stored before and that nothing else is stored in is not
    filled again. Sizes must be fixed, and the range stays reserved in between
    only where no more memory is in use at once for it.

    ```mlir
    // before
    tsk.launch ins() outs(%a) ... // the border
    tsk.launch ins(%a, %w) ...    // reads %a for the last time
    tsk.launch ins(%x) outs(%b) ...
    tsk.launch ins() outs(%b) ... // the same border
    // after
    tsk.launch ins() outs(%a) ...
    tsk.launch ins(%a, %w) ...
    tsk.launch ins(%x) outs(%a) ...
    ```
  }];
}

def SplitReductions : PlanPass<"tessera-split-reductions"> {
  let summary = "reduce parts of the outermost dimension in memory before the whole";
  let description = [{
    Threads share a reduction by its results. Where these lie within one step of
    what is reduced, as the channels of an image's points do, every thread would
    read from all rows, which others have written. Up to 8 parts of equal length
    are reduced first, then their results. Reductions of fewer than 16,384
    elements, of constants and of several inputs stay.

    ```mlir
    // before: the mean of 784 points of 72 channels
    tsk.launch ins(%x) outs(%m) {extents = affine_map<() -> (72, 784)>, input_maps = [affine_map<(c, p) -> (p * 72 + c)>] ...}
    // after
    tsk.launch ins(%x) outs(%t) {extents = affine_map<() -> (8, 72, 98)>, input_maps = [affine_map<(i, c, p) -> (i * 7056 + p * 72 + c)>] ...}
    tsk.launch ins(%t) outs(%m) {extents = affine_map<() -> (72, 8)>, input_maps = [affine_map<(c, i) -> (i * 72 + c)>] ...}
    ```
  }];
}

#endif // TESSERA_PASSES_PLAN_PASSES_TD
