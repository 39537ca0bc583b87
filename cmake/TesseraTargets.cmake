# Target helpers: every C++ library of the compiler is declared with tessera_library, every dialect with tessera_dialect.

# tessera_library(NAME SOURCES ... LINKS ...): a static library built against the MLIR and LLVM shared libraries.
function(tessera_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS;DEPENDS" ${ARGN})
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
endfunction()
