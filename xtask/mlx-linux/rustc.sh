#!/bin/sh
# RUSTC_WRAPPER of `cargo xtask mlx-linux`: the crate mlx_sys is told by its build script to link Apple's frameworks and a static
# MLX; here it links the MLX of the wheel, libstdc++ and our stand-in for a call of macOS. Other crates pass unchanged.
rustc=$1
shift
case " $* " in
*" --crate-name mlx_sys "*) ;;
*) exec "$rustc" "$@" ;;
esac
count=$#
while [ "$count" -gt 0 ]; do
  word=$1
  shift
  count=$((count - 1))
  if [ "$word" = -l ]; then
    library=$1
    shift
    count=$((count - 1))
    case $library in
    framework=* | *objc | static=gguflib) continue ;;
    c++ | dylib=c++) library=dylib=stdc++ ;;
    static=mlx) library=dylib=mlx ;;
    esac
    set -- "$@" -l "$library"
  else
    set -- "$@" "$word"
  fi
done
exec "$rustc" "$@" -L "native=$CMDAI_MLX/mlx/lib" -L "native=$CMDAI_MLX" -l static=mach_time
