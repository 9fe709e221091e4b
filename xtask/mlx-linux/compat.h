/* Read before every file of mlx-c, and before its headers by bindgen: what they have on Apple's systems and not on Linux. */
#ifndef CMDAI_MLX_COMPAT_H
#define CMDAI_MLX_COMPAT_H

/* mlx-c declares what reads half floats for ARM only, and mlx-rs names it always. Nothing of it is called on Linux: only the
   size of the types counts. bindgen gives __fp16 the name that mlx-rs expects. */
#if !defined(__aarch64__)
#define HAS_FLOAT16
#define HAS_BFLOAT16
#if defined(__cplusplus)
typedef unsigned short float16_t;
#else
typedef __fp16 float16_t;
#endif
typedef unsigned short bfloat16_t;
#endif

/* mlx-c uses std::format without including it; libstdc++ has it from GCC 13 on. For older ones: enough of it for error messages. */
#if defined(__cplusplus)
#if __has_include(<format>)
#include <format>
#else
#include <sstream>
#include <string>
namespace std {
inline void cmdai_fill(ostream &text, const char *rest) { text << rest; }
template <class First, class... More>
void cmdai_fill(ostream &text, const char *rest, const First &first, const More &...more) {
  for (; rest[0] != '\0' && !(rest[0] == '{' && rest[1] == '}'); ++rest) text << rest[0];
  if (rest[0] != '\0') cmdai_fill(text << first, rest + 2, more...);
}
template <class... Values> string format(const char *pattern, const Values &...values) {
  ostringstream text;
  cmdai_fill(text, pattern, values...);
  return text.str();
}
}
#endif
#endif

#endif
