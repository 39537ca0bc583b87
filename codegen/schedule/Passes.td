//===- Passes.td - schedules and packing ----------------------------------===//

#ifndef TESSERA_CODEGEN_SCHEDULE_PASSES
#define TESSERA_CODEGEN_SCHEDULE_PASSES

include "mlir/Pass/PassBase.td"

def AssignSchedules : Pass<"tessera-assign-schedules", "::mlir::ModuleOp"> {
  let summary = "gives every launch a schedule for the target";
  let description = [{
    The only pass that writes schedules. Sources in order: the records of
    `file` whose kernel key matches, then the chooser of the launch's class.
    Every schedule is checked by the one legality function; an illegal record
    is ignored with a warning. So is an illegal default, for which a plain loop
    takes its place. A launch with `tsk.shares_panels_of`, the schedule of another
    target, gets one that reads the same panels.
  }];
  let options = [
    Option<"target", "target", "std::string", "\"x86-64-v4\"", "name of the CPU target">,
    Option<"products", "products", "std::string", "\"fma\"",
           "how products of f32 may be computed on a target with matrix tiles: fma, bf16x6, bf16x3 or bf16">,
    Option<"plain", "plain", "bool", "false", "one point at a time, no vectors: the oracle">,
    Option<"file", "file", "std::string", "\"\"", "JSON files of schedules, one record a line, separated by commas; later ones win">,
    Option<"sharePanels", "share-panels", "bool", "false", "pack constants so that schedules of other targets can read them">,
    Option<"machine", "machine", "std::string", "\"\"", "ignore records measured on another machine than this; empty: use all">,
  ];
  let dependentDialects = ["::tessera::kernel::TskDialect"];
}

def BoundExponentials : Pass<"tessera-bound-exponentials", "::mlir::ModuleOp"> {
  let summary = "marks exponentials of a softmax, which have no argument above 0";
  let description = [{
    An exponential of a number less the greatest of its row gets
    `tsk.not_positive`: it needs no care for large arguments. Greatest numbers
    of earlier blocks, and 0 in place of minus infinity, may take part, as in
    softmax over blocks. The greatest number itself gets `tsk.may_drop_nan`
    where all that is stored is NaN if the sum of the exponentials is: a row
    with NaN has NaN among them, whichever number is taken off.

    ```mlir
    %m = tsk.reduce <max> %x {tsk.may_drop_nan} : f32 -> f32
    %d = arith.subf %x, %m : f32
    %e = math.exp %d {tsk.not_positive} : f32
    %s = tsk.reduce <add> %e : f32 -> f32
    ```
  }];
}

def PackWeights : Pass<"tessera-pack-weights", "::mlir::ModuleOp"> {
  let summary = "stores packed constants in panels and assigns offsets in the weights segment";
  let description = [{
    An input listed in a schedule's `packed` gets a `tsk.weight` of its own that
    describes the panels; the last panel is only as wide as whole vectors need
    (`tsk.last_panel`), unless the schedule has a `panel` that targets share. Equal weights share one operation. Then every weight
    gets a 64-byte aligned offset, in order of first use; the module attribute
    `tsk.weight_bytes` is the size of the segment.
  }];
  let dependentDialects = ["::tessera::kernel::TskDialect"];
}

def FlushProbabilities : Pass<"tessera-flush-probabilities", "::mlir::ModuleOp"> {
  let summary = "lets exponentials of attention be 0 where they would be denormal numbers";
  let description = [{
    An exponential of a softmax of which only the row's sum and probabilities are
    made gets `tsk.may_flush` where each probability is a factor of sums: in this
    launch, or in all launches that read it where it is stored. A row's sum is 1
    or more, so that for K probabilities a sum of products with numbers up to v
    loses less than K * 2^-126 * v, where rounding v itself may lose 2^-24 v.

    ```mlir
    %e = math.exp %d {tsk.may_flush, tsk.not_positive} : f32
    %s = tsk.reduce <add> %e : f32 -> f32
    %p = arith.divf %e, %s : f32
    tsk.yield %p : f32               // read by a sum of products only
    ```
  }];
  let dependentDialects = ["::tessera::kernel::TskDialect"];
}

def FlushDenormals : Pass<"tessera-flush-denormals", "::mlir::ModuleOp"> {
  let summary = "marks scheduled launches in which denormal numbers cannot matter";
  let description = [{
    A sum of products with a constant, none of it denormal, to which another
    constant is added, gets `tsk.flushes_denormals = "all"` where all that denormal
    factors and sums can contribute is below 2^-40 of every number of that
    constant: rounding loses 2^15 times as much. Afterwards only further terms
    may be added and constant bounds be kept. Such launches run with denormal
    numbers taken for zeros, which processors compute at full speed.

    ```mlir
    tsk.launch ins(%x, %w, %b) ... computes {
      %p = arith.mulf %0, %1 : f32
      %s = tsk.reduce <add> %p : f32 -> f32
      %y = arith.addf %s, %2 : f32 // %b has no number below 2^-70 or so
    ```
    A launch that stores one sum or product, rounded once, in memory that only
    such launches read afterwards gets `tsk.flushes_denormals = "results"`: its
    denormal results become zeros, which its readers would take them for, and
    denormal numbers that it reads count.

    ```mlir
    tsk.launch ins(%a, %g) outs(%x) ... computes {
      %y = arith.mulf %0, %1 : f32
    ```
  }];
  let dependentDialects = ["::tessera::kernel::TskDialect"];
}

def BandLaunches : Pass<"tessera-band-launches", "::mlir::ModuleOp"> {
  let summary = "lets scheduled launches take turns whose data would leave the second cache";
  let description = [{
    Launches in a row get `tsk.bands`, a number, and those behind the first
    `tsk.banded`, where one stores more than the second cache holds and another
    reads it. With `tsk.same_time` what they use is in use at the same time, so
    PlanArena must follow; without it, what some store takes the place of what
    others have read. tessera-join-launches says which tasks make a band.

    ```mlir
    tsk.launch ins(%x, %w) outs(%t) ...   // 112 rows of 96 channels
    tsk.launch ins(%t, %v) outs(%y) ...   // windows of three rows
    // -> tsk.launch ins(%x, %w) outs(%t) {tsk.bands = 8 : i64} ...
    //    tsk.launch ins(%t, %v) outs(%y) {tsk.banded, tsk.bands = 8 : i64, tsk.same_time} ...
    ```
    Left alone are launches that need all of the one before, groups whose
    weights and one band exceed the cache, those that need 14 % more memory
    where one does not take the other's place, and what cannot be joined either.
  }];
  let options = [
    Option<"cacheBytes", "cache-bytes", "int64_t", "1 << 20", "bytes of one core's second cache">,
  ];
  let dependentDialects = ["::tessera::kernel::TskDialect"];
}

def FetchWeights : Pass<"tessera-fetch-weights", "::mlir::ModuleOp"> {
  let summary = "lets launches that compute fetch the weights of matrix-vector products behind them";
  let description = [{
    Of packed constants of at least `least-bytes`: a launch that computes long
    for each byte of its panels gets `tsk.fetch_ahead`, a distance in the weights
    segment, where the next such launch is a product that uses its weights once.
    The last panels of the first then bring as many bytes of the second's, at most
    `most-bytes`, into the second cache. Panels before those, of which there are
    some where the first has more bytes, fetch at the same distance: their own
    launch's or what lies in between.

    ```mlir
    // panels at 0 to 600 KB, and 920 KB of weights from 700 KB on
    tsk.launch ins(%x, %w) ...  // -> {tsk.fetch_ahead = 716800 : i64}
    tsk.launch ins(%m, %v) ...
    ```
  }];
  let options = [
    Option<"leastBytes", "least-bytes", "int64_t", "64 << 10", "bytes of constants that are worth it">,
    Option<"mostBytes", "most-bytes", "int64_t", "768 << 10", "bytes that stay in the second cache until they are read">,
  ];
  let dependentDialects = ["::tessera::kernel::TskDialect"];
}

def JoinLaunches : Pass<"tessera-join-launches", "::mlir::ModuleOp"> {
  let summary = "drops the wait of all threads between scheduled launches";
  let description = [{
    A launch with `tsk.joins` is handed out together with the launch before:
    each thread goes from its part of one to its part of the next. Of a launch
    with `tsk.tasks_of_unit` above 0, so many consecutive tasks make a unit; all
    such launches of a group have equally many, and a thread has the same units
    of all of them. Launches with 0 are split by themselves.

    Two launches may follow each other in this way where all they touch, unless
    both only read, lies apart, such as the inside of a tensor and its border,
    or where unit i of one meets no other unit than i of the other:

    ```mlir
    // one task for each of 64 rows, then four for each
    tsk.launch ins(%x) outs(%t) ...
    tsk.launch ins(%t, %w) outs(%y) ...
    // -> tsk.launch ins(%x) outs(%t) {tsk.tasks_of_unit = 1 : i64} ...
    //    tsk.launch ins(%t, %w) outs(%y) {tsk.joins, tsk.tasks_of_unit = 4 : i64} ...
    ```
    Addresses are compared as numbers, so ranges of the arena that share memory
    count, and launches with free dimensions are left alone. So are those with
    conditions, with steps, and those that can end the run. Runs for each form
    of the code, after all that changes launches, their tiles, weights or the
    arena.
  }];
  let dependentDialects = ["::tessera::kernel::TskDialect"];
}

def MultiplyByReciprocals : Pass<"tessera-multiply-by-reciprocals", "::mlir::ModuleOp"> {
  let summary = "replaces divisions by known numbers in scheduled launches";
  let description = [{
    A vector of divisions takes as long as 16 to 32 products. By a power of two
    one product does; otherwise the quotient is the product with the reciprocal,
    corrected by what is left (Markstein), which rounds as a division does:

    ```mlir
    %q = arith.divf %x, %s : f32 // %s is 3.0
    // -> %e = arith.mulf %x, %r               // %r is 1.0 / 3.0, rounded
    //    %n = arith.negf %e
    //    %rest = math.fma %n, %s, %x          // exact
    //    %better = math.fma %rest, %r, %e
    //    %open = arith.cmpf one, %rest, %zero // neither exact nor infinite
    //    %q = arith.select %open, %better, %e
    ```
    Numbers that are inputs of the launch get a second one for the reciprocal.
    Finite numbers that are only rounded to integers need no comparison. Only
    quotients that are denormal may differ, by their last bit.
  }];
  let dependentDialects = ["::tessera::kernel::TskDialect", "::mlir::math::MathDialect"];
}

def RoundToIntegers : Pass<"tessera-round-to-integers", "::mlir::ModuleOp"> {
  let summary = "quantises in scheduled launches with one conversion";
  let description = [{
    Numbers are clamped before they are rounded, and the conversion to integers
    rounds; a byte that only becomes a float again is none in between.

    ```mlir
    %r = math.roundeven %y : f32
    %s = arith.addf %r, %zero_point : f32
    // %c is %s between 0 and 255
    %i = arith.fptosi %c : f32 to i32
    // -> %i is llvm.intr.lrint(%y between 0 - %zero_point and 255 - %zero_point) + %zero_point
    ```
  }];
  let dependentDialects = ["::tessera::kernel::TskDialect", "::mlir::math::MathDialect",
      "::mlir::LLVM::LLVMDialect"];
}

def SplitProducts : Pass<"tessera-split-products", "::mlir::ModuleOp"> {
  let summary = "splits what launches on matrix tiles read into parts of bf16";
  let description = [{
    A launch whose schedule says `bf16x6`, `bf16x3` or `bf16` becomes four: one
    splits what it reads into planes of bf16 and finds, row by row, how far
    magnitudes lie from the middle of the range in which no part and no product
    can overflow or lose bits; one compares the farthest with the range; the
    launch itself, which gets the planes as further inputs and runs where all is
    inside; and the same without tiles, which runs elsewhere. Where the constant
    itself leaves no such range the launch is computed without tiles. New ranges
    of the arena get their offsets from `tessera-plan-arena`.

    ```mlir
    tsk.launch ins(%a, %w) outs(%y) {schedule = #tsk.schedule<bf16x6, ...>}
    // -> tsk.launch ins(%a) outs(%planes, %planes, %planes, %farthest) ...
    //    tsk.launch ins(%farthest) outs(%isInside) ...
    //    tsk.launch ins(%a, %w, %planes, %planes, %planes) outs(%y) when(%isInside) {condition_values = [true], ...}
    //    tsk.launch ins(%a, %w) outs(%y) when(%isInside) {condition_values = [false], schedule = #tsk.schedule<nest, ...>}
    ```
  }];
  let options = [
    Option<"target", "target", "std::string", "\"x86-64-amx\"", "name of the CPU target">,
  ];
  let dependentDialects = ["::tessera::kernel::TskDialect"];
}

#endif // TESSERA_CODEGEN_SCHEDULE_PASSES
