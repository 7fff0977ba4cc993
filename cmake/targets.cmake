# nightwatt_library(NAME [RECURSE] [NO_EXCEPTIONS] [HOT] [COLD prefix...] [FOLDER dir] [EXCLUDE file...] [DEPENDS target...]
#                   [PRECOMPILE header...] [TOGETHER prefix...])
#
# A static library from the .cc files of a folder (with subfolders: RECURSE). A folder that has
# none yet becomes an interface library under the same name, so that dependents never notice.
#   NO_EXCEPTIONS  compiled without exceptions and RTTI (base, model, core)
#   HOT            what the simulation runs: NIGHTWATT_HOT_FLAGS keeps it quick in slow builds
#   COLD           files, by how their path in the folder begins, that polls of devices hardly run through:
#                  NIGHTWATT_COLD_FLAGS makes them small, since what is resident includes code
#   PRECOMPILE     headers of others that most files of the folder include (NIGHTWATT_JUMBO, below)
#   TOGETHER       NIGHTWATT_JUMBO joins only the files whose path in the folder begins so
#
# NIGHTWATT_JUMBO is for builds that are made whole and seldom (the sanitized ones): a few files
# compile as one, with the common headers precompiled. Names in unnamed namespaces are therefore
# unique among the files that are joined. dev and release do without, so that a forgotten include and
# a shadowed name show there.
function(nightwatt_library name)
  cmake_parse_arguments(arg "RECURSE;NO_EXCEPTIONS;HOT" "FOLDER" "EXCLUDE;COLD;DEPENDS;PRECOMPILE;TOGETHER" ${ARGN})
  set(folder ${CMAKE_CURRENT_SOURCE_DIR})
  if(arg_FOLDER)
    set(folder ${folder}/${arg_FOLDER})
  endif()
  if(arg_RECURSE)
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${folder}/*.cc)
  else()
    file(GLOB sources CONFIGURE_DEPENDS ${folder}/*.cc)
  endif()
  foreach(file IN LISTS arg_EXCLUDE)
    list(REMOVE_ITEM sources ${folder}/${file})
  endforeach()

  if(NOT sources)
    add_library(${name} INTERFACE)
    target_include_directories(${name} INTERFACE ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(${name} INTERFACE ${arg_DEPENDS})
    return()
  endif()
  add_library(${name} STATIC ${sources})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(${name} PUBLIC ${arg_DEPENDS} PRIVATE nightwatt_strict)
  if(NIGHTWATT_JUMBO)
    nightwatt_join_files(${name} "${folder}" "${sources}" "${arg_TOGETHER}")
    target_precompile_headers(${name} PRIVATE
      <algorithm> <array> <chrono> <cstdint> <expected> <functional> <map> <memory> <optional> <set>
      <span> <string> <string_view> <utility> <variant> <vector> ${arg_PRECOMPILE})
  endif()
  if(arg_NO_EXCEPTIONS)
    target_compile_options(${name} PRIVATE -fno-exceptions -fno-rtti)
    set_property(GLOBAL APPEND PROPERTY NIGHTWATT_PURE_LIBRARIES ${name})
  endif()
  if(arg_HOT AND NIGHTWATT_HOT_FLAGS)
    separate_arguments(hot UNIX_COMMAND "${NIGHTWATT_HOT_FLAGS}")
    target_compile_options(${name} PRIVATE ${hot})
  endif()
  if(NIGHTWATT_COLD_FLAGS)
    separate_arguments(small UNIX_COMMAND "${NIGHTWATT_COLD_FLAGS}")
    foreach(prefix IN LISTS arg_COLD)
      nightwatt_files_named(cold "${folder}" "${prefix}" "${sources}")
      set_source_files_properties(${cold} PROPERTIES COMPILE_OPTIONS "${small}")
    endforeach()
  endif()
endfunction()

# Those of the sources whose name below the folder begins with the prefix; "." stands for all.
function(nightwatt_files_named out folder prefix sources)
  set(found)
  foreach(file IN LISTS sources)
    cmake_path(RELATIVE_PATH file BASE_DIRECTORY "${folder}" OUTPUT_VARIABLE relative)
    string(FIND "${relative}" "${prefix}" at)
    if(prefix STREQUAL "." OR at EQUAL 0)
      list(APPEND found "${file}")
    endif()
  endforeach()
  if(NOT found)
    message(FATAL_ERROR "no file of ${folder} is named ${prefix}...")
  endif()
  set(${out} ${found} PARENT_SCOPE)
endfunction()

function(nightwatt_join_files name folder sources prefixes)
  set_target_properties(${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
  if(NOT prefixes)
    return()
  endif()
  set_target_properties(${name} PROPERTIES UNITY_BUILD_MODE GROUP)
  foreach(prefix IN LISTS prefixes)
    nightwatt_files_named(joined "${folder}" "${prefix}" "${sources}")
    string(MAKE_C_IDENTIFIER "${prefix}" group)
    set_source_files_properties(${joined} PROPERTIES UNITY_GROUP ${group})
  endforeach()
endfunction()
