// Classifies a batch of scans on two threads: C++, nothing but the model's own header.
#include "digits.h"
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

static void check(tsr_status status) {
  if (status != TSR_OK) {
    std::fprintf(stderr, "error: %s\n", tsr_status_text(status));
    std::exit(1);
  }
}

/// An open model and the threads it runs on, given back at the end.
struct Classifier {
  digits_model model = TSR_MODEL_INIT;
  tsr_threads threads = {};

  Classifier() {
    check(digits_open(&model, nullptr));
    check(digits_threads_create(2, &threads));
  }
  ~Classifier() {
    digits_threads_destroy(&threads);
    digits_close(&model);
  }
  Classifier(const Classifier &) = delete;

  /// Ten probabilities for each scan of 8 x 8 values from 0 to 16.
  std::vector<float> operator()(const std::vector<float> &scans) const {
    const std::size_t count = scans.size() / 64;
    digits_dims dims = {sizeof(dims), static_cast<int64_t>(count)};
    std::size_t bytes = 0;
    check(digits_workspace_size(&dims, &bytes));
    // Sizes that aligned_alloc takes are multiples of the alignment.
    std::unique_ptr<void, void (*)(void *)> workspace(std::aligned_alloc(64, (bytes / 64 + 1) * 64), std::free);
    std::vector<float> result(count * 10);
    digits_inputs inputs = {sizeof(inputs), &dims, {scans.data(), scans.size() * sizeof(float)}};
    digits_outputs outputs = {sizeof(outputs), {result.data(), result.size() * sizeof(float), nullptr}};
    check(digits_run(&model, &inputs, &outputs, workspace.get(), bytes, &threads));
    return result;
  }
};

int main() {
  // A ring and a bar: zero and one as a child would draw them.
  const char *pictures[] = {"  ####   ##  ##  ##  ##  ##  ##  ##  ##  ##  ##  ##  ##   ####  ",
                            "   ##     ###    ####      ##      ##      ##      ##      ##   "};
  std::vector<float> scans;
  for (const char *picture : pictures) {
    std::transform(picture, picture + 64, std::back_inserter(scans), [](char c) { return c == '#' ? 15.0f : 0.0f; });
  }
  const std::vector<float> probabilities = Classifier()(scans);
  for (auto row = probabilities.begin(); row != probabilities.end(); row += 10) {
    auto best = std::max_element(row, row + 10);
    std::printf("this is a %d (probability %.3f)\n", static_cast<int>(best - row), *best);
  }
}
