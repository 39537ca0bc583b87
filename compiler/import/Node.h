//===- Node.h - one ONNX node as adapters see it ----------------*- C++ -*-===//
//
// An adapter reads a node's inputs and attributes, and sets its results. All
// access is checked here: absent inputs are null, attributes of another type
// are problems of the node, operations whose types cannot be inferred are
// reported and not built.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_COMPILER_IMPORT_NODE_H
#define TESSERA_COMPILER_IMPORT_NODE_H

#include "compiler/import/KnownTensor.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/TypeUtilities.h"
#include "onnx.pb.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

namespace tessera::import {

class Importer;
struct Scope;

/// Sizes in floats of the tensor's shape, divided by a whole number.
struct Quotient {
  KnownTensor sizes;
  int64_t divisor;
};

/// One ONNX value while its graph is imported.
struct Tensor {
  Tensor(mlir::Location location) : location(location) {}
  mlir::Location location;
  mlir::RankedTensorType type; // null: its node could not be imported
  mlir::Value value;           // null until an operation needs it
  mlir::ElementsAttr constant;
  std::optional<KnownTensor> known;
  bool knownWasRead = false;
  std::optional<Quotient> quotient;
  /// A sequence: its values in order. It has no type of its own.
  std::optional<llvm::SmallVector<Tensor *>> sequence;
  bool isNothing = false; // an optional without a value

  bool isTensor() const { return bool(type); }
  bool isBuilt() const { return type || sequence || isNothing; }
};

/// Named attributes of an operation; null values are left out.
using Attributes = llvm::ArrayRef<std::pair<llvm::StringRef, mlir::Attribute>>;

class Node {
public:
  Node(Importer &importer, Scope &scope, const onnx::NodeProto &proto,
       mlir::Location location, std::string name, int64_t opset);

  Importer &importer;
  Scope &scope;
  const onnx::NodeProto &proto;
  mlir::Location location;
  std::string name;
  int64_t opset;
  mlir::OpBuilder &builder;

  //===--- attributes ---===//
  bool hasAttribute(llvm::StringRef attribute) const;
  int64_t integer(llvm::StringRef attribute, int64_t byDefault);
  double number(llvm::StringRef attribute, double byDefault);
  std::string text(llvm::StringRef attribute, llvm::StringRef byDefault);
  /// Empty when absent; see hasAttribute.
  llvm::SmallVector<int64_t> integers(llvm::StringRef attribute);
  llvm::SmallVector<double> numbers(llvm::StringRef attribute);
  llvm::SmallVector<std::string> texts(llvm::StringRef attribute);
  const onnx::TensorProto *tensor(llvm::StringRef attribute);
  const onnx::GraphProto *graph(llvm::StringRef attribute);
  /// Declares that an attribute has no influence on the result.
  void ignore(std::initializer_list<llvm::StringRef> attributes);
  /// The attribute as written, marked as used; null when absent.
  const onnx::AttributeProto *attribute(llvm::StringRef attribute);

  //===--- inputs ---===//
  unsigned inputCount() const { return inputs.size(); }
  bool has(unsigned i) const { return i < inputs.size() && inputs[i]; }
  mlir::Value input(unsigned i);
  llvm::SmallVector<mlir::Value> allInputs();
  mlir::RankedTensorType type(unsigned i) const { return inputs[i]->type; }
  int64_t rank(unsigned i) const { return inputs[i]->type.getRank(); }
  llvm::SmallVector<mlir::AffineExpr> extents(unsigned i) const;
  const KnownTensor *known(unsigned i);
  /// The input's elements as sizes; those of a tensor of the run become
  /// dimensions that a call computes.
  mlir::FailureOr<llvm::SmallVector<mlir::AffineExpr>> sizes(unsigned i,
                                                             int64_t lower = 0);
  /// The input's elements as constant integers; reports otherwise.
  mlir::FailureOr<llvm::SmallVector<int64_t>> constants(unsigned i);
  /// The input's elements as constant numbers; reports otherwise.
  mlir::FailureOr<llvm::SmallVector<double>> constantNumbers(unsigned i);
  Tensor *tensorOf(unsigned i) const { return inputs[i]; }
  /// Makes an extent of input `i` the given one: taken to be equal where that
  /// is free, false where both are known and differ.
  bool fixExtent(unsigned i, unsigned axis, mlir::AffineExpr extent);

  //===--- building ---===//
  /// Builds an operation with inferred result types; reports and returns null
  /// when they cannot be inferred.
  mlir::Operation *createOperation(llvm::StringRef operation,
                                   mlir::ValueRange operands,
                                   Attributes attributes = {});
  /// The first result of the operation `Op`, or null.
  template <typename Op>
  mlir::Value create(mlir::ValueRange operands, Attributes attributes = {}) {
    mlir::Operation *operation =
        createOperation(Op::getOperationName(), operands, attributes);
    return operation ? mlir::Value(operation->getResult(0)) : mlir::Value();
  }
  mlir::Value constant(mlir::ElementsAttr value);
  /// A constant scalar of an element type.
  mlir::Value scalarConstant(mlir::Type element, double value);
  mlir::Attribute integersAttribute(llvm::ArrayRef<int64_t> values);
  mlir::Attribute integerAttribute(int64_t value);
  mlir::Attribute numberAttribute(double value);
  mlir::Attribute textAttribute(llvm::StringRef value);
  mlir::Attribute sizesAttribute(llvm::ArrayRef<mlir::AffineExpr> values);
  /// The reshape of a value to the given extents, nothing if it has them.
  mlir::Value reshape(mlir::Value value,
                      llvm::ArrayRef<mlir::AffineExpr> extents);
  mlir::Value cast(mlir::Value value, mlir::Type element);

  //===--- results ---===//
  /// Sets result `i`; a null value means that building it failed.
  mlir::LogicalResult setResult(unsigned i, mlir::Value value);
  mlir::LogicalResult setResults(mlir::Operation *operation);
  mlir::LogicalResult setKnown(unsigned i, KnownTensor known);
  /// Makes result `i` another name of an input.
  mlir::LogicalResult setAlias(unsigned i, Tensor *tensor);
  bool wants(unsigned i) const {
    return int(i) < proto.output_size() && !proto.output(i).empty();
  }

  //===--- problems ---===//
  mlir::LogicalResult fail(const llvm::Twine &what,
                           const llvm::Twine &hint = "");
  bool failed() const { return hasFailed; }
  /// Forgets a failure whose problems were taken back.
  void forgive() { hasFailed = false; }
  /// Whether every attribute was used; reports those that were not.
  mlir::LogicalResult checkAttributesUsed();

  /// An axis counted from the front; reports when it is out of range.
  mlir::FailureOr<int64_t> axis(int64_t value, int64_t rank);
  mlir::FailureOr<llvm::SmallVector<int64_t>>
  axes(llvm::ArrayRef<int64_t> values, int64_t rank);

private:
  llvm::SmallVector<Tensor *> inputs;
  llvm::StringMap<const onnx::AttributeProto *> attributes;
  llvm::StringSet<> used;
  bool hasFailed = false;

  const onnx::AttributeProto *
  typedAttribute(llvm::StringRef attribute,
                 onnx::AttributeProto::AttributeType type);
};

} // namespace tessera::import

#endif // TESSERA_COMPILER_IMPORT_NODE_H
