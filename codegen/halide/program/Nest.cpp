//===- Nest.cpp - a launch as Halide expressions --------------------------===//

#include "codegen/halide/program/Nest.h"
#include <cstring>

using namespace Halide;

namespace tessera::halide {

/// Bytes are read as unsigned, indices (i64) fit into 32 bits.
static Type typeOf(const std::string &name) {
  return name == "f32"  ? Float(32)
         : name == "i1" ? Bool()
         : name == "i8" ? UInt(8)
                        : Int(32);
}

Nest::Nest(const Json &description) {
  for (const Json &dim : description.at("dims")) {
    dimensions.push_back(
        {dim.at("extent").get<int>(), dim.at("reduction").get<bool>()});
  }
  for (const Json &type : description.at("inputs")) {
    ImageParam input(typeOf(type.get<std::string>()), 1,
                     "input" + std::to_string(inputs.size()));
    input.dim(0).set_min(0).set_stride(1);
    inputs.push_back(input);
  }
  strides = description.at("output").at("strides").get<std::vector<int>>();
  result = description.at("result").get<size_t>();
  reduction = description.value("reduce", -1);
  vectorDim = description.at("vector").get<int>();
  lanes = description.at("lanes").get<int>();
  tasks = description.at("tasks").get<int>();
  tile = description.at("tile").get<std::vector<int>>();
  order = description.at("order").get<std::vector<int>>();
  for (const Json &entry : description.at("body")) {
    size_t id = body.size();
    body.push_back(entry);
    operands_.push_back(entry.at("args").get<std::vector<size_t>>());
    std::set<int> dims;
    bool reads = entry.contains("input");
    for (size_t operand : operands_.back()) {
      dims.insert(dims_.at(operand).begin(), dims_.at(operand).end());
      reads = reads || reads_.at(operand);
    }
    if (entry.contains("offset")) {
      collectDims(entry.at("offset"), dims);
    }
    if (static_cast<int>(id) == reduction) {
      for (size_t d = 0; d < dimensions.size(); ++d) {
        if (dimensions[d].isReduction) {
          dims.erase(static_cast<int>(d));
        }
      }
    }
    dims_.push_back(dims);
    reads_.push_back(reads);
  }
}

void Nest::collectDims(const Json &expr, std::set<int> &into) const {
  if (!expr.is_array()) {
    return;
  }
  if (expr[0] == "d") {
    int dim = expr[1].get<int>();
    if (dim < static_cast<int>(dimensions.size())) {
      into.insert(dim);
    }
    return;
  }
  collectDims(expr[1], into);
  collectDims(expr[2], into);
}

Expr Nest::affine(const Json &expr, const Point &point) const {
  if (!expr.is_array()) {
    return Expr(expr.get<int>());
  }
  std::string op = expr[0].get<std::string>();
  if (op == "d") {
    return point.at(expr[1].get<size_t>());
  }
  Expr a = affine(expr[1], point), b = affine(expr[2], point);
  // Halide's division and remainder round towards minus infinity, too.
  return op == "+"   ? a + b
         : op == "*" ? a * b
         : op == "%" ? a % b
         : op == "/" ? a / b
                     : (a + b - 1) / b;
}

std::optional<int> Nest::step(const Json &expr, int dim) const {
  std::set<int> dims;
  collectDims(expr, dims);
  if (dims.count(dim) == 0) {
    return 0;
  }
  std::string op = expr[0].get<std::string>();
  if (op == "d") {
    return 1;
  }
  std::optional<int> a = step(expr[1], dim), b = step(expr[2], dim);
  if (op == "+" && a && b) {
    return *a + *b;
  }
  if (op == "*" && a && expr[2].is_number()) {
    return *a * expr[2].get<int>();
  }
  return std::nullopt;
}

std::vector<std::optional<int>> Nest::stepsBelow(size_t id, int dim) const {
  std::vector<std::optional<int>> steps;
  std::vector<bool> seen(body.size());
  std::vector<size_t> open{id};
  while (!open.empty()) {
    size_t next = open.back();
    open.pop_back();
    if (seen[next]) {
      continue;
    }
    seen[next] = true;
    if (body[next].contains("offset")) {
      bool isLoad = body[next].at("op") == "load";
      steps.push_back(isLoad ? step(body[next].at("offset"), dim)
                             : std::nullopt);
    }
    open.insert(open.end(), operands_[next].begin(), operands_[next].end());
  }
  return steps;
}

bool Nest::isTrivial(size_t id) const {
  std::string op = body[id].at("op").get<std::string>();
  return op == "constant" || op == "index" ||
         (op == "sitofp" && isTrivial(operands_[id][0]));
}

/// As LLVM's maximum and minimum: NaN when one is.
static Expr extreme(const Expr &a, const Expr &b, bool greatest) {
  Expr takesFirst = greatest ? a > b : a < b;
  return select(takesFirst || a != a, a, b);
}

Expr Nest::combine(const Expr &a, const Expr &b) const {
  std::string kind = body.at(reduction).at("op").get<std::string>();
  return kind == "add" ? a + b : extreme(a, b, kind == "max");
}

/// A comparison by LLVM's name of its predicate.
static Expr compare(const std::string &name, const Expr &a, const Expr &b) {
  bool isFloat = name[3] == 'f';
  std::string predicate = name.substr(5);
  if (predicate == "eq" || predicate == "oeq") {
    return a == b;
  }
  if (predicate == "ne" || predicate == "une") {
    return a != b;
  }
  if (predicate == "uno" || predicate == "ord") {
    Expr unordered = a != a || b != b;
    return predicate == "uno" ? unordered : !unordered;
  }
  std::string relation = predicate.substr(1);
  bool inverts = isFloat && predicate[0] == 'u';
  if (relation == "ne" || relation == "eq" ||
      (!isFloat && predicate[0] != 's')) {
    throw std::runtime_error("the comparison " + name + " is not known");
  }
  if (inverts) { // true of what is not ordered
    return relation == "lt"   ? !(a >= b)
           : relation == "le" ? !(a > b)
           : relation == "gt" ? !(a <= b)
                              : !(a < b);
  }
  return relation == "lt"   ? a < b
         : relation == "le" ? a <= b
         : relation == "gt" ? a > b
                            : a >= b;
}

/// Operations of one and two operands, by the dialects' names.
static Expr arithmetic(const std::string &op, const Type &type,
                       const std::vector<Expr> &args) {
  const Expr &a = args.at(0), b = args.size() > 1 ? args[1] : Expr();
  if (op == "addf" || op == "addi") {
    return a + b;
  }
  if (op == "subf" || op == "subi") {
    return a - b;
  }
  if (op == "mulf" || op == "muli") {
    return a * b;
  }
  if (op == "divf") {
    return a / b;
  }
  if (op == "maximumf" || op == "minimumf") {
    return extreme(a, b, op == "maximumf");
  }
  if (op == "maxsi" || op == "minsi") {
    return op == "maxsi" ? max(a, b) : min(a, b);
  }
  if (op == "select") {
    return select(a, b, args.at(2));
  }
  if (op == "sitofp") {
    return cast(type, a.type() == UInt(8) ? cast<int8_t>(a) : a);
  }
  if (op == "uitofp" || op == "fptosi") {
    return cast(type, a);
  }
  if (op.rfind("cmp", 0) == 0) {
    return compare(op, a, b);
  }
  return op == "negf"        ? -a
         : op == "floor"     ? floor(a)
         : op == "ceil"      ? ceil(a)
         : op == "roundeven" ? round(a)
         : op == "absf"      ? abs(a)
         : op == "sqrt"      ? sqrt(a)
                             : throw std::runtime_error("the operation " + op +
                                                        " is not known");
}

Expr Nest::valueAt(size_t id, const Point &point, const Expr &reduced,
                   const std::map<size_t, Expr> &replaced) const {
  std::map<size_t, Expr> values = replaced;
  if (reduction >= 0 && reduced.defined()) {
    values[reduction] = reduced;
  }
  std::function<Expr(size_t)> value = [&](size_t at) -> Expr {
    auto known = values.find(at);
    if (known != values.end()) {
      return known->second;
    }
    const Json &entry = body.at(at);
    std::string op = entry.at("op").get<std::string>();
    Type type = typeOf(entry.at("type").get<std::string>());
    std::vector<Expr> args;
    for (size_t operand : operands_[at]) {
      args.push_back(value(operand));
    }
    Expr made;
    if (op == "constant" && type.is_float()) {
      auto bits = static_cast<uint32_t>(entry.at("bits").get<int64_t>());
      float number = 0;
      memcpy(&number, &bits, sizeof number);
      made = Expr(number);
    } else if (op == "constant") {
      made = cast(type, Expr(entry.at("value").get<int>()));
    } else if (op == "index") {
      made = affine(entry.at("offset"), point);
    } else if (op == "load" || op == "gather") {
      Point coordinates = point;
      coordinates.insert(coordinates.end(), args.begin(), args.end());
      Expr offset = affine(entry.at("offset"), coordinates);
      if (op == "gather") { // the body keeps it inside
        constexpr int kMostElements = 1 << 30;
        offset = unsafe_promise_clamped(offset, 0, kMostElements);
      }
      made = inputs.at(entry.at("input").get<size_t>())(offset);
    } else {
      made = arithmetic(op, type, args);
    }
    values[at] = made;
    return made;
  };
  return value(id);
}

} // namespace tessera::halide
