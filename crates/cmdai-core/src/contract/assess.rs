//! Laws of [`Assess`].

use super::sample_context;
use crate::assess::{Assess, Coverage, Decision};
use crate::request::SafetyLevel;

/// Texts that break naive readers; every one of them must get an assessment.
pub const HOSTILE: &[&str] = &[
    "",
    " ",
    "\n",
    "\0",
    "'",
    "\"",
    "`",
    "$(",
    "${",
    "<<",
    "<<E\n",
    ";;",
    "|",
    "&",
    "((",
    "\\",
    "\u{202e}ls",
    "ls\r\n",
    "é🦀",
    "for",
    "if true; then",
    "cat <<'E'\nx",
    "$'\\x",
    "{a,b",
    "a=$(b=$(c=$(d",
    "[[",
    "case x in",
    "function f {",
    "!",
];

/// Every law.
pub fn all(assessor: &dyn Assess) {
    every_text_has_an_assessment_bound_to_it(assessor);
    what_is_not_understood_is_asked(assessor);
    long_texts_end(assessor);
}

/// Total, deterministic, and the spans of its findings lie inside the text.
pub fn every_text_has_an_assessment_bound_to_it(assessor: &dyn Assess) {
    for text in HOSTILE {
        for level in SafetyLevel::ALL {
            let assessment = assessor.assess(text, &sample_context(), *level);
            assert_eq!(assessment.command(), *text, "an assessment speaks of the text it was given");
            assert_eq!(assessment, assessor.assess(text, &sample_context(), *level), "judging repeats: {text:?}");
            for finding in assessment.findings() {
                assert!(text.get(finding.span.clone()).is_some(), "span {:?} of {text:?}", finding.span);
            }
        }
    }
}

/// Nothing fails open.
pub fn what_is_not_understood_is_asked(assessor: &dyn Assess) {
    for text in HOSTILE {
        let assessment = assessor.assess(text, &sample_context(), SafetyLevel::Permissive);
        if assessment.coverage() != Coverage::Full {
            assert_ne!(assessment.decision(), Decision::Allow, "{text:?} was not understood");
        }
    }
}

/// Size is no way round the judgement.
pub fn long_texts_end(assessor: &dyn Assess) {
    for unit in ["$(", "(", "a | ", "'", "x "] {
        let text = unit.repeat(20_000);
        assert_eq!(assessor.assess(&text, &sample_context(), SafetyLevel::Moderate).command().len(), text.len());
    }
}
