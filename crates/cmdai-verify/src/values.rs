//! Whether the value of an option is of its kind.
//!
//! Only kinds that the program itself refuses otherwise; a value that is merely odd passes.

use crate::program::{Kind, Opt, Program};

/// Why `value` is none for `opt`, in one sentence.
pub(crate) fn complaint(program: &Program, opt: &Opt, written: &str, value: &str) -> Option<String> {
    let wants = match &opt.kind {
        Kind::Int if !value.bytes().all(|b| b.is_ascii_digit()) || value.is_empty() => "a number".to_owned(),
        Kind::Count if !is_count(value) => "a number".to_owned(),
        Kind::Range if !is_range(value) => "a number such as `5`, `+5` or `-5`".to_owned(),
        Kind::Float if !is_float(value) => "a number".to_owned(),
        Kind::Size if !is_size(value) => {
            "a size such as `+10M`, with one of `c`, `w`, `b`, `k`, `M`, `G` or nothing".to_owned()
        }
        Kind::List if !is_list(value) => "a list of numbers such as `1,3-5`".to_owned(),
        Kind::Type if !is_type(value) => "one letter such as `f`, `d` or `l`".to_owned(),
        Kind::Choice(words) if !words.iter().any(|word| word.starts_with(value)) || value.is_empty() => {
            let some: Vec<&str> = words.iter().take(8).map(String::as_str).collect();
            format!("one of {}", some.join(", "))
        }
        _ => return None,
    };
    Some(format!("`{written}` of `{}` wants {wants}, and `{value}` is given", program.name))
}

fn unsigned(value: &str) -> &str {
    value.strip_prefix(['+', '-']).unwrap_or(value)
}

fn is_count(value: &str) -> bool {
    let rest = unsigned(value).trim_start_matches(|c: char| c.is_ascii_digit());
    rest.len() < unsigned(value).len() && rest.len() <= 3 && rest.chars().all(|c| c.is_ascii_alphabetic())
}

fn is_range(value: &str) -> bool {
    let body = unsigned(value);
    !body.is_empty() && body.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

fn is_float(value: &str) -> bool {
    let body = value.strip_suffix(['s', 'm', 'h', 'd']).unwrap_or(value);
    body.parse::<f64>().is_ok()
}

fn is_size(value: &str) -> bool {
    let body = unsigned(value);
    let body = body.strip_suffix(['b', 'c', 'w', 'k', 'M', 'G']).unwrap_or(body);
    !body.is_empty() && body.bytes().all(|b| b.is_ascii_digit())
}

fn is_list(value: &str) -> bool {
    !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit() || b == b',' || b == b'-' || b == b' ')
}

fn is_type(value: &str) -> bool {
    !value.is_empty() && value.split(',').all(|letter| letter.len() == 1 && "bcdpflsD".contains(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_tell_values_apart() {
        for (is, good, bad) in [
            (is_size as fn(&str) -> bool, ["+10M", "-1500k", "0"], ["10MB", "+10m", ""]),
            (is_count, ["5", "-3", "+10k"], ["=5", "x", ""]),
            (is_list, ["1", "2-", "1,3-5"], ["a", "$2", ""]),
            (is_range, ["+7", "0.5", "-30"], ["7days", "", "+"]),
            (is_float, ["0.5", "2", "10s"], ["fast", "", "1x"]),
            (is_type, ["f", "d,l", "s"], ["file", "", "x"]),
        ] {
            assert!(good.iter().all(|v| is(v)), "{good:?}");
            assert!(bad.iter().all(|v| !is(v)), "{bad:?}");
        }
    }
}
