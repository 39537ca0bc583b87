//===- Passes.td - where tensors live and when ----------------------------===//

#ifndef TESSERA_PASSES_PLAN_PASSES_TD
#define TESSERA_PASSES_PLAN_PASSES_TD

include "mlir/Pass/PassBase.td"

class PlanPass<string name> : Pass<name, "::mlir::ModuleOp"> {
  let dependentDialects = ["::tessera::kernel::TskDialect"];
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

def PlanArena : PlanPass<"tessera-plan-arena"> {
  let summary = "give arena ranges their offsets";
  let description = [{
    Sets the module attribute `tsk.workspace`, a map from the symbols to bytes.
  }];
}

#endif // TESSERA_PASSES_PLAN_PASSES_TD
