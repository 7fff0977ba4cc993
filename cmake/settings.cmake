# Language, warnings, compiler cache, linker: the settings that every target shares.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE OFF)
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CXX_FLAGS)
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()

# ccache refuses translation units that use a precompiled header unless it is told that this is fine.
# With the base directory a second checkout of the same sources finds what the first one compiled.
find_program(NIGHTWATT_CCACHE ccache)
if(NIGHTWATT_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      env CCACHE_NOHASHDIR=1 CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      ${NIGHTWATT_CCACHE})
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-fpch-preprocess)
else()
  add_compile_options("SHELL:-Xclang -fno-pch-timestamp")
endif()

find_program(NIGHTWATT_MOLD mold)
if(NIGHTWATT_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# The library's own checks (index out of range, empty optional) stay on in every build.
add_compile_definitions(_GLIBCXX_ASSERTIONS)

if(NIGHTWATT_SANITIZE)
  add_compile_options(-fsanitize=${NIGHTWATT_SANITIZE} -fno-sanitize-recover=all
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${NIGHTWATT_SANITIZE})
  if(NIGHTWATT_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize=vptr)  # needs RTTI, which the core does without
  endif()
endif()

# Warnings of our own code. In GCC 12 the flow-based ones report things that are not there as soon
# as the optimiser or a sanitizer runs; they are therefore off or not errors.
add_library(nightwatt_warnings INTERFACE)
target_compile_options(nightwatt_warnings INTERFACE
  -Wall -Wextra -Wpedantic $<$<NOT:$<BOOL:${NIGHTWATT_JUMBO}>>:-Wshadow> -Wswitch -Wnon-virtual-dtor -Woverloaded-virtual -Wunused
  -Wcast-qual $<$<BOOL:${NIGHTWATT_WERROR}>:-Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(nightwatt_warnings INTERFACE
    -Wno-restrict -Wno-maybe-uninitialized -Wno-error=array-bounds -Wno-error=stringop-overflow
    -Wno-error=stringop-overread -Wno-error=dangling-pointer -Wno-error=free-nonheap-object
    -Wno-error=mismatched-new-delete)
endif()
# Narrowing is checked in src/; test code may be terse.
add_library(nightwatt_strict INTERFACE)
# libstdc++ 12 marks the buffer of its own std::stable_sort as deprecated, and clang reports that at
# the caller.
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(nightwatt_warnings INTERFACE -Wno-deprecated-declarations)
endif()
target_compile_options(nightwatt_strict INTERFACE -Wconversion -Wno-sign-conversion)
target_link_libraries(nightwatt_strict INTERFACE nightwatt_warnings)
