/* Read before every file of C and C++ that is compiled for Windows: what llama.cpp names and Debian 12's headers (mingw-w64 10) lack. */
#ifndef CMDAI_WINDOWS_COMPAT_H
#define CMDAI_WINDOWS_COMPAT_H

#if !defined(__ASSEMBLER__)
#include <_mingw.h>
#if __MINGW64_VERSION_MAJOR <= 10
typedef struct {
  unsigned long Version;
  unsigned long ControlMask;
  unsigned long StateMask;
} THREAD_POWER_THROTTLING_STATE;
#define THREAD_POWER_THROTTLING_CURRENT_VERSION 1
#define THREAD_POWER_THROTTLING_EXECUTION_SPEED 1
#endif
#endif

#endif
