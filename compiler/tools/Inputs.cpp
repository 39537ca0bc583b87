//===- Inputs.cpp - input tensors from the command line -------------------===//

#include "compiler/tools/Inputs.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/StringExtras.h"
#include <cmath>
#include <cstring>

using namespace llvm;
using namespace tessera::tools;

namespace {
/// splitmix64: the same values on every machine.
class Random {
public:
  explicit Random(uint64_t seed) : state(seed) {}
  uint64_t next() {
    uint64_t z = state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  /// Roughly normal, mean 0 and variance 1: twelve uniform values, so that no
  /// library function makes results differ between machines.
  double normal() {
    double sum = 0;
    for (int i = 0; i < 12; ++i) {
      sum += double(next() >> 11) * 0x1p-53;
    }
    return sum - 6;
  }

private:
  uint64_t state;
};
} // namespace

template <typename Value>
static void store(HostTensor &tensor, uint64_t index, Value value) {
  std::memcpy(&tensor.bytes[index * sizeof(Value)], &value, sizeof(Value));
}

static uint16_t halfBits(const fltSemantics &semantics, double value) {
  APFloat number(value);
  bool losesInfo;
  number.convert(semantics, APFloat::rmNearestTiesToEven, &losesInfo);
  return number.bitcastToAPInt().getZExtValue();
}

static uint8_t smallBits(const fltSemantics &semantics, double value) {
  return static_cast<uint8_t>(halfBits(semantics, value));
}

/// Normal numbers, integers below 100, booleans; types with several elements in
/// a byte get any bits.
static void fill(HostTensor &tensor, Random &random) {
  const ElementType *type = findElementType(tensor.elementType);
  constexpr uint64_t kIntegers = 100;
  for (uint64_t i = 0; i < tensor.bytes.size() / type->bytes; ++i) {
    unsigned char *element = &tensor.bytes[i * type->bytes];
    switch (tensor.elementType) {
    case TSR_FLOAT32:
    case TSR_COMPLEX64:
      for (unsigned part = 0; part < type->bytes / 4; ++part) {
        store(tensor, i * (type->bytes / 4) + part, float(random.normal()));
      }
      break;
    case TSR_FLOAT64:
    case TSR_COMPLEX128:
      for (unsigned part = 0; part < type->bytes / 8; ++part) {
        store(tensor, i * (type->bytes / 8) + part, random.normal());
      }
      break;
    case TSR_FLOAT16:
      store(tensor, i, halfBits(APFloat::IEEEhalf(), random.normal()));
      break;
    case TSR_BFLOAT16:
      store(tensor, i, halfBits(APFloat::BFloat(), random.normal()));
      break;
    case TSR_BOOL:
      element[0] = random.next() & 1;
      break;
    case TSR_FLOAT8E4M3FN:
      store(tensor, i, smallBits(APFloat::Float8E4M3FN(), random.normal()));
      break;
    case TSR_FLOAT8E4M3FNUZ:
      store(tensor, i, smallBits(APFloat::Float8E4M3FNUZ(), random.normal()));
      break;
    case TSR_FLOAT8E5M2:
      store(tensor, i, smallBits(APFloat::Float8E5M2(), random.normal()));
      break;
    case TSR_FLOAT8E5M2FNUZ:
      store(tensor, i, smallBits(APFloat::Float8E5M2FNUZ(), random.normal()));
      break;
    default:
      // Little endian: the low byte is the value, the others stay zero.
      element[0] = random.next() % kIntegers;
      break;
    }
  }
}

/// Splits NAME=VALUE at the last sign for which `isKnown(NAME)` holds, since
/// names may contain one.
template <typename Known>
static bool split(StringRef text, Known isKnown, StringRef &name,
                  StringRef &value) {
  for (size_t at = text.rfind('='); at != StringRef::npos;
       at = text.take_front(at).rfind('=')) {
    name = text.take_front(at);
    value = text.drop_front(at + 1);
    if (isKnown(name)) {
      return true;
    }
    if (at == 0) {
      break;
    }
  }
  return false;
}

template <typename Infos>
static std::string namesOf(const Infos &infos) {
  std::string text;
  for (const auto &info : infos) {
    text += (text.empty() ? "'" : ", '") + std::string(info.name) + "'";
  }
  return text.empty() ? "none" : text;
}

using DimensionValues = std::vector<std::optional<int64_t>>;

/// Sizes from `--dim` options.
static Error readDimensions(const Session &session, const InputOptions &options,
                            DimensionValues &values) {
  const auto &dimensions = session.dimensions();
  for (StringRef text : options.dimensions) {
    StringRef name, value;
    size_t found = 0;
    auto isKnown = [&](StringRef candidate) {
      for (found = 0; found < dimensions.size(); ++found) {
        if (candidate == dimensions[found].name) {
          return true;
        }
      }
      return false;
    };
    int64_t extent;
    if (!split(text, isKnown, name, value) || value.getAsInteger(10, extent) ||
        extent < 0) {
      return toolError("--dim " + text +
                       ": expected NAME=SIZE with one of the free dimensions " +
                       namesOf(dimensions));
    }
    values[found] = extent;
  }
  return Error::success();
}

/// Reads the files; `given[i]` stays empty for inputs without one.
static Error readFiles(const Session &session, const InputOptions &options,
                       std::vector<std::optional<HostTensor>> &given) {
  for (StringRef text : options.files) {
    StringRef name, path;
    auto isKnown = [&](StringRef candidate) {
      return session.findInput(candidate).has_value();
    };
    if (!split(text, isKnown, name, path)) {
      return toolError("--input " + text +
                       ": expected NAME=FILE with one of the inputs " +
                       namesOf(session.inputs()));
    }
    Expected<HostTensor> tensor = readTensor(path);
    if (!tensor) {
      return tensor.takeError();
    }
    given[*session.findInput(name)] = std::move(*tensor);
  }
  return Error::success();
}

/// A random tensor for input `index`; unknown dimensions take their lower bound
/// or 1.
static Expected<HostTensor> randomInput(const Session &session, uint32_t index,
                                        const std::vector<int64_t> &dims,
                                        Random &random) {
  const tsr_tensor_info &info = session.inputs()[index];
  HostTensor tensor;
  tensor.name = info.name;
  tensor.elementType = info.element_type;
  tensor.shape.resize(info.rank);
  tsr_status status = tsr_model_input_shape(&session.model(), dims.data(),
                                            index, tensor.shape.data());
  std::optional<uint64_t> count = elementCountOf(tensor.shape);
  const ElementType *type = findElementType(info.element_type);
  if (status != TSR_OK || !count || !type) {
    return statusError("input '" + Twine(info.name) + "'",
                       status != TSR_OK ? status : TSR_INVALID_ARGUMENT);
  }
  if (info.element_type == TSR_STRING) {
    return toolError("input '" + Twine(info.name) +
                     "' has strings, which have to be given");
  }
  if (!allocateBytes(tensor, type->bytesOf(*count))) {
    return toolError("input '" + Twine(info.name) + "': cannot allocate " +
                     describe(tensor));
  }
  fill(tensor, random);
  return tensor;
}

/// The sizes that files and options determine, others at their lower bound.
static std::vector<int64_t>
sizesFor(const Session &session,
         const std::vector<std::optional<HostTensor>> &given,
         DimensionValues values) {
  for (uint32_t i = 0; i < given.size(); ++i) {
    uint32_t rank = session.inputs()[i].rank;
    for (uint32_t axis = 0;
         given[i] && axis < rank && given[i]->shape.size() == rank; ++axis) {
      tsr_axis_info extent = {};
      tsr_model_input_axis(&session.model(), i, axis, &extent);
      if (extent.dimension >= 0 && size_t(extent.dimension) < values.size()) {
        values[extent.dimension] = given[i]->shape[axis];
      }
    }
  }
  std::vector<int64_t> sizes;
  for (size_t i = 0; i < values.size(); ++i) {
    int64_t lower = std::max<int64_t>(session.dimensions()[i].lower, 1);
    sizes.push_back(values[i].value_or(lower));
  }
  return sizes;
}

Expected<std::vector<HostTensor>>
tessera::tools::readInputs(const Session &session,
                           const InputOptions &options) {
  std::vector<std::optional<HostTensor>> given(session.inputs().size());
  DimensionValues values(session.dimensions().size());
  if (Error error = readFiles(session, options, given)) {
    return std::move(error);
  }
  if (Error error = readDimensions(session, options, values)) {
    return std::move(error);
  }
  std::vector<int64_t> sizes = sizesFor(session, given, values);
  Random random(options.seed.value_or(0));
  std::vector<HostTensor> inputs;
  for (uint32_t i = 0; i < given.size(); ++i) {
    if (!given[i] && !options.seed) {
      return toolError("input '" + Twine(session.inputs()[i].name) +
                       "' is not given: add --input " +
                       session.inputs()[i].name + "=FILE or --random SEED");
    }
    if (given[i]) {
      inputs.push_back(std::move(*given[i]));
      continue;
    }
    Expected<HostTensor> tensor = randomInput(session, i, sizes, random);
    if (!tensor) {
      return tensor.takeError();
    }
    inputs.push_back(std::move(*tensor));
  }
  return std::move(inputs);
}
