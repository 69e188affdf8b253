//! Strict base64 that tells where it went wrong, as Go's decoder does.

/// A symbol, a missing or a surplus one, at this byte of the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("illegal base64 data at input byte {0}")]
pub(crate) struct Base64Error(pub(crate) usize);

/// Whether the text ends in `=` signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Padding {
    Required,
    Forbidden,
}

/// Decodes canonical base64: no white space, and no bits behind the last byte.
pub(crate) fn decode(text: &[u8], padding: Padding) -> Result<Vec<u8>, Base64Error> {
    let symbols = match padding {
        Padding::Forbidden => text.len(),
        Padding::Required => text.iter().position(|&b| b == b'=').unwrap_or(text.len()),
    };
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    for (at, quantum) in text[..symbols].chunks(4).enumerate().map(|(i, q)| (i * 4, q)) {
        let mut bits = 0_u32;
        for (i, &symbol) in quantum.iter().enumerate() {
            bits = bits << 6 | value(symbol).ok_or(Base64Error(at + i))?;
        }
        let kept = quantum.len() * 6 / 8;
        let bits = bits << (32 - 6 * quantum.len());
        bytes.extend(&bits.to_be_bytes()[..kept]);
        let surplus = bits << (8 * kept) != 0;
        match quantum.len() {
            4 => {}
            2 | 3 if padding == Padding::Forbidden && !surplus => {}
            2 | 3 if padding == Padding::Forbidden => return Err(Base64Error(at + quantum.len() - 1)),
            2 | 3 => {
                check_padding(text, symbols, 4 - quantum.len())?;
                // Go finds these bits only when it has read the padding.
                if surplus {
                    return Err(Base64Error(text.len() - 1));
                }
                return Ok(bytes);
            }
            // A lone symbol makes no byte; Go points at where its quantum begins.
            _ if symbols < text.len() => return Err(Base64Error(symbols)),
            _ => return Err(Base64Error(at)),
        }
    }
    if symbols < text.len() {
        return Err(Base64Error(symbols));
    }
    Ok(bytes)
}

/// `text[from..]` must be exactly `count` equals signs.
fn check_padding(text: &[u8], from: usize, count: usize) -> Result<(), Base64Error> {
    let padding = &text[from..];
    if padding.is_empty() {
        return Err(Base64Error(from / 4 * 4));
    }
    if count == 2 && padding.len() == 1 {
        return Err(Base64Error(text.len()));
    }
    if count == 2 && padding[1] != b'=' {
        return Err(Base64Error(from));
    }
    if padding.len() > count {
        return Err(Base64Error(from + count));
    }
    Ok(())
}

fn value(symbol: u8) -> Option<u32> {
    Some(u32::from(match symbol {
        b'A'..=b'Z' => symbol - b'A',
        b'a'..=b'z' => symbol - b'a' + 26,
        b'0'..=b'9' => symbol - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}
