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
    Option<"plain", "plain", "bool", "false", "one point at a time, no vectors: the oracle">,
    Option<"file", "file", "std::string", "\"\"", "JSON files of schedules, one record a line, separated by commas; later ones win">,
    Option<"sharePanels", "share-panels", "bool", "false", "pack constants so that schedules of other targets can read them">,
    Option<"machine", "machine", "std::string", "\"\"", "ignore records measured on another machine than this; empty: use all">,
  ];
  let dependentDialects = ["::tessera::kernel::TskDialect"];
}

def PackWeights : Pass<"tessera-pack-weights", "::mlir::ModuleOp"> {
  let summary = "stores packed constants in panels and assigns offsets in the weights segment";
  let description = [{
    An input listed in a schedule's `packed` gets a `tsk.weight` of its own that
    describes the panels; the last panel is only as wide as whole vectors need
    (`tsk.last_panel`). Equal weights share one operation. Then every weight
    gets a 64-byte aligned offset, in order of first use; the module attribute
    `tsk.weight_bytes` is the size of the segment.
  }];
  let dependentDialects = ["::tessera::kernel::TskDialect"];
}

#endif // TESSERA_CODEGEN_SCHEDULE_PASSES
