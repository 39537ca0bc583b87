//===- RecurrenceOps.td - recurrent layers, one direction each ------------===//

#ifndef TESSERA_DIALECTS_GRAPH_RECURRENCEOPS_TD
#define TESSERA_DIALECTS_GRAPH_RECURRENCEOPS_TD

include "dialects/graph/GraphBase.td"

// The importer splits ONNX's direction axis: a bidirectional layer is two operations and a concatenation. It supplies
// zeros for an absent bias or initial state. Gates are stacked in ONNX's order.
class Tsr_RecurrentOp<string mnemonic, string operators, string gates, int count> : Tsr_Op<mnemonic, operators> {
  defvar rows = !cast<string>(count);
  let description = [{
    x [T, B, I], w [}] # rows # [{H, I], r [}] # rows # [{H, H], bias [2*}] # rows # [{H] (input's, then the state's), gates }] # gates # [{.
    Results: all states y [T, B, H] and the last ones [B, H]. `reverse` 1 runs from the last step to the first;
    y keeps the order of x. `lengths` (i32 [B]) ends each batch entry early: later y are 0. `activations` are ONNX's
    names, one for each place, empty for the default ones; `clip` 0 means none.
  }];
}

def Tsr_GruOp : Tsr_RecurrentOp<"gru", "GRU", "z, r, h", 3> {
  let summary = "gated recurrent unit";
  let arguments = (ins Tsr_FloatTensor:$x, Tsr_FloatTensor:$w, Tsr_FloatTensor:$r, Tsr_FloatTensor:$bias,
      Tsr_FloatTensor:$initial_h, Optional<Tsr_IndexTensor>:$lengths, Tsr_IntAttr<"0">:$reverse,
      Tsr_IntAttr<"0">:$linear_before_reset, DefaultValuedAttr<StrArrayAttr, "{}">:$activations,
      Tsr_FloatAttr<"0.0">:$clip);
  let results = (outs Tsr_FloatTensor:$y, Tsr_FloatTensor:$last_h);
}

def Tsr_LstmOp : Tsr_RecurrentOp<"lstm", "LSTM", "i, o, f, c", 4> {
  let summary = "long short-term memory";
  let arguments = (ins Tsr_FloatTensor:$x, Tsr_FloatTensor:$w, Tsr_FloatTensor:$r, Tsr_FloatTensor:$bias,
      Tsr_FloatTensor:$initial_h, Tsr_FloatTensor:$initial_c, Optional<Tsr_IndexTensor>:$lengths,
      Tsr_IntAttr<"0">:$reverse, Tsr_IntAttr<"0">:$input_forget, DefaultValuedAttr<StrArrayAttr, "{}">:$activations,
      Tsr_FloatAttr<"0.0">:$clip);
  let results = (outs Tsr_FloatTensor:$y, Tsr_FloatTensor:$last_h, Tsr_FloatTensor:$last_c);
}

def Tsr_RnnOp : Tsr_RecurrentOp<"rnn", "RNN", "i", 1> {
  let summary = "plain recurrent layer";
  let arguments = (ins Tsr_FloatTensor:$x, Tsr_FloatTensor:$w, Tsr_FloatTensor:$r, Tsr_FloatTensor:$bias,
      Tsr_FloatTensor:$initial_h, Optional<Tsr_IndexTensor>:$lengths, Tsr_IntAttr<"0">:$reverse,
      DefaultValuedAttr<StrArrayAttr, "{}">:$activations, Tsr_FloatAttr<"0.0">:$clip);
  let results = (outs Tsr_FloatTensor:$y, Tsr_FloatTensor:$last_h);
}

#endif // TESSERA_DIALECTS_GRAPH_RECURRENCEOPS_TD
