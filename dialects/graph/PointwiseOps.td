//===- PointwiseOps.td - one result element from one element of each operand //
//
// A record is one line: mnemonic, ONNX name, first opset version, and the result element as a C++ expression over
// the operand elements x, y, z (see Scalar.h). Operands broadcast as in numpy. Attributes have ONNX's names.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_DIALECTS_GRAPH_POINTWISEOPS_TD
#define TESSERA_DIALECTS_GRAPH_POINTWISEOPS_TD

include "dialects/graph/GraphBase.td"

/// `element` is the C++ expression of the result's element type; `alike` that of the operands that share one.
class Tsr_Pointwise<string mnemonic, string name, int since, code body, dag operands, dag attributes, code element,
                    code alike = "adaptor.getOperands()">
    : Tsr_OnnxOp<mnemonic, name, since, [DeclareOpInterfaceMethods<Tsr_ScalarOpInterface>]> {
  let summary = "ONNX " # name # ", element by element";
  let description = "The result's element is `" # body # "`. Example: `%r = tsr." # mnemonic #
                    " %x : (tensor<4xf32>) -> tensor<4xf32>` (one operand for each of x, y, z).";
  let arguments = !con(operands, attributes);
  let extraClassDefinition = [{
    ::llvm::LogicalResult $cppClass::inferReturnTypes(::mlir::MLIRContext *context,
        ::std::optional<::mlir::Location> location, Adaptor adaptor, ::llvm::SmallVectorImpl<::mlir::Type> &types) {
      auto elementOf = [&](::mlir::Value v) { return ::mlir::getElementTypeOrSelf(v); };
      (void)elementOf;
      if (::mlir::failed(checkSameElement(location, }] # alike # [{))) {
        return ::mlir::failure();
      }
      return inferPointwise(location, adaptor.getOperands(), }] # element # [{, types);
    }
    ::mlir::FailureOr<::llvm::SmallVector<::mlir::Value>> $cppClass::lower(::mlir::OpBuilder &builder) {
      return lowerPointwise(*this, builder);
    }
    ::mlir::Value $cppClass::buildScalar(::mlir::OpBuilder &b, ::mlir::Location loc, ::mlir::ValueRange args) {
      [[maybe_unused]] Scalar x = operandScalar(*this, b, loc, args, 0), y = operandScalar(*this, b, loc, args, 1),
                              z = operandScalar(*this, b, loc, args, 2);
      [[maybe_unused]] ::mlir::Type element = ::mlir::getElementTypeOrSelf(getResult());
      return }] # body # [{;
    }
  }];
}

class Tsr_Unary<string mnemonic, string name, int since, code body, dag attributes = (ins),
                TypeConstraint type = Tsr_FloatTensor>
    : Tsr_Pointwise<mnemonic, name, since, body, (ins type:$x), attributes, [{elementOf(adaptor.getX())}]>;

class Tsr_Binary<string mnemonic, string name, int since, code body, dag attributes = (ins),
                 TypeConstraint type = Tsr_NumberTensor>
    : Tsr_Pointwise<mnemonic, name, since, body, (ins type:$x, type:$y), attributes, [{elementOf(adaptor.getX())}]>;

/// Tests give booleans.
class Tsr_UnaryTest<string mnemonic, string name, int since, code body, dag attributes = (ins),
                    TypeConstraint type = Tsr_FloatTensor>
    : Tsr_Pointwise<mnemonic, name, since, body, (ins type:$x), attributes,
                    [{::mlir::IntegerType::get(context, 1)}]>;
class Tsr_BinaryTest<string mnemonic, string name, int since, code body, TypeConstraint type = Tsr_NumberTensor>
    : Tsr_Pointwise<mnemonic, name, since, body, (ins type:$x, type:$y), (ins),
                    [{::mlir::IntegerType::get(context, 1)}]>;

//===----------------------------------------------------------------------===//
// One operand
//===----------------------------------------------------------------------===//

def Tsr_AbsOp : Tsr_Unary<"abs", "Abs", 6, [{abs(x)}], (ins), Tsr_NumberTensor>;
def Tsr_AcosOp : Tsr_Unary<"acos", "Acos", 7, [{acos(x)}]>;
def Tsr_AcoshOp : Tsr_Unary<"acosh", "Acosh", 9, [{acosh(x)}]>;
def Tsr_AsinOp : Tsr_Unary<"asin", "Asin", 7, [{asin(x)}]>;
def Tsr_AsinhOp : Tsr_Unary<"asinh", "Asinh", 9, [{asinh(x)}]>;
def Tsr_AtanOp : Tsr_Unary<"atan", "Atan", 7, [{atan(x)}]>;
def Tsr_AtanhOp : Tsr_Unary<"atanh", "Atanh", 9, [{atanh(x)}]>;
def Tsr_BitwiseNotOp : Tsr_Unary<"bitwise_not", "BitwiseNot", 18, [{bitNot(x)}], (ins), Tsr_IntegerTensor>;
def Tsr_CeilOp : Tsr_Unary<"ceil", "Ceil", 6, [{ceil(x)}]>;
def Tsr_CeluOp : Tsr_Unary<"celu", "Celu", 12,
    [{max(x, 0.0) + min((exp(x / getAlpha()) - 1.0) * getAlpha(), 0.0)}], (ins Tsr_FloatAttr<"1.0">:$alpha)>;
def Tsr_CosOp : Tsr_Unary<"cos", "Cos", 7, [{cos(x)}]>;
def Tsr_CoshOp : Tsr_Unary<"cosh", "Cosh", 9, [{cosh(x)}]>;
def Tsr_EluOp : Tsr_Unary<"elu", "Elu", 6, [{select(x < 0.0, (exp(x) - 1.0) * getAlpha(), x)}],
    (ins Tsr_FloatAttr<"1.0">:$alpha)>;
def Tsr_ErfOp : Tsr_Unary<"erf", "Erf", 9, [{erf(x)}]>;
def Tsr_ExpOp : Tsr_Unary<"exp", "Exp", 6, [{exp(x)}]>;
def Tsr_FloorOp : Tsr_Unary<"floor", "Floor", 6, [{floor(x)}]>;
def Tsr_GeluOp : Tsr_Unary<"gelu", "Gelu", 20, [{getApproximate() == "tanh" ? geluTanh(x) : gelu(x)}],
    (ins Tsr_StringAttr<"none">:$approximate)>;
def Tsr_HardSigmoidOp : Tsr_Unary<"hard_sigmoid", "HardSigmoid", 6,
    [{max(min(x * getAlpha() + getBeta(), 1.0), 0.0)}], (ins Tsr_FloatAttr<"0.2">:$alpha, Tsr_FloatAttr<"0.5">:$beta)>;
def Tsr_HardSwishOp : Tsr_Unary<"hard_swish", "HardSwish", 14, [{x * max(min(x * (1.0 / 6.0) + 0.5, 1.0), 0.0)}]>;
def Tsr_IsInfOp : Tsr_UnaryTest<"is_inf", "IsInf", 10, [{isInfinite(x, getDetectPositive(), getDetectNegative())}],
    (ins Tsr_IntAttr<"1">:$detect_negative, Tsr_IntAttr<"1">:$detect_positive)>;
def Tsr_IsNanOp : Tsr_UnaryTest<"is_nan", "IsNaN", 9, [{isNan(x)}]>;
def Tsr_LeakyReluOp : Tsr_Unary<"leaky_relu", "LeakyRelu", 6, [{select(x < 0.0, x * getAlpha(), x)}],
    (ins Tsr_FloatAttr<"0.01">:$alpha)>;
def Tsr_LogOp : Tsr_Unary<"log", "Log", 6, [{log(x)}]>;
def Tsr_MishOp : Tsr_Unary<"mish", "Mish", 18, [{x * tanh(softplus(x))}]>;
def Tsr_NegOp : Tsr_Unary<"neg", "Neg", 6, [{-x}], (ins), Tsr_NumberTensor>;
def Tsr_NotOp : Tsr_Unary<"not", "Not", 1, [{bitNot(x)}], (ins), Tsr_BoolTensor>;
def Tsr_ReciprocalOp : Tsr_Unary<"reciprocal", "Reciprocal", 6, [{constantLike(x, 1.0) / x}]>;
def Tsr_ReluOp : Tsr_Unary<"relu", "Relu", 6, [{max(x, 0.0)}], (ins), Tsr_NumberTensor>;
def Tsr_RoundOp : Tsr_Unary<"round", "Round", 11, [{roundEven(x)}]>;
def Tsr_SeluOp : Tsr_Unary<"selu", "Selu", 6,
    [{select(x > 0.0, x, (exp(x) - 1.0) * getAlpha()) * getGamma()}],
    (ins Tsr_FloatAttr<"1.67326319217681884765625">:$alpha, Tsr_FloatAttr<"1.05070102214813232421875">:$gamma)>;
def Tsr_ShrinkOp : Tsr_Unary<"shrink", "Shrink", 9,
    [{select(x < -toDouble(getLambd()), x + getBias(), select(x > getLambd(), x - getBias(), constantLike(x, 0.0)))}],
    (ins Tsr_FloatAttr<"0.0">:$bias, Tsr_FloatAttr<"0.5">:$lambd), Tsr_NumberTensor>;
def Tsr_SigmoidOp : Tsr_Unary<"sigmoid", "Sigmoid", 6, [{sigmoid(x)}]>;
def Tsr_SignOp : Tsr_Unary<"sign", "Sign", 9, [{sign(x)}], (ins), Tsr_NumberTensor>;
def Tsr_SinOp : Tsr_Unary<"sin", "Sin", 7, [{sin(x)}]>;
def Tsr_SinhOp : Tsr_Unary<"sinh", "Sinh", 9, [{sinh(x)}]>;
def Tsr_SoftplusOp : Tsr_Unary<"softplus", "Softplus", 1, [{softplus(x)}]>;
def Tsr_SoftsignOp : Tsr_Unary<"softsign", "Softsign", 1, [{x / (abs(x) + 1.0)}]>;
def Tsr_SqrtOp : Tsr_Unary<"sqrt", "Sqrt", 6, [{sqrt(x)}]>;
def Tsr_SwishOp : Tsr_Unary<"swish", "Swish", 24, [{x * sigmoid(x * getAlpha())}], (ins Tsr_FloatAttr<"1.0">:$alpha)>;
def Tsr_TanOp : Tsr_Unary<"tan", "Tan", 7, [{tan(x)}]>;
def Tsr_TanhOp : Tsr_Unary<"tanh", "Tanh", 6, [{tanh(x)}]>;
def Tsr_ThresholdedReluOp : Tsr_Unary<"thresholded_relu", "ThresholdedRelu", 10,
    [{select(x > getAlpha(), x, constantLike(x, 0.0))}], (ins Tsr_FloatAttr<"1.0">:$alpha)>;

def Tsr_BitCastOp : Tsr_Pointwise<"bit_cast", "", 0, [{bitCast(x, getTo())}], (ins Tsr_Tensor:$x), (ins TypeAttr:$to),
                                  [{adaptor.getTo()}]> {
  let summary = "ONNX BitCast: the element's bits read as type `to` of the same width";
}

def Tsr_CastOp : Tsr_Pointwise<"cast", "", 0, [{convert(x, getTo(), {getSaturate() != 0, getRoundMode()})}],
                               (ins Tsr_Tensor:$x),
                               (ins TypeAttr:$to, Tsr_IntAttr<"1">:$saturate, Tsr_StringAttr<"up">:$round_mode),
                               [{adaptor.getTo()}]> {
  let summary = "ONNX Cast: the element converted to type `to`";
}

//===----------------------------------------------------------------------===//
// Two and three operands
//===----------------------------------------------------------------------===//

def Tsr_AddOp : Tsr_Binary<"add", "Add", 7, [{x + y}]>;
def Tsr_AndOp : Tsr_Binary<"and", "And", 7, [{x & y}], (ins), Tsr_BoolTensor>;
def Tsr_BitShiftOp : Tsr_Binary<"bit_shift", "BitShift", 11, [{shift(x, y, getDirection() == "LEFT")}],
    (ins StrAttr:$direction), Tsr_IntegerTensor>;
def Tsr_BitwiseAndOp : Tsr_Binary<"bitwise_and", "BitwiseAnd", 18, [{x & y}], (ins), Tsr_IntegerTensor>;
def Tsr_BitwiseOrOp : Tsr_Binary<"bitwise_or", "BitwiseOr", 18, [{x | y}], (ins), Tsr_IntegerTensor>;
def Tsr_BitwiseXorOp : Tsr_Binary<"bitwise_xor", "BitwiseXor", 18, [{x ^ y}], (ins), Tsr_IntegerTensor>;
def Tsr_DivOp : Tsr_Binary<"div", "Div", 7, [{x / y}]>;
def Tsr_EqualOp : Tsr_BinaryTest<"equal", "Equal", 7, [{x == y}], Tsr_Tensor>;
def Tsr_GreaterOp : Tsr_BinaryTest<"greater", "Greater", 7, [{x > y}]>;
def Tsr_GreaterOrEqualOp : Tsr_BinaryTest<"greater_or_equal", "GreaterOrEqual", 12, [{x >= y}]>;
def Tsr_LessOp : Tsr_BinaryTest<"less", "Less", 7, [{x < y}]>;
def Tsr_LessOrEqualOp : Tsr_BinaryTest<"less_or_equal", "LessOrEqual", 12, [{x <= y}]>;
def Tsr_ModOp : Tsr_Binary<"mod", "Mod", 10, [{modulo(x, y, getFmod() != 0)}], (ins Tsr_IntAttr<"0">:$fmod)>;
def Tsr_MulOp : Tsr_Binary<"mul", "Mul", 7, [{x * y}]>;
def Tsr_OrOp : Tsr_Binary<"or", "Or", 7, [{x | y}], (ins), Tsr_BoolTensor>;
def Tsr_PowOp : Tsr_Pointwise<"pow", "Pow", 7, [{pow(x, y)}], (ins Tsr_NumberTensor:$x, Tsr_NumberTensor:$y), (ins),
                              [{elementOf(adaptor.getX())}], "adaptor.getOperands().take_front()">;
def Tsr_PReluOp : Tsr_Binary<"prelu", "PRelu", 7, [{select(x < 0.0, x * y, x)}]>;
def Tsr_SubOp : Tsr_Binary<"sub", "Sub", 7, [{x - y}]>;
def Tsr_XorOp : Tsr_Binary<"xor", "Xor", 7, [{x ^ y}], (ins), Tsr_BoolTensor>;

// ONNX's Max and Min take any number of operands: the importer folds them into these.
def Tsr_MaxOp : Tsr_Pointwise<"max", "", 0, [{max(x, y)}], (ins Tsr_NumberTensor:$x, Tsr_NumberTensor:$y), (ins),
                              [{elementOf(adaptor.getX())}]> {
  let summary = "the greater element; NaN when either is (ONNX Max, Clip)";
}
def Tsr_MinOp : Tsr_Pointwise<"min", "", 0, [{min(x, y)}], (ins Tsr_NumberTensor:$x, Tsr_NumberTensor:$y), (ins),
                              [{elementOf(adaptor.getX())}]> {
  let summary = "the smaller element; NaN when either is (ONNX Min, Clip)";
}

def Tsr_WhereOp : Tsr_Pointwise<"where", "Where", 9, [{select(x, y, z)}],
    (ins Tsr_BoolTensor:$x, Tsr_Tensor:$y, Tsr_Tensor:$z), (ins), [{elementOf(adaptor.getY())}],
    "adaptor.getOperands().drop_front()">;

#endif // TESSERA_DIALECTS_GRAPH_POINTWISEOPS_TD
