# tessera_compile(TARGET MODEL.onnx [PREFIX P] [EMIT a|so] [OPTIONS ...])
#   compiles the model during the build; linking TARGET links the model and finds its header P.h. PREFIX (default: TARGET)
#   starts the names of the model's functions, EMIT chooses a static (default) or a shared library, OPTIONS go to
#   `tessera compile`.
function(tessera_compile target model)
  cmake_parse_arguments(ARG "" "PREFIX;EMIT" "OPTIONS" ${ARGN})
  if(NOT ARG_PREFIX)
    set(ARG_PREFIX "${target}")
  endif()
  if(NOT ARG_EMIT)
    set(ARG_EMIT a)
  endif()
  get_filename_component(model "${model}" ABSOLUTE)
  set(folder "${CMAKE_CURRENT_BINARY_DIR}/${target}")
  set(library "${folder}/${ARG_PREFIX}.${ARG_EMIT}")
  file(MAKE_DIRECTORY "${folder}")
  add_custom_command(
    OUTPUT "${library}" "${folder}/${ARG_PREFIX}.h"
    COMMAND Tessera::tessera compile "${model}" -o "${library}" --emit ${ARG_EMIT} --symbol-prefix ${ARG_PREFIX} ${ARG_OPTIONS}
    DEPENDS "${model}" Tessera::tessera
    COMMENT "Compiling ${model}"
    VERBATIM)
  add_custom_target(${target}_files DEPENDS "${library}" "${folder}/${ARG_PREFIX}.h")
  if(ARG_EMIT STREQUAL "so")
    # Found by its file name, since the library has neither a soname nor the prefix that -l expects.
    add_library(${target} INTERFACE IMPORTED GLOBAL)
    set_target_properties(${target} PROPERTIES
      INTERFACE_LINK_LIBRARIES "-l:${ARG_PREFIX}.so" INTERFACE_LINK_DIRECTORIES "${folder}"
      INTERFACE_LINK_OPTIONS "LINKER:-rpath,${folder}" INTERFACE_LINK_DEPENDS "${library}")
  else()
    find_package(Threads REQUIRED)
    add_library(${target} STATIC IMPORTED GLOBAL)
    set_target_properties(${target} PROPERTIES
      IMPORTED_LOCATION "${library}" INTERFACE_LINK_LIBRARIES "m;Threads::Threads;${CMAKE_DL_LIBS}")
  endif()
  set_target_properties(${target} PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${folder}")
  add_dependencies(${target} ${target}_files)
endfunction()
