//===- Preprocess.cpp - from images to what a model takes -----------------===//

#include "compiler/import/Preprocess.h"
#include "compiler/import/Importer.h"
#include "dialects/kernel/Extents.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {

namespace {
/// An image while it becomes the model's input.
struct Image {
  Term pixels;
  std::string layout; // a letter an axis

  unsigned axisOf(char letter) const { return layout.find(letter); }
  AffineExpr extent(char letter) const { return pixels.extent(axisOf(letter)); }
};
} // namespace

/// Half of an amount that is not negative; halves go to the even number, as in
/// torchvision's CenterCrop.
static AffineExpr halfOf(AffineExpr amount) {
  return (amount + (amount % 4).floorDiv(3)).floorDiv(2);
}

static void resize(Image &image, const PreprocessRule &rule) {
  Node &node = image.pixels.node();
  unsigned y = image.axisOf('H'), x = image.axisOf('W');
  Sizes extents = image.pixels.extents();
  if (rule.resize) {
    extents[y] = sizeOf(node, rule.resize->height);
    extents[x] = sizeOf(node, rule.resize->width);
  } else {
    // The longer side rounded down, as in torchvision's Resize.
    AffineExpr shorter = kernel::derivedDimension(*node.importer.module,
                                                  kernel::DimensionKind::min,
                                                  {extents[y], extents[x]});
    for (unsigned axis : {y, x}) {
      extents[axis] =
          extents[axis] == shorter
              ? sizeOf(node, *rule.shorterSide)
              : (extents[axis] * *rule.shorterSide).floorDiv(shorter);
    }
  }
  image.pixels = apply<graph::ResizeOp>(
      {image.pixels}, {{"shape", node.sizesAttribute(extents)},
                       {"mode", node.textAttribute(rule.filter)},
                       {"to", TypeAttr::get(node.builder.getF32Type())}});
}

static void crop(Image &image, const ImageSize &size) {
  Node &node = image.pixels.node();
  for (auto [letter, side] :
       {std::pair('H', size.height), std::pair('W', size.width)}) {
    AffineExpr own = image.extent(letter);
    std::optional<int64_t> known = kernel::constantOf(own);
    if (known && *known < side) {
      (void)node.fail("invalid --preprocess",
                      "a crop of " + Twine(size.height) + "x" +
                          Twine(size.width) + " does not fit into " +
                          Twine(*known) +
                          " pixels; expected a smaller crop or resize=");
      return;
    }
    image.pixels =
        slice(image.pixels, image.axisOf(letter),
              kernel::simplify(halfOf(own - side)), sizeOf(node, side));
  }
}

/// One factor and one summand for each channel:
/// (pixel / scale - mean) / deviation.
static void normalise(Image &image, const PreprocessRule &rule,
                      int64_t channels) {
  Node &node = image.pixels.node();
  SmallVector<double> factors, summands;
  auto at = [](const std::vector<double> &list, int64_t i, double none) {
    return list.empty() ? none : list[list.size() == 1 ? 0 : i];
  };
  for (int64_t i = 0; i < channels; ++i) {
    double deviation = at(rule.deviation, i, 1);
    factors.push_back(1 / (at(rule.scale, i, 1) * deviation));
    summands.push_back(-at(rule.mean, i, 0) / deviation);
  }
  SmallVector<int64_t> shape(image.layout.size(), 1);
  shape[image.axisOf('C')] = channels;
  auto isAll = [](ArrayRef<double> list, double value) {
    return all_of(list, [&](double own) { return own == value; });
  };
  Type element = image.pixels.element();
  if (!isAll(factors, 1)) {
    image.pixels = image.pixels * constantTensor(node, element, shape, factors);
  }
  if (!isAll(summands, 0)) {
    image.pixels =
        image.pixels + constantTensor(node, element, shape, summands);
  }
}

/// Brings the axes into the model's order; a missing batch becomes one of 1.
static void arrange(Image &image, const std::string &layout) {
  if (image.layout.size() < layout.size()) {
    image.pixels = unsqueeze(image.pixels, 0);
    image.layout = "N" + image.layout;
  }
  SmallVector<int64_t> order;
  for (char letter : layout) {
    order.push_back(image.axisOf(letter));
  }
  if (image.layout != layout) {
    image.pixels = transpose(image.pixels, order);
  }
  image.layout = layout;
}

Term preprocess(const Term &pixels, const PreprocessRule &rule,
                const ImageLayouts &layouts, int64_t channels, Type element) {
  Node &node = pixels.node();
  Image image{pixels, layouts.image};
  if (rule.resize || rule.shorterSide) {
    resize(image, rule);
  }
  image.pixels = cast(image.pixels, node.builder.getF32Type());
  if (rule.crop) {
    crop(image, *rule.crop);
  }
  if (rule.reversesChannels) {
    image.pixels = slice(image.pixels, image.axisOf('C'),
                         sizeOf(node, channels - 1), sizeOf(node, channels),
                         /*step=*/-1);
  }
  normalise(image, rule, channels);
  image.pixels = cast(image.pixels, element);
  arrange(image, layouts.model);
  return image.pixels;
}

} // namespace tessera::import
