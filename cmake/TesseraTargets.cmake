# Target helpers: every C++ library of the compiler is declared with tessera_library, every dialect with tessera_dialect.

# The headers that most files include, parsed once: it makes a build from nothing three times faster. Files still include
# what they use; the build with ThreadSanitizer goes without and so notices when one does not.
set(TESSERA_COMMON_HEADERS
  <mlir/Dialect/Arith/IR/Arith.h> <mlir/Dialect/Func/IR/FuncOps.h> <mlir/Dialect/Math/IR/Math.h>
  <mlir/Dialect/SCF/IR/SCF.h> <mlir/Dialect/Vector/IR/VectorOps.h> <mlir/IR/Builders.h> <mlir/IR/BuiltinOps.h>
  <mlir/IR/IRMapping.h> <mlir/IR/Matchers.h> <mlir/IR/OpImplementation.h> <mlir/IR/PatternMatch.h>
  <mlir/Interfaces/InferTypeOpInterface.h> <mlir/Pass/PassManager.h> <mlir/Transforms/GreedyPatternRewriteDriver.h>)

# tessera_precompile(NAME [HEADER...]): lets a library use headers in precompiled form: its own of those given, which a
# library with flags of its own needs, or the shared one of the common headers.
function(tessera_precompile name)
  if(NOT TESSERA_PRECOMPILED_HEADERS)
    return()
  endif()
  # The time of day in the file would make every build of it another one to ccache.
  target_compile_options(${name} PRIVATE "$<$<COMPILE_LANGUAGE:CXX>:SHELL:-Xclang -fno-pch-timestamp>")
  if(ARGN)
    target_precompile_headers(${name} PRIVATE ${ARGN})
  elseif(name STREQUAL TesseraCommonHeaders)
    target_precompile_headers(${name} PRIVATE ${TESSERA_COMMON_HEADERS})
  else()
    target_precompile_headers(${name} REUSE_FROM TesseraCommonHeaders)
  endif()
endfunction()

# tessera_library(NAME [READS_FOREIGN_FILES] SOURCES ... LINKS ...): a static library built against the MLIR and LLVM shared
# libraries. Fuzzers get to know which code runs of one that READS_FOREIGN_FILES.
function(tessera_library name)
  cmake_parse_arguments(ARG "READS_FOREIGN_FILES" "" "SOURCES;LINKS;DEPENDS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_include_directories(${name} PUBLIC "${PROJECT_SOURCE_DIR}" "${PROJECT_BINARY_DIR}")
  target_include_directories(${name} SYSTEM PUBLIC ${MLIR_INCLUDE_DIRS} ${LLVM_INCLUDE_DIRS})
  target_compile_definitions(${name} PUBLIC ${TESSERA_LLVM_DEFINITIONS})
  # LLVM's libraries are built without run-time type information; mixing breaks vtables' typeinfo.
  target_compile_options(${name} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-fno-rtti>)
  target_link_libraries(${name} PUBLIC ${ARG_LINKS} MLIR LLVM)
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
  if(ARG_READS_FOREIGN_FILES AND (TESSERA_FUZZ OR TESSERA_COVERAGE))
    tessera_reads_foreign_files(${name})
    tessera_precompile(${name} ${TESSERA_COMMON_HEADERS})
  else()
    tessera_precompile(${name})
  endif()
endfunction()
tessera_library(TesseraCommonHeaders SOURCES "${CMAKE_CURRENT_LIST_DIR}/CommonHeaders.cpp" LINKS "")

# tessera_reads_foreign_files(NAME): fuzzers get to know what the library's code runs.
function(tessera_reads_foreign_files name)
  if(TESSERA_FUZZ)
    # What -fsanitize=fuzzer-no-link stands for.
    target_compile_options(${name} PRIVATE
      "$<$<COMPILE_LANGUAGE:CXX>:-fsanitize-coverage=inline-8bit-counters,indirect-calls,trace-cmp,pc-table>")
  endif()
  if(TESSERA_COVERAGE)
    target_compile_options(${name} PRIVATE -fprofile-instr-generate -fcoverage-mapping)
    target_link_options(${name} INTERFACE -fprofile-instr-generate)
  endif()
endfunction()
