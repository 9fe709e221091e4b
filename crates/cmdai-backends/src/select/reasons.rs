//! Why one and not the other, as data and in words.

use std::fmt;
use std::time::Duration;

/// Why a candidate was not chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhyNot {
    /// Prompts may not leave this machine.
    RemoteNotAllowed,
    /// The user wants this machine only.
    LocalRequired,
    /// It cannot be used at all.
    Unavailable {
        /// Why.
        why: String,
    },
    /// The model is another one than the one that is needed.
    OtherModel {
        /// The one it has.
        has: String,
    },
    /// The context is too small.
    ContextTooSmall {
        /// Tokens it holds.
        has: u32,
        /// Tokens that are needed.
        needed: u32,
    },
    /// The server did not answer the last probe.
    Down {
        /// What happened.
        why: String,
    },
    /// The server does not have the model.
    ModelMissing,
    /// It failed too often and is left alone for a while.
    Resting {
        /// Failures in a row.
        failures: u32,
        /// Time until it may be tried again.
        left: Duration,
    },
    /// It is expected to take longer than allowed.
    TooSlow {
        /// 95 of 100 answers take no longer.
        p95: Duration,
    },
    /// Another one is preferred.
    NotPreferred,
    /// Nothing is known of its time, and there is a limit.
    TimeUnknown,
    /// It was not probed lately.
    NotProbed,
    /// The other one computes on this machine.
    Elsewhere,
    /// It is expected to take longer than the other one.
    Slower {
        /// Half of the answers take no longer, if any was measured.
        p50: Option<Duration>,
        /// Failures in a hundred, counted against it.
        failing: u64,
    },
    /// Nothing speaks for or against it.
    Order,
}

impl fmt::Display for WhyNot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RemoteNotAllowed => f.write_str("prompts may not leave this machine"),
            Self::LocalRequired => f.write_str("only this machine was asked for"),
            Self::Unavailable { why } => f.write_str(why),
            Self::OtherModel { has } => write!(f, "its model is {has}"),
            Self::ContextTooSmall { has, needed } => write!(f, "its context has {has} tokens, {needed} are needed"),
            Self::Down { why } => write!(f, "it did not answer: {why}"),
            Self::ModelMissing => f.write_str("the server does not have the model"),
            Self::Resting { failures, left } => {
                write!(f, "it failed {failures} times in a row and is left alone for {} s", left.as_secs().max(1))
            }
            Self::TooSlow { p95 } => write!(f, "it may take {}", seconds(*p95)),
            Self::NotPreferred => f.write_str("another one is preferred"),
            Self::NotProbed => f.write_str("it was not asked lately whether it is there"),
            Self::Elsewhere => f.write_str("it is not on this machine"),
            Self::TimeUnknown | Self::Slower { p50: None, .. } => f.write_str("it was never timed"),
            Self::Slower { p50: Some(p50), failing: 0 } => write!(f, "it takes {}", seconds(*p50)),
            Self::Slower { p50: Some(p50), failing } => {
                write!(f, "it takes {} and failed {failing} times in 100", seconds(*p50))
            }
            Self::Order => f.write_str("nothing speaks for it before the other one"),
        }
    }
}

/// A time in seconds with one decimal.
pub(super) fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}
