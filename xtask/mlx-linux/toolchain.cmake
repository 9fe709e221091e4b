# The toolchain file of every cmake that a build in this environment starts: mlx-c takes the MLX that is installed and fetches
# nothing. Others (llama.cpp) are left as they are.
if(CMAKE_SOURCE_DIR MATCHES "mlx-c")
  set(MLX_C_USE_SYSTEM_MLX ON CACHE BOOL "" FORCE)
  set(MLX_C_BUILD_EXAMPLES OFF CACHE BOOL "" FORCE)
  add_compile_options(-include "${CMAKE_CURRENT_LIST_DIR}/compat.h")
endif()
