//===- emit_test.cc - libraries written by emit, loaded and run -----------===//

#include "example_model.h"
#include "tessera/abi.h"
#include "tessera/runtime.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Object/Archive.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include <csignal>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace llvm;
using namespace tessera::emit;

namespace {

/// A folder for one test; removed afterwards.
class EmitTest : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(sys::fs::createUniqueDirectory("tessera-emit", folder));
  }
  void TearDown() override { sys::fs::remove_directories(folder); }

  std::string path(StringRef name) {
    SmallString<128> result(folder);
    sys::path::append(result, name);
    return result.str().str();
  }
  std::string contents(StringRef name) {
    auto buffer = MemoryBuffer::getFile(path(name));
    return buffer ? (*buffer)->getBuffer().str() : "";
  }
  std::vector<std::string> files() {
    std::vector<std::string> names;
    std::error_code code;
    for (sys::fs::directory_iterator entry(folder, code), end;
         entry != end && !code; entry.increment(code)) {
      names.push_back(sys::path::filename(entry->path()).str());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  SmallString<128> folder;
};

void expectSuccess(Error error) {
  std::string text;
  if (error) {
    text = toString(std::move(error));
  }
  EXPECT_EQ(text, "");
}

/// Runs the example on `rows` rows and checks every element.
void runExample(const std::string &library, float scale, int64_t rows,
                const tsr_threads *threads, const tsr_options *options) {
  tsr_model model = TSR_MODEL_INIT;
  ASSERT_EQ(tsr_model_open(library.c_str(), options, &model), TSR_OK);
  std::vector<float> x(rows * kColumns), y(rows * kColumns);
  for (size_t i = 0; i < x.size(); ++i) {
    x[i] = static_cast<float>(i);
  }
  size_t bytes = 0;
  ASSERT_EQ(tsr_model_workspace_size(&model, &rows, &bytes), TSR_OK);
  EXPECT_EQ(bytes, static_cast<size_t>(rows * 64));
  void *workspace = aligned_alloc(64, std::max<size_t>(bytes, 64));
  tsr_input input = {x.data(), x.size() * sizeof(float)};
  int64_t extents[2] = {-1, -1};
  tsr_output output = {y.data(), y.size() * sizeof(float), extents};
  EXPECT_EQ(
      tsr_model_run(&model, &rows, &input, &output, workspace, bytes, threads),
      TSR_OK);
  EXPECT_EQ(extents[0], rows);
  EXPECT_EQ(extents[1], kColumns);
  for (size_t i = 0; i < x.size(); ++i) {
    EXPECT_EQ(y[i], x[i] * (scale * static_cast<float>(i % kColumns + 1)));
  }
  free(workspace);
  EXPECT_EQ(tsr_model_close(&model), TSR_OK);
}

TEST_F(EmitTest, LibraryRuns) {
  ExampleModel example = exampleModel("example", 1.5f);
  expectSuccess(emitSharedLibrary(example.artifact, path("example.so")));
  EXPECT_EQ(files(), std::vector<std::string>{"example.so"});
  runExample(path("example.so"), 1.5f, 7, nullptr, nullptr);
  runExample(path("example.so"), 1.5f, 0, nullptr, nullptr);
  tsr_threads threads;
  ASSERT_EQ(tsr_threads_create(2, &threads), TSR_OK);
  runExample(path("example.so"), 1.5f, 100, &threads, nullptr);
  EXPECT_EQ(tsr_threads_destroy(&threads), TSR_OK);
}

TEST_F(EmitTest, LibraryIsReproducible) {
  ExampleModel example = exampleModel("example", 1.0f);
  expectSuccess(emitSharedLibrary(example.artifact, path("one.so")));
  expectSuccess(emitSharedLibrary(example.artifact, path("two.so")));
  EXPECT_EQ(contents("one.so"), contents("two.so"));
  expectSuccess(emitArchive(example.artifact, path("one.a")));
  expectSuccess(emitArchive(example.artifact, path("two.a")));
  EXPECT_EQ(contents("one.a"), contents("two.a"));
}

TEST_F(EmitTest, EmbeddedWeightsAreCheckedAndCopiedOnRequest) {
  ExampleModel example = exampleModel("example", 2.0f);
  expectSuccess(emitSharedLibrary(example.artifact, path("example.so")));
  tsr_options options = {sizeof(tsr_options), 0,
                         TSR_OPEN_VERIFY_WEIGHTS | TSR_OPEN_COPY_WEIGHTS, 0,
                         nullptr};
  runExample(path("example.so"), 2.0f, 5, nullptr, &options);
}

TEST_F(EmitTest, WeightsFileIsMappedAndChecked) {
  ExampleModel example = exampleModel("example", 2.0f);
  example.artifact.weightsInFile = true;
  expectSuccess(emitSharedLibrary(example.artifact, path("example.so")));
  EXPECT_EQ(files(),
            (std::vector<std::string>{"example.so", "example.weights"}));
  tsr_options options = {sizeof(tsr_options), 0, TSR_OPEN_VERIFY_WEIGHTS, 0,
                         nullptr};
  runExample(path("example.so"), 2.0f, 5, nullptr, &options);

  tsr_model model = TSR_MODEL_INIT;
  std::string weights = path("example.weights");
  std::string good = contents("example.weights");
  auto openWith = [&](StringRef text) {
    std::error_code code;
    raw_fd_ostream stream(weights, code);
    stream << text;
    stream.close();
    return tsr_model_open(path("example.so").c_str(), &options, &model);
  };
  EXPECT_EQ(openWith(StringRef(good).drop_back()), TSR_WEIGHTS_SHORT);
  EXPECT_EQ(openWith("TESS"), TSR_WEIGHTS_SHORT);
  std::string foreign = good;
  foreign[24] ^= 1; // In the build id.
  EXPECT_EQ(openWith(foreign), TSR_WEIGHTS_FOREIGN);
  std::string corrupt = good;
  corrupt.back() ^= 1;
  EXPECT_EQ(openWith(corrupt), TSR_WEIGHTS_CORRUPT);
  sys::fs::remove(weights);
  EXPECT_EQ(tsr_model_open(path("example.so").c_str(), &options, &model),
            TSR_WEIGHTS_MISSING);
}

TEST_F(EmitTest, TruncatedLibraryIsRefused) {
  ExampleModel example = exampleModel("example", 1.0f);
  expectSuccess(emitSharedLibrary(example.artifact, path("example.so")));
  std::string library = path("example.so");
  size_t bytes = contents("example.so").size();
  for (size_t size : {bytes - 1, bytes - 64, bytes / 2, size_t(100)}) {
    ASSERT_EQ(truncate(library.c_str(), size), 0);
    tsr_model model = TSR_MODEL_INIT;
    EXPECT_EQ(tsr_model_open(library.c_str(), nullptr, &model),
              TSR_NOT_A_MODEL);
  }
}

TEST_F(EmitTest, WrongCallsAreStatuses) {
  ExampleModel example = exampleModel("example", 1.0f);
  expectSuccess(emitSharedLibrary(example.artifact, path("example.so")));
  tsr_model model = TSR_MODEL_INIT;
  ASSERT_EQ(tsr_model_open(path("example.so").c_str(), nullptr, &model),
            TSR_OK);
  int64_t rows = 101;
  size_t bytes = 0;
  EXPECT_EQ(tsr_model_workspace_size(&model, &rows, &bytes),
            TSR_DIMENSION_OUT_OF_BOUNDS);
  const int64_t shape[2] = {3, 5};
  const int64_t *shapes[1] = {shape};
  uint32_t rank = 2, culprit = 9;
  EXPECT_EQ(tsr_model_dimensions(&model, shapes, &rank, &rows, &culprit),
            TSR_SIZE_MISMATCH);
  EXPECT_EQ(culprit, 0u);
  tsr_options options = {sizeof(tsr_options), TSR_ISA_X86_64_AMX, 0, 0,
                         nullptr};
  tsr_model other = TSR_MODEL_INIT;
  EXPECT_EQ(tsr_model_open(path("example.so").c_str(), &options, &other),
            TSR_UNSUPPORTED_CPU);
  EXPECT_EQ(tsr_model_close(&model), TSR_OK);
}

TEST_F(EmitTest, InspectionSeesTheDescription) {
  ExampleModel example = exampleModel("example", 1.0f);
  expectSuccess(emitSharedLibrary(example.artifact, path("example.so")));
  tsr_model model = TSR_MODEL_INIT;
  ASSERT_EQ(tsr_model_open(path("example.so").c_str(), nullptr, &model),
            TSR_OK);
  tsr_model_info info;
  ASSERT_EQ(tsr_model_info_of(&model, &info), TSR_OK);
  EXPECT_STREQ(info.prefix, "example");
  EXPECT_STREQ(info.target, "x86-64-v3");
  EXPECT_EQ(info.weights_bytes, 64u);
  EXPECT_EQ(info.model_hash, 42u);
  EXPECT_GT(info.stack_bytes, 8192u);
  EXPECT_LT(info.stack_bytes, 12288u);
  EXPECT_EQ(contents("example.so").find(".stack_sizes"), std::string::npos);
  tsr_tensor_info tensor;
  ASSERT_EQ(tsr_model_output(&model, 0, &tensor), TSR_OK);
  EXPECT_STREQ(tensor.name, "y:0");
  tsr_axis_info axis;
  ASSERT_EQ(tsr_model_input_axis(&model, 0, 0, &axis), TSR_OK);
  EXPECT_EQ(axis.dimension, 0);
  EXPECT_STREQ(axis.text, "batch");
  EXPECT_EQ(tsr_model_close(&model), TSR_OK);
}

TEST_F(EmitTest, FailureLeavesNothing) {
  ExampleModel example = exampleModel("example", 1.0f);
  example.artifact.weightsBytes += 4;
  Error error = emitSharedLibrary(example.artifact, path("example.so"));
  EXPECT_EQ(toString(std::move(error)), "expected 20 bytes of weights, got 16");
  EXPECT_TRUE(files().empty());
  Error missing =
      emitSharedLibrary(example.artifact, path("no/such/folder/example.so"));
  EXPECT_NE(toString(std::move(missing)).find("cannot write"),
            std::string::npos);
}

TEST_F(EmitTest, TerminationLeavesNothing) {
  pid_t child = fork();
  if (child == 0) {
    ExampleModel example = exampleModel("example", 1.0f);
    example.artifact.weightsInFile = true;
    example.artifact.writeWeights = [](raw_ostream &) {
      raise(SIGTERM);
      return Error::success();
    };
    consumeError(emitSharedLibrary(example.artifact, path("example.so")));
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_TRUE(files().empty());
}

TEST_F(EmitTest, ArchiveHoldsExportedNamesOnly) {
  ExampleModel example = exampleModel("example", 1.0f);
  expectSuccess(emitArchive(example.artifact, path("example.a")));
  auto buffer =
      cantFail(errorOrToExpected(MemoryBuffer::getFile(path("example.a"))));
  auto archive = cantFail(object::Archive::create(*buffer));
  std::vector<std::string> names;
  for (const object::Archive::Symbol &symbol : archive->symbols()) {
    names.push_back(symbol.getName().str());
  }
  std::sort(names.begin(), names.end());
  EXPECT_EQ(names, (std::vector<std::string>{
                       "example_close", "example_descriptor",
                       "example_generated_weights", "example_open",
                       "example_run", "example_threads_create",
                       "example_threads_destroy", "example_workspace_size"}));
  example.artifact.weightsInFile = true;
  expectSuccess(emitArchive(example.artifact, path("other.a")));
  EXPECT_EQ(files(), (std::vector<std::string>{"example.a", "other.a",
                                               "other.weights"}));
}

TEST_F(EmitTest, InstrumentedLibraryLeavesTheSanitizerToTheProgram) {
  ExampleModel example = exampleModel("example", 1.0f);
  example.artifact.sanitizer = Sanitizer::thread;
  expectSuccess(emitSharedLibrary(example.artifact, path("example.so")));
  EXPECT_NE(contents("example.so").find("__tsan_"), std::string::npos);
}

TEST_F(EmitTest, NamesOutsideLibcAndLibmAreErrors) {
  ExampleModel example = exampleModel("example", 1.0f);
  example.artifact.variants = {TSR_ISA_X86_64_V4};
  std::string text =
      toString(emitSharedLibrary(example.artifact, path("example.so")));
  EXPECT_NE(text.find("linking failed: "), std::string::npos) << text;
  EXPECT_NE(text.find("example_generated_run_x86_64_v4"), std::string::npos);
  // The linker can be used again after an error.
  example.artifact.variants = {TSR_ISA_X86_64_V3};
  expectSuccess(emitSharedLibrary(example.artifact, path("example.so")));
}

/// Lets no file grow beyond `bytes` while it lives: stands for a full disk.
class FileSizeLimit {
public:
  explicit FileSizeLimit(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &saved);
    rlimit limit = {bytes, saved.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() { setrlimit(RLIMIT_FSIZE, &saved); }

private:
  rlimit saved;
};

TEST_F(EmitTest, FullDiskIsAnError) {
  ExampleModel example = exampleModel("example", 1.0f);
  for (bool inFile : {false, true}) {
    example.artifact.weightsInFile = inFile;
    FileSizeLimit limit(inFile ? 2000 : 24600);
    Error error = emitSharedLibrary(example.artifact, path("example.so"));
    EXPECT_NE(toString(std::move(error)).find("cannot write"),
              std::string::npos);
    EXPECT_TRUE(files().empty());
  }
}

TEST(Identifiers, AreValidInC) {
  EXPECT_EQ(cIdentifier("onnx::Add:0"), "onnx__Add_0");
  EXPECT_EQ(cIdentifier("0"), "x0");
  EXPECT_EQ(cIdentifier(""), "x");
  EXPECT_EQ(cIdentifier("int"), "int_");
}

} // namespace
