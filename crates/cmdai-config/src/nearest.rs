//! What may have been meant by a name there is not.

/// The name nearest to `text`, if one is near: at most a third of its characters differ.
pub(crate) fn of<'a>(text: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let text = text.to_lowercase();
    let near = |name: &str| strsim::damerau_levenshtein(&text, &name.to_lowercase());
    // Long texts are no typing mistakes, and comparing them takes time.
    if text.len() > 100 {
        return None;
    }
    names
        .into_iter()
        .map(|name| (near(name), name))
        .filter(|(distance, name)| distance * 3 <= name.chars().count().max(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    #[test]
    fn near_names_are_found_and_far_ones_not() {
        let names = ["strict", "moderate", "permissive", "off"];
        for (text, expected) in [
            ("stirct", Some("strict")),
            ("Moderate", Some("moderate")),
            ("permisive", Some("permissive")),
            ("of", Some("off")),
            ("paranoid", None),
            ("", None),
            ("x", None),
        ] {
            assert_eq!(super::of(text, names), expected, "{text}");
        }
        assert_eq!(super::of(&"x".repeat(100_000), names), None);
    }
}
