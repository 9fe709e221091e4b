//! What a terminal shows after the bytes a program sent: only what changes is painted, so the bytes alone do not tell.
//!
//! Knows what ratatui and the line editors of shells send: text, moves of the cursor, clearing. Everything else is passed over. It has as
//! many rows as are written to and never scrolls.

/// The characters on the screen.
#[derive(Default)]
pub(crate) struct Picture {
    rows: Vec<Vec<char>>,
    row: usize,
    column: usize,
    saved: (usize, usize),
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
            if c == '\u{1b}' {
                let Some(behind) = self.sequence(rest) else {
                    rest.clone_into(&mut self.begun);
                    return;
                };
                rest = behind;
                continue;
            }
            match c {
                '\r' => self.column = 0,
                '\n' => self.row += 1,
                '\u{8}' => self.column = self.column.saturating_sub(1),
                c if !c.is_control() => self.put(c),
                _ => {}
            }
            rest = &rest[c.len_utf8()..];
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
        match text[1..].chars().next()? {
            '[' => self.control(&text[2..]),
            // A title or the like, up to BEL or `ESC \`.
            ']' => {
                let end = text.find(['\u{7}', '\\'])?;
                text.get(end + 1..)
            }
            '(' | ')' => (text.len() > 2).then(|| &text[3..]),
            '7' => {
                self.saved = (self.row, self.column);
                text.get(2..)
            }
            '8' => {
                (self.row, self.column) = self.saved;
                text.get(2..)
            }
            'D' => {
                self.row += 1;
                text.get(2..)
            }
            _ => text.get(2..),
        }
    }

    fn control<'t>(&mut self, body: &'t str) -> Option<&'t str> {
        let end = body.find(|c: char| ('@'..='~').contains(&c))?;
        let numbers: Vec<usize> = body[..end].split(';').map(|number| number.parse().unwrap_or(0)).collect();
        let number = |at: usize| numbers.get(at).copied().unwrap_or(0);
        let count = number(0).max(1);
        let (mut none, column) = (Vec::new(), self.column);
        let row = self.rows.get_mut(self.row).unwrap_or(&mut none);
        let here = column.min(row.len());
        match &body[end..=end] {
            "H" | "f" => (self.row, self.column) = (count - 1, number(1).max(1) - 1),
            "A" => self.row = self.row.saturating_sub(count),
            "B" => self.row += count,
            "C" => self.column += count,
            "D" => self.column = self.column.saturating_sub(count),
            "G" => self.column = count - 1,
            "J" if number(0) > 0 => self.rows.clear(),
            "J" => {
                row.truncate(column);
                self.rows.truncate(self.row + 1);
            }
            "K" if number(0) > 0 => row.clear(),
            "K" => row.truncate(column),
            "P" => drop(row.drain(here..(column + count).min(row.len()).max(here))),
            "@" => drop(row.splice(here..here, std::iter::repeat_n(' ', count))),
            "h" | "l" if body[..end].ends_with("1049") => self.rows.clear(),
            _ => {}
        }
        Some(&body[end + 1..])
    }
}

#[test]
fn what_is_painted_piece_by_piece_is_read_as_a_whole() {
    let check = |texts: &[&str], expected: &str| {
        let mut picture = Picture::default();
        for text in texts {
            picture.take(text);
        }
        assert_eq!(picture.text(), expected, "{texts:?}");
    };
    check(&["\u{1b}[?1049h\u{1b}[1;1Hab is\u{1b}[2", ";3H\u{1b}[1mx\u{1b}[1;2Hn", "\u{1b}[1;6H!"], "an is!\n  x\n");
    check(&["ready> ls\u{8}\u{8}\u{1b}[1@ab\r\u{1b}[7C\u{1b}[2P\u{1b}[Jx"], "ready> x\n");
    check(
        &["\u{1b}]0;title\u{7}ab\u{1b}D\u{1b}[A\u{1b}7\r\u{1b}[Bhint\u{1b}8c", "\u{1b}[B\r\u{1b}[K\u{1b}(Bd"],
        "abc\nd\n",
    );
}
