# Test helpers: unit tests are gtest programs registered with ctest one by one, labelled by their folder.
find_package(GTest REQUIRED)
include(GoogleTest)

# tessera_unit_test(NAME SOURCES ... LINKS ...): a gtest program; NAME ends in _test.
function(tessera_unit_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}" "${PROJECT_BINARY_DIR}")
  target_link_libraries(${name} PRIVATE ${ARG_LINKS} GTest::gtest_main)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin/tests")
  file(RELATIVE_PATH label "${PROJECT_SOURCE_DIR}/tests" "${CMAKE_CURRENT_SOURCE_DIR}")
  gtest_discover_tests(${name} NO_PRETTY_VALUES TEST_PREFIX "${label}/" PROPERTIES LABELS "${label}" TIMEOUT 120)
endfunction()
