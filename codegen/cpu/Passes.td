//===- Passes.td - kernels to code for CPUs -------------------------------===//

#ifndef TESSERA_CODEGEN_CPU_PASSES_TD
#define TESSERA_CODEGEN_CPU_PASSES_TD

include "mlir/Pass/PassBase.td"

def ExpandMath : Pass<"tessera-expand-math", "::mlir::ModuleOp"> {
  let summary = "replaces elementary functions by arithmetic";
  let description = [{
    f32 scalars and vectors get the same operations, so that a tail computes
    what a full vector would; narrower floats are computed in f32. f64 and rare
    functions become calls of libm, one for each lane.

    ```mlir
    %r = math.exp %x : vector<16xf32>   // -> arith.*, math.fma
    %r = math.exp %x : f64              // -> func.call @exp(%x)
    ```
  }];
  let dependentDialects = ["::mlir::func::FuncDialect", "::mlir::scf::SCFDialect",
      "::mlir::LLVM::LLVMDialect", "::mlir::vector::VectorDialect"];
}

def OutlineOffsets : Pass<"tessera-outline-offsets", "::mlir::ModuleOp"> {
  let summary = "makes constant element offsets part of the pointers that launches get";
  let description = [{
    Afterwards launches that differ only in where their elements lie are equal,
    and get one function. Inputs that are packed, or read at computed
    coordinates, keep their offsets, and so do launches with sequential steps.

    ```mlir
    tsk.launch ins(%a ...) outs(%a ...) attributes {
        input_maps = [affine_map<(i) -> (i + 8)>], output_maps = [affine_map<(i) -> (i + 16)>], ...}
    // -> input_maps = [affine_map<(i) -> (i)>], output_maps = [affine_map<(i) -> (i + 8)>], offsets = array<i64: 8, 8>
    ```
  }];
}

def EmitKernels : Pass<"tessera-emit-kernels", "::mlir::ModuleOp"> {
  let summary = "writes the functions of a scheduled plan";
  let description = [{
    Replaces the launches of a plan by `llvm.func`s whose bodies are `scf`
    loops over `vector`, `arith` and `math` operations: one task function for
    each distinct launch, and the functions of the binary interface (run,
    workspace, resolve, shapes) with the given prefix.
    Pre-condition: every launch has a schedule and every weight an offset.
  }];
  let options = [
    Option<"prefix", "prefix", "std::string", "\"model\"", "prefix of all symbols">,
    Option<"isa", "isa", "std::string", "\"x86_64_v4\"", "suffix of the symbols of this variant">,
    Option<"byteProducts", "byte-products", "bool", "false",
           "one instruction adds the products of four bytes to a lane (AVX-512 VNNI)">,
  ];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect",
                           "::mlir::arith::ArithDialect", "::mlir::math::MathDialect"];
}

def LowerToLLVM : Pass<"tessera-lower-to-llvm", "::mlir::ModuleOp"> {
  let summary = "turns loops, vectors, arithmetic and functions into the LLVM dialect";
  let description = [{
    One conversion for everything that kernels consist of. Pointers are
    `!llvm.ptr` already and argument attributes such as `llvm.noalias` are kept.
    `math` operations must have an instruction or an LLVM intrinsic; others are
    expanded before.

    ```mlir
    scf.for %i = %a to %b step %c : i64 { ... }   // -> llvm.br, llvm.cond_br
    %r = vector.fma %x, %y, %z : vector<16xf32>   // -> llvm.intr.fma
    ```
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::cf::ControlFlowDialect",
      "::mlir::math::MathDialect"];
}

#endif // TESSERA_CODEGEN_CPU_PASSES_TD
