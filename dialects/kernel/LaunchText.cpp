//===- LaunchText.cpp - what launches are compared by ---------------------===//

#include "dialects/kernel/LaunchText.h"

using namespace mlir;

namespace tessera::kernel {

void printNest(llvm::raw_ostream &os, LaunchOp launch) {
  for (Attribute part :
       {Attribute(AffineMapAttr::get(launch.getExtents())),
        Attribute(launch.getIterators()), Attribute(launch.getInputMaps()),
        Attribute(launch.getOutputMaps()), Attribute(launch.getPads()),
        Attribute(launch.getGuards()), Attribute(launch.getFeedbackAttr())}) {
    os << part << ';';
  }
  for (Type type : launch.getBuffers().getTypes()) {
    os << type << ';';
  }
}

} // namespace tessera::kernel
