# What an installation holds: the tools, what they link into models, the generic loader, and a package for find_package.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(TESSERA_PACKAGE_DIR "${CMAKE_INSTALL_LIBDIR}/cmake/Tessera")
install(TARGETS tessera tessera-opt EXPORT TesseraExports RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
# The tools use LLVM's shared libraries from where they were found.
set_target_properties(tessera tessera-opt PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
# Beside the programs, where they look for what they link.
install(TARGETS tessera_model tessera_model_thread tessera_operators ARCHIVE DESTINATION lib/tessera)
install(TARGETS tessera_stub_c tessera_stub_m LIBRARY DESTINATION lib/tessera NAMELINK_SKIP)
install(TARGETS tessera_runtime tessera_runtime_shared EXPORT TesseraExports ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(FILES runtime/include/tessera/types.h runtime/include/tessera/profile.h runtime/include/tessera/runtime.h
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/tessera")

install(EXPORT TesseraExports NAMESPACE Tessera:: DESTINATION "${TESSERA_PACKAGE_DIR}")
configure_package_config_file(cmake/TesseraConfig.cmake.in TesseraConfig.cmake INSTALL_DESTINATION "${TESSERA_PACKAGE_DIR}")
write_basic_package_version_file(TesseraConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/TesseraConfig.cmake" "${PROJECT_BINARY_DIR}/TesseraConfigVersion.cmake"
  cmake/TesseraCompile.cmake DESTINATION "${TESSERA_PACKAGE_DIR}")
