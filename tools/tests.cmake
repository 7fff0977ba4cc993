# The checks of tools/ as tests with the label "tools". Each has a self-test that shows it can fail.
function(nightwatt_tool_test name)
  add_test(NAME tools.${name} COMMAND ${ARGN} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(tools.${name} PROPERTIES LABELS tools TIMEOUT 120)
endfunction()

set(tools ${PROJECT_SOURCE_DIR}/tools)
set(python ${Python3_EXECUTABLE} -B)
nightwatt_tool_test(layers ${python} ${tools}/check_layers.py src)
nightwatt_tool_test(layers_self ${python} ${tools}/check_layers.py --self-test)
nightwatt_tool_test(shape ${python} ${tools}/check_shape.py .)
nightwatt_tool_test(shape_self ${python} ${tools}/check_shape.py --self-test)
nightwatt_tool_test(coawait bash ${tools}/coawait_lint.sh src tests)
nightwatt_tool_test(coawait_self bash ${tools}/coawait_lint.sh --self-test)
nightwatt_tool_test(purity_self bash ${tools}/check_pure.sh --self-test)
nightwatt_tool_test(format bash ${tools}/check_format.sh)
nightwatt_tool_test(format_self bash ${tools}/check_format.sh --self-test)

get_property(pure GLOBAL PROPERTY NIGHTWATT_PURE_LIBRARIES)
list(TRANSFORM pure REPLACE "(.+)" "$<TARGET_FILE:\\1>")
if(pure)
  nightwatt_tool_test(purity bash ${tools}/check_pure.sh ${pure})
endif()

nightwatt_tool_test(headers_alone
  ${CMAKE_COMMAND} --build ${PROJECT_BINARY_DIR} --target nightwatt_headers)
set_tests_properties(tools.headers_alone PROPERTIES TIMEOUT 1200)
nightwatt_tool_test(docs ${python} ${tools}/check_docs.py .)
nightwatt_tool_test(docs_self ${python} ${tools}/check_docs.py --self-test)
nightwatt_tool_test(service bash ${tools}/check_service.sh
  ${PROJECT_BINARY_DIR}/nightwatt.service $<TARGET_FILE:nightwatt>)
