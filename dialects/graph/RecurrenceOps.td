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
    names, one for each place, empty for the default ones; `alphas` and `betas` their parameters, as many. `clip` 0
    means none.
  }];
}

def Tsr_GruOp : Tsr_RecurrentOp<"gru", "GRU", "z, r, h", 3> {
  let summary = "gated recurrent unit; `linear_before_reset` 1 applies the reset gate after the state's product";
  let arguments = (ins Tsr_FloatTensor:$x, Tsr_FloatTensor:$w, Tsr_FloatTensor:$r, Tsr_FloatTensor:$bias,
      Tsr_FloatTensor:$initial_h, Optional<Tsr_IndexTensor>:$lengths, Tsr_IntAttr<"0">:$reverse,
      Tsr_IntAttr<"0">:$linear_before_reset, DefaultValuedAttr<StrArrayAttr, "{}">:$activations,
      DefaultValuedAttr<DenseF32ArrayAttr, "{}">:$alphas, DefaultValuedAttr<DenseF32ArrayAttr, "{}">:$betas,
      Tsr_FloatAttr<"0.0">:$clip);
  let results = (outs Tsr_FloatTensor:$y, Tsr_FloatTensor:$last_h);
}

def Tsr_LinearAttentionOp : Tsr_Op<"linear_attention", "LinearAttention"> {
  let summary = "a running sum of outer products of keys and values, read by the queries";
  let description = [{
    q and k [B, H, T, D], v [B, H, T, E], state [B, H, D, E]. Step t forgets, `state *= exp(decay)` with decay
    [B, H, T, D or 1] if `gates` is 1, and writes `state += k (x) beta * (v - k state)` with beta [B, H or 1, T, 1] if
    `corrects` is 1, else `state += k (x) v`. Results: `scale * q state` [B, H, T, E] and the last state.
  }];
  let arguments = (ins Tsr_FloatTensor:$q, Tsr_FloatTensor:$k, Tsr_FloatTensor:$v, Tsr_FloatTensor:$state,
      Variadic<Tsr_FloatTensor>:$rates, Tsr_FloatAttr<"1.0">:$scale, Tsr_IntAttr<"0">:$gates,
      Tsr_IntAttr<"0">:$corrects);
  let results = (outs Tsr_FloatTensor:$y, Tsr_FloatTensor:$last_state);
}

def Tsr_LstmOp : Tsr_RecurrentOp<"lstm", "LSTM", "i, o, f, c", 4> {
  let summary = "long short-term memory; peephole weights [3*H] (i, o, f) may follow the bias";
  let arguments = (ins Tsr_FloatTensor:$x, Tsr_FloatTensor:$w, Tsr_FloatTensor:$r, Tsr_FloatTensor:$bias,
      Tsr_FloatTensor:$initial_h, Tsr_FloatTensor:$initial_c, Optional<Tsr_IndexTensor>:$lengths,
      Tsr_IntAttr<"0">:$reverse, Tsr_IntAttr<"0">:$input_forget, DefaultValuedAttr<StrArrayAttr, "{}">:$activations,
      DefaultValuedAttr<DenseF32ArrayAttr, "{}">:$alphas, DefaultValuedAttr<DenseF32ArrayAttr, "{}">:$betas,
      Tsr_FloatAttr<"0.0">:$clip);
  let results = (outs Tsr_FloatTensor:$y, Tsr_FloatTensor:$last_h, Tsr_FloatTensor:$last_c);
}

def Tsr_RnnOp : Tsr_RecurrentOp<"rnn", "RNN", "i", 1> {
  let summary = "plain recurrent layer";
  let arguments = (ins Tsr_FloatTensor:$x, Tsr_FloatTensor:$w, Tsr_FloatTensor:$r, Tsr_FloatTensor:$bias,
      Tsr_FloatTensor:$initial_h, Optional<Tsr_IndexTensor>:$lengths, Tsr_IntAttr<"0">:$reverse,
      DefaultValuedAttr<StrArrayAttr, "{}">:$activations,
      DefaultValuedAttr<DenseF32ArrayAttr, "{}">:$alphas, DefaultValuedAttr<DenseF32ArrayAttr, "{}">:$betas,
      Tsr_FloatAttr<"0.0">:$clip);
  let results = (outs Tsr_FloatTensor:$y, Tsr_FloatTensor:$last_h);
}

#endif // TESSERA_DIALECTS_GRAPH_RECURRENCEOPS_TD
