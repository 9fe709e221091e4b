//! What a terminal shows after the bytes a full-screen program sent: only what changes is painted, so the bytes alone do not tell.
//!
//! Knows what ratatui sends: text, moves of the cursor, clearing. Everything else is passed over.

/// The characters on the screen.
#[derive(Default)]
pub(crate) struct Picture {
    rows: Vec<Vec<char>>,
    row: usize,
    column: usize,
    /// The beginning of a sequence whose end has not come yet.
    begun: String,
}

impl Picture {
    /// The rows as text.
    pub(crate) fn text(&self) -> String {
        self.rows.iter().map(|row| row.iter().collect::<String>().trim_end().to_owned() + "\n").collect()
    }

    pub(crate) fn take(&mut self, text: &str) {
        let text = std::mem::take(&mut self.begun) + text;
        let mut rest = text.as_str();
        while let Some(c) = rest.chars().next() {
            rest = match c {
                '\u{1b}' => {
                    let Some(behind) = self.sequence(rest) else {
                        rest.clone_into(&mut self.begun);
                        return;
                    };
                    behind
                }
                '\r' => {
                    self.column = 0;
                    &rest[1..]
                }
                '\n' => {
                    self.row += 1;
                    &rest[1..]
                }
                c => {
                    if !c.is_control() {
                        self.put(c);
                    }
                    &rest[c.len_utf8()..]
                }
            };
        }
    }

    fn put(&mut self, c: char) {
        if self.rows.len() <= self.row {
            self.rows.resize(self.row + 1, Vec::new());
        }
        let row = &mut self.rows[self.row];
        if row.len() <= self.column {
            row.resize(self.column + 1, ' ');
        }
        row[self.column] = c;
        self.column += 1;
    }

    /// Takes a sequence; gives what stands behind it, if its end is there.
    fn sequence<'t>(&mut self, text: &'t str) -> Option<&'t str> {
        let body = match text[1..].chars().next()? {
            '[' => &text[2..],
            _ => return text.get(2..),
        };
        let end = body.find(|c: char| ('@'..='~').contains(&c))?;
        let numbers: Vec<usize> = body[..end].split(';').map(|number| number.parse().unwrap_or(0)).collect();
        let number = |at: usize| numbers.get(at).copied().unwrap_or(0).max(1) - 1;
        match &body[end..=end] {
            "H" | "f" => (self.row, self.column) = (number(0), number(1)),
            "J" => self.rows.clear(),
            "K" => {
                if let Some(row) = self.rows.get_mut(self.row) {
                    row.truncate(self.column);
                }
            }
            "h" | "l" if body[..end].ends_with("1049") => self.rows.clear(),
            _ => {}
        }
        Some(&body[end + 1..])
    }
}

#[test]
fn what_is_painted_piece_by_piece_is_read_as_a_whole() {
    let mut picture = Picture::default();
    for text in ["\u{1b}[?1049h\u{1b}[1;1Hab is\u{1b}[2", ";3H\u{1b}[1mx\u{1b}[1;2Hn", "\u{1b}[1;6H!"] {
        picture.take(text);
    }
    assert_eq!(picture.text(), "an is!\n  x\n");
}
