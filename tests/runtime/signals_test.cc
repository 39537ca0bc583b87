//===- signals_test.cc - transforms and filters of the operator library ---===//

#include "operator_call.h"
#include <cmath>
#include <complex>
#include <gtest/gtest.h>

using namespace tessera;
using Ints = std::vector<int64_t>;
using Doubles = std::vector<double>;

extern "C" {
int32_t tsr_operator_col2im(const tsr_operator_call *);
int32_t tsr_operator_dft(const tsr_operator_call *);
int32_t tsr_operator_dropout_mask(const tsr_operator_call *);
int32_t tsr_operator_mel_weight_matrix(const tsr_operator_call *);
int32_t tsr_operator_stft(const tsr_operator_call *);
}

namespace {

constexpr size_t kScratchWords = 4000;

Doubles someSignal(size_t count) {
  Doubles values;
  for (size_t i = 0; i < count; ++i) {
    values.push_back(std::sin(3.0 * double(i)) + double(i % 5));
  }
  return values;
}

/// The definition: complex pairs in and out.
Doubles transformed(const Doubles &x, bool inverse) {
  size_t n = x.size() / 2;
  Doubles result;
  for (size_t k = 0; k < n; ++k) {
    std::complex<double> sum;
    for (size_t i = 0; i < n; ++i) {
      double angle = (inverse ? 2 : -2) * M_PI * double(i * k % n) / double(n);
      sum +=
          std::complex<double>(x[2 * i], x[2 * i + 1]) * std::polar(1.0, angle);
    }
    sum /= inverse ? double(n) : 1.0;
    result.insert(result.end(), {sum.real(), sum.imag()});
  }
  return result;
}

void expectNear(const Doubles &actual, const Doubles &expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < actual.size(); ++i) {
    EXPECT_NEAR(actual[i], expected[i], 1e-10) << i;
  }
}

TEST(Dft, EveryLengthByEveryWay) {
  for (int64_t n = 1; n <= 33; ++n) {
    for (size_t scratch : {size_t(0), kScratchWords}) {
      for (bool inverse : {false, true}) {
        OperatorCall call;
        call.input<double>({1, n, 2}, someSignal(2 * n))
            .absent()
            .input<int64_t>({}, {1})
            .integer("inverse", inverse)
            .result<double>({-1, -1, 2}, 2 * n);
        ASSERT_EQ(call.run(tsr_operator_dft, scratch), TSR_OK);
        EXPECT_EQ(call.shape(0), (Ints{1, n, 2}));
        expectNear(call.values<double>(0),
                   transformed(someSignal(2 * n), inverse));
      }
    }
  }
}

TEST(Dft, HalfASpectrumGivesTheSignalBack) {
  for (int64_t n : {6, 8}) {
    OperatorCall there, back;
    there.input<double>({n, 1}, someSignal(n))
        .absent()
        .input<int64_t>({}, {-2})
        .integer("onesided", 1)
        .result<double>({-1, 2}, 2 * n);
    ASSERT_EQ(there.run(tsr_operator_dft, kScratchWords), TSR_OK);
    ASSERT_EQ(there.shape(0), (Ints{n / 2 + 1, 2}));
    back.input<double>({n / 2 + 1, 2}, there.values<double>(0))
        .absent()
        .input<int64_t>({}, {0})
        .integer("onesided", 1)
        .integer("inverse", 1)
        .result<double>({-1, 1}, n);
    ASSERT_EQ(back.run(tsr_operator_dft, kScratchWords), TSR_OK);
    ASSERT_EQ(back.shape(0), (Ints{n, 1}));
    expectNear(back.values<double>(0), someSignal(n));
  }
}

TEST(Dft, RefusesTheAxisOfThePartsAndBadLengths) {
  OperatorCall axis, length;
  axis.input<double>({4, 1}, someSignal(4)).absent().input<int64_t>({}, {1});
  axis.result<double>({-1, 2}, 8);
  EXPECT_EQ(axis.run(tsr_operator_dft), TSR_INDEX_OUT_OF_RANGE);
  length.input<double>({4, 1}, someSignal(4)).input<int64_t>({}, {0});
  length.input<int64_t>({}, {0}).result<double>({-1, 2}, 8);
  EXPECT_EQ(length.run(tsr_operator_dft), TSR_DIMENSION_OUT_OF_BOUNDS);
}

TEST(Stft, FramesUnderAWindow) {
  Doubles signal = someSignal(10), window = {0.5, 1, 1, 0.5};
  OperatorCall call;
  call.input<double>({1, 10, 1}, signal)
      .input<int64_t>({}, {3})
      .input<double>({4}, window)
      .absent()
      .integer("onesided", 0)
      .result<double>({1, -1, -1, 2}, 24);
  ASSERT_EQ(call.run(tsr_operator_stft, kScratchWords), TSR_OK);
  ASSERT_EQ(call.shape(0), (Ints{1, 3, 4, 2}));
  Doubles expected;
  for (size_t frame = 0; frame < 3; ++frame) {
    Doubles part;
    for (size_t i = 0; i < 4; ++i) {
      part.insert(part.end(), {signal[3 * frame + i] * window[i], 0});
    }
    Doubles own = transformed(part, false);
    expected.insert(expected.end(), own.begin(), own.end());
  }
  expectNear(call.values<double>(0), expected);
  OperatorCall still;
  still.input<double>({1, 10, 1}, signal).input<int64_t>({}, {0});
  still.result<double>({1, -1, -1, 2}, 24);
  EXPECT_EQ(still.run(tsr_operator_stft), TSR_DIMENSION_OUT_OF_BOUNDS);
}

TEST(Col2Im, AddsWhereBlocksOverlap) {
  // Blocks of 2 at positions 0, 1 and 2 of a line of 4.
  OperatorCall call, wrong;
  for (OperatorCall *own : {&call, &wrong}) {
    own->input<float>({1, 2, 3}, {1, 2, 3, 10, 20, 30})
        .input<int64_t>({1}, {own == &call ? 4 : 5})
        .input<int64_t>({1}, {2})
        .result<float>({1, -1, -1}, 4);
  }
  ASSERT_EQ(call.run(tsr_operator_col2im), TSR_OK);
  EXPECT_EQ(call.shape(0), (Ints{1, 1, 4}));
  EXPECT_EQ(call.values<float>(0), (std::vector<float>{1, 12, 23, 30}));
  EXPECT_EQ(wrong.run(tsr_operator_col2im), TSR_DIMENSION_MISMATCH);
}

TEST(MelWeightMatrix, ReportsTheSizeItNeeds) {
  OperatorCall call;
  call.input<int32_t>({}, {8}).input<int32_t>({}, {16});
  call.input<int32_t>({}, {8192}).input<float>({}, {0});
  call.input<float>({}, {4096}).result<float>({-1, -1}, 10);
  EXPECT_EQ(call.run(tsr_operator_mel_weight_matrix), TSR_OUTPUT_TOO_SMALL);
  EXPECT_EQ(call.shape(0), (Ints{9, 8}));
}

/// numpy.random.RandomState(0) draws 0.549, 0.715, 0.603, 0.545, 0.424.
TEST(DropoutMask, DrawsAsNumpy) {
  for (float ratio : {0.55f, 0.0f}) {
    OperatorCall call;
    call.input<float>({}, {ratio}).input<uint8_t>({}, {1}, TSR_BOOL);
    call.result<uint8_t>({5}, 5);
    ASSERT_EQ(call.run(tsr_operator_dropout_mask, 312), TSR_OK);
    std::vector<uint8_t> expected = {0, 1, 1, 0, 0}, all(5, 1);
    EXPECT_EQ(call.values<uint8_t>(0), ratio > 0 ? expected : all);
  }
}

} // namespace
