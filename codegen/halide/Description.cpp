//===- Description.cpp - launches as Halide's process reads them ----------===//

#include "codegen/halide/Description.h"
#include "dialects/kernel/Extents.h"
#include "dialects/kernel/LinearForm.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/JSON.h"

using namespace mlir;
using namespace tessera::kernel;
using llvm::json::Array;
using llvm::json::Object;
using llvm::json::Value;

namespace tessera::halide {

/// Halide counts in 32 bits.
static constexpr int64_t kMostElements = int64_t(1) << 30;

static llvm::Error refuse(const llvm::Twine &why) {
  return llvm::createStringError("Halide cannot write it: " + why);
}

/// The name of a scalar type; empty for those that have no counterpart. i64 is
/// the type of indices, which fit into 32 bits.
static std::string nameOf(Type type) {
  if (type.isF32() || type.isIndex()) {
    return type.isF32() ? "f32" : "";
  }
  auto integer = dyn_cast<IntegerType>(type);
  return integer && llvm::is_contained({1u, 8u, 32u, 64u}, integer.getWidth())
             ? "i" + std::to_string(integer.getWidth())
             : std::string();
}

/// An affine expression as nested arrays.
static llvm::json::Value affine(AffineExpr expr) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr)) {
    return constant.getValue();
  }
  if (auto dim = dyn_cast<AffineDimExpr>(expr)) {
    return Array{"d", static_cast<int64_t>(dim.getPosition())};
  }
  auto binary = cast<AffineBinaryOpExpr>(expr);
  StringRef name;
  switch (expr.getKind()) {
  case AffineExprKind::Add:
    name = "+";
    break;
  case AffineExprKind::Mul:
    name = "*";
    break;
  case AffineExprKind::Mod:
    name = "%";
    break;
  case AffineExprKind::FloorDiv:
    name = "/";
    break;
  default:
    name = "ceil";
    break;
  }
  return Array{name, affine(binary.getLHS()), affine(binary.getRHS())};
}

namespace {
class Describer {
public:
  Describer(LaunchOp launch, ScheduleAttr schedule)
      : launch(launch), schedule(schedule) {}

  llvm::Expected<std::string> run();

private:
  llvm::Error checkFrame();
  llvm::Error addInputs();
  llvm::Error addBody();
  llvm::Error addOperation(Operation &op);
  std::optional<llvm::Error> addSpecial(Operation &op);
  llvm::Error addConstant(arith::ConstantOp constant);
  llvm::Error addOutput();
  Object &add(Operation *op, StringRef name);

  LaunchOp launch;
  ScheduleAttr schedule;
  Object result;
  Array inputs, body;
  llvm::DenseMap<mlir::Value, int64_t> numbers;
};
} // namespace

llvm::Error Describer::checkFrame() {
  if (launch.getOutputs().size() != 1) {
    return refuse("it has several results");
  }
  Array dims;
  for (unsigned d = 0; d < launch.getNumDims(); ++d) {
    auto extent = constantOf(launch.getExtents().getResult(d));
    if (!extent || *extent < 1 || *extent > kMostElements) {
      return refuse("an extent is free or empty");
    }
    if (launch.getIterator(d) == IteratorKind::sequential) {
      return refuse("a dimension is sequential");
    }
    dims.push_back(Object{
        {"extent", *extent},
        {"reduction", launch.getIterator(d) == IteratorKind::reduction}});
  }
  result["dims"] = std::move(dims);
  for (mlir::Value output : launch.getOutputs()) {
    if (llvm::is_contained(launch.getInputs(), output)) {
      return refuse("it writes over what it reads");
    }
  }
  return llvm::Error::success();
}

llvm::Error Describer::addInputs() {
  Block &block = launch.getBody().front();
  for (auto [i, buffer] : llvm::enumerate(launch.getInputs())) {
    Type element = cast<BufferType>(buffer.getType()).getElementType();
    std::string type = nameOf(element);
    if (type.empty() || type == "i64" || type == "i1") {
      return refuse("an input has another type than f32, i32 and bytes");
    }
    if (!isa<UnitAttr>(launch.getGuards()[i]) || launch.getFeedback()[i] >= 0) {
      return refuse("an input is read outside its tensor");
    }
    inputs.push_back(type);
    if (!launch.isWholeInput(i)) {
      AffineExpr offset = launch.getInputMap(i).getResult(0);
      if (nameOf(block.getArgument(i).getType()) != type ||
          launch.getInputMap(i).getNumSymbols() != 0) {
        return refuse("an input is converted or has free strides");
      }
      numbers[block.getArgument(i)] = body.size();
      body.push_back(Object{{"op", "load"},
                            {"type", type},
                            {"input", int64_t(i)},
                            {"offset", affine(offset)},
                            {"args", Array()}});
    }
  }
  return llvm::Error::success();
}

/// Appends an operation with its operands.
Object &Describer::add(Operation *op, StringRef name) {
  Array args;
  for (mlir::Value operand : op->getOperands()) {
    if (numbers.contains(operand)) {
      args.push_back(numbers.lookup(operand));
    }
  }
  numbers[op->getResult(0)] = body.size();
  body.push_back(Object{{"op", name.str()}, // a Value does not copy StringRefs
                        {"type", nameOf(op->getResult(0).getType())},
                        {"args", std::move(args)}});
  return *body.back().getAsObject();
}

/// Operations that are more than arithmetic on their operands; nothing for
/// others.
std::optional<llvm::Error> Describer::addSpecial(Operation &op) {
  if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
    return addConstant(constant);
  }
  if (auto index = dyn_cast<IndexOp>(op)) {
    if (index.getMap().getNumSymbols() != 0) {
      return refuse("its body uses free sizes");
    }
    add(&op, "index")["offset"] = affine(index.getMap().getResult(0));
    return llvm::Error::success();
  }
  if (auto gather = dyn_cast<GatherOp>(op)) {
    if (!gather.getClamp() || gather.getMap().getNumSymbols() != 0) {
      return refuse("it gathers at indices that may lie outside");
    }
    Object &entry = add(&op, "gather");
    entry["input"] =
        int64_t(cast<BlockArgument>(gather.getSource()).getArgNumber());
    entry["offset"] = affine(gather.getMap().getResult(0));
    return llvm::Error::success();
  }
  auto reduce = dyn_cast<ReduceOp>(op);
  if (!reduce) {
    return std::nullopt;
  }
  ReduceKind kind = reduce.getKind();
  if (result.get("reduce") ||
      !llvm::is_contained({ReduceKind::add, ReduceKind::max, ReduceKind::min},
                          kind) ||
      !reduce.getType().isF32()) {
    return refuse("it has several reductions, or one of another kind than "
                  "the sum and the extremes of f32");
  }
  result["reduce"] = static_cast<int64_t>(body.size());
  add(&op, stringifyReduceKind(kind));
  return llvm::Error::success();
}

llvm::Error Describer::addConstant(arith::ConstantOp constant) {
  Object &entry = add(constant, "constant");
  if (auto number = dyn_cast<FloatAttr>(constant.getValue())) {
    // As bits: JSON has no infinities.
    entry["bits"] =
        static_cast<int64_t>(number.getValue().bitcastToAPInt().getZExtValue());
    return llvm::Error::success();
  }
  int64_t number = cast<IntegerAttr>(constant.getValue()).getInt();
  entry["value"] = number;
  return std::abs(number) <= kMostElements
             ? llvm::Error::success()
             : refuse("a constant has more than 30 bits");
}

/// Comparisons that the process knows: not those that are always the same, nor
/// `one` and `ueq`.
static bool isOrdering(arith::CmpFPredicate predicate) {
  using Predicate = arith::CmpFPredicate;
  return !llvm::is_contained({Predicate::AlwaysFalse, Predicate::AlwaysTrue,
                              Predicate::ONE, Predicate::UEQ},
                             predicate);
}

llvm::Error Describer::addOperation(Operation &op) {
  if (auto yield = dyn_cast<YieldOp>(op)) {
    result["result"] = numbers.lookup(yield.getOperand(0));
    return llvm::Error::success();
  }
  if (op.getNumResults() != 1 || nameOf(op.getResult(0).getType()).empty()) {
    return refuse("its body uses a type without a counterpart");
  }
  if (std::optional<llvm::Error> done = addSpecial(op)) {
    return std::move(*done);
  }
  Type operand = op.getNumOperands() ? op.getOperand(0).getType() : Type();
  if (!operand ||
      (operand.isInteger(8) &&
       !isa<arith::SIToFPOp, arith::UIToFPOp, arith::SelectOp>(op)) ||
      (operand.isInteger(1) && isa<arith::SIToFPOp>(op))) {
    return refuse("it computes with bytes or truth values");
  }
  std::string name = op.getName().stripDialect().str();
  if (auto compare = dyn_cast<arith::CmpFOp>(op);
      compare && isOrdering(compare.getPredicate())) {
    name =
        "cmpf_" + arith::stringifyCmpFPredicate(compare.getPredicate()).str();
  } else if (auto compare = dyn_cast<arith::CmpIOp>(op);
             compare && compare.getPredicate() < arith::CmpIPredicate::ult) {
    name =
        "cmpi_" + arith::stringifyCmpIPredicate(compare.getPredicate()).str();
  } else if (!isa<arith::AddFOp, arith::SubFOp, arith::MulFOp, arith::DivFOp,
                  arith::NegFOp, arith::MaximumFOp, arith::MinimumFOp,
                  arith::SelectOp, arith::SIToFPOp, arith::UIToFPOp,
                  arith::FPToSIOp, arith::AddIOp, arith::SubIOp, arith::MulIOp,
                  arith::MaxSIOp, arith::MinSIOp, math::FloorOp, math::CeilOp,
                  math::RoundEvenOp, math::AbsFOp, math::SqrtOp>(op)) {
    return refuse("its body has the operation " + op.getName().getStringRef());
  }
  add(&op, name);
  return llvm::Error::success();
}

llvm::Error Describer::addBody() {
  for (Operation &op : launch.getBody().front()) {
    if (llvm::Error error = addOperation(op)) {
      return error;
    }
  }
  return llvm::Error::success();
}

llvm::Error Describer::addOutput() {
  AffineMap map = launch.getOutputMap(0);
  LinearForm form = linearFormOf(map.getResult(0), launch.getNumDims());
  auto start = form.rest ? constantOf(simplify(form.rest)) : std::nullopt;
  Array strides;
  for (unsigned d = 0; d < launch.getNumDims(); ++d) {
    std::optional<int64_t> stride = form.stride(d);
    bool isReduction = launch.getIterator(d) == IteratorKind::reduction;
    if (!stride || (*stride != 0) == isReduction || *stride < 0) {
      return refuse("its result is stored at points of a reduction, or at "
                    "strides that are free or none");
    }
    strides.push_back(*stride);
  }
  auto buffer = cast<BufferType>(launch.getOutputs()[0].getType());
  if (!form.isLinear() || !start || !buffer.getElementType().isF32()) {
    return refuse("its result is not f32 at fixed strides");
  }
  result["output"] = Object{{"strides", std::move(strides)}, {"start", *start}};
  return llvm::Error::success();
}

llvm::Expected<std::string> Describer::run() {
  for (auto step : {&Describer::checkFrame, &Describer::addInputs,
                    &Describer::addBody, &Describer::addOutput}) {
    if (llvm::Error error = (this->*step)()) {
      return std::move(error);
    }
  }
  result["inputs"] = std::move(inputs);
  result["body"] = std::move(body);
  result["vector"] = schedule.getVectorDim();
  result["lanes"] = schedule.getLanes();
  result["tasks"] = schedule.getTasks();
  result["tile"] = Array(schedule.getTile().asArrayRef());
  result["order"] = Array(schedule.getOrder().asArrayRef());
  std::string text;
  llvm::raw_string_ostream(text) << llvm::json::Value(std::move(result));
  return text;
}

llvm::Expected<std::string> describe(LaunchOp launch, ScheduleAttr schedule) {
  return Describer(launch, schedule).run();
}

} // namespace tessera::halide
