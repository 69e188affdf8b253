//! gpg-agent keeps passphrases for us: one question in the Assuan protocol (keys §3.5).

use super::host::Stream;
use super::{AgeHost, Secret};
use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Write as _};
use zeroize::Zeroizing;

/// A line is at most this long; longer ones are no answer of an agent.
const MAX_LINE: u64 = 4096;

/// A conversation with the agent.
pub(in crate::backends) struct Agent(BufReader<Box<dyn Stream>>);

impl Agent {
    /// Greets the agent, if there is one.
    pub(in crate::backends) fn connect(host: &dyn AgeHost) -> Option<Self> {
        let mut agent = Self(BufReader::new(host.connect_agent()?));
        let greeting = agent.line().ok()?;
        greeting.starts_with("OK").then_some(agent)
    }

    /// Asks for the passphrase that is kept under `id`; the agent asks the user if it has none.
    ///
    /// # Errors
    ///
    /// The agent's refusal, in its words.
    pub(in crate::backends) fn passphrase(
        &mut self,
        id: &str,
        description: &str,
        host: &dyn AgeHost,
    ) -> Result<Secret, String> {
        let text = |name| host.var(name).map(|value| value.to_string_lossy().into_owned());
        if let Some(display) = text("DISPLAY").filter(|display| !display.is_empty()) {
            self.option("display", &display)?;
        }
        if let Some(terminal) = host.standard_input() {
            self.option("ttyname", &terminal)?;
        }
        self.option("ttytype", &text("TERM").unwrap_or_default())?;

        let description = escape(description);
        let answer = self
            .ask(&format!("GET_PASSPHRASE {id} X Passphrase {description}"))
            .map_err(|error| error.to_string())?;
        if let Some(hex) = answer.strip_prefix("OK ") {
            return from_hex(hex.trim_end_matches(['\n', '\r']));
        }
        let mut words = answer.split(' ');
        Err(match (words.next(), words.next()) {
            (Some("ERR"), Some("67108922")) => "GPG_ERR_NO_DATA cache miss".to_owned(),
            (Some("ERR"), Some("83886179")) => "gpgagent: Cancel".to_owned(),
            _ => answer.as_str().to_owned(),
        })
    }

    /// Makes the agent forget a passphrase. What it answers does not matter.
    pub(in crate::backends) fn forget(&mut self, id: &str) {
        let _ = self.ask(&format!("CLEAR_PASSPHRASE {id}"));
    }

    fn option(&mut self, name: &str, value: &str) -> Result<(), String> {
        let answer = self.ask(&format!("OPTION {name}={value}"));
        let answer = answer.map_err(|_| "gpgagent: failed to read OPTION".to_owned())?;
        if answer.starts_with("OK") {
            return Ok(());
        }
        Err(format!("gpgagent: response to OPTION was {}", answer.trim_end()))
    }

    fn ask(&mut self, request: &str) -> io::Result<Secret> {
        // A line break in a name would begin another request.
        let request: String = request.chars().filter(|c| !matches!(c, '\n' | '\r')).collect();
        self.0.get_mut().write_all(format!("{request}\n").as_bytes())?;
        self.0.get_mut().flush()?;
        self.line()
    }

    fn line(&mut self) -> io::Result<Secret> {
        let mut line = Zeroizing::new(Vec::with_capacity(512));
        io::Read::take(&mut self.0, MAX_LINE).read_until(b'\n', &mut line)?;
        if !line.ends_with(b"\n") {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(Secret::new(String::from_utf8_lossy(&line).into_owned()))
    }
}

fn from_hex(hex: &str) -> Result<Secret, String> {
    let error = || "gpgagent: the passphrase is not hexadecimal text".to_owned();
    let mut bytes = Zeroizing::new(Vec::with_capacity(hex.len() / 2));
    for pair in hex.as_bytes().chunks(2) {
        let digit = |i: usize| pair.get(i).and_then(|&d| char::from(d).to_digit(16));
        let (Some(high), Some(low)) = (digit(0), digit(1)) else { return Err(error()) };
        bytes.push((high << 4 | low) as u8);
    }
    let text = str::from_utf8(&bytes).map_err(|_| error())?;
    Ok(Secret::new(text.to_owned()))
}

/// Form encoding: what is not a letter, digit or `-_.~` as `%XX`, a blank as `+`.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte));
            }
            b' ' => out.push('+'),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}
