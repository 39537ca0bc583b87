//===- KernelPlans.h - kernels to measure, one to a plan --------*- C++ -*-===//
//
// One or more of each class that models are made of, in sizes of well-known
// ones and in odd ones. Each is a plan of one launch, so that the memory
// layout, code and weights are those of a model.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_COMPILER_TOOLS_KERNELPLANS_H
#define TESSERA_COMPILER_TOOLS_KERNELPLANS_H

#include <cstdint>
#include <string>
#include <vector>

namespace tessera::tools {

struct KernelPlan {
  /// Its class and extents, such as "softmax 1536x128".
  std::string name;
  /// The plan, in the kernel dialect's text form.
  std::string text;
  int64_t weightBytes = 0;
};

/// In the order in which they are listed.
std::vector<KernelPlan> kernelPlans();

} // namespace tessera::tools

#endif // TESSERA_COMPILER_TOOLS_KERNELPLANS_H
