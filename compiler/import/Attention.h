//===- Attention.h - attention as a composition -----------------*- C++ -*-===//
//
// Every attention operator, ONNX's and the extensions', brings its operands to
// this form and is composed here: two products with a softmax between them.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_COMPILER_IMPORT_ATTENTION_H
#define TESSERA_COMPILER_IMPORT_ATTENTION_H

#include "compiler/import/Term.h"

namespace tessera::import {

/// The operands of one attention.
struct AttentionOperands {
  Term query;       // [B, H, S, D]
  Term key, value;  // [B, K, T, D] and [B, K, T, E]; K divides H
  Term bias;        // added to the scores; broadcasts to [B, H, S, T] or empty
  Term allowed;     // which keys a query may see; broadcasts, or empty
  double scale = 0; // of the scores; 0: one over the root of D
  double softcap = 0;
  mlir::Type precision; // of the softmax; null: that of the scores
  /// Whether a query may be left without any key: its result is then 0.
  bool mayMaskRows = false;
  std::function<Term(const Term &)> changeScores, changeProbabilities;
};

/// [B, H, S, E], and what led there ([B, H, S, T]).
struct AttentionResults {
  Term output, scores, capped, biased, probabilities;
};

/// Composes an attention; empty terms when the node failed.
AttentionResults attend(Node &node, const AttentionOperands &operands);

/// [B, S, heads * D] as [B, heads, S, D].
Term splitHeads(const Term &x, int64_t heads);
/// [B, heads, S, D] as [B, S, heads * D].
Term joinHeads(const Term &x);

/// Positions of queries (a column) and keys (a row) as i64. Query i stands at
/// `offset` + i, where `offset` is a scalar or broadcasts from [B, 1, 1, 1].
struct AttentionPositions {
  Term query, key;
};
AttentionPositions attentionPositions(const Term &offset,
                                      mlir::AffineExpr queries,
                                      mlir::AffineExpr keys);

/// Both conditions; an empty one always holds.
Term both(const Term &a, const Term &b);

/// The rotation of pairs of x [B, heads, S, D] by angles whose cosines and
/// sines are [B, S, R/2]; the last D - R elements stay. `rotated` is R as far
/// as the model says it, else 0.
Term rotate(const Term &x, const Term &cosines, const Term &sines,
            bool interleaved, int64_t rotated = 0);

} // namespace tessera::import

#endif // TESSERA_COMPILER_IMPORT_ATTENTION_H
