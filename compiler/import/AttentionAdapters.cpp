//===- AttentionAdapters.cpp - adapters: attention and rotations ----------===//

#include "compiler/import/Adapters.h"
#include "compiler/import/Attention.h"
#include "compiler/import/Importer.h"
#include "compiler/import/Subgraph.h"
#include "compiler/import/Tensors.h"
#include "dialects/kernel/Extents.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {
namespace {

/// The type that attribute `softmax_precision` names; null when absent.
Type softmaxPrecision(Node &node) {
  if (!node.hasAttribute("softmax_precision")) {
    return {};
  }
  Expected<Type> type = elementTypeOf(node.integer("softmax_precision", 1),
                                      node.builder.getContext());
  if (!type || !isa<FloatType>(*type)) {
    std::string why =
        type ? "expected a float type" : toString(type.takeError());
    (void)node.fail("unsupported attribute 'softmax_precision'", why);
    return {};
  }
  return *type;
}

/// A mask that is shorter than the keys hides the rest of them.
Term padMask(Node &node, const Term &mask, AffineExpr keys) {
  std::optional<int64_t> own = kernel::constantOf(mask.extent(-1)),
                         all = kernel::constantOf(keys);
  if (!own || !all || *own >= *all || mask.rank() == 0) {
    return mask;
  }
  Sizes rest = mask.extents();
  rest.back() = sizeOf(node, *all - *own);
  double value = mask.element().isInteger(1) ? 0 : -INFINITY;
  return concat({mask, filled(node, mask.element(), value, rest)}, -1);
}

/// Where queries stand among the keys: after those of the past, or at the end
/// of the valid ones.
Term positionOffset(Node &node, const Term &past, const Term &valid,
                    AffineExpr queries) {
  Type i64 = node.builder.getI64Type();
  if (past) {
    return sizeTerm(node, i64, past.extent(2));
  }
  if (!valid) {
    return {node, node.scalarConstant(i64, 0)};
  }
  AffineExpr one = sizeOf(node, 1);
  return reshape(valid, {valid.extent(0), one, one, one}) -
         sizeTerm(node, i64, queries);
}

/// Which keys the attributes and the count of valid keys let a query see.
Term visibleKeys(Node &node, const AttentionOperands &in, const Term &past,
                 const Term &valid) {
  bool causal = node.integer("is_causal", 0) != 0;
  int64_t left = node.integer("left_window_size", -1),
          right = node.integer("right_window_size", -1);
  AffineExpr queries = in.query.extent(2), keys = in.key.extent(2),
             one = sizeOf(node, 1);
  Term allowed;
  if (causal || left >= 0 || right >= 0) {
    AttentionPositions at = attentionPositions(
        positionOffset(node, past, valid, queries), queries, keys);
    if (causal) {
      allowed = at.key <= at.query;
    }
    if (left >= 0) {
      allowed = both(allowed, at.query - double(left) <= at.key);
    }
    if (right >= 0) {
      allowed = both(allowed, at.key <= at.query + double(right));
    }
  }
  if (valid) {
    Term count = reshape(valid, {valid.extent(0), one, one, one});
    allowed = both(allowed, unsqueeze(positions(node, keys), 0) < count);
  }
  return allowed;
}

LogicalResult setScores(Node &node, const AttentionResults &out) {
  int64_t mode = node.integer("qk_matmul_output_mode", 0);
  if (mode < 0 || mode > 3) {
    return node.fail("invalid attribute 'qk_matmul_output_mode'",
                     "expected 0 to 3, got " + Twine(mode));
  }
  const Term *choices[] = {&out.scores, &out.capped, &out.biased,
                           &out.probabilities};
  return node.wants(3) ? node.setResult(3, *choices[mode]) : success();
}

LogicalResult attention(Node &node) {
  AttentionOperands in;
  in.query = inputOf(node, 0);
  in.key = inputOf(node, 1);
  in.value = inputOf(node, 2);
  bool packed = in.query.rank() == 3;
  int64_t queryHeads = node.integer("q_num_heads", 0),
          keyHeads = node.integer("kv_num_heads", 0);
  if (packed) {
    in.query = splitHeads(in.query, queryHeads);
    in.key = splitHeads(in.key, keyHeads);
    in.value = splitHeads(in.value, keyHeads);
  }
  if (node.failed() || in.query.rank() != 4 || in.key.rank() != 4 ||
      in.value.rank() != 4) {
    return node.failed() ? failure()
                         : node.fail("invalid input",
                                     "expected query, key and value of one "
                                     "rank, 3 or 4");
  }
  Term mask = inputOf(node, 3), pastKey = inputOf(node, 4),
       pastValue = inputOf(node, 5), valid = inputOf(node, 6);
  in.key = concat({pastKey, in.key}, 2);
  in.value = concat({pastValue, in.value}, 2);
  if ((node.wants(1) && failed(node.setResult(1, in.key))) ||
      (node.wants(2) && failed(node.setResult(2, in.value)))) {
    return failure();
  }
  in.allowed = visibleKeys(node, in, pastKey, valid);
  in.mayMaskRows = mask || valid;
  if (mask) {
    mask = padMask(node, mask, in.key.extent(2));
    bool isBool = mask.element().isInteger(1);
    in.allowed = isBool ? both(in.allowed, mask) : in.allowed;
    in.bias = isBool ? Term() : mask;
  }
  in.scale = node.number("scale", 0);
  in.softcap = node.number("softcap", 0);
  in.precision = softmaxPrecision(node);
  AttentionResults out = attend(node, in);
  if (failed(setScores(node, out))) {
    return failure();
  }
  return node.setResult(0, packed && out.output ? joinHeads(out.output)
                                                : out.output);
}

/// A graph attribute as a function of one tensor.
std::function<Term(const Term &)> modifier(Node &node, StringRef attribute) {
  const onnx::GraphProto *graph = node.graph(attribute);
  if (!graph) {
    return {};
  }
  return [&node, graph, attribute](const Term &x) -> Term {
    if (!x) {
      return x;
    }
    auto results = importSubgraph(node, *graph, {tensorOf(node, x)},
                                  (attribute + "/").str());
    if (!results || results->size() != 1 ||
        results->front()->type != x.type()) {
      if (results) {
        (void)node.fail("invalid attribute '" + attribute + "'",
                        "expected a graph that keeps the type");
      }
      return {node, {}};
    }
    return {node, node.importer.materialise(*results->front())};
  };
}

LogicalResult flexAttention(Node &node) {
  AttentionOperands in;
  in.query = inputOf(node, 0);
  in.key = inputOf(node, 1);
  in.value = inputOf(node, 2);
  in.scale = node.number("scale", 0);
  in.precision = softmaxPrecision(node);
  if (!in.precision && !in.query.element().isF64()) {
    in.precision = node.builder.getF32Type();
  }
  in.changeScores = modifier(node, "score_mod");
  in.changeProbabilities = modifier(node, "prob_mod");
  return node.setResult(0, attend(node, in).output);
}

LogicalResult rotaryEmbedding(Node &node) {
  Term x = inputOf(node, 0), cosines = inputOf(node, 1),
       sines = inputOf(node, 2), ids = inputOf(node, 3);
  int64_t heads = node.integer("num_heads", 0);
  bool packed = x.rank() == 3;
  if (packed) {
    x = splitHeads(x, heads);
  }
  if (ids) {
    cosines = gather(cosines, ids, 0);
    sines = gather(sines, ids, 0);
  }
  if (!x) {
    return failure();
  }
  Term result = rotate(x, cosines, sines, node.integer("interleaved", 0) != 0,
                       node.integer("rotary_embedding_dim", 0));
  return node.setResult(0, packed && result ? joinHeads(result) : result);
}

} // namespace

void addAttentionAdapters(AdapterTable &table) {
  table.add("Attention", 23, 3, 7, attention);
  table.add("ai.onnx.preview.FlexAttention", 1, 3, 3, flexAttention);
  table.add("RotaryEmbedding", 23, 3, 4, rotaryEmbedding);
}

} // namespace tessera::import
