//===- Pipeline.h - schedules of a launch in Halide -------------*- C++ -*-===//

#ifndef TESSERA_CODEGEN_HALIDE_PROGRAM_PIPELINE_H
#define TESSERA_CODEGEN_HALIDE_PROGRAM_PIPELINE_H

#include "codegen/halide/program/Nest.h"

namespace tessera::halide {

/// The function `name` that computes the nest as its schedule says; without the
/// stages and tables that would need memory other than the stack. The result's
/// dimensions are the parallel ones, in order.
Halide::Module makePipeline(const Nest &nest, const std::string &name,
                            const Halide::Target &target);

} // namespace tessera::halide

#endif // TESSERA_CODEGEN_HALIDE_PROGRAM_PIPELINE_H
