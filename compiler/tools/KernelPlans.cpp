//===- KernelPlans.cpp - the kernels of tessera bench --kernels -----------===//

#include "compiler/tools/KernelPlans.h"
#include "llvm/ADT/StringRef.h"

using namespace llvm;
using namespace tessera::tools;

namespace {
/// A buffer of a launch: "argument", "weight" or "output", its elements, and
/// the element that a point touches.
struct Operand {
  std::string kind;
  int64_t elements;
  std::string place;
};

/// One launch: extents with a letter each for parallel (p) or reduction (r),
/// operands (outputs last) and the body over %x0, %x1 ...
struct KernelText {
  std::string name;
  std::vector<int64_t> extents;
  std::string iterators;
  std::vector<Operand> operands;
  std::string body;
};
} // namespace

static constexpr StringLiteral kProduct = R"(
      %p = arith.mulf %x0, %x1 : f32
      %s = tsk.reduce <add> %p : f32 -> f32
      tsk.yield %s : f32)";

static constexpr StringLiteral kSoftmax = R"(
      %one = arith.constant 1.0 : f32
      %m = tsk.reduce <max> %x0 : f32 -> f32
      %d = arith.subf %x0, %m : f32
      %e = math.exp %d : f32
      %s = tsk.reduce <add> %e : f32 -> f32
      %i = arith.divf %one, %s : f32
      %r = arith.mulf %e, %i : f32
      tsk.yield %r : f32)";

static constexpr StringLiteral kNormalise = R"(
      %part = arith.constant 1.0e-3 : f32
      %tiny = arith.constant 1.0e-5 : f32
      %s = tsk.reduce <add> %x0 : f32 -> f32
      %m = arith.mulf %s, %part : f32
      %d = arith.subf %x0, %m : f32
      %q = arith.mulf %d, %d : f32
      %t = tsk.reduce <add> %q : f32 -> f32
      %v = arith.mulf %t, %part : f32
      %w = arith.addf %v, %tiny : f32
      %n = math.rsqrt %w : f32
      %a = arith.mulf %d, %n : f32
      %b = arith.mulf %a, %x1 : f32
      %r = arith.addf %b, %x2 : f32
      tsk.yield %r : f32)";

static constexpr StringLiteral kChain = R"(
      %zero = arith.constant 0.0 : f32
      %a = arith.mulf %x0, %x2 : f32
      %b = arith.addf %a, %x1 : f32
      %r = arith.maximumf %b, %zero : f32
      tsk.yield %r : f32)";

static constexpr StringLiteral kLargest = R"(
      %r = tsk.reduce <max> %x0 : f32 -> f32
      tsk.yield %r : f32)";

static std::string number(int64_t value) { return std::to_string(value); }

static KernelText contraction(int64_t rows, int64_t columns, int64_t sums) {
  return {"contraction " + number(rows) + "x" + number(columns) + "x" +
              number(sums),
          {rows, columns, sums},
          "ppr",
          {{"argument", rows * sums, "d0 * " + number(sums) + " + d2"},
           {"weight", sums * columns, "d2 * " + number(columns) + " + d1"},
           {"output", rows * columns, "d0 * " + number(columns) + " + d1"}},
          kProduct.str()};
}

/// A 3x3 convolution of a square image with a border, channels last.
static KernelText convolution(int64_t size, int64_t channels) {
  std::string c = number(channels);
  std::string row = number(size + 2);
  return {"convolution 3x3 " + number(size) + "x" + number(size) + "x" + c,
          {size, size, channels, 3, 3, channels},
          "ppprrr",
          {{"argument", (size + 2) * (size + 2) * channels,
            "((d0 + d3) * " + row + " + d1 + d4) * " + c + " + d5"},
           {"weight", 9 * channels * channels,
            "((d3 * 3 + d4) * " + c + " + d5) * " + c + " + d2"},
           {"output", size * size * channels,
            "(d0 * " + number(size) + " + d1) * " + c + " + d2"}},
          kProduct.str()};
}

static KernelText depthwise(int64_t size, int64_t channels) {
  std::string c = number(channels);
  std::string row = number(size + 2);
  return {"depthwise 3x3 " + number(size) + "x" + number(size) + "x" + c,
          {size, size, channels, 3, 3},
          "ppprr",
          {{"argument", (size + 2) * (size + 2) * channels,
            "((d0 + d3) * " + row + " + d1 + d4) * " + c + " + d2"},
           {"weight", 9 * channels, "(d3 * 3 + d4) * " + c + " + d2"},
           {"output", size * size * channels,
            "(d0 * " + number(size) + " + d1) * " + c + " + d2"}},
          kProduct.str()};
}

/// The largest of each 2x2 window, channels last.
static KernelText pool(int64_t size, int64_t channels) {
  std::string c = number(channels);
  return {"window 2x2 " + number(size) + "x" + number(size) + "x" + c,
          {size, size, channels, 2, 2},
          "ppprr",
          {{"argument", 4 * size * size * channels,
            "((d0 * 2 + d3) * " + number(2 * size) + " + d1 * 2 + d4) * " + c +
                " + d2"},
           {"output", size * size * channels,
            "(d0 * " + number(size) + " + d1) * " + c + " + d2"}},
          kLargest.str()};
}

static KernelText rows(StringRef name, int64_t count, int64_t length,
                       bool scales, StringRef body) {
  std::string place = "d0 * " + number(length) + " + d1";
  KernelText text{name.str() + " " + number(count) + "x" + number(length),
                  {count, length},
                  "pr",
                  {{"argument", count * length, place}},
                  body.str()};
  if (scales) {
    text.operands.push_back({"weight", length, "d1"});
    text.operands.push_back({"weight", length, "d1"});
  }
  text.operands.push_back({"output", count * length, place});
  return text;
}

static KernelText chain(int64_t count, int64_t length) {
  std::string place = "d0 * " + number(length) + " + d1";
  return {"map " + number(count) + "x" + number(length),
          {count, length},
          "pp",
          {{"argument", count * length, place},
           {"argument", count * length, place},
           {"weight", length, "d1"},
           {"output", count * length, place}},
          kChain.str()};
}

static std::vector<KernelText> allKernels() {
  return {contraction(256, 256, 256),
          contraction(512, 512, 512),
          contraction(1024, 1024, 1024),
          contraction(2048, 2048, 2048),
          contraction(128, 768, 768),
          contraction(128, 3072, 768),
          contraction(127, 1001, 513),
          contraction(3136, 256, 64),
          contraction(196, 1024, 256),
          contraction(49, 2048, 512),
          contraction(1, 1024, 1024),
          contraction(1, 4096, 4096),
          convolution(56, 64),
          convolution(28, 128),
          convolution(14, 256),
          convolution(7, 512),
          depthwise(112, 32),
          depthwise(28, 192),
          depthwise(14, 576),
          pool(56, 64),
          rows("softmax", 1536, 128, /*scales=*/false, kSoftmax),
          rows("normalisation", 128, 768, /*scales=*/true, kNormalise),
          chain(64, 64),
          chain(512, 256),
          chain(4096, 1024)};
}

/// The kernel as a plan in text form.
static std::string planText(const KernelText &kernel) {
  std::string buffers, inputs, outputs, inputTypes, outputTypes, inputMaps,
      outputMaps, signatureIn, signatureOut, arguments, units, feedback;
  std::string dims;
  for (size_t d = 0; d < kernel.extents.size(); ++d) {
    dims += (d ? ", d" : "d") + number(d);
  }
  auto add = [](std::string &list, const std::string &text) {
    list += (list.empty() ? "" : ", ") + text;
  };
  int64_t argumentCount = 0;
  for (size_t i = 0; i < kernel.operands.size(); ++i) {
    const Operand &operand = kernel.operands[i];
    std::string name = "%b" + number(i);
    std::string type = "tensor<" + number(operand.elements) + "xf32>";
    std::string entry = "{name = \"t" + number(i) + "\", type = " + type + "}";
    std::string map = "affine_map<(" + dims + ") -> (" + operand.place + ")>";
    bool isOutput = operand.kind == "output";
    buffers += "    " + name + " = tsk." + operand.kind + " " +
               (operand.kind == "weight" ? "dense<0.5> : " + type
                : isOutput               ? "0"
                                         : number(argumentCount++)) +
               " : <f32>\n";
    if (operand.kind != "weight") {
      add(isOutput ? signatureOut : signatureIn, entry);
    }
    add(isOutput ? outputs : inputs, name);
    add(isOutput ? outputTypes : inputTypes, "!tsk.buffer<f32>");
    add(isOutput ? outputMaps : inputMaps, map);
    if (!isOutput) {
      add(arguments, "%x" + number(i) + ": f32");
      add(units, "unit");
      add(feedback, "-1");
    }
  }
  std::string extents, iterators;
  for (size_t d = 0; d < kernel.extents.size(); ++d) {
    add(extents, number(kernel.extents[d]));
    add(iterators, kernel.iterators[d] == 'p' ? "#tsk.iterator<parallel>"
                                              : "#tsk.iterator<reduction>");
  }
  return "module attributes {tsk.signature = {inputs = [" + signatureIn +
         "], outputs = [" + signatureOut +
         "]}, tsk.workspace = affine_map<() -> (0)>} {\n"
         "  func.func @main() {\n" +
         buffers + "    tsk.launch ins(" + inputs + " : " + inputTypes +
         ") outs(" + outputs + " : " + outputTypes +
         ") attributes {extents = affine_map<() -> (" + extents +
         ")>, feedback = array<i64: " + feedback + ">, guards = [" + units +
         "], input_maps = [" + inputMaps + "], iterators = [" + iterators +
         "], output_maps = [" + outputMaps + "], pads = [" + units +
         "]} computes {\n    ^bb0(" + arguments + "):" + kernel.body +
         "\n    }\n    return\n  }\n}\n";
}

/// Bytes of the operands that are weights.
static int64_t weightBytesOf(const KernelText &kernel) {
  int64_t bytes = 0;
  for (const Operand &operand : kernel.operands) {
    bytes += operand.kind == "weight" ? operand.elements * sizeof(float) : 0;
  }
  return bytes;
}

std::vector<KernelPlan> tessera::tools::kernelPlans() {
  std::vector<KernelPlan> plans;
  for (const KernelText &kernel : allKernels()) {
    plans.push_back({kernel.name, planText(kernel), weightBytesOf(kernel)});
  }
  return plans;
}
