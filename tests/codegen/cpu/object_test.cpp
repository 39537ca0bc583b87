//===- object_test.cpp - objects made from the LLVM dialect ---------------===//

#include "codegen/cpu/Object.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Object/ELFObjectFile.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace tessera::cpu;

namespace {

constexpr const char *program = R"(
llvm.mlir.global private constant @table(dense<[1.0, 2.0]> : tensor<2xf32>) : !llvm.array<2 x f32>
llvm.func @expf(f32) -> f32
llvm.func internal @inner(%x: f32) -> f32 {
  %y = llvm.call @expf(%x) : (f32) -> f32
  llvm.return %y : f32
}
llvm.func @first(%p: !llvm.ptr) {
  %t = llvm.mlir.addressof @table : !llvm.ptr
  %x = llvm.load %t : !llvm.ptr -> f32
  %y = llvm.call @inner(%x) : (f32) -> f32
  llvm.store %y, %p : f32, !llvm.ptr
  %wide = llvm.load %p {alignment = 4 : i64} : !llvm.ptr -> vector<8xf32>
  %q = llvm.getelementptr %p[8] : (!llvm.ptr) -> !llvm.ptr, f32
  llvm.store %wide, %q {alignment = 4 : i64} : vector<8xf32>, !llvm.ptr
  llvm.return
}
llvm.func @second(%p: !llvm.ptr) {
  llvm.call @first(%p) : (!llvm.ptr) -> ()
  llvm.return
})";

class Object : public testing::Test {
protected:
  Object() { context.loadDialect<LLVM::LLVMDialect>(); }

  llvm::FailureOr<Objects> compile(const char *text, ObjectOptions options) {
    auto module = parseSourceString<ModuleOp>(text, &context);
    if (!module) {
      return failure();
    }
    return compileObjects(*module, tessera::schedule::allTargets().front(),
                          options);
  }

  /// Names of the symbols of an object: "D name" defined and hidden, "E name"
  /// defined and visible, "U name" undefined.
  static std::set<std::string> symbolsOf(llvm::MemoryBuffer &buffer) {
    std::set<std::string> names;
    auto file = llvm::cantFail(
        llvm::object::ObjectFile::createObjectFile(buffer.getMemBufferRef()));
    for (auto symbol : file->symbols()) {
      uint32_t flags = llvm::cantFail(symbol.getFlags());
      if (!(flags & llvm::object::SymbolRef::SF_Global)) {
        continue;
      }
      std::string kind = flags & llvm::object::SymbolRef::SF_Undefined  ? "U "
                         : flags & llvm::object::SymbolRef::SF_Exported ? "E "
                                                                        : "D ";
      names.insert(kind + llvm::cantFail(symbol.getName()).str());
    }
    return names;
  }

  MLIRContext context;
};

TEST_F(Object, SmallFunctionsShareAnObjectAsHiddenSymbols) {
  auto objects = compile(program, {});
  ASSERT_TRUE(succeeded(objects));
  ASSERT_EQ(objects->size(), 1u);
  EXPECT_EQ(symbolsOf(*(*objects)[0]),
            (std::set<std::string>{"D first", "D second", "U expf"}));
}

/// Functions of more operations than are compiled together.
std::string longProgram() {
  std::string text;
  for (int i = 0; i < 3; ++i) {
    std::string name = "long" + std::to_string(i);
    text += "llvm.func @" + name + "(%p: !llvm.ptr) {\n";
    for (int step = 0; step < 600; ++step) {
      std::string value = "%v" + std::to_string(step);
      text += value + " = llvm.load volatile %p : !llvm.ptr -> f32\n" +
              "llvm.store volatile " + value + ", %p : f32, !llvm.ptr\n";
    }
    text += i == 0 ? "" : "llvm.call @long0(%p) : (!llvm.ptr) -> ()\n";
    text += "llvm.return\n}\n";
  }
  return text;
}

TEST_F(Object, LongFunctionsHaveObjectsOfTheirOwn) {
  auto objects = compile(longProgram().c_str(), {});
  ASSERT_TRUE(succeeded(objects));
  ASSERT_EQ(objects->size(), 3u);
  EXPECT_EQ(symbolsOf(*(*objects)[0]), (std::set<std::string>{"D long0"}));
  EXPECT_EQ(symbolsOf(*(*objects)[2]),
            (std::set<std::string>{"D long2", "U long0"}));
}

TEST_F(Object, BytesDoNotDependOnTheNumberOfThreads) {
  ObjectOptions serial, parallel;
  parallel.jobs = 4;
  std::string text = longProgram();
  auto one = compile(text.c_str(), serial),
       four = compile(text.c_str(), parallel);
  ASSERT_TRUE(succeeded(one) && succeeded(four));
  ASSERT_EQ(one->size(), four->size());
  for (size_t i = 0; i < one->size(); ++i) {
    EXPECT_EQ((*one)[i]->getBuffer(), (*four)[i]->getBuffer());
  }
}

TEST_F(Object, SanitizersInstrumentLoadsAndStores) {
  for (auto [sanitize, symbol] :
       {std::pair("address", "U __asan_report_store4"),
        std::pair("thread", "U __tsan_write4"),
        std::pair("thread", "U __tsan_read_range")}) {
    ObjectOptions options;
    options.sanitize = sanitize;
    auto objects = compile(program, options);
    ASSERT_TRUE(succeeded(objects));
    EXPECT_TRUE(symbolsOf(*(*objects)[0]).count(symbol)) << sanitize;
  }
}

TEST_F(Object, MutableGlobalsAreRefused) {
  std::string message;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    message = diagnostic.str();
    return success();
  });
  auto objects = compile(R"(
llvm.mlir.global private @state(1.0 : f32) : f32
llvm.func @f() -> f32 {
  %t = llvm.mlir.addressof @state : !llvm.ptr
  %x = llvm.load %t : !llvm.ptr -> f32
  llvm.return %x : f32
})",
                         {});
  EXPECT_TRUE(failed(objects));
  EXPECT_EQ(message, "expected a constant global, got a mutable one");
}

TEST_F(Object, TextShowsTheTarget) {
  auto module = parseSourceString<ModuleOp>(program, &context);
  std::string text;
  llvm::raw_string_ostream stream(text);
  const auto &target = tessera::schedule::allTargets().front();
  ASSERT_TRUE(succeeded(printLLVM(*module, target, stream)));
  EXPECT_NE(text.find("define internal float @inner"), std::string::npos);
  EXPECT_NE(text.find("\"target-cpu\"=\"" + target.cpu.str() + "\""),
            std::string::npos);
}

} // namespace
