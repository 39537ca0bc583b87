//===- Importer.h - walks the graphs of one model ---------------*- C++ -*-===//

#ifndef TESSERA_COMPILER_IMPORT_IMPORTER_H
#define TESSERA_COMPILER_IMPORT_IMPORTER_H

#include "compiler/import/Adapters.h"
#include "compiler/import/Dimensions.h"
#include "compiler/import/Import.h"
#include "compiler/import/ModelFile.h"
#include "compiler/import/Node.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseSet.h"
#include <deque>

namespace tessera::import {

struct ImageLayouts;

/// The values that names stand for in one graph or function body.
struct Scope {
  Scope *parent = nullptr; // null for the model's graph and for functions
  llvm::StringMap<Tensor *> tensors;
  /// The calling node's attributes, for bodies of functions.
  llvm::StringMap<const onnx::AttributeProto *> arguments;
  llvm::StringMap<int64_t> opsets;
  std::string prefix; // of node names
  unsigned depth = 0;

  Tensor *find(llvm::StringRef name) const;
};

class Importer {
public:
  Importer(const onnx::ModelProto &model, ModelFile &file,
           const ImportOptions &options, mlir::MLIRContext *context);

  /// Imports the whole model; the module is complete when there are no
  /// problems.
  void run();

  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::OpBuilder builder;
  ModelFile &file;
  const ImportOptions &options;
  std::vector<Problem> problems;

  Tensor *newTensor(mlir::Location location);
  /// The elements of a tensor of the model, within the import's budget.
  llvm::Expected<mlir::ElementsAttr> valueOf(const onnx::TensorProto &tensor);
  /// The value, created now if nothing needed it before.
  mlir::Value materialise(Tensor &tensor);
  const KnownTensor *known(Tensor &tensor);
  /// The size that the model declares for an axis of one of its outputs, or of
  /// what only changes the value's type or name on the way there.
  std::optional<int64_t> declaredSize(llvm::StringRef output,
                                      unsigned axis) const;
  /// The greatest number that the user allows under this name.
  std::optional<int64_t> boundOf(llvm::StringRef name);
  /// Records that two extents are taken to be equal.
  void assumeEqual(mlir::AffineExpr a, mlir::AffineExpr b);
  /// `extent / count`, taken to be exact where extents are free; null when
  /// known extents do not divide. A count of 0 gives no result that matters.
  mlir::AffineExpr divided(mlir::AffineExpr extent, mlir::AffineExpr count);

  /// Sizes that no call has below zero, since convolutions need them.
  llvm::SmallVector<mlir::AffineExpr> neededSizes;
  /// Sizes whose sign or order would follow from greater least ones.
  llvm::SmallVector<mlir::AffineExpr> undecidedSizes;

  /// Marks what is imported until leaveBranch as used only when a scalar of the
  /// run has this truth value.
  void enterBranch(mlir::Value condition, bool taken);
  void leaveBranch();
  bool isInBranch() const { return !conditions.empty(); }
  /// Takes two extents to be equal wherever the branch around the node is
  /// taken. Memory may not depend on it: the branch is computed in any case.
  void assumeHere(Node &node, mlir::AffineExpr a, mlir::AffineExpr b);

  /// Truth values that say that two sizes are equal, and these sizes.
  using Equalities =
      llvm::DenseMap<mlir::AffineExpr,
                     std::pair<mlir::AffineExpr, mlir::AffineExpr>>;
  Equalities equalities;

  size_t tensorCount() const { return tensors.size(); }
  /// The values of the oldest `count` tensors.
  llvm::DenseSet<mlir::Value> valuesOfTensors(size_t count) const;

  /// A dimension that a call of the operator library computes; `bound` is never
  /// less, or null. The user may have bounded it by name.
  mlir::AffineExpr computedDimension(llvm::StringRef name,
                                     mlir::AffineExpr bound, int64_t lower);

  /// Imports the initializers and nodes of a graph into a scope; afterwards
  /// its outputs can be found there, or the values named instead of them.
  void importGraph(const onnx::GraphProto &graph, Scope &scope,
                   llvm::ArrayRef<std::string> instead = {});
  void
  importNodes(const google::protobuf::RepeatedPtrField<onnx::NodeProto> &nodes,
              llvm::ArrayRef<std::string> outputs, Scope &scope);
  /// The model-local function of a node, if there is one.
  const onnx::FunctionProto *functionOf(const onnx::NodeProto &node) const;
  mlir::LogicalResult expandFunction(Node &node,
                                     const onnx::FunctionProto &function);

private:
  /// Whether so many problems are known that more would help nobody.
  bool hasEnoughProblems() const;
  void addProblem(llvm::StringRef what, const llvm::Twine &hint,
                  llvm::StringRef op = "");
  bool readOpsets();
  void importInputs(mlir::func::FuncOp function);
  Tensor *importInput(const std::string &name, const onnx::TypeProto &type,
                      bool isElement, mlir::func::FuncOp function);
  Tensor *importSequenceInput(const std::string &name,
                              const onnx::TypeProto &element,
                              mlir::func::FuncOp function);
  llvm::Expected<mlir::RankedTensorType>
  declaredType(const std::string &name, const onnx::TypeProto_Tensor &type,
               bool isElement);
  void fixValues(const std::string &name, Tensor &tensor);
  /// The user's pre-processing for an input of the model, or null.
  const PreprocessRule *preprocessingOf(llvm::StringRef name,
                                        const onnx::TypeProto &type) const;
  llvm::Expected<mlir::RankedTensorType>
  imageType(const std::string &name, const PreprocessRule &rule,
            const onnx::TypeProto_Tensor &type, const ImageLayouts &layouts);
  /// An input that takes images, and what makes the model's input of them.
  Tensor *importImage(const std::string &name, const onnx::TypeProto &type,
                      const PreprocessRule &rule, mlir::func::FuncOp function);
  void checkPreprocessingUsed();
  void addOutput(const std::string &name, Tensor &tensor,
                 std::vector<std::string> &names,
                 llvm::SmallVectorImpl<mlir::Value> &values);
  std::vector<std::string> outputNames() const;
  void checkOutputTypes();
  void boundByDeclaredSizes();
  void importOutputs(mlir::func::FuncOp function);
  void importInitializer(const onnx::TensorProto &initializer, Scope &scope);
  void importNode(const onnx::NodeProto &proto, Scope &scope);
  mlir::LogicalResult adapt(Node &node);
  void eraseUnused(mlir::func::FuncOp function);
  void readShapeKeepers();
  void unifyExtents(mlir::func::FuncOp function);

  const onnx::ModelProto &model;
  AdapterTable adapters;
  DimensionTable dimensions;
  Scope top;
  std::deque<Tensor> tensors;
  std::vector<std::pair<mlir::Value, bool>> conditions;
  llvm::StringMap<const onnx::FunctionProto *> functions;
  /// What nodes that keep shapes make of a value of the model.
  llvm::StringMap<llvm::SmallVector<llvm::StringRef, 1>> keepers;
  uint64_t nodeCount = 0;
};

/// The type in which the caller's memory holds a tensor: bytes with several
/// elements each for types of fewer than 8 bits.
mlir::RankedTensorType storedTypeOf(mlir::RankedTensorType type);

} // namespace tessera::import

#endif // TESSERA_COMPILER_IMPORT_IMPORTER_H
