//! `git clean`, `git smudge` and `git filter-process`: files are plaintext in the work tree and encrypted in
//! git.
//!
//! What is cleaned has to come out the same as long as it says the same, or git would see changes for ever.
//! So the version that git has decides: if that says just this, it is the result, byte for byte; if not, its
//! data key and the ciphertext of what did not change are used again.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use resops::document::{Format, conflict};
use resops::ops::{self, OpenFile};

use super::packets::Packets;
use super::repository::Git;
use crate::cli::args::{GitCleanArgs, GitFilterArgs, GitSmudgeArgs, GitToolArgs, KeyArgs, SelectorArgs};
use crate::cli::audit::Action;
use crate::cli::commands::decrypt::Plain;
use crate::cli::config::Config;
use crate::cli::environment::Environment;
use crate::cli::error::{Failure, Kind, reason};
use crate::cli::files;
use crate::cli::formats::Types;
use crate::cli::input;
use crate::cli::library_errors;
use crate::cli::open::{Session, encrypted_bytes};
use crate::cli::recipe::{self, Shape};
use crate::cli::ui;

pub(crate) fn clean(args: &GitCleanArgs, environment: &Environment) -> Result<(), Failure> {
    let path = one_path(&args.words)?;
    let filter = Filter::new(&args.tools, &args.keys, &args.selectors, environment)?;
    files::write_stdout(&filter.clean(path, files::read_stdin()?)?)
}

pub(crate) fn smudge(args: &GitSmudgeArgs, environment: &Environment) -> Result<(), Failure> {
    let path = one_path(&args.words)?;
    let (keys, selectors) = (KeyArgs::default(), SelectorArgs::default());
    let filter = Filter::new(&args.tools, &keys, &selectors, environment)?;
    files::write_stdout(&filter.smudge(path, files::read_stdin()?))
}

fn one_path(words: &[OsString]) -> Result<&OsStr, Failure> {
    match words {
        [path] => Ok(path),
        _ => Err(Failure::new(Kind::NoFile, "Error: need precisely one path, the file that stdin is")),
    }
}

pub(crate) fn filter_process(args: &GitFilterArgs, environment: &Environment) -> Result<(), Failure> {
    if !args.words.is_empty() {
        return Err(Failure::generic("this command takes no words: git tells it on stdin what to do"));
    }
    let filter = Filter::new(&args.tools, &args.keys, &args.selectors, environment)?;
    let mut packets = Packets::new(std::io::stdin().lock(), std::io::stdout().lock());
    serve(&filter, &mut packets)
        .map_err(|error| Failure::generic(format!("talking to git: {}", reason(&error))))
}

/// The conversation with git (gitattributes, "Long Running Filter Process").
fn serve<R: std::io::Read, W: std::io::Write>(
    filter: &Filter<'_>,
    packets: &mut Packets<R, W>,
) -> std::io::Result<()> {
    let hello = packets.lines()?.unwrap_or_default();
    if hello.first().is_none_or(|line| line != b"git-filter-client")
        || !hello.iter().any(|line| line == b"version=2")
    {
        return Err(std::io::Error::other("this is not git's filter protocol, version 2"));
    }
    packets.send_lines(&["git-filter-server", "version=2"])?;
    packets.lines()?;
    packets.send_lines(&["capability=clean", "capability=smudge"])?;
    while let Some(request) = packets.lines()? {
        let value = |name: &[u8]| request.iter().find_map(|line| line.strip_prefix(name));
        let path = resops::os::owned(value(b"pathname=").unwrap_or_default().to_vec());
        let content = packets.content()?;
        let result = match value(b"command=") {
            Some(b"clean") => filter.clean(&path, content),
            Some(b"smudge") => Ok(filter.smudge(&path, content)),
            _ => Err(Failure::generic("git asks for something unknown")),
        };
        match result {
            Ok(content) => {
                packets.send_lines(&["status=success"])?;
                packets.send_content(&content)?;
                packets.send_lines(&[])?;
            }
            Err(failure) => {
                failure.report();
                packets.send_lines(&["status=error"])?;
            }
        }
    }
    Ok(())
}

/// What turns plaintext into ciphertext and back, for one run of git.
pub(super) struct Filter<'a> {
    tools: &'a GitToolArgs,
    keys: &'a KeyArgs,
    selectors: &'a SelectorArgs,
    environment: &'a Environment,
    config: Config,
    session: Session,
    git: Git,
    /// Where paths start, if that is not the working directory.
    top: Option<PathBuf>,
}

impl<'a> Filter<'a> {
    pub(super) fn new(
        tools: &'a GitToolArgs,
        keys: &'a KeyArgs,
        selectors: &'a SelectorArgs,
        environment: &'a Environment,
    ) -> Result<Self, Failure> {
        Ok(Self {
            tools,
            keys,
            selectors,
            environment,
            config: Config::load(&tools.opening.global, environment)?,
            session: Session::opening(&tools.opening, environment)?,
            git: Git::find(environment)?,
            top: None,
        })
    }

    /// The same for paths that start at `top`.
    pub(super) fn below(self, top: &Path) -> Self {
        Self { top: Some(top.to_path_buf()), ..self }
    }

    fn format(&self, path: &OsStr, encrypted: &[u8]) -> Format {
        let types = Types::choose(self.tools.input_type.as_deref(), None, Path::new(path));
        types.for_content(encrypted, false).input
    }

    /// Plaintext on its way into git.
    ///
    /// # Errors
    ///
    /// If it cannot be encrypted: then it must not get into git.
    pub(super) fn clean(&self, path: &OsStr, content: Vec<u8>) -> Result<Vec<u8>, Failure> {
        let name = Path::new(path).display();
        if conflict::is_unresolved(&content) {
            return Err(Failure::generic(format!("{name}: holds an unresolved merge"))
                .hint(format!("sops git resolve {name}")));
        }
        let as_plain = self.format(path, b"");
        if is_encrypted(&content, self.format(path, &content)) {
            return Ok(content);
        }
        self.session.about(Path::new(path));
        let mut first: Option<OpenFile> = None;
        for revision in [":./", ":2:./", "HEAD:./"] {
            let Some(old) = self.blob(revision, path)? else { continue };
            let format = self.format(path, &old);
            if !is_encrypted(&old, format) {
                continue;
            }
            let file = self.session.open(old.clone(), format).map_err(|failure| {
                failure.after(&format!(
                    "{name}: the version in git, which this text is to follow, does not open"
                ))
            })?;
            let proof = file.verify()?;
            let printed = file.plaintext(&proof).is_ok_and(|text| text == content);
            if printed || file.editable(&proof).is_ok_and(|text| *text == content) {
                return Ok(old);
            }
            first = first.or(Some(file));
        }
        let encrypted = match first {
            Some(mut file) => {
                file.metadata_mut().raise_version().map_err(|error| Failure::generic(error.to_string()))?;
                let format = file.format();
                let style = self.config.style(format, "Could not marshal tree")?;
                self.session.with(|context| ops::reseal(&file, content, format, style, context))
            }
            None => {
                let rule = self.config.rule(&self.absolute(path)?, None)?;
                let style = self.config.style(as_plain, "Could not marshal tree")?;
                let shape = Shape { input: as_plain, output: as_plain, style };
                let recipe = recipe::recipe(self.keys, self.selectors, rule.as_ref(), shape, &self.session)?;
                self.session.with(|context| ops::encrypt(content, &recipe, context))
            }
        };
        let encrypted = encrypted
            .map_err(|error| library_errors::encrypt_failure(error, as_plain).after(&name.to_string()))?;
        self.session.record(Action::Encrypt)?;
        Ok(encrypted_bytes(encrypted))
    }

    /// Ciphertext on its way into the work tree. What does not open stays as it is.
    pub(super) fn smudge(&self, path: &OsStr, content: Vec<u8>) -> Vec<u8> {
        let format = self.format(path, &content);
        if !is_encrypted(&content, format) {
            return content;
        }
        self.session.about(Path::new(path));
        let opened = self.session.open(content.clone(), format).and_then(|file| {
            let plain = Plain::of(&file, false)?;
            match plain {
                Plain::Verified(file, proof) => file.plaintext(&proof).map(<[u8]>::to_vec),
                Plain::Unverified(file) => file.dangerously_unverified().map(<[u8]>::to_vec),
            }
            .map_err(|error| Failure::generic(error.to_string()))
        });
        opened.unwrap_or_else(|failure| {
            let why = failure.message().lines().next().unwrap_or_default().to_owned();
            ui::say(&format!("{}: stays encrypted: {why}\n", Path::new(path).display()));
            content
        })
    }

    fn absolute(&self, path: &OsStr) -> Result<PathBuf, Failure> {
        match &self.top {
            Some(top) => Ok(top.join(path)),
            None => input::absolute(path, self.environment),
        }
    }

    /// A version of the file that git has.
    pub(super) fn blob(&self, revision: &str, path: &OsStr) -> Result<Option<Vec<u8>>, Failure> {
        let mut object = OsString::from(revision);
        object.push(path);
        let top = self.top.as_ref().map_or(OsStr::new("."), |top| top.as_os_str());
        self.git.answer(&[OsStr::new("-C"), top, OsStr::new("cat-file"), OsStr::new("blob"), &object])
    }
}

fn is_encrypted(content: &[u8], format: Format) -> bool {
    matches!(ops::is_encrypted(content.to_vec(), format), Ok(true))
}
