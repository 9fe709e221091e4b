//! What this build may use of this machine's processor.
//!
//! Guards against the costliest silent mistake there is: llama.cpp built for plain SSE2 on a processor with AVX2 gave 1.0
//! instead of 28.9 tokens/s. The workspace's `.cargo/config.toml` asks for native code; a `RUSTFLAGS` variable or a config of
//! the user's own can undo that, so it is checked at run time and said loudly.

use std::thread::available_parallelism;

/// Instruction sets that decide the speed of quantised inference and that this machine has but this build does not use.
/// Empty is good.
#[must_use]
pub fn unused_instruction_sets() -> Vec<&'static str> {
    let mut unused = Vec::new();
    macro_rules! check {
        ($detect:ident, $($name:tt)+) => { $(
            if std::arch::$detect!($name) && !cfg!(target_feature = $name) {
                unused.push($name);
            }
        )+ };
    }
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    check!(is_x86_feature_detected, "avx2" "fma" "f16c");
    #[cfg(target_arch = "aarch64")]
    check!(is_aarch64_feature_detected, "dotprod");
    unused
}

/// Threads to compute with: physical cores, or fewer where the process may use fewer. More threads than cores made
/// decoding several times slower, because waiting threads spin.
#[must_use]
pub fn inference_threads() -> i32 {
    let allowed = available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    i32::try_from(num_cpus::get_physical().min(allowed).max(1)).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_workspace_builds_native_code() {
        assert_eq!(unused_instruction_sets(), Vec::<&str>::new());
    }

    #[test]
    fn threads_do_not_exceed_the_processors() {
        let threads = inference_threads();
        assert!(threads >= 1 && threads <= i32::try_from(num_cpus::get()).unwrap());
    }
}
