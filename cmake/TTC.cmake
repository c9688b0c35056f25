# Helpers that keep every folder's CMakeLists.txt to a few lines. Sources are
# globbed with CONFIGURE_DEPENDS on purpose: adding an op, a pass or a kernel
# is adding a file, and no build file changes.

set(TTC_WARNINGS -Wall -Wextra -Wno-unused-parameter)

# ttc_add_library(NAME DEPS...): a static library of this folder's *.cpp that knows no MLIR.
function(ttc_add_library name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  add_library(${name} STATIC ${sources})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR}/include ${CMAKE_BINARY_DIR}/include)
  target_compile_options(${name} PRIVATE ${TTC_WARNINGS})
  target_link_libraries(${name} PUBLIC ${ARGN})
endfunction()

# ttc_add_mlir_library(NAME DEPS...): a static library of this folder's *.cpp that
# uses MLIR. Tools link the shared libMLIR and libLLVM exactly once, through this.
function(ttc_add_mlir_library name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  add_library(${name} STATIC ${sources})
  target_include_directories(${name} PUBLIC
    ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/include
    ${CMAKE_BINARY_DIR} ${CMAKE_BINARY_DIR}/include)
  target_include_directories(${name} SYSTEM PUBLIC ${MLIR_INCLUDE_DIRS} ${LLVM_INCLUDE_DIRS})
  target_compile_options(${name} PRIVATE ${TTC_WARNINGS})
  target_link_libraries(${name} PUBLIC ${ARGN} MLIR LLVM)
endfunction()

# ttc_add_tool(NAME DEPS...): an executable of this folder's *.cpp in build/bin.
function(ttc_add_tool name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  add_executable(${name} ${sources})
  target_compile_options(${name} PRIVATE ${TTC_WARNINGS})
  target_link_libraries(${name} PRIVATE ${ARGN})
endfunction()

# ttc_add_unittest(NAME DEPS...): a GoogleTest binary of this folder's *.cpp, run by ctest and by tools/test.sh.
function(ttc_add_unittest name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  add_executable(${name} ${sources})
  target_compile_options(${name} PRIVATE ${TTC_WARNINGS})
  target_compile_definitions(${name} PRIVATE TTC_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  target_link_libraries(${name} PRIVATE ${ARGN} GTest::gtest GTest::gtest_main)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/unittests)
  add_test(NAME ${name} COMMAND ${name})
  set_property(GLOBAL APPEND PROPERTY TTC_UNITTESTS ${name})
endfunction()
