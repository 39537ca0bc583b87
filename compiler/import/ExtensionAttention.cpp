//===- ExtensionAttention.cpp - adapters: ONNX Runtime's attention --------===//

#include "compiler/import/Adapters.h"
#include "compiler/import/Attention.h"
#include "compiler/import/Evaluate.h"
#include "compiler/import/Importer.h"
#include "dialects/kernel/Extents.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {
namespace {

/// A mask of keys in one of the forms that ONNX Runtime knows, as a condition
/// that broadcasts to [B, H, S, T]; empty when there is none.
Term visibleByMask(Node &node, const Term &mask, AffineExpr keys) {
  if (!mask) {
    return {};
  }
  AffineExpr one = sizeOf(node, 1), batch = mask.extent(0);
  Term zero = number(mask, 0);
  switch (mask.rank()) {
  case 1: // The number of keys of each batch entry.
    return cast(positions(node, keys), mask.element()) <
           reshape(mask, {batch, one, one, one});
  case 2: // [B, T]
    return zero < reshape(mask, {batch, one, one, mask.extent(1)});
  case 3: // [B, S, T]
    return zero < unsqueeze(mask, 1);
  default:
    (void)node.fail("unsupported mask", "expected [B], [B, T] or [B, S, T]");
    return {node, {}};
  }
}

/// Keys up to the query's own position; the past comes first.
Term visibleBefore(Node &node, AffineExpr past, AffineExpr queries,
                   AffineExpr keys) {
  AttentionPositions at = attentionPositions(
      sizeTerm(node, node.builder.getI64Type(), past), queries, keys);
  return at.key <= at.query;
}

/// What masked keys count: ONNX Runtime adds a large negative number, which
/// leaves rows without keys finite.
void applyMask(Node &node, AttentionOperands &in, const Term &visible) {
  double filter = node.number("mask_filter_value", -10000);
  if (visible) {
    Term bias = where(visible, number(in.query, 0), number(in.query, filter));
    in.bias = in.bias ? in.bias + bias : bias;
  }
}

/// One attention over a joint projection of the input, [B, S, inputs].
LogicalResult attention(Node &node) {
  int64_t heads = node.integer("num_heads", 0);
  SmallVector<int64_t> sizes = node.integers("qkv_hidden_sizes");
  Term x = inputOf(node, 0), weight = inputOf(node, 1), bias = inputOf(node, 2),
       mask = inputOf(node, 3), past = inputOf(node, 4),
       addend = inputOf(node, 5);
  std::optional<int64_t> columns = kernel::constantOf(weight.extent(-1));
  if (x.rank() != 3 || weight.rank() != 2 || heads < 1 || !columns ||
      (sizes.empty() && *columns % 3 != 0) ||
      (!sizes.empty() && sizes.size() != 3)) {
    return node.fail("invalid input", "expected an input [B, S, inputs], a "
                                      "weight [inputs, 3 * hidden] and heads");
  }
  if (sizes.empty()) {
    sizes.assign(3, *columns / 3);
  }
  if (node.integer("do_rotary", 0) != 0 ||
      node.integer("past_present_share_buffer", 0) != 0) {
    return node.fail("unsupported attribute",
                     "expected do_rotary and past_present_share_buffer 0");
  }
  Term joint = matmul(x, weight);
  joint = bias ? joint + bias : joint;
  Term parts[3];
  int64_t start = 0;
  for (int i = 0; i < 3; ++i) {
    parts[i] = splitHeads(
        slice(joint, 2, sizeOf(node, start), sizeOf(node, sizes[i])), heads);
    start += sizes[i];
  }
  AttentionOperands in;
  in.query = parts[0];
  in.key = parts[1];
  in.value = parts[2];
  AffineExpr pastLength = sizeOf(node, 0);
  if (past) { // [2, B, H, P, D]
    pastLength = past.extent(3);
    auto half = [&](int64_t i) {
      return squeeze(slice(past, 0, sizeOf(node, i), sizeOf(node, 1)), 0);
    };
    in.key = concat({half(0), in.key}, 2);
    in.value = concat({half(1), in.value}, 2);
  }
  if (node.wants(1) &&
      failed(node.setResult(
          1, concat({unsqueeze(in.key, 0), unsqueeze(in.value, 0)}, 0)))) {
    return failure();
  }
  AffineExpr keys = in.key.extent(2);
  in.bias = addend;
  applyMask(node, in, visibleByMask(node, mask, keys));
  if (node.integer("unidirectional", 0) != 0) {
    in.allowed = visibleBefore(node, pastLength, in.query.extent(2), keys);
  }
  in.scale = node.number("scale", 0);
  Term output = attend(node, in).output;
  return node.setResult(0, output ? joinHeads(output) : output);
}

/// Part `i` of a projection packed as [B, S, H, parts, D], as [B, H, S, D].
Term packedPart(const Term &x, int64_t i) {
  Node &node = x.node();
  Term part = squeeze(slice(x, 3, sizeOf(node, i), sizeOf(node, 1)), 3);
  return transpose(part, {0, 2, 1, 3});
}

/// Adds the part of the projections' common bias that starts at `start`.
Term withBias(const Term &x, const Term &bias, AffineExpr start) {
  return bias && x.rank() == 3 ? x + slice(bias, 0, start, x.extent(2)) : x;
}

/// Query, key and value of MultiHeadAttention in any of their layouts.
LogicalResult readProjections(Node &node, AttentionOperands &in) {
  int64_t heads = node.integer("num_heads", 0);
  Term query = inputOf(node, 0), key = inputOf(node, 1),
       value = inputOf(node, 2), bias = inputOf(node, 3);
  if (query.rank() == 5 || key.rank() == 5) {
    if (bias) {
      return node.fail("unsupported input", "a bias of packed projections");
    }
    bool all = query.rank() == 5;
    in.query = all ? packedPart(query, 0) : splitHeads(query, heads);
    in.key = packedPart(all ? query : key, all ? 1 : 0);
    in.value = packedPart(all ? query : key, all ? 2 : 1);
    return success(!node.failed());
  }
  if (query.rank() != 3 || !key || !value) {
    return node.fail("invalid input", "expected a query [B, S, hidden] with a "
                                      "key and a value");
  }
  AffineExpr width = query.extent(2);
  in.query = splitHeads(withBias(query, bias, sizeOf(node, 0)), heads);
  // Keys of rank 4 come from another attention and have their bias already.
  in.key =
      key.rank() == 4 ? key : splitHeads(withBias(key, bias, width), heads);
  in.value =
      value.rank() == 4
          ? value
          : splitHeads(withBias(value, bias, kernel::simplify(width * 2)),
                       heads);
  return success(!node.failed());
}

LogicalResult multiHeadAttention(Node &node) {
  AttentionOperands in;
  if (failed(readProjections(node, in))) {
    return failure();
  }
  Term mask = inputOf(node, 4), pastKey = inputOf(node, 6),
       pastValue = inputOf(node, 7);
  if (node.has(8) || node.has(9)) {
    return node.fail("unsupported input", "a shared buffer for the past");
  }
  AffineExpr past = pastKey ? pastKey.extent(2) : sizeOf(node, 0);
  in.key = concat({pastKey, in.key}, 2);
  in.value = concat({pastValue, in.value}, 2);
  if ((node.wants(1) && failed(node.setResult(1, in.key))) ||
      (node.wants(2) && failed(node.setResult(2, in.value)))) {
    return failure();
  }
  in.bias = inputOf(node, 5);
  applyMask(node, in, visibleByMask(node, mask, in.key.extent(2)));
  if (node.integer("unidirectional", 0) != 0) {
    in.allowed =
        visibleBefore(node, past, in.query.extent(2), in.key.extent(2));
  }
  in.scale = node.number("scale", 0);
  AttentionResults out = attend(node, in);
  if (node.wants(3) && failed(node.setResult(3, out.scores))) {
    return failure();
  }
  return node.setResult(0, out.output ? joinHeads(out.output) : out.output);
}

/// The cache after writing new entries behind the `before` [B, 1, 1, 1] valid
/// ones of each batch entry; `total` entries.
Term extendCache(const Term &past, const Term &added, const Term &before,
                 AffineExpr total) {
  Node &node = added.node();
  Type i64 = node.builder.getI64Type();
  Sizes along(4, sizeOf(node, 1)), extents = added.extents();
  along[2] = total;
  extents[2] = total;
  Term place = reshape(positions(node, total), along), zero = number(place, 0);
  auto read = [&](const Term &from, const Term &index) {
    Term last = sizeTerm(node, i64, from.extent(2)) - 1.0;
    Term inside =
        apply<graph::MinOp>({apply<graph::MaxOp>({index, zero}), last});
    return gatherElements(from, expand(inside, extents), 2);
  };
  Term distance = place - before;
  Term fresh =
      both(zero <= distance, distance < sizeTerm(node, i64, added.extent(2)));
  Term old = number(added, 0);
  if (past) { // Which may be empty, as for the first prompt.
    Sizes grown = past.extents();
    grown[2] = total;
    old = where(place < before, padTo(past, grown), old);
  }
  return where(fresh, read(added, distance), old);
}

/// How many entries the caches of GroupQueryAttention have afterwards.
AffineExpr cacheEntries(Node &node, const Term &past, AffineExpr queries) {
  AffineExpr held = past ? past.extent(2) : sizeOf(node, 0);
  const KnownTensor *known = node.known(6);
  if (!known || known->elements.size() != 1 || !known->exprs()) {
    return kernel::simplify(held + queries);
  }
  // A cache larger than what is valid keeps its size.
  return extremeOf(*node.importer.module, kernel::DimensionKind::max, held,
                   known->exprs()->front());
}

/// Splits one packed projection [B, S, (H + 2 K) * D] of queries and keys.
LogicalResult readGroups(Node &node, AttentionOperands &in, int64_t heads,
                         int64_t keyHeads) {
  Term query = inputOf(node, 0), key = inputOf(node, 1),
       value = inputOf(node, 2);
  if (heads < 1 || keyHeads < 1 || heads % keyHeads != 0 || query.rank() != 3 ||
      bool(key) != bool(value) || !node.has(5) || !node.has(6)) {
    return node.fail("invalid input", "expected a query of rank 3, lengths and "
                                      "heads that the key heads divide");
  }
  if (key) {
    in.query = splitHeads(query, heads);
    in.key = splitHeads(key, keyHeads);
    in.value = splitHeads(value, keyHeads);
    return success(!node.failed());
  }
  Term all = splitHeads(query, heads + 2 * keyHeads);
  auto part = [&](int64_t start, int64_t count) {
    return slice(all, 1, sizeOf(node, start), sizeOf(node, count));
  };
  in.query = part(0, heads);
  in.key = part(heads, keyHeads);
  in.value = part(heads + keyHeads, keyHeads);
  return success(!node.failed());
}

/// Lets the softmax of every row see one more score, `sink` [H] by head or 0,
/// whose share of the attention goes nowhere.
void addSink(Node &node, AttentionOperands &in, Term sink) {
  AffineExpr one = sizeOf(node, 1);
  AffineExpr heads = in.query.extent(1), keys = in.key.extent(2);
  Sizes column{in.query.extent(0), heads, in.query.extent(2), one};
  in.changeScores = [=](const Term &scores) {
    Term own =
        sink ? cast(reshape(sink, {one, heads, one, one}), scores.element())
             : number(scores, 0);
    return concat({scores, expand(own, column)}, 3);
  };
  in.changeProbabilities = [=, &node](const Term &shares) {
    return slice(shares, 3, sizeOf(node, 0), keys);
  };
}

LogicalResult groupQueryAttention(Node &node) {
  AttentionOperands in;
  if (failed(readGroups(node, in, node.integer("num_heads", 0),
                        node.integer("kv_num_heads", 0)))) {
    return failure();
  }
  Term pastKey = inputOf(node, 3), pastValue = inputOf(node, 4),
       cosines = inputOf(node, 7), sines = inputOf(node, 8),
       ids = inputOf(node, 9);
  Type i64 = node.builder.getI64Type();
  AffineExpr one = sizeOf(node, 1), queries = in.query.extent(2);
  // The valid entries before this call; a padded prompt has none.
  Term lengths = cast(inputOf(node, 5), i64);
  Term before = lengths + 1.0 - sizeTerm(node, i64, queries);
  before = reshape(apply<graph::MaxOp>({before, number(before, 0)}),
                   {in.query.extent(0), one, one, one});
  bool interleaved = node.integer("rotary_interleaved", 0) != 0;
  if (node.integer("do_rotary", 0) != 0) {
    if (!cosines || !sines) {
      return node.fail("missing input", "a rotation needs cosines and sines");
    }
    if (!ids) {
      ids = unsqueeze(positions(node, queries), 0) +
            reshape(before, {in.query.extent(0), one});
    }
    Term c = gather(cosines, ids, 0), s = gather(sines, ids, 0);
    in.query = rotate(in.query, c, s, interleaved);
    in.key = rotate(in.key, c, s, interleaved);
  }
  if (!in.query || !in.key || !in.value || !before) {
    return failure();
  }
  if ((pastKey && pastKey.rank() != 4) ||
      (pastValue && pastValue.rank() != 4) ||
      bool(pastKey) != bool(pastValue)) {
    return node.fail("invalid input", "expected two caches of rank 4, or none");
  }
  AffineExpr total = cacheEntries(node, pastKey, queries);
  in.key = extendCache(pastKey, in.key, before, total);
  in.value = extendCache(pastValue, in.value, before, total);
  if ((node.wants(1) && failed(node.setResult(1, in.key))) ||
      (node.wants(2) && failed(node.setResult(2, in.value)))) {
    return failure();
  }
  AttentionPositions at = attentionPositions(before, queries, total);
  in.allowed = at.key <= at.query;
  if (int64_t window = node.integer("local_window_size", -1); window > 0) {
    in.allowed = in.allowed & (at.query - double(window) < at.key);
  }
  in.bias = inputOf(node, 10);
  in.scale = node.number("scale", 0);
  in.softcap = node.number("softcap", 0);
  if (node.integer("smooth_softmax", 0) > 0 || node.has(11)) {
    addSink(node, in, inputOf(node, 11));
  }
  Term output = attend(node, in).output;
  return node.setResult(0, output ? joinHeads(output) : output);
}

LogicalResult rotaryEmbedding(Node &node) {
  Term x = inputOf(node, 0), ids = inputOf(node, 1), cosines = inputOf(node, 2),
       sines = inputOf(node, 3);
  node.ignore({"rotary_embedding_dim", "scale", "is_packed_batching"});
  int64_t heads = node.integer("num_heads", 0);
  bool packed = x.rank() == 3;
  std::optional<int64_t> half = kernel::constantOf(cosines.extent(-1)),
                         width = kernel::constantOf(x.extent(-1));
  if (packed && heads == 0 && half && width && *half > 0) {
    heads = *width / (2 * *half); // The whole head is rotated.
  }
  x = packed ? splitHeads(x, heads) : x;
  if (!x) {
    return failure();
  }
  if (ids.rank() == 1) { // The position of the first token.
    ids = unsqueeze(
        cast(ids, node.builder.getI64Type()) + positions(node, x.extent(2)), 0);
  }
  Term result = rotate(x, gather(cosines, ids, 0), gather(sines, ids, 0),
                       node.integer("interleaved", 0) != 0);
  return node.setResult(0, packed && result ? joinHeads(result) : result);
}

} // namespace

void addExtensionAttentionAdapters(AdapterTable &table) {
  table.add("com.microsoft.Attention", 1, 2, 7, attention);
  table.add("com.microsoft.GroupQueryAttention", 1, 1, 14, groupQueryAttention);
  table.add("com.microsoft.MultiHeadAttention", 1, 1, 10, multiHeadAttention);
  table.add("com.microsoft.RotaryEmbedding", 1, 4, 4, rotaryEmbedding);
}

} // namespace tessera::import
