# Build options and settings common to every target.
option(TESSERA_BUILD_TESTS "Build the unit tests and register them with ctest" ON)
option(TESSERA_PRECOMPILED_HEADERS "Parse the headers of MLIR once, not in every file" ON)
set(TESSERA_SANITIZE "" CACHE STRING "Sanitizers for the compiler itself, e.g. address;undefined")
option(TESSERA_FUZZ "Build the fuzzers; what reads foreign files then reports to them what it ran" OFF)
option(TESSERA_COVERAGE "Count which lines of the importer run" OFF)

set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib")
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib")

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()

find_program(TESSERA_CCACHE ccache)
if(TESSERA_CCACHE)
  # With precompiled headers ccache needs to be told that macros unused in them and __TIME__ do not count.
  set(TESSERA_LAUNCHER "${CMAKE_COMMAND}" -E env CCACHE_SLOPPINESS=pch_defines,time_macros "${TESSERA_CCACHE}")
  set(CMAKE_C_COMPILER_LAUNCHER "${TESSERA_LAUNCHER}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${TESSERA_LAUNCHER}")
endif()

if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  add_link_options(-fuse-ld=lld) # several times faster than GNU ld
endif()
add_compile_options(-Wall -Wextra -Wno-unused-parameter -fvisibility=hidden)
if(TESSERA_SANITIZE)
  string(REPLACE ";" "," TESSERA_SANITIZE_LIST "${TESSERA_SANITIZE}")
  add_compile_options(-fsanitize=${TESSERA_SANITIZE_LIST} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${TESSERA_SANITIZE_LIST})
endif()
if(TESSERA_FUZZ)
  # Programs that are no fuzzers need the functions that instrumented code calls.
  add_link_options(-fsanitize=fuzzer-no-link)
endif()
