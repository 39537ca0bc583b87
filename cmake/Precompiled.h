/* Precompiled.h - headers that nearly every file of the compiler reads; parsing them is most of a build's time. */
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Pass/Pass.h"
#include <map>
#include <optional>
#include <string>
#include <vector>
