# What we use of others, each behind one of our own names, always as a system include.
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)  # headers only
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(libyaml REQUIRED IMPORTED_TARGET yaml-0.1)
pkg_check_modules(libssh REQUIRED IMPORTED_TARGET libssh)
pkg_check_modules(netsnmp REQUIRED IMPORTED_TARGET netsnmp)
pkg_check_modules(libmosquitto REQUIRED IMPORTED_TARGET libmosquitto)
find_package(OpenSSL REQUIRED)
if(NIGHTWATT_TESTS)
  find_package(GTest REQUIRED)
  find_package(yaml-cpp REQUIRED)  # a second opinion; the program reads YAML with libyaml
  pkg_check_modules(libmodbus REQUIRED IMPORTED_TARGET libmodbus)  # a peer that we did not write
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
endif()

# Asio's and Beast's non-template code is compiled once, in src/io/{asio,beast}_impl.cc.
add_library(nightwatt_asio INTERFACE)
target_compile_definitions(nightwatt_asio INTERFACE
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION)
target_link_libraries(nightwatt_asio INTERFACE Boost::headers Threads::Threads)
