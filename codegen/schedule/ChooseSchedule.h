//===- ChooseSchedule.h - default schedules from structure ------*- C++ -*-===//

#ifndef TESSERA_CODEGEN_SCHEDULE_CHOOSESCHEDULE_H
#define TESSERA_CODEGEN_SCHEDULE_CHOOSESCHEDULE_H

#include "codegen/schedule/LaunchFacts.h"
#include "codegen/schedule/Target.h"

namespace tessera::schedule {

/// A schedule under construction; fields as in #tsk.schedule.
struct Draft {
  kernel::Algorithm algorithm = kernel::Algorithm::nest;
  int64_t vectorDim = -1, lanes = 1, tasks = 0, prefetch = 0;
  llvm::SmallVector<int64_t> tile, order, packed;
  /// Empty: nothing is blocked.
  llvm::SmallVector<int64_t> blocks;
  /// 0: the tile's own width.
  int64_t panel = 0;
};

/// The schedule the target's tables and the launch's structure suggest; without
/// `mayPack` constants stay as they are. Where it is illegal, a plain loop, and
/// `rejection` tells why: a rule is wrong.
kernel::ScheduleAttr chooseSchedule(kernel::LaunchOp launch,
                                    const Target &target, bool mayPack = true,
                                    std::string *rejection = nullptr);

/// One point at a time in the order of the dimensions.
kernel::ScheduleAttr plainSchedule(kernel::LaunchOp launch);

/// Why the schedule cannot be used for the launch on the target; empty when it
/// can.
std::string illegality(kernel::LaunchOp launch, kernel::ScheduleAttr schedule,
                       const Target &target);

/// The same for a schedule whose code Halide writes.
std::string halideIllegality(kernel::LaunchOp launch,
                             kernel::ScheduleAttr schedule);

/// Registers for the halves of grouped bytes, which a tile does not count, on
/// targets without an instruction for their products.
inline constexpr unsigned kGroupRegisters = 4;

/// Takes rows from the tiles of launches that multiply bytes in groups, where
/// they were chosen for the target's form with byte products and would spill.
void fitGroupedTiles(mlir::Operation *plan, const Target &target);

/// Appends schedules that Halide may be better at: windows, gathers, strided
/// reads. None where Halide is not installed.
void addHalideSchedules(kernel::LaunchOp launch, const Target &target,
                        llvm::SmallVectorImpl<kernel::ScheduleAttr> &found);

/// Sets `draft.tasks` for its order and tile: enough leading loops to share,
/// few enough that a task is worth its call.
void chooseTasks(const LaunchFacts &facts, Draft &draft);

/// Whether an input is a constant whose panels along the vector dimension `v`
/// have an order that compile time knows.
bool canPack(kernel::LaunchOp launch, const LaunchFacts &facts, int64_t input,
             int64_t v);

/// Appends to `draft.packed` the constants that the inner loops read along the
/// vector dimension.
void choosePacked(kernel::LaunchOp launch, const LaunchFacts &facts,
                  Draft &draft);

/// Elements of a vector along the dimension.
int64_t lanesAlong(const LaunchFacts &facts, int64_t dim, const Target &target);

/// The tile of a draft whose vector dimension, order and panels are chosen.
void chooseTile(kernel::LaunchOp launch, const LaunchFacts &facts,
                const Target &target, Draft &draft);

/// The draft, whose tasks are chosen here, as a schedule. No model may fail for
/// a heuristic: where it is illegal, a plain loop takes its place, and
/// `rejection` tells why.
kernel::ScheduleAttr finish(kernel::LaunchOp launch, const LaunchFacts &facts,
                            const Target &target, Draft &draft,
                            std::string *rejection = nullptr);

/// The draft as an attribute.
kernel::ScheduleAttr attributeOf(mlir::MLIRContext *context,
                                 const Draft &draft);

/// What is read along another dimension than the vector's comes line by line of
/// the cache: a vector takes one number of each of its lines, and the rows that
/// take the others follow at once, before other lines push these out.
void chooseTransposedRows(const LaunchFacts &facts, Draft &draft);

/// Several rows at once where they are reduced along the vector: their sums and
/// elementary functions do not wait for each other. The nearest cache keeps
/// them from pass to pass, with what is stored and the next rows, which are
/// fetched meanwhile.
void chooseRows(const LaunchFacts &facts, const Target &target, Draft &draft);

/// The register tile of a reduction nest (contraction, convolution, window):
/// sets `draft.tile` for the vector dimension, the dimensions that share its
/// loads, and the unrolled reduction dimensions.
void chooseRegisterTile(const LaunchFacts &facts, const Target &target,
                        Draft &draft);

} // namespace tessera::schedule

#endif // TESSERA_CODEGEN_SCHEDULE_CHOOSESCHEDULE_H
