# Writes OUTPUT, a table of the files in FOLDER: name and text of each profile that comes with the
# program. Run at build time: cmake -DFOLDER=... -DOUTPUT=... -P embed_profiles.cmake
file(GLOB files ${FOLDER}/*.yaml)
list(SORT files)
set(rows "")
foreach(file IN LISTS files)
  cmake_path(GET file STEM LAST_ONLY name)
  file(READ ${file} text)
  # A string literal may be cut anywhere; compilers promise 65,536 characters only.
  string(LENGTH "${text}" length)
  if(length GREATER 60000)
    message(FATAL_ERROR "${file}: longer than 60,000 characters")
  endif()
  string(APPEND rows "    {\"${name}\", R\"NwProfile(${text})NwProfile\"},\n")
endforeach()
set(out "// Made from profiles/*.yaml by cmake/embed_profiles.cmake.
#include \"config/profiles/profiles.h\"

namespace nightwatt::config {
namespace {

constexpr ShippedProfile all[] = {
${rows}};

}  // namespace

std::span<const ShippedProfile> shipped_profiles() { return all; }

}  // namespace nightwatt::config
")
if(EXISTS ${OUTPUT})
  file(READ ${OUTPUT} old)
endif()
if(NOT "${old}" STREQUAL "${out}")
  file(WRITE ${OUTPUT} "${out}")
endif()
