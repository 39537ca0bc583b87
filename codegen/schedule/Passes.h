//===- Passes.h - schedules and packing -------------------------*- C++ -*-===//

#ifndef TESSERA_CODEGEN_SCHEDULE_PASSES_H
#define TESSERA_CODEGEN_SCHEDULE_PASSES_H

#include "dialects/kernel/Kernel.h"
#include "mlir/Pass/Pass.h"

namespace tessera::schedule {

/// Attribute of a scheduled launch: what schedule files call its kernel.
inline constexpr llvm::StringLiteral kKeyAttr = "tsk.key";

/// Attribute of ranges of the arena that tessera-split-products adds.
inline constexpr llvm::StringLiteral kScratchAttr = "tsk.scratch";

/// Attribute of launches that run only when another that computes the same does
/// not: work is counted once.
inline constexpr llvm::StringLiteral kInsteadAttr = "tsk.instead";

/// Attribute of launches that may take denormal numbers for zeros, a string:
/// those that they compute, or those that they read, too.
inline constexpr llvm::StringLiteral kFlushAttr = "tsk.flushes_denormals";
inline constexpr llvm::StringLiteral kFlushResults = "results";
inline constexpr llvm::StringLiteral kFlushAll = "all";

/// Attribute of exponentials whose argument is not above 0, or whose result
/// does not matter.
inline constexpr llvm::StringLiteral kNotPositiveAttr = "tsk.not_positive";
/// Attribute of such exponentials that may be 0 below the smallest normal number.
inline constexpr llvm::StringLiteral kMayFlushAttr = "tsk.may_flush";
/// Attribute of greatest numbers that may be any where one of theirs is NaN.
inline constexpr llvm::StringLiteral kMayDropNanAttr = "tsk.may_drop_nan";

/// Attributes of launches that threads take together with the one before, and
/// of all launches of such a group: how many tasks make a unit, or 0.
inline constexpr llvm::StringLiteral kJoinsAttr = "tsk.joins";
inline constexpr llvm::StringLiteral kTasksOfUnitAttr = "tsk.tasks_of_unit";

/// Attributes of launches that take turns: with the one before; the number of
/// bands; and, once tiles are final, the bands of the launch.
inline constexpr llvm::StringLiteral kBandedAttr = "tsk.banded";
inline constexpr llvm::StringLiteral kBandCountAttr = "tsk.bands";
inline constexpr llvm::StringLiteral kBandEndsAttr = "tsk.band_ends";
inline constexpr llvm::StringLiteral kBandEdgeAttr = "tsk.band_edge";

/// Attribute of launches that fetch, with each piece of their panels, what lies
/// this many bytes behind it: constants that launches behind them read.
inline constexpr llvm::StringLiteral kFetchAheadAttr = "tsk.fetch_ahead";

/// Bytes that a constant takes in the weights segment, in panels or as it is.
int64_t storedBytesOf(kernel::WeightOp weight);

struct Target;

/// Adds what the schedules of a target need besides, and stores constants as
/// they say. `afterSplit` follows the pass that adds launches and scratch
/// ranges, where the target has one.
void buildSchedulePipeline(
    mlir::OpPassManager &manager, const Target &target,
    llvm::function_ref<void(mlir::OpPassManager &)> afterSplit =
        [](mlir::OpPassManager &) {});

#define GEN_PASS_DECL
#include "codegen/schedule/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "codegen/schedule/Passes.h.inc"

} // namespace tessera::schedule

#endif // TESSERA_CODEGEN_SCHEDULE_PASSES_H
