//===- PreprocessRule.h - what stands before an image input -----*- C++ -*-===//
//
// The user's description of the images that a library takes in place of a
// model's own input, and of how they become that input.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_COMPILER_IMPORT_PREPROCESSRULE_H
#define TESSERA_COMPILER_IMPORT_PREPROCESSRULE_H

#include "llvm/Support/Error.h"
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tessera::import {

/// Height and width in pixels.
struct ImageSize {
  int64_t height = 0, width = 0;
};

/// A step is left out when its member is empty. Steps run in this order.
struct PreprocessRule {
  /// The model's input; `image` stands for the only one that can be an image.
  std::string input;
  /// The size of the images; empty: see `isFree`.
  std::optional<ImageSize> image;
  /// The caller chooses the size. Without this and a size it is free when the
  /// images are resized or cropped, and what the model takes otherwise.
  bool isFree = false;
  /// HWC, NHWC, CHW or NCHW; empty: HWC for batches of 1, NHWC otherwise.
  std::string layout;

  /// A new size, or the new length of the shorter side.
  std::optional<ImageSize> resize;
  std::optional<int64_t> shorterSide;
  /// linear, nearest or cubic: the mode of tsr.resize, with half-pixel centres.
  std::string filter = "linear";
  /// The size of the part in the middle that is kept.
  std::optional<ImageSize> crop;
  bool reversesChannels = false;
  /// (pixel / scale - mean) / deviation: one number each, or one a channel.
  std::vector<double> scale, mean, deviation;

  /// NCHW or NHWC: how the model takes images; empty: by its channels.
  std::string modelLayout;
};

/// Parses `INPUT=u8[,HxW|free][,KEY=VALUE...]`, see docs/preprocessing.md.
/// Errors name the part that is wrong and what is expected.
llvm::Expected<PreprocessRule> parsePreprocessRule(llvm::StringRef text);

} // namespace tessera::import

#endif // TESSERA_COMPILER_IMPORT_PREPROCESSRULE_H
