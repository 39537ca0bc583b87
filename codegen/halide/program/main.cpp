//===- main.cpp - tessera-halide: one kernel by Halide --------------------===//
//
// usage: tessera-halide DESCRIPTION.json OUT.bc NAME VECTOR_BITS
//
// A process of its own: Halide's library exports the symbols of its LLVM.
//
//===----------------------------------------------------------------------===//

#include "codegen/halide/program/Pipeline.h"
#include <cstdlib>
#include <fstream>
#include <iostream>

using namespace tessera::halide;

/// The features that Halide chooses instructions by. Nothing of its runtime is
/// used: no memory, no checks, no bounds that are asked for.
static Halide::Target targetFor(const std::string &vectorBits) {
  std::string features = "x86-64-linux-sse41-avx-f16c-fma-avx2";
  if (vectorBits == "512") {
    features += "-avx512-avx512_skylake";
  }
  return Halide::Target(features + "-no_runtime-no_asserts-no_bounds_query"
                                   "-strict_float");
}

namespace {
/// Halide's exceptions do not pass through all of its own functions.
struct Reporter : Halide::CompileTimeErrorReporter {
  void warning(const char *) override {}
  [[noreturn]] void error(const char *message) override {
    std::cerr << message << std::endl;
    std::_Exit(1);
  }
};
} // namespace

int main(int argc, char **argv) {
  if (argc != 5) {
    std::cerr << "usage: tessera-halide DESCRIPTION.json OUT.bc NAME "
                 "VECTOR_BITS\n";
    return 2;
  }
  Reporter reporter;
  Halide::set_custom_compile_time_error_reporter(&reporter);
  try {
    std::ifstream file(argv[1]);
    Nest nest(Json::parse(file));
    makePipeline(nest, argv[3], targetFor(argv[4]))
        .compile({{Halide::OutputFileType::bitcode, argv[2]}});
  } catch (const std::exception &error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
  return 0;
}
