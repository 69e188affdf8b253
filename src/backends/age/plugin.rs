//! Plugins: programs that wrap and unwrap for recipients of their own (keys §3.8).
//!
//! The protocol is C2SP's age-plugin: both sides send stanzas, first we, then the plugin, which is
//! answered after each. Errors are in the words of age 1.3.1; a plugin's error text is the plugin's.

use super::header::{read_stanza, write_stanza};
use super::host::{Level, Stream};
use super::{AgeHost, Secret};
use crate::keys::base64::{self, Padding};
use crate::keys::quote::quote;
use crate::keys::{bech32, is_plugin_name};
use age_core::format::{FILE_KEY_BYTES, FileKey, Stanza};
use age_core::secrecy::ExposeSecret;
use std::io::{BufRead, BufReader};
use zeroize::Zeroize;

/// An identity that a plugin understands.
pub(super) struct Identity {
    name: String,
    text: Secret,
}

impl Identity {
    /// Reads `AGE-PLUGIN-NAME-1…`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (prefix, _) =
            bech32::decode(text).map_err(|error| format!("invalid identity encoding: {error}"))?;
        let name = prefix.strip_prefix("AGE-PLUGIN-").and_then(|rest| rest.strip_suffix('-'));
        let Some(name) = name.map(str::to_ascii_lowercase) else {
            return Err("not a plugin identity: <nil>".to_owned());
        };
        if !is_plugin_name(&name) {
            return Err(format!("invalid plugin name: {}", quote(&name)));
        }
        Ok(Self { name, text: Secret::new(text.to_owned()) })
    }

    /// The plugin's name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Asks the plugin; `None` if it knows none of the stanzas.
    pub(super) fn unwrap(&self, stanzas: &[Stanza], host: &dyn AgeHost) -> Option<Result<FileKey, String>> {
        let talk = || {
            let mut plugin = Plugin::start(&self.name, "identity-v1", host)?;
            plugin.send("add-identity", &[&self.text], &[])?;
            plugin.send_grease()?;
            for stanza in stanzas {
                let args: Vec<_> =
                    ["0", &stanza.tag].into_iter().chain(stanza.args.iter().map(String::as_str)).collect();
                plugin.send("recipient-stanza", &args, &stanza.body)?;
            }
            plugin.send("done", &[], &[])?;
            plugin.receive_file_key()
        };
        talk().map_err(|error| format!("{} plugin: {error}", self.name)).transpose()
    }
}

/// A recipient that a plugin understands, and the machine where the plugin is.
pub(super) struct Recipient<'a> {
    pub(super) name: &'a str,
    pub(super) text: &'a str,
    pub(super) host: &'a dyn AgeHost,
}

impl age::Recipient for Recipient<'_> {
    fn wrap_file_key(
        &self,
        file_key: &FileKey,
    ) -> Result<(Vec<Stanza>, std::collections::HashSet<String>), age::EncryptError> {
        let talk = || {
            let mut plugin = Plugin::start(self.name, "recipient-v1", self.host)?;
            plugin.send("add-recipient", &[self.text], &[])?;
            plugin.send_grease()?;
            plugin.send("wrap-file-key", &[], file_key.expose_secret())?;
            plugin.send("extension-labels", &[], &[])?;
            plugin.send("done", &[], &[])?;
            plugin.receive_stanzas()
        };
        let (stanzas, labels) = talk().map_err(|error: String| {
            let error = format!("{} plugin: {error}", self.name);
            age::EncryptError::Io(std::io::Error::other(error))
        })?;
        Ok((stanzas, labels.into_iter().collect()))
    }
}

/// A running plugin.
struct Plugin<'a> {
    name: &'a str,
    stream: BufReader<Box<dyn Stream>>,
    host: &'a dyn AgeHost,
}

impl<'a> Plugin<'a> {
    fn start(name: &'a str, phase: &str, host: &'a dyn AgeHost) -> Result<Self, String> {
        let stream =
            host.start_plugin(name, phase).map_err(|error| format!("couldn't start plugin: {error}"))?;
        Ok(Self { name, stream: BufReader::new(stream), host })
    }

    fn send(&mut self, tag: &str, args: &[&str], body: &[u8]) -> Result<(), String> {
        write_stanza(self.stream.get_mut(), tag, args, body).map_err(|error| match error.kind() {
            std::io::ErrorKind::BrokenPipe => "write |1: broken pipe".to_owned(),
            _ => format!("write |1: {error}"),
        })
    }

    /// A stanza that means nothing, two times of three: plugins must skip what they do not know,
    /// and ones that do not are to be found out early.
    fn send_grease(&mut self) -> Result<(), String> {
        let mut random = [0; 16];
        if getrandom::fill(&mut random).is_err() || random[0] % 3 == 0 {
            return Ok(());
        }
        let tag = format!("grease-{:x}", u64::from_be_bytes(random[..8].try_into().unwrap_or_default()));
        let args = ["37", "82"];
        let body = if random[9] % 2 == 0 { &random[8..] } else { &[] };
        self.send(&tag, &args[..usize::from(random[8] % 3)], body)
    }

    fn receive(&mut self) -> Result<Stanza, String> {
        let stream = &mut self.stream;
        read_stanza(&mut || {
            let mut line = Vec::new();
            match stream.read_until(b'\n', &mut line) {
                Ok(_) if line.ends_with(b"\n") => Ok(line),
                Ok(_) => Err("EOF".to_owned()),
                Err(error) => Err(error.to_string()),
            }
        })
    }

    fn receive_stanzas(&mut self) -> Result<(Vec<Stanza>, Vec<String>), String> {
        let malformed = |what| format!("malformed recipient stanza: {what}");
        let mut stanzas = Vec::new();
        let mut labels = None;
        loop {
            let stanza = self.receive()?;
            match stanza.tag.as_str() {
                "recipient-stanza" => {
                    let [index, tag, args @ ..] = &stanza.args[..] else {
                        return Err(malformed("unexpected argument count"));
                    };
                    match index.parse::<i64>() {
                        Ok(0) => {}
                        Ok(_) => return Err(malformed("unexpected index")),
                        Err(_) => return Err(malformed("invalid index")),
                    }
                    let (tag, args) = (tag.clone(), args.to_vec());
                    stanzas.push(Stanza { tag, args, body: stanza.body });
                    self.send("ok", &[], &[])?;
                }
                "labels" => {
                    if labels.is_some() {
                        return Err("repeated labels stanza".to_owned());
                    }
                    labels = Some(stanza.args);
                    self.send("ok", &[], &[])?;
                }
                "done" if stanzas.is_empty() => {
                    return Err("received zero recipient stanzas".to_owned());
                }
                "done" => return Ok((stanzas, labels.unwrap_or_default())),
                _ => self.answer(&stanza)?,
            }
        }
    }

    fn receive_file_key(&mut self) -> Result<Option<FileKey>, String> {
        let malformed = |what| format!("malformed file-key stanza: {what}");
        let mut file_key = None;
        loop {
            let mut stanza = self.receive()?;
            match stanza.tag.as_str() {
                "file-key" => {
                    let [index] = &stanza.args[..] else {
                        return Err(malformed("unexpected arguments count"));
                    };
                    match index.parse::<i64>() {
                        Ok(0) => {}
                        Ok(_) => return Err(malformed("unexpected index")),
                        Err(_) => return Err(malformed("invalid index")),
                    }
                    if file_key.is_some() {
                        return Err("received duplicated file-key stanza".to_owned());
                    }
                    let bytes: Result<[u8; FILE_KEY_BYTES], _> = stanza.body[..].try_into();
                    let key = bytes.map_err(|_| malformed("unexpected length of the file key"))?;
                    file_key = Some(FileKey::new(Box::new(key)));
                    stanza.body.zeroize();
                    self.send("ok", &[], &[])?;
                }
                "done" => return Ok(file_key),
                _ => self.answer(&stanza)?,
            }
        }
    }

    /// Answers what a plugin may ask in either phase.
    fn answer(&mut self, stanza: &Stanza) -> Result<(), String> {
        let text = String::from_utf8_lossy(&stanza.body);
        match stanza.tag.as_str() {
            "error" => {
                self.send("ok", &[], &[])?;
                Err(text.into_owned())
            }
            "msg" => {
                self.host.log(Level::Info, &format!("age: {} plugin: {text}", self.name));
                self.send("ok", &[], &[])
            }
            "request-secret" => match self.host.read_secret(&text) {
                Ok(secret) => self.send("ok", &[], secret.as_bytes()),
                Err(_) => self.send("fail", &[], &[]),
            },
            "request-public" => match self.host.read_public(&text) {
                Ok(text) => self.send("ok", &[], text.as_bytes()),
                Err(_) => self.send("fail", &[], &[]),
            },
            "confirm" => {
                let word = |word: &str, which| {
                    base64::decode(word.as_bytes(), Padding::Forbidden)
                        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
                        .map_err(|_| format!("malformed confirm stanza: invalid {which} option encoding"))
                };
                let (yes, no) = match &stanza.args[..] {
                    [yes] => (word(yes, "YES")?, String::new()),
                    [yes, no] => (word(yes, "YES")?, word(no, "NO")?),
                    _ => {
                        let what = "unexpected number of arguments";
                        return Err(format!("malformed confirm stanza: {what}"));
                    }
                };
                match self.confirm(&text, &yes, &no) {
                    Some(true) => self.send("ok", &["yes"], &[]),
                    Some(false) => self.send("ok", &["no"], &[]),
                    None => self.send("fail", &[], &[]),
                }
            }
            _ => self.send("unsupported", &[], &[]),
        }
    }

    /// `None` if nobody could be asked, or nobody answered.
    fn confirm(&self, text: &str, yes: &str, no: &str) -> Option<bool> {
        if no.is_empty() {
            let prompt = format!("{text} (press enter for {})", quote(yes));
            return self.host.read_secret(&prompt).ok().map(|_| true);
        }
        let prompt = format!("{text} (press [1] for {} or [2] for {})", quote(yes), quote(no));
        loop {
            match self.host.read_character(&prompt).ok()? {
                b'1' => return Some(true),
                b'2' => return Some(false),
                // Control-C, and the end of the input.
                0x03 | 0x04 => return None,
                _ => {}
            }
        }
    }
}
