#!/bin/sh
# Runs what cargo built in the environment of `cargo xtask mlx-linux`: our cblas_sgemm goes before the one of the wheel's own BLAS.
LD_PRELOAD="$CMDAI_MLX/libcmdai_blas.so" exec "$@"
