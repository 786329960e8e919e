# Compile options every target of the project links: warnings are errors, everywhere.
add_library(terse_options INTERFACE)
target_compile_features(terse_options INTERFACE cxx_std_20)
target_include_directories(terse_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(terse_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual
  -Wcast-align -Wformat=2 -Wimplicit-fallthrough -Werror)

set(TERSE_SANITIZE "" CACHE STRING "Sanitizers to compile with, e.g. address,undefined")
if(TERSE_SANITIZE)
  target_compile_options(terse_options INTERFACE
    -fsanitize=${TERSE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(terse_options INTERFACE -fsanitize=${TERSE_SANITIZE})
endif()

option(TERSE_LIBFUZZER "Build the libFuzzer targets (needs clang)" OFF)
if(TERSE_LIBFUZZER)
  target_compile_options(terse_options INTERFACE -fsanitize=fuzzer-no-link)
  target_link_options(terse_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

option(TERSE_COVERAGE "Instrument for gcov" OFF)
if(TERSE_COVERAGE)
  target_compile_options(terse_options INTERFACE --coverage)
  target_link_options(terse_options INTERFACE --coverage)
endif()
