//===- operator_call.h - calls of the operator library from tests ---------===//

#ifndef TESSERA_TESTS_RUNTIME_OPERATOR_CALL_H
#define TESSERA_TESTS_RUNTIME_OPERATOR_CALL_H

#include "tessera/abi.h"
#include <cstring>
#include <deque>
#include <string>
#include <vector>

namespace tessera {

template <typename T>
inline constexpr uint32_t kCode = 0;
template <>
inline constexpr uint32_t kCode<float> = TSR_FLOAT32;
template <>
inline constexpr uint32_t kCode<double> = TSR_FLOAT64;
template <>
inline constexpr uint32_t kCode<int32_t> = TSR_INT32;
template <>
inline constexpr uint32_t kCode<int64_t> = TSR_INT64;
template <>
inline constexpr uint32_t kCode<uint8_t> = TSR_UINT8;

/// Fills a tsr_operator_call and owns its memory.
class OperatorCall {
public:
  using Shape = std::vector<int64_t>;

  template <typename T>
  OperatorCall &input(Shape shape, std::vector<T> values,
                      uint32_t code = kCode<T>) {
    std::vector<char> &bytes = memory.emplace_back(values.size() * sizeof(T));
    if (!bytes.empty()) { // memcpy takes no null pointer, not even for nothing
      std::memcpy(bytes.data(), values.data(), bytes.size());
    }
    inputs.push_back(operand(bytes, std::move(shape), code));
    return *this;
  }
  OperatorCall &absent() {
    inputs.push_back({});
    return *this;
  }
  /// A result with memory for `capacity` elements.
  template <typename T>
  OperatorCall &result(Shape shape, size_t capacity,
                       uint32_t type = kCode<T>) {
    results.push_back(operand(memory.emplace_back(capacity * sizeof(T)),
                              std::move(shape), type));
    return *this;
  }
  OperatorCall &integer(const char *name, int64_t value) {
    integers.push_back({name, value});
    return *this;
  }

  OperatorCall &text(const char *name, const char *value) {
    texts.push_back({name, value});
    return *this;
  }
  OperatorCall &strings(Shape shape, const std::vector<std::string> &values) {
    std::vector<tsr_string> elements;
    for (const std::string &value : values) {
      const std::string &own = owned.emplace_back(value);
      elements.push_back({own.data(), own.size()});
    }
    return input(std::move(shape), std::move(elements), TSR_STRING);
  }
  OperatorCall &stringResult(Shape shape, size_t capacity) {
    results.push_back(operand(memory.emplace_back(capacity * 16),
                              std::move(shape), TSR_STRING));
    return *this;
  }
  std::vector<std::string> stringValues(size_t i) const {
    std::vector<std::string> result;
    for (const tsr_string &text : values<tsr_string>(i)) {
      result.emplace_back(text.data, text.bytes);
    }
    return result;
  }
  /// Memory for the characters of new strings.
  OperatorCall &room(size_t bytes) {
    characters.resize(bytes);
    return *this;
  }

  int32_t run(tsr_operator_function function, size_t scratchWords = 0) {
    std::vector<int64_t> scratch(scratchWords + 1);
    std::vector<unsigned char> parameters = parameterBytes();
    tsr_operator_call call = {inputs.data(),
                              results.data(),
                              parameters.data(),
                              reinterpret_cast<unsigned char *>(scratch.data()),
                              scratchWords * 8,
                              uint32_t(inputs.size()),
                              uint32_t(results.size()),
                              &frame};
    frame.text = characters.data();
    frame.text_end = characters.data() + characters.size();
    return function(&call);
  }

  Shape shape(size_t i) const {
    return Shape(results[i].extents, results[i].extents + results[i].rank);
  }
  template <typename T>
  std::vector<T> values(size_t i) const {
    size_t count = 1;
    for (int64_t extent : shape(i)) {
      count *= extent;
    }
    const T *data = static_cast<const T *>(results[i].data);
    return std::vector<T>(data, data + count);
  }

private:
  tsr_operand operand(std::vector<char> &bytes, Shape shape, uint32_t code) {
    Shape &own = shapes.emplace_back(std::move(shape));
    return {bytes.data(), bytes.size(), own.data(), code, uint32_t(own.size())};
  }

  std::vector<unsigned char> parameterBytes() const {
    uint64_t count = integers.size() + texts.size();
    std::vector<unsigned char> bytes(8 + count * sizeof(tsr_parameter));
    std::memcpy(bytes.data(), &count, 8);
    auto append = [&](const void *data, size_t size) {
      bytes.resize((bytes.size() + 7) / 8 * 8);
      uint32_t offset = bytes.size();
      auto *from = static_cast<const unsigned char *>(data);
      bytes.insert(bytes.end(), from, from + size);
      return offset;
    };
    for (size_t i = 0; i < texts.size(); ++i) {
      const auto &[name, value] = texts[i];
      uint32_t table[2] = {append(value.c_str(), value.size() + 1),
                           uint32_t(value.size())};
      tsr_parameter record = {append(name.c_str(), name.size() + 1),
                              TSR_PARAMETER_TEXTS, 1, append(table, 8)};
      std::memcpy(&bytes[8 + (integers.size() + i) * sizeof(record)], &record,
                  sizeof(record));
    }
    for (size_t i = 0; i < integers.size(); ++i) {
      const std::string &name = integers[i].first;
      tsr_parameter record = {append(name.c_str(), name.size() + 1),
                              TSR_PARAMETER_INTEGERS, 1,
                              append(&integers[i].second, 8)};
      std::memcpy(&bytes[8 + i * sizeof(record)], &record, sizeof(record));
    }
    return bytes;
  }

  std::deque<std::vector<char>> memory;
  std::deque<Shape> shapes;
  std::vector<tsr_operand> inputs, results;
  std::vector<std::pair<std::string, int64_t>> integers;
  std::vector<std::pair<std::string, std::string>> texts;
  std::deque<std::string> owned;
  std::vector<unsigned char> characters;
  tsr_frame frame = {};
};

} // namespace tessera

#endif // TESSERA_TESTS_RUNTIME_OPERATOR_CALL_H
