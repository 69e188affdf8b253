//! git's packets: a length in four hex digits and that many bytes, or `0000` at the end of a list
//! (gitprotocol-common, "pkt-line format").

use std::io::{self, Read, Write};

/// The most bytes that a packet carries.
const ROOM: usize = 65516;

/// Reads and writes packets.
pub(super) struct Packets<R, W> {
    input: R,
    output: W,
}

impl<R: Read, W: Write> Packets<R, W> {
    pub(super) const fn new(input: R, output: W) -> Self {
        Self { input, output }
    }

    /// The next packet; nothing at the end of a list.
    fn packet(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut length = [0; 4];
        self.input.read_exact(&mut length)?;
        let broken = || io::Error::new(io::ErrorKind::InvalidData, "no packet of git");
        let length = std::str::from_utf8(&length).map_err(|_| broken())?;
        let length = usize::from_str_radix(length, 16).map_err(|_| broken())?;
        match length {
            0 => Ok(None),
            1..=3 => Err(broken()),
            length => {
                let mut bytes = vec![0; length - 4];
                self.input.read_exact(&mut bytes)?;
                Ok(Some(bytes))
            }
        }
    }

    /// A list of lines, without their ends; nothing if there is no more input.
    ///
    /// # Errors
    ///
    /// If the input is no packets.
    pub(super) fn lines(&mut self) -> io::Result<Option<Vec<Vec<u8>>>> {
        let mut lines = Vec::new();
        loop {
            match self.packet() {
                Ok(Some(mut line)) => {
                    if line.last() == Some(&b'\n') {
                        line.pop();
                    }
                    lines.push(line);
                }
                Ok(None) => return Ok(Some(lines)),
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof && lines.is_empty() => {
                    return Ok(None);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// All bytes up to the end of the list.
    ///
    /// # Errors
    ///
    /// If the input is no packets.
    pub(super) fn content(&mut self) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        while let Some(part) = self.packet()? {
            content.extend_from_slice(&part);
        }
        Ok(content)
    }

    /// Sends lines as a list.
    ///
    /// # Errors
    ///
    /// If nobody reads them.
    pub(super) fn send_lines(&mut self, lines: &[&str]) -> io::Result<()> {
        for line in lines {
            self.send(format!("{line}\n").as_bytes())?;
        }
        self.end()
    }

    /// Sends bytes as a list.
    ///
    /// # Errors
    ///
    /// If nobody reads them.
    pub(super) fn send_content(&mut self, content: &[u8]) -> io::Result<()> {
        content.chunks(ROOM).try_for_each(|part| self.send(part))?;
        self.end()
    }

    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        write!(self.output, "{:04x}", bytes.len() + 4)?;
        self.output.write_all(bytes)
    }

    fn end(&mut self) -> io::Result<()> {
        self.output.write_all(b"0000")?;
        self.output.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_is_read() {
        let mut sent = Vec::new();
        let mut out = Packets::new(io::empty(), &mut sent);
        let content = vec![7; ROOM + 1];
        out.send_lines(&["command=clean", "pathname=a b"]).expect("sent");
        out.send_content(&content).expect("sent");
        assert!(sent.starts_with(b"0012command=clean\n"));
        let mut back = Packets::new(&sent[..], io::sink());
        assert_eq!(
            back.lines().expect("read"),
            Some(vec![b"command=clean".to_vec(), b"pathname=a b".to_vec()])
        );
        assert_eq!(back.content().expect("read"), content);
        assert_eq!(back.lines().expect("read"), None);
    }

    #[test]
    fn what_is_no_packet_is_refused() {
        for bytes in [&b"zzzz"[..], b"0002", b"0009ab", b"000"] {
            assert!(Packets::new(bytes, io::sink()).content().is_err());
        }
    }
}
