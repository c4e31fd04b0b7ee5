# Installs the library, its headers, the program, and what find_package(chainrule) reads.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(CHAINRULE_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/chainrule)
install(TARGETS chainrule EXPORT chainrule_targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/chainrule DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
if(TARGET chainrule_cli)
  install(TARGETS chainrule_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

# Found with find_package(chainrule COMPONENTS mpi), which then finds MPI too.
if(TARGET chainrule_mpi)
  install(TARGETS chainrule_mpi EXPORT chainrule_mpi_targets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(EXPORT chainrule_mpi_targets NAMESPACE chainrule:: DESTINATION ${CHAINRULE_CMAKE_DIR}
          FILE chainrule-mpi-targets.cmake)
endif()

install(EXPORT chainrule_targets NAMESPACE chainrule:: DESTINATION ${CHAINRULE_CMAKE_DIR}
        FILE chainrule-targets.cmake)
configure_package_config_file(cmake/chainrule-config.cmake.in chainrule-config.cmake
  INSTALL_DESTINATION ${CHAINRULE_CMAKE_DIR} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(chainrule-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/chainrule-config.cmake
              ${PROJECT_BINARY_DIR}/chainrule-config-version.cmake
        DESTINATION ${CHAINRULE_CMAKE_DIR})
