//===- Sequences.cpp - adapters: values that are lists of tensors ---------===//

#include "compiler/import/Sequences.h"
#include "compiler/import/Adapters.h"
#include "compiler/import/Importer.h"
#include "compiler/import/LibraryCall.h"
#include "compiler/import/Subgraph.h"
#include "compiler/import/Term.h"
#include "dialects/kernel/Extents.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {

Tensor *sequenceOf(Node &node, ArrayRef<Tensor *> elements) {
  Tensor *tensor = node.importer.newTensor(node.location);
  tensor->sequence.emplace(elements.begin(), elements.end());
  return tensor;
}

bool takesAnyValue(StringRef op) {
  static constexpr StringLiteral kOperators[] = {"ConcatFromSequence",
                                                 "Identity",
                                                 "If",
                                                 "Loop",
                                                 "Optional",
                                                 "OptionalGetElement",
                                                 "OptionalHasElement",
                                                 "SequenceAt",
                                                 "SequenceConstruct",
                                                 "SequenceErase",
                                                 "SequenceInsert",
                                                 "SequenceLength",
                                                 "SequenceMap"};
  return is_contained(kOperators, op);
}

namespace {

using Elements = SmallVector<Tensor *>;

/// The values of input `i`, which has to be a sequence.
FailureOr<Elements> elementsOf(Node &node, unsigned i) {
  if (!node.tensorOf(i)->sequence) {
    return node.fail("invalid input",
                     "expected a sequence at position " + Twine(i));
  }
  return *node.tensorOf(i)->sequence;
}

LogicalResult setSequence(Node &node, unsigned i, ArrayRef<Tensor *> elements) {
  if (int64_t(elements.size()) > kMaxSequence) {
    return node.fail("unsupported sequence",
                     "it has more than " + Twine(kMaxSequence) + " elements");
  }
  return node.setAlias(i, sequenceOf(node, elements));
}

/// A position in a sequence: known, or a scalar of the run that a call has
/// found to be in range and that counts from the front.
struct Position {
  std::optional<int64_t> known;
  Term atRunTime;
};

/// Input `i` as a position in [0, count); `toEnd`: count itself too.
FailureOr<Position> positionOf(Node &node, unsigned i, int64_t count,
                               bool toEnd) {
  const KnownTensor *tensor = node.known(i);
  auto values = tensor ? tensor->integers() : std::nullopt;
  if (values && values->size() == 1) {
    int64_t at = values->front() + (values->front() < 0 ? count : 0);
    if (at < 0 || at >= count + toEnd) {
      return node.fail("invalid position", "expected one in [" + Twine(-count) +
                                               ", " + Twine(count - 1 + toEnd) +
                                               "], got " +
                                               Twine(values->front()));
    }
    return Position{at, {}};
  }
  if (values || !node.tensorOf(i)->isTensor() || count + toEnd == 0) {
    return node.fail("invalid position", "expected one value, and a sequence "
                                         "that has elements");
  }
  LibraryCall call(node, "sizes");
  AffineExpr size =
      call.dimension(node.proto.input(i) + "(0)",
                     sizeOf(node, count - 1 + toEnd), /*lower=*/-count);
  if (!call.sizeInputs(i, 1).sizesResult({size}).build()) {
    return failure();
  }
  Term position = sizeTerm(node, node.builder.getI64Type(), size);
  Term fromFront =
      where(position < number(position, 0), position + double(count), position);
  return Position{std::nullopt, fromFront};
}

/// Reports that which tensors a sequence has, and of which shapes, depends on
/// input `i`.
LogicalResult decidesShapes(Node &node, unsigned i) {
  return node.fail(
      "unsupported sequence",
      "input " + Twine(i) +
          " depends on data and decides how many tensors the result has, or of "
          "which shapes; make it an initializer, or fix it with --dim " +
          node.proto.input(i) + "(0)=N if it is an input of the model");
}

/// Whether all are tensors of one type.
bool haveOneType(ArrayRef<Tensor *> elements) {
  return all_of(elements, [&](Tensor *element) {
    return element->isTensor() && element->type == elements.front()->type;
  });
}

Term termOf(Node &node, Tensor *tensor) {
  return {node, node.importer.materialise(*tensor)};
}

LogicalResult sequenceConstruct(Node &node) {
  Elements elements;
  for (unsigned i = 0; i < node.inputCount(); ++i) {
    elements.push_back(node.tensorOf(i));
  }
  return setSequence(node, 0, elements);
}

LogicalResult sequenceEmpty(Node &node) {
  node.ignore({"dtype"});
  return setSequence(node, 0, {});
}

LogicalResult sequenceAt(Node &node) {
  FailureOr<Elements> elements = elementsOf(node, 0);
  if (failed(elements)) {
    return failure();
  }
  FailureOr<Position> at = positionOf(node, 1, elements->size(), false);
  if (failed(at)) {
    return failure();
  }
  if (at->known) {
    return node.setAlias(0, (*elements)[*at->known]);
  }
  if (!haveOneType(*elements)) {
    return decidesShapes(node, 1);
  }
  Term all{node, stackSteps(node, *elements, 0, false)};
  return node.setResult(0, all ? gather(all, at->atRunTime, 0) : Term());
}

/// Element i of the result is `before[i]` in front of the position, `at[i]` at
/// it and `behind[i]` after it.
LogicalResult chooseElements(Node &node, const Term &position,
                             ArrayRef<Tensor *> before, Tensor *at,
                             ArrayRef<Tensor *> behind) {
  Elements result;
  for (auto [i, pair] : enumerate(zip(before, behind))) {
    Term here = number(position, i);
    Term value = termOf(node, std::get<1>(pair));
    if (at) {
      value = where(equal(position, here), termOf(node, at), value);
    }
    value = where(here < position, termOf(node, std::get<0>(pair)), value);
    result.push_back(tensorOf(node, value));
  }
  return is_contained(result, nullptr) ? failure()
                                       : setSequence(node, 0, result);
}

LogicalResult sequenceInsert(Node &node) {
  FailureOr<Elements> elements = elementsOf(node, 0);
  if (failed(elements)) {
    return failure();
  }
  Tensor *added = node.tensorOf(1);
  int64_t count = elements->size();
  Position at{count, {}};
  if (node.has(2)) {
    FailureOr<Position> given = positionOf(node, 2, count, true);
    if (failed(given)) {
      return failure();
    }
    at = *given;
  }
  if (at.known) {
    elements->insert(elements->begin() + *at.known, added);
    return setSequence(node, 0, *elements);
  }
  Elements before = *elements, behind = *elements;
  before.push_back(added);
  behind.insert(behind.begin(), added);
  return haveOneType(before)
             ? chooseElements(node, at.atRunTime, before, added, behind)
             : decidesShapes(node, 2);
}

LogicalResult sequenceErase(Node &node) {
  FailureOr<Elements> elements = elementsOf(node, 0);
  if (failed(elements)) {
    return failure();
  }
  int64_t count = elements->size();
  if (count == 0) {
    return node.fail("invalid sequence", "it has no element to erase");
  }
  Position at{count - 1, {}};
  if (node.has(1)) {
    FailureOr<Position> given = positionOf(node, 1, count, false);
    if (failed(given)) {
      return failure();
    }
    at = *given;
  }
  if (at.known) {
    elements->erase(elements->begin() + *at.known);
    return setSequence(node, 0, *elements);
  }
  return haveOneType(*elements)
             ? chooseElements(node, at.atRunTime,
                              ArrayRef(*elements).drop_back(), nullptr,
                              ArrayRef(*elements).drop_front())
             : decidesShapes(node, 1);
}

LogicalResult sequenceLength(Node &node) {
  FailureOr<Elements> elements = elementsOf(node, 0);
  if (failed(elements)) {
    return failure();
  }
  KnownTensor known;
  known.element = node.builder.getI64Type();
  known.elements.push_back(
      integerScalar(elements->size(), node.builder.getContext()));
  return node.setKnown(0, std::move(known));
}

LogicalResult concatFromSequence(Node &node) {
  FailureOr<Elements> elements = elementsOf(node, 0);
  if (failed(elements)) {
    return failure();
  }
  if (elements->empty() || !elements->front()->isTensor()) {
    return node.fail("invalid sequence", "expected tensors to concatenate");
  }
  bool isNew = node.integer("new_axis", 0) != 0;
  int64_t rank = elements->front()->type.getRank();
  FailureOr<int64_t> axis = node.axis(node.integer("axis", 0), rank + isNew);
  if (failed(axis)) {
    return failure();
  }
  if (isNew) {
    return node.setResult(0, stackSteps(node, *elements, *axis, false));
  }
  SmallVector<Term> parts;
  for (Tensor *element : *elements) {
    if (!element->isTensor() || element->type.getRank() != rank) {
      return node.fail("invalid sequence", "expected tensors of one rank");
    }
    parts.push_back(termOf(node, element));
  }
  return node.setResult(0, concat(parts, *axis));
}

/// The sizes of the parts of a SplitToSequence, which cover `extent`.
FailureOr<Sizes> partSizes(Node &node, AffineExpr extent) {
  std::optional<int64_t> whole = kernel::constantOf(extent);
  if (node.has(1) && node.rank(1) != 0) {
    FailureOr<Sizes> sizes = node.sizes(1);
    if (succeeded(sizes)) {
      AffineExpr sum = sizeOf(node, 0);
      for (AffineExpr size : *sizes) {
        sum = sum + size;
      }
      node.importer.assumeEqual(sum, extent);
    }
    return sizes;
  }
  const KnownTensor *given = node.known(1);
  auto values = given ? given->integers() : std::nullopt;
  if (node.has(1) && !values) {
    return decidesShapes(node, 1);
  }
  int64_t part = values ? values->front() : 1;
  if (!whole) {
    return node.fail("unsupported sequence",
                     "a free size decides how many tensors the result has; fix "
                     "it with --dim");
  }
  if (part < 1 || *whole / part > kMaxSequence) {
    return node.fail("invalid split", "expected a positive size of the parts, "
                                      "and at most " +
                                          Twine(kMaxSequence) + " of them");
  }
  Sizes sizes;
  for (int64_t at = 0; at < *whole; at += part) {
    sizes.push_back(sizeOf(node, std::min(part, *whole - at)));
  }
  return sizes;
}

LogicalResult splitToSequence(Node &node) {
  FailureOr<int64_t> axis = node.axis(node.integer("axis", 0), node.rank(0));
  bool keeps = node.integer("keepdims", 1) != 0 || node.has(1);
  if (failed(axis)) {
    return failure();
  }
  Term data = inputOf(node, 0);
  FailureOr<Sizes> sizes = partSizes(node, data.extent(*axis));
  if (failed(sizes)) {
    return failure();
  }
  AffineExpr start = sizeOf(node, 0);
  Elements parts;
  for (AffineExpr size : *sizes) {
    Term part = slice(data, *axis, start, size);
    part = keeps ? part : squeeze(part, *axis);
    parts.push_back(tensorOf(node, part));
    start = kernel::simplify(start + size);
  }
  std::optional<int64_t> end = kernel::constantOf(start),
                         whole = kernel::constantOf(data.extent(*axis));
  if (end && whole && *end != *whole) {
    return node.fail("invalid split", "the parts do not cover the axis");
  }
  return is_contained(parts, nullptr) ? failure() : setSequence(node, 0, parts);
}

/// The body runs once for each element of the first sequence.
LogicalResult sequenceMap(Node &node) {
  const onnx::GraphProto *body = node.graph("body");
  FailureOr<Elements> first = elementsOf(node, 0);
  if (!body || failed(first)) {
    return node.failed() ? failure()
                         : node.fail("missing attribute", "expected a body");
  }
  if (int64_t(first->size()) > kMaxSteps) {
    return node.fail("unsupported sequence",
                     "it has more than " + Twine(kMaxSteps) + " elements");
  }
  SmallVector<Elements> results(body->output_size());
  for (size_t step = 0; step < first->size(); ++step) {
    Elements arguments;
    for (unsigned i = 0; i < node.inputCount(); ++i) {
      Tensor *input = node.tensorOf(i);
      if (input->sequence && input->sequence->size() != first->size()) {
        return node.fail("invalid input", "the sequences differ in length");
      }
      arguments.push_back(input->sequence ? (*input->sequence)[step] : input);
    }
    auto values =
        importSubgraph(node, *body, arguments, std::to_string(step) + "/");
    if (!values) {
      return failure();
    }
    for (auto [result, value] : zip(results, *values)) {
      result.push_back(value);
    }
  }
  for (auto [i, result] : enumerate(results)) {
    if (failed(setSequence(node, i, result))) {
      return failure();
    }
  }
  return success();
}

} // namespace

void addValueSequenceAdapters(AdapterTable &table) {
  table.add("ConcatFromSequence", 11, 1, 1, concatFromSequence);
  table.add("SequenceAt", 11, 2, 2, sequenceAt);
  table.add("SequenceConstruct", 11, 1, kVariadic, sequenceConstruct);
  table.add("SequenceEmpty", 11, 0, 0, sequenceEmpty);
  table.add("SequenceErase", 11, 1, 2, sequenceErase);
  table.add("SequenceInsert", 11, 2, 3, sequenceInsert);
  table.add("SequenceLength", 11, 1, 1, sequenceLength);
  table.add("SequenceMap", 17, 1, kVariadic, sequenceMap);
  table.add("SplitToSequence", 11, 1, 2, splitToSequence);
}

} // namespace tessera::import
