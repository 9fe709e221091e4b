//! Lines to events, as the HTML standard says of `text/event-stream`; only data is kept.

use super::lines::{LONGEST, TooLong};

/// Collects the lines of one event.
#[derive(Debug, Default)]
pub(super) struct Sse {
    data: Vec<u8>,
    any: bool,
}

impl Sse {
    /// Takes one line; gives out the data of the event that it ends.
    pub(super) fn line(&mut self, line: &[u8]) -> Result<Option<Vec<u8>>, TooLong> {
        if line.is_empty() {
            return Ok(self.end());
        }
        let (field, value) = match line.iter().position(|byte| *byte == b':') {
            Some(colon) => line.split_at(colon),
            None => (line, line.get(line.len()..).unwrap_or_default()),
        };
        let value = value.strip_prefix(b":").unwrap_or(value);
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match field {
            b"data" => self.add(&[value]),
            // Older llama-servers name the field so; elsewhere the same object is data.
            b"error" => self.add(&[b"{\"error\":", value, b"}"]),
            // Comments (signs of life), event names, ids, times to reconnect.
            _ => Ok(()),
        }?;
        Ok(None)
    }

    /// The event that is being collected, if there is any.
    pub(super) fn end(&mut self) -> Option<Vec<u8>> {
        let data = std::mem::take(&mut self.data);
        std::mem::take(&mut self.any).then_some(data)
    }

    fn add(&mut self, parts: &[&[u8]]) -> Result<(), TooLong> {
        if std::mem::replace(&mut self.any, true) {
            self.data.push(b'\n');
        }
        self.data.extend(parts.concat());
        if self.data.len() > LONGEST { Err(TooLong) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(lines: &[&str], expected: &[&str]) {
        let mut sse = Sse::default();
        let events: Vec<String> = lines
            .iter()
            .filter_map(|line| sse.line(line.as_bytes()).unwrap())
            .map(|data| String::from_utf8(data).unwrap())
            .collect();
        assert_eq!(events, expected);
    }

    #[test]
    fn events_are_the_data_between_blank_lines() {
        check(&["data: a", "", "data:b", ""], &["a", "b"]);
        check(&["data: a", "data: b", ""], &["a\nb"]);
        check(&[": ping", "", "", "event: x", "id: 1", "retry: 5", "nonsense", ""], &[]);
        check(&["data:  two", ""], &[" two"]);
        check(&["data", ""], &[""]);
        check(&["data: unfinished"], &[]);
        check(&["error: {\"code\":500}", ""], &["{\"error\":{\"code\":500}}"]);
    }

    #[test]
    fn an_event_of_endless_lines_is_refused() {
        let mut sse = Sse::default();
        let line = [b"data: ".as_slice(), &[b'x'; 1000]].concat();
        assert!((0..LONGEST).any(|_| sse.line(&line) == Err(TooLong)));
    }
}
