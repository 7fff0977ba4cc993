# nightwatt_version: makes version_info.h (version and git commit) in the build tree, at build time,
# and touches it only when the commit changed. Without git the commit reads "unknown".
set(version_dir ${PROJECT_BINARY_DIR}/generated)
file(MAKE_DIRECTORY ${version_dir})
add_custom_target(nightwatt_version_header
  COMMAND ${CMAKE_COMMAND} -DSOURCE_DIR=${PROJECT_SOURCE_DIR} -DVERSION=${PROJECT_VERSION}
          -DOUTPUT=${version_dir}/version_info.h -P ${PROJECT_SOURCE_DIR}/cmake/write_version.cmake
  BYPRODUCTS ${version_dir}/version_info.h
  COMMENT "" VERBATIM)
add_library(nightwatt_version INTERFACE)
target_include_directories(nightwatt_version INTERFACE ${version_dir})
add_dependencies(nightwatt_version nightwatt_version_header)
