# Compiler settings. Those that touch every target hold only when Chainrule is the project being
# built, never when it is part of another one.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)

add_library(chainrule_flags INTERFACE)
target_compile_options(chainrule_flags INTERFACE -ffunction-sections -fdata-sections)
if(CHAINRULE_DEVELOPER)
  target_compile_options(chainrule_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow)
  # A warning is an error with the compilers that the project is checked with. Another version
  # may know new warnings; those should not keep anyone from building.
  if((CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION MATCHES "^12\\.") OR
     (CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION MATCHES "^14\\."))
    target_compile_options(chainrule_flags INTERFACE -Werror)
  endif()
endif()
if(CHAINRULE_FUZZ)
  # Coverage counters for the fuzzer; a program without a fuzzer in it does not notice them.
  target_compile_options(chainrule_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

if(NOT PROJECT_IS_TOP_LEVEL)
  return()
endif()

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(CHAINRULE_CCACHE ccache)
  if(CHAINRULE_CCACHE)
    # It goes by the compiler's list of headers, without preprocessing a file first; and what it
    # needs to know about precompiled headers.
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_DEPEND=1
      CCACHE_SLOPPINESS=pch_defines,time_macros ${CHAINRULE_CCACHE})
    add_compile_options("$<IF:$<CXX_COMPILER_ID:Clang>,SHELL:-Xclang -fno-pch-timestamp,-fpch-preprocess>")
  endif()
endif()

if(CHAINRULE_SANITIZE)
  # -O1 and line tables: quick enough to run every test, and reports that name file and line.
  set(CMAKE_CXX_FLAGS_DEBUG "-O1 -gline-tables-only")
  add_compile_options(-fsanitize=${CHAINRULE_SANITIZE} -fno-sanitize-recover=all
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${CHAINRULE_SANITIZE})
endif()
add_compile_definitions($<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>)
