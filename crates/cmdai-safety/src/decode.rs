//! Decoders: base64, base32, hexadecimal, UTF-16, and the escapes of `printf`.

pub(crate) const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// `\n`, `\x41`, `\101`, `\u0041`.
pub(crate) fn unescape(text: &str) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        let mut number = |radix: u32, most: usize| -> Option<char> {
            let digits: String = (0..most).map_while(|_| chars.next_if(|c| c.is_digit(radix))).collect();
            u32::from_str_radix(&digits, radix).ok().and_then(char::from_u32)
        };
        let next = match number(8, 4) {
            Some(c) => Some(c),
            None => match chars.next() {
                Some('n') => Some('\n'),
                Some('t') => Some('\t'),
                Some('r') => Some('\r'),
                Some('e' | 'E') => Some('\u{1b}'),
                Some('a') => Some('\u{7}'),
                Some(c @ ('x' | 'u' | 'U')) => {
                    let most = match c {
                        'x' => 2,
                        'u' => 4,
                        _ => 8,
                    };
                    let digits: String = (0..most).map_while(|_| chars.next_if(char::is_ascii_hexdigit)).collect();
                    u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32)
                }
                Some('c') => return out,
                Some(other @ ('\\' | '"' | '\'')) => Some(other),
                Some(other) => {
                    out.push('\\');
                    Some(other)
                }
                None => Some('\\'),
            },
        };
        out.extend(next);
    }
    out
}

pub(crate) fn base64(text: &str) -> Option<Vec<u8>> {
    bits(text, 6, |b| match b {
        b'-' => Some(62),
        b'_' => Some(63),
        _ => ALPHABET.iter().position(|a| *a == b).and_then(|at| u32::try_from(at).ok()),
    })
}

pub(crate) fn base32(text: &str) -> Option<Vec<u8>> {
    bits(text, 5, |b| {
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".iter().position(|a| *a == b).and_then(|at| u32::try_from(at).ok())
    })
}

pub(crate) fn hex(text: &str) -> Option<Vec<u8>> {
    bits(text, 4, |b| char::from(b).to_digit(16))
}

pub(crate) fn bits(text: &str, width: u32, digit: impl Fn(u8) -> Option<u32>) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let (mut held, mut count) = (0u32, 0u32);
    for byte in text.bytes().filter(|b| !b.is_ascii_whitespace() && *b != b'=') {
        held = (held << width) | digit(byte)?;
        count += width;
        if count >= 8 {
            count -= 8;
            out.push(u8::try_from((held >> count) & 0xff).ok()?);
            held &= (1 << count) - 1;
        }
    }
    Some(out)
}

pub(crate) fn encode_base64(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0u32, |w, b| (w << 8) | u32::from(*b)) << (8 * (3 - chunk.len()));
        for index in 0..4 {
            let at = ((word >> (18 - 6 * index)) & 63) as usize;
            out.push(if index <= chunk.len() { ALPHABET.get(at).map_or('=', |b| char::from(*b)) } else { '=' });
        }
    }
    out.push('\n');
    out
}

/// Base64 of UTF-16, as PowerShell's `-EncodedCommand` takes it.
pub(crate) fn utf16_base64(text: &str) -> Option<String> {
    let bytes = base64(text)?;
    let units: Vec<u16> = bytes.chunks(2).filter_map(|pair| pair.try_into().ok().map(u16::from_le_bytes)).collect();
    String::from_utf16(&units).ok()
}
