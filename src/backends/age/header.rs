//! The header of an age file, read for what is wrong with it, and stanzas on a wire.
//!
//! Headers that are right are read by the `age` crate. One that it refuses is read again here, to
//! say why in the words of age 1.3.1, which are what sops shows.

use super::file::INTRO;
use crate::keys::base64::{self, Padding};
use crate::keys::quote::quote_bytes;
use age_core::format::Stanza;

/// Bytes in a full line of a stanza's body.
const LINE_BYTES: usize = 48;

/// Why `age::Decryptor` refused these bytes. `fault` is what follows them: the armor's fault, or
/// the end of the file.
pub(super) fn explain(bytes: &[u8], fault: Option<&str>) -> String {
    let mut input = Input { bytes, fault };
    match read_header(&mut input) {
        Err(reason) => format!("failed to read header: {reason}"),
        Ok(()) if input.bytes.len() < 16 => {
            let end = if input.bytes.is_empty() { "EOF" } else { "unexpected EOF" };
            format!("failed to read nonce: {}", fault.unwrap_or(end))
        }
        // The one thing that the crate asks of a header beyond its form.
        Ok(()) => "an scrypt recipient must be the only one".to_owned(),
    }
}

struct Input<'a> {
    bytes: &'a [u8],
    fault: Option<&'a str>,
}

impl<'a> Input<'a> {
    /// A line with its LF.
    fn line(&mut self) -> Result<&'a [u8], String> {
        match self.bytes.iter().position(|&b| b == b'\n') {
            Some(end) => {
                let (line, rest) = self.bytes.split_at(end + 1);
                self.bytes = rest;
                Ok(line)
            }
            None => Err(self.fault.unwrap_or("EOF").to_owned()),
        }
    }
}

fn read_header(input: &mut Input<'_>) -> Result<(), String> {
    let parsing = |reason: String| format!("parsing age header: {reason}");
    let intro = input.line().map_err(|fault| {
        parsing(match fault.as_str() {
            "EOF" => "file is empty".to_owned(),
            fault => format!("failed to read intro: {fault}"),
        })
    })?;
    if intro != INTRO {
        return Err(parsing(format!("unexpected intro: {}", quote_bytes(intro))));
    }
    loop {
        if input.bytes.len() < 3 {
            let fault = input.fault.unwrap_or("EOF");
            return Err(parsing(format!("failed to read header: {fault}")));
        }
        if input.bytes.starts_with(b"---") {
            let line = input.line().map_err(|fault| format!("failed to read header: {fault}"))?;
            return read_mac(line).map_err(parsing);
        }
        read_stanza(&mut || input.line().map(<[u8]>::to_vec))
            .map_err(|reason| format!("failed to parse header: {reason}"))?;
    }
}

fn read_mac(line: &[u8]) -> Result<(), String> {
    let text = line.strip_suffix(b"\n").unwrap_or(line);
    let mut words = text.split(|&b| b == b' ');
    let (Some(b"---"), Some(mac), None) = (words.next(), words.next(), words.next()) else {
        return Err(format!("malformed closing line: {}", quote_bytes(line)));
    };
    let reason = match base64::decode(mac, Padding::Forbidden) {
        Ok(mac) if mac.len() == 32 => return Ok(()),
        // As Go prints it: the length is wrong, but there is no error to show.
        Ok(_) => "<nil>".to_owned(),
        Err(error) => error.to_string(),
    };
    Err(format!("malformed closing line {}: {reason}", quote_bytes(line)))
}

/// Reads one stanza; `line` gives the next line with its LF.
pub(super) fn read_stanza(line: &mut dyn FnMut() -> Result<Vec<u8>, String>) -> Result<Stanza, String> {
    let mut next = || line().map_err(|fault| format!("failed to read line: {fault}"));
    let opening = next()?;
    if !opening.starts_with(b"->") {
        return Err(format!("malformed stanza opening line: {}", quote_bytes(&opening)));
    }
    let malformed = || format!("malformed stanza: {}", quote_bytes(&opening));
    let text = str::from_utf8(opening.strip_suffix(b"\n").unwrap_or(&opening));
    let mut words = text.map_err(|_| malformed())?.split(' ');
    if words.next() != Some("->") {
        return Err(malformed());
    }
    let words: Vec<String> = words.map(str::to_owned).collect();
    let visible = |word: &String| !word.is_empty() && word.bytes().all(|b| (33..=126).contains(&b));
    let [tag, args @ ..] = &words[..] else { return Err(malformed()) };
    if !words.iter().all(visible) {
        return Err(malformed());
    }
    let mut body = Vec::new();
    loop {
        let line = next()?;
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        let bytes = match base64::decode(text, Padding::Forbidden) {
            Ok(bytes) => bytes,
            Err(_) if line.starts_with(b"---") || line.starts_with(b"->") => {
                return Err(format!(
                    "malformed body line {}: stanza ended without a short line\nnote: this might \
                     be a file encrypted with an old beta version of age or rage; use age \
                     v1.0.0-beta6 or rage to decrypt it",
                    quote_bytes(&line)
                ));
            }
            Err(error) => {
                let reason = if text.contains(&b'\r') {
                    "unexpected newline character".to_owned()
                } else {
                    error.to_string()
                };
                let line = quote_bytes(&line);
                return Err(format!("parsing age header: malformed body line {line}: {reason}"));
            }
        };
        if bytes.len() > LINE_BYTES {
            let line = quote_bytes(&line);
            return Err(format!("parsing age header: malformed body line {line}: too long"));
        }
        body.extend_from_slice(&bytes);
        if bytes.len() < LINE_BYTES {
            return Ok(Stanza { tag: tag.clone(), args: args.to_vec(), body });
        }
    }
}

/// Writes one stanza as it stands in a header and on a plugin's wire.
pub(super) fn write_stanza(
    out: &mut dyn std::io::Write,
    tag: &str,
    args: &[&str],
    body: &[u8],
) -> std::io::Result<()> {
    let mut text = zeroize::Zeroizing::new(format!("-> {tag}"));
    for arg in args {
        text.push(' ');
        text.push_str(arg);
    }
    // The last line of a body is short, so there is an empty one behind a full one.
    let lines = body.chunks_exact(LINE_BYTES);
    let last = lines.remainder();
    for line in lines.chain([last]) {
        text.push('\n');
        base64_simd::STANDARD_NO_PAD.encode_append(line, &mut *text);
    }
    text.push('\n');
    out.write_all(text.as_bytes())?;
    out.flush()
}
