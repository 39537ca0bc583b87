//===- PreprocessRule.cpp - reads descriptions of image inputs ------------===//

#include "compiler/import/PreprocessRule.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/ADT/Twine.h"
#include <cmath>

using namespace llvm;

namespace tessera::import {

/// Larger sides would let products of sizes overflow.
static constexpr int64_t kLongestSide = int64_t(1) << 20;

static Error wrong(StringRef text, const Twine &why) {
  return createStringError(inconvertibleErrorCode(),
                           "--preprocess " + text + ": " + why);
}

static std::optional<int64_t> parseSide(StringRef text) {
  int64_t side = 0;
  bool isNumber = !text.getAsInteger(10, side);
  return isNumber && side >= 1 && side <= kLongestSide ? std::optional(side)
                                                       : std::nullopt;
}

/// `HxW`; nothing for anything else.
static std::optional<ImageSize> parseSize(StringRef text) {
  auto [height, width] = text.split('x');
  std::optional<int64_t> h = parseSide(height), w = parseSide(width);
  return h && w ? std::optional(ImageSize{*h, *w}) : std::nullopt;
}

/// Whether the text belongs to the list of numbers in front of it.
static bool isNumber(StringRef text) {
  double value = 0;
  return !text.empty() && !text.getAsDouble(value);
}

namespace {
/// One part between commas, numbers of a list taken together.
struct Part {
  StringRef key, value;
  std::vector<double> numbers;
};

class Parser {
public:
  explicit Parser(StringRef text) : text(text) {}
  Expected<PreprocessRule> parse();

private:
  Error parsePart(const Part &part);
  Error parseWord(StringRef word);
  Error parseSizes(const Part &part);
  Error parseChoice(const Part &part, std::string &into,
                    ArrayRef<StringRef> choices);
  Error check() const;

  StringRef text;
  PreprocessRule rule;
};
} // namespace

/// The parts of a list separated by commas. The numbers of a part may be
/// separated by commas or colons.
static SmallVector<Part> partsOf(StringRef list) {
  SmallVector<StringRef> words;
  list.split(words, ',');
  SmallVector<Part> parts;
  for (StringRef word : words) {
    bool hasKey = word.contains('=');
    auto [key, value] = word.split('=');
    bool isList = !parts.empty() &&
                  is_contained({"scale", "mean", "std"}, parts.back().key);
    if (!hasKey && isNumber(word) && isList) {
      value = word;
    } else {
      parts.push_back({key.trim(), value.trim(), {}});
    }
    SmallVector<StringRef> numbers;
    value.split(numbers, ':');
    for (StringRef number : numbers) {
      double parsed = 0;
      if (isNumber(number) && !number.getAsDouble(parsed)) {
        parts.back().numbers.push_back(parsed);
      }
    }
  }
  return parts;
}

Error Parser::parseWord(StringRef word) {
  if (word == "free") {
    rule.isFree = true;
  } else if (word == "reverse-channels") {
    rule.reversesChannels = true;
  } else if (!(rule.image = parseSize(word))) {
    return wrong(text, "expected a size HxW such as 480x640, free, "
                       "reverse-channels or KEY=VALUE, got '" +
                           word + "'");
  }
  return Error::success();
}

Error Parser::parseSizes(const Part &part) {
  std::optional<ImageSize> size = parseSize(part.value);
  std::optional<int64_t> side = parseSide(part.value);
  if (!size && !side) {
    return wrong(text, "expected " + part.key + "=HxW or " + part.key +
                           "=N with sides of 1 to 1048576 pixels, got '" +
                           part.value + "'");
  }
  if (part.key == "crop") {
    rule.crop = size ? *size : ImageSize{*side, *side};
  } else {
    rule.resize = size;
    rule.shorterSide = side;
  }
  return Error::success();
}

Error Parser::parseChoice(const Part &part, std::string &into,
                          ArrayRef<StringRef> choices) {
  if (!is_contained(choices, part.value)) {
    return wrong(text, "expected " + part.key + "=" +
                           join(choices, ", " + part.key.str() + "=") +
                           ", got '" + part.value + "'");
  }
  into = part.value.str();
  return Error::success();
}

Error Parser::parsePart(const Part &part) {
  if (part.value.empty()) {
    return parseWord(part.key);
  }
  if (part.key == "resize" || part.key == "crop") {
    return parseSizes(part);
  }
  if (part.key == "layout") {
    return parseChoice(part, rule.layout, {"HWC", "NHWC", "CHW", "NCHW"});
  }
  if (part.key == "model") {
    return parseChoice(part, rule.modelLayout, {"NCHW", "NHWC"});
  }
  if (part.key == "filter") {
    std::string name;
    Error error = parseChoice(part, name, {"bilinear", "nearest", "bicubic"});
    rule.filter = StringRef(name).starts_with("bi") ? name.substr(2) : name;
    return error;
  }
  std::vector<double> *list = StringSwitch<std::vector<double> *>(part.key)
                                  .Case("scale", &rule.scale)
                                  .Case("mean", &rule.mean)
                                  .Case("std", &rule.deviation)
                                  .Default(nullptr);
  if (!list) {
    return wrong(text, "expected resize, crop, filter, scale, mean, std, "
                       "layout or model before '=', got '" +
                           part.key + "'");
  }
  bool isValid = all_of(part.numbers, [&](double value) {
    return std::isfinite(value) && (part.key == "mean" || value != 0);
  });
  if (part.numbers.empty() || !isValid ||
      part.numbers.size() < part.value.count(':') + 1) {
    return wrong(text, "expected numbers such as " + part.key +
                           "=0.485,0.456,0.406" +
                           (part.key == "mean" ? "" : ", none of them 0") +
                           ", got '" + part.value + "'");
  }
  *list = part.numbers;
  return Error::success();
}

/// What several parts must agree on.
Error Parser::check() const {
  if (rule.image && rule.isFree) {
    return wrong(text, "expected a size or free, got both");
  }
  bool areUnit = !rule.deviation.empty() &&
                 all_of(rule.deviation, [](double d) { return d < 1; });
  if (areUnit && rule.scale.empty()) {
    return wrong(text, "a std below 1 belongs to pixels from 0 to 1; add "
                       "scale=255 to divide by 255 first, or scale=1 to keep "
                       "them from 0 to 255");
  }
  if (rule.shorterSide && rule.crop &&
      std::max(rule.crop->height, rule.crop->width) > *rule.shorterSide) {
    return wrong(text, "the crop does not fit into images whose shorter side "
                       "is " +
                           Twine(*rule.shorterSide) +
                           "; expected a smaller crop or a greater resize");
  }
  if (rule.resize && rule.crop &&
      (rule.crop->height > rule.resize->height ||
       rule.crop->width > rule.resize->width)) {
    return wrong(text, "the crop does not fit into the resized images; "
                       "expected a smaller crop or a greater resize");
  }
  return Error::success();
}

Expected<PreprocessRule> Parser::parse() {
  auto [input, list] = text.split('=');
  SmallVector<Part> parts = partsOf(list);
  if (input.empty() || parts.empty() || parts.front().key != "u8" ||
      !parts.front().value.empty()) {
    return wrong(text, "expected INPUT=u8[,HxW|free][,KEY=VALUE...], such as "
                       "image=u8,480x640,resize=256,crop=224");
  }
  rule.input = input.str();
  for (const Part &part : drop_begin(parts)) {
    if (Error error = parsePart(part)) {
      return std::move(error);
    }
  }
  if (Error error = check()) {
    return std::move(error);
  }
  return std::move(rule);
}

Expected<PreprocessRule> parsePreprocessRule(StringRef text) {
  return Parser(text).parse();
}

} // namespace tessera::import
