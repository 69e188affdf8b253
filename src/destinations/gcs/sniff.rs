//! The content type that Go guesses from the first bytes of a file (`net/http`'s `DetectContentType`,
//! after the WHATWG's MIME Sniffing Standard), as far as text can have one.
//!
//! A file of sops is text. Still it may begin like an image: `BM_KEY=…` in a dotenv file is one.

/// How much of a file counts, in bytes.
const LOOKED_AT: usize = 512;
const TEXT: &str = "text/plain; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";

/// What HTML begins with, behind white space, in any case, and before a blank or `>`.
const TAGS: [&[u8]; 17] = [
    b"<!DOCTYPE HTML",
    b"<HTML",
    b"<HEAD",
    b"<SCRIPT",
    b"<IFRAME",
    b"<H1",
    b"<DIV",
    b"<FONT",
    b"<TABLE",
    b"<A",
    b"<STYLE",
    b"<TITLE",
    b"<B",
    b"<BODY",
    b"<BR",
    b"<P",
    b"<!--",
];

/// What others begin with. A `?` is any byte.
const BEGINNINGS: [(&[u8], &str); 18] = [
    (b"%PDF-", "application/pdf"),
    (b"%!PS-Adobe-", "application/postscript"),
    (b"\xfe\xff??", "text/plain; charset=utf-16be"),
    (b"\xff\xfe??", "text/plain; charset=utf-16le"),
    (b"\xef\xbb\xbf?", TEXT),
    (b"BM", "image/bmp"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"RIFF????WEBPVP", "image/webp"),
    (b"FORM????AIFF", "audio/aiff"),
    (b"ID3", "audio/mpeg"),
    (b"RIFF????AVI ", "video/avi"),
    (b"RIFF????WAVE", "audio/wave"),
    (b"??????????????????????????????????LP", "application/vnd.ms-fontobject"),
    (b"OTTO", "font/otf"),
    (b"ttcf", "font/collection"),
    (b"wOFF", "font/woff"),
    (b"wOF2", "font/woff2"),
];

pub(super) fn content_type(content: &[u8]) -> &'static str {
    let content = &content[..content.len().min(LOOKED_AT)];
    let start = content.iter().position(|byte| !b"\t\n\x0c\r ".contains(byte)).unwrap_or(content.len());
    let begun = &content[start..];
    let is_tag = |tag: &[u8]| {
        let same = begun.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag));
        same && begun.get(tag.len()).is_some_and(|byte| matches!(byte, b' ' | b'>'))
    };
    if TAGS.into_iter().any(is_tag) {
        return HTML;
    }
    if begun.starts_with(b"<?xml") {
        return "text/xml; charset=utf-8";
    }
    let fits = |pattern: &[u8]| {
        let same = |(byte, wanted): (&u8, &u8)| *wanted == b'?' || byte == wanted;
        content.len() >= pattern.len() && content.iter().zip(pattern).all(same)
    };
    if let Some((_, kind)) = BEGINNINGS.into_iter().find(|(pattern, _)| fits(pattern)) {
        return kind;
    }
    let binary = |byte: &u8| matches!(byte, 0..=8 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f);
    if content[start..].iter().any(binary) { "application/octet-stream" } else { TEXT }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As Go's `http.DetectContentType` answers.
    #[test]
    fn as_go_guesses() {
        for (content, expected) in [
            (&b""[..], TEXT),
            (b"a: ENC[x]\n", TEXT),
            (b"{\"a\": 1}", TEXT),
            (b"\xef\xbb\xbfa: 1", TEXT),
            (b"BM_KEY=ENC[x]\n", "image/bmp"),
            (b" BM_KEY=ENC[x]\n", TEXT),
            (b"\n <body >: 1", HTML),
            (b"<!-- x", HTML),
            (b"<p", TEXT),
            (b"<pre>", TEXT),
            (b"\t<?xml version", "text/xml; charset=utf-8"),
            (b"ID3=1", "audio/mpeg"),
            (b"RIFF=abcWAVE", "audio/wave"),
            (b"a: 01234567890123456789012345678901LP", TEXT),
            (b"a: 0123456789012345678901234567890LP", "application/vnd.ms-fontobject"),
            (b"a\x01", "application/octet-stream"),
            (b"a\x1b", TEXT),
        ] {
            assert_eq!(content_type(content), expected, "{}", String::from_utf8_lossy(content));
        }
        let late = [vec![b'a'; LOOKED_AT], vec![1]].concat();
        assert_eq!(content_type(&late), TEXT);
    }
}
