# SystemC bakes the C++ standard it was built for into a symbol (sc_api_version_2_3_4_cxx201703L); a program
# compiled for another standard does not link. Find SystemC and prove, at configure time, that our C++20 sources link with it.
find_path(SYSTEMC_INCLUDE_DIR systemc)
find_library(SYSTEMC_LIBRARY systemc)
if(NOT SYSTEMC_INCLUDE_DIR OR NOT SYSTEMC_LIBRARY)
  message(FATAL_ERROR "SystemC was not found.\n  Mend: apt-get install libsystemc-dev")
endif()

set(TERSE_SC_CPLUSPLUS 201703L CACHE STRING "The C++ standard libsystemc was built for (its SC_CPLUSPLUS)")

function(terse_check_systemc result)
  set(CMAKE_REQUIRED_INCLUDES ${SYSTEMC_INCLUDE_DIR})
  set(CMAKE_REQUIRED_LIBRARIES ${SYSTEMC_LIBRARY})
  set(CMAKE_REQUIRED_DEFINITIONS -DSC_CPLUSPLUS=${TERSE_SC_CPLUSPLUS})
  set(CMAKE_REQUIRED_FLAGS "-std=c++20")
  include(CheckCXXSourceCompiles)
  check_cxx_source_compiles("#include <systemc>\nint sc_main(int, char**) { return 0; }" ${result})
endfunction()
terse_check_systemc(TERSE_SYSTEMC_LINKS_${TERSE_SC_CPLUSPLUS})

if(NOT TERSE_SYSTEMC_LINKS_${TERSE_SC_CPLUSPLUS})
  execute_process(COMMAND nm -D --defined-only ${SYSTEMC_LIBRARY} OUTPUT_VARIABLE systemc_symbols ERROR_QUIET)
  if("${systemc_symbols}" MATCHES "sc_api_version_[0-9_]+cxx([0-9]+L)")
    message(FATAL_ERROR
      "${SYSTEMC_LIBRARY} was built for C++ standard ${CMAKE_MATCH_1}, but Terse is being configured for ${TERSE_SC_CPLUSPLUS}; "
      "it would not link (undefined reference to sc_api_version_..._cxx${TERSE_SC_CPLUSPLUS}).\n"
      "  Mend: add -DTERSE_SC_CPLUSPLUS=${CMAKE_MATCH_1} to the cmake command, or set it in CMakePresets.json.")
  endif()
  message(FATAL_ERROR "A trivial SystemC program does not compile and link with ${SYSTEMC_LIBRARY}; "
                      "see CMakeFiles/CMakeError.log.\n  Mend: apt-get install --reinstall libsystemc-dev")
endif()

add_library(terse_systemc INTERFACE)
target_include_directories(terse_systemc SYSTEM INTERFACE ${SYSTEMC_INCLUDE_DIR})
target_compile_definitions(terse_systemc INTERFACE SC_CPLUSPLUS=${TERSE_SC_CPLUSPLUS} SC_INCLUDE_DYNAMIC_PROCESSES)
target_link_libraries(terse_systemc INTERFACE ${SYSTEMC_LIBRARY})
