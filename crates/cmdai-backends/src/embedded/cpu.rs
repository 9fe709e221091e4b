//! What this build may use of this machine's processor.
//!
//! Guards against the costliest silent mistake there is: llama.cpp built for plain SSE2 on a processor with AVX2 gave 1.0
//! instead of 28.9 tokens/s. The workspace's `.cargo/config.toml` asks for native code; a `RUSTFLAGS` variable or a config of
//! the user's own can undo that, so it is checked at run time and said loudly.

use std::thread::available_parallelism;

/// Instruction sets that decide the speed of quantised inference and that this machine has but this build does not use.
/// Empty is good, and the answer of a build that chooses its code when it runs (feature `variants`).
#[must_use]
pub fn unused_instruction_sets() -> Vec<&'static str> {
    if cfg!(feature = "variants") {
        return Vec::new();
    }
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

/// Instruction sets that this build uses without asking and that this machine lacks: a program built for another processor ends
/// at the first of their instructions. Empty is good, and the answer where the system does not tell. (Asking the processor by
/// `is_x86_feature_detected` would answer yes for whatever the build uses.)
#[must_use]
pub fn missing_instruction_sets() -> Vec<&'static str> {
    let Ok(text) = std::fs::read_to_string("/proc/cpuinfo") else { return Vec::new() };
    missing(&text, &used_instruction_sets())
}

/// Those this build uses, by the names of the kernel.
#[cfg(target_arch = "x86_64")]
fn used_instruction_sets() -> Vec<&'static str> {
    let mut used = Vec::new();
    macro_rules! used {
        ($($feature:tt is $flag:tt),+) => { $( if cfg!(target_feature = $feature) { used.push($flag); } )+ };
    }
    used!("sse4.2" is "sse4_2", "avx" is "avx", "avx2" is "avx2", "fma" is "fma", "f16c" is "f16c", "bmi2" is "bmi2");
    used!("avx512f" is "avx512f", "avx512bw" is "avx512bw", "avx512vl" is "avx512vl", "avx512vnni" is "avx512_vnni");
    used
}

#[cfg(not(target_arch = "x86_64"))]
fn used_instruction_sets() -> Vec<&'static str> {
    Vec::new()
}

fn missing(cpuinfo: &str, used: &[&'static str]) -> Vec<&'static str> {
    let Some((_, flags)) =
        cpuinfo.lines().find_map(|line| line.split_once(':').filter(|(name, _)| name.trim() == "flags"))
    else {
        return Vec::new();
    };
    let there: Vec<&str> = flags.split_whitespace().collect();
    used.iter().filter(|flag| !there.contains(flag)).copied().collect()
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
    fn what_the_build_needs_is_compared_with_what_the_kernel_tells() {
        let told = "processor\t: 0\nflags\t\t: fpu sse4_2 avx avx2\nbugs\t\t: x\n";
        assert_eq!(missing(told, &["avx2", "avx512f", "fma"]), ["avx512f", "fma"]);
        assert_eq!(missing("processor\t: 0\n", &["avx2"]), Vec::<&str>::new(), "nothing is told");
        assert_eq!(missing_instruction_sets(), Vec::<&str>::new(), "this test runs");
    }

    #[test]
    fn threads_do_not_exceed_the_processors() {
        let threads = inference_threads();
        assert!(threads >= 1 && threads <= i32::try_from(num_cpus::get()).unwrap());
    }
}
