//===- Quantisation.h - numbers and their quantised form --------*- C++ -*-===//
//
// A quantised element q stands for (q - zero point) * scale. Quantised
// operators become integer products and these two formulas, which fuse with
// them.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_COMPILER_IMPORT_QUANTISATION_H
#define TESSERA_COMPILER_IMPORT_QUANTISATION_H

#include "compiler/import/Term.h"

namespace tessera::import {

/// Scale and zero point, which broadcast to the tensor; an empty zero point is
/// zero.
struct Quantisation {
  Term scale, zeroPoint;
};

/// Inputs `scale` and `scale + 1` of the node for a tensor with one pair, or
/// one for each entry of `axis` of `rank` axes (negative: counted from the
/// end). `along` is that axis's extent if known, 1 where only one pair may be.
Quantisation quantisationOf(Node &node, unsigned scale, int64_t axis,
                            int64_t rank, mlir::AffineExpr along = {});

/// A parameter of one entry as a scalar, one of several as a column along the
/// axis; parameters of more axes as they are.
Term alongAxis(Term parameter, int64_t axis, int64_t rank,
               mlir::AffineExpr along = {});

/// Whether input `i` is absent or known to be zero everywhere.
bool isZero(Node &node, unsigned i);

/// (q - zero point) * scale, in f32.
Term dequantise(const Term &q, const Quantisation &how);

/// q - zero point as i32; `known zero` leaves the subtraction out.
Term centred(const Term &q, const Term &zeroPoint, bool knownZero);

/// `x` rounded to the nearest, ties to even, plus the zero point, saturated to
/// the integer type `to`. `x` is in units of the scale already.
Term roundTo(const Term &x, const Term &zeroPoint, mlir::Type to);

/// x / scale + zero point in the type of the zero point, or u8 without one.
Term quantise(const Term &x, const Quantisation &how);

/// Scale and zero point (u8) that the elements' range asks for, 0 included.
Quantisation dynamicQuantisation(const Term &x);

} // namespace tessera::import

#endif // TESSERA_COMPILER_IMPORT_QUANTISATION_H
