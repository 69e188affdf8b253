//! `publish`: encrypted files are put where the destination rules say (command line §7.12).
//!
//! Object stores get the file as it is, or encrypted anew for the keys of the recreation rule; Vault and
//! the secret managers of the clouds get the values. Rules, files and keys are checked before anyone is
//! asked or anything is sent. With `--dry-run` the destinations are asked what is there, and told nothing.

mod manifests;
mod preview;

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use resops::backends::SystemHost;
use resops::destinations::{self, Content, DestinationError, Standing};
use resops::document::{self, EmitStyle, Format, Pair, Tree};
use resops::keys;
use resops::leaf::ValueRef;
use resops::ops::{self, Recreation};
use resops::policy::{CreationRule, Destination, DestinationRule, Takes};
use zeroize::Zeroizing;

use super::decrypt::k8s_secret;
use super::keys_diff;
use crate::cli::args::PublishArgs;
use crate::cli::audit::Action;
use crate::cli::config::Config;
use crate::cli::environment::Environment;
use crate::cli::error::{Failure, Kind, reason};
use crate::cli::files;
use crate::cli::formats;
use crate::cli::input;
use crate::cli::library_errors;
use crate::cli::names;
use crate::cli::open::{Session, encrypted_bytes};
use crate::cli::prompt;
use crate::cli::ui::{self, Level};
use manifests::Manifests;
use preview::Preview;

/// Where Vault is if nothing says it.
const VAULT: &str = "https://127.0.0.1:8200";

pub(crate) fn run(args: &PublishArgs, environment: &Environment) -> Result<(), Failure> {
    let Some(rules) = Config::find(&args.opening.global) else {
        return Err(Failure::generic("config file not found"));
    };
    let Some(word) = args.words.first() else {
        return Err(Failure::new(Kind::NoFile, "Error: no file specified"));
    };
    input::warn_about_more_words(&args.words);
    let root = Path::new(word);
    let there = std::fs::metadata(root).map_err(|error| failed("stat", root, &error))?;
    if there.is_dir() && !args.recursive {
        return Err(Failure::logged("CMD", "can't operate on a directory without --recursive flag."));
    }
    let session = Session::opening(&args.opening, environment)?;
    let config = Config::load_from(rules, &args.opening.global, environment)?;
    let publishing = Publishing {
        args,
        config,
        session,
        environment,
        connected: RefCell::default(),
        named: RefCell::default(),
        preview: args.dry_run.then(RefCell::default),
    };
    if there.is_dir() {
        publishing.walk(root)?;
    } else {
        publishing.publish(root, Path::new(root.file_name().unwrap_or(OsStr::new("."))))?;
    }
    match publishing.preview {
        Some(preview) => preview.into_inner().finish(),
        None => Ok(()),
    }
}

/// What all files of a run share.
struct Publishing<'a> {
    args: &'a PublishArgs,
    config: Config,
    session: Session,
    environment: &'a Environment,
    /// The destinations that were used so far: what they found out serves all files.
    connected: RefCell<Vec<(Destination, Rc<dyn destinations::Destination>)>>,
    /// Secrets of this run, each with the file that it is of.
    named: RefCell<HashMap<String, PathBuf>>,
    /// What would be done, where nothing is to be done.
    preview: Option<RefCell<Preview>>,
}

impl Publishing<'_> {
    /// Publishes all files below a folder, in the order of their names; the first error ends it.
    fn walk(&self, root: &Path) -> Result<(), Failure> {
        let mut open = vec![(root.to_path_buf(), PathBuf::new(), true)];
        while let Some((path, name, is_folder)) = open.pop() {
            if !is_folder {
                self.publish(&path, &name)?;
                continue;
            }
            let entries = std::fs::read_dir(&path).and_then(|entries| {
                let entry = |entry: std::io::Result<std::fs::DirEntry>| {
                    let entry = entry?;
                    Ok((entry.file_name(), entry.file_type()?.is_dir()))
                };
                entries.map(entry).collect::<std::io::Result<Vec<_>>>()
            });
            let mut entries = entries.map_err(|error| failed("open", &path, &error))?;
            entries.sort();
            for (entry, is_folder) in entries.into_iter().rev() {
                // Joined as Go does it: what is below `.` has no `./`.
                let below = if path == Path::new(".") { PathBuf::from(&entry) } else { path.join(&entry) };
                open.push((below, name.join(&entry), is_folder));
            }
        }
        Ok(())
    }

    /// Publishes one file under `name`, perhaps without its extension.
    fn publish(&self, path: &Path, name: &Path) -> Result<(), Failure> {
        self.session.about(path);
        let rule = self.config.destination(path)?;
        let mut groups =
            rule.recreation_rule.groups().map_err(|error| Failure::generic(error.to_string()))?;
        self.session.complete_groups(&mut groups)?;
        let destination =
            rule.destination().ok_or_else(|| Failure::generic("no destination configured for this file"))?;
        let mut name = name.to_string_lossy().into_owned();
        if (self.args.omit_extensions || rule.omit_extensions)
            && let Some(at) = name.rfind('.').filter(|at| !name[*at..].contains('/'))
        {
            name.truncate(at);
        }
        let vault = self.environment.nonempty("VAULT_ADDR");
        let vault = vault.as_ref().map_or(VAULT.into(), |address| address.to_string_lossy());
        let url = destination.url(&name, &vault);
        self.alone(&destination, path, &name, &url)?;
        let format = formats::choose(None, path);
        let source = input::read(path)?;
        let content = match destination.takes() {
            Takes::Members => Content::Members(self.members(source, format)?),
            Takes::Value => self.value(source, format)?,
            Takes::Manifest => {
                let file = self.session.open(source, format)?;
                Content::Whole(k8s_secret::manifest(file, Path::new(&name), destination.namespace())?)
            }
            Takes::File if groups.first().is_some_and(|group| !group.0.is_empty()) => {
                Content::File(self.recreated(source, format, &rule.recreation_rule, groups)?)
            }
            Takes::File => {
                let copy = source.clone();
                ops::keyring(copy, format).map_err(|error| library_errors::open_failure(error, format))?;
                Content::File(source)
            }
        };
        let full = input::absolute(path.as_os_str(), self.environment)?;
        if let Some(preview) = &self.preview {
            let service = self.connect(&destination).map_err(|error| failure(&error, path, rule))?;
            let standing = service.compare(&name, &content);
            let standing = standing.map_err(|error| failure(&error, path, rule))?;
            return preview.borrow_mut().tell(path, &url, &standing);
        }
        if !self.args.yes {
            let question = format!("uploading {} to {url} ? (y/n): ", full.display());
            if !prompt::yes_or_no(&question)? {
                let message = format!("Publication of {} canceled", full.display());
                if !self.args.recursive {
                    return Err(Failure::generic(message));
                }
                return files::write_stdout(format!("{message}\n").as_bytes());
            }
        }
        let sent = self.send(&destination, &name, &content);
        sent.map_err(|error| failure(&error, path, rule))
    }

    /// That a secret can have the name, and has no other file's.
    fn alone(&self, destination: &Destination, path: &Path, name: &str, url: &str) -> Result<(), Failure> {
        if !matches!(destination.takes(), Takes::Value | Takes::Manifest) {
            return Ok(());
        }
        destination.name_of(name).map_err(|error| {
            Failure::generic(format!("{}: {error}", path.display()))
                .hint("rename the file, or leave its extension out with omit_extensions: true in the rule")
        })?;
        match self.named.borrow_mut().insert(url.to_owned(), path.to_path_buf()) {
            Some(other) => Err(Failure::generic(format!(
                "{} and {} would be one secret: {url}",
                other.display(),
                path.display()
            ))
            .hint(match destination {
                Destination::AwsSecretsManager { secret, .. } if !secret.ends_with('/') => {
                    "end aws_secrets_manager_secret_name in / to have the file's name follow, or give each file a rule"
                }
                Destination::KubernetesSecret { .. } => {
                    "end kubernetes_secret_file in / to have the file's name follow, or rename one of them"
                }
                _ => "rename one of them, or give it a rule with a prefix of its own",
            })),
            None => Ok(()),
        }
    }

    /// The service behind a destination, the same for all files.
    fn connect(
        &self,
        destination: &Destination,
    ) -> Result<Rc<dyn destinations::Destination>, DestinationError> {
        let mut connected = self.connected.borrow_mut();
        if let Some((_, service)) = connected.iter().find(|(other, _)| other == destination) {
            return Ok(service.clone());
        }
        let service: Rc<dyn destinations::Destination> = match destination {
            Destination::KubernetesSecret { .. } => Rc::new(Manifests(destination.clone())),
            _ => {
                let machine = SystemHost::new(self.environment.all().into_iter().collect());
                destinations::connect(destination, &machine, self.session.network())?.into()
            }
        };
        connected.push((destination.clone(), service.clone()));
        Ok(service)
    }

    /// Sends what is not there already.
    fn send(&self, destination: &Destination, name: &str, content: &Content) -> Result<(), DestinationError> {
        let service = self.connect(destination)?;
        if service.looks_first() {
            match service.compare(name, content) {
                Ok(Standing::Same) => {
                    ui::log_with("PUBLISH", Level::Info, &format!("{name} is already up-to-date"), &[]);
                    return Ok(());
                }
                Ok(Standing::Unknown(reason)) if content.is_plaintext() => ui::log_with(
                    "PUBLISH",
                    Level::Warning,
                    &format!(
                        "Cannot check if {name} already exists. New version will be created even if the data has not been changed."
                    ),
                    &[("reason", reason.trim())],
                ),
                Ok(_) => {}
                // Sending says what is in the way.
                Err(_) if !content.is_plaintext() => {}
                Err(error) => return Err(error),
            }
        }
        service.put(name, content)
    }

    /// The file, encrypted anew for other keys.
    fn recreated(
        &self,
        source: Vec<u8>,
        format: Format,
        rule: &CreationRule,
        groups: Vec<keys::KeyGroup>,
    ) -> Result<Vec<u8>, Failure> {
        ui::log_with("PUBLISH", Level::Debug, "Re-encrypting tree before publishing", &[]);
        let file = self.session.open(source, format)?;
        let proof = file.verify()?;
        let diff = keys::diff_groups(&file.metadata().groups, &groups);
        if diff.iter().any(|group| !group.is_empty()) {
            let mut text = String::from("The following changes will be made to the file's key groups:\n");
            text.push_str(&keys_diff::groups(&diff, names::on_stdout(), Environment::colours()));
            files::write_stdout(text.as_bytes())?;
        }
        let recreation = Recreation {
            groups,
            shamir_threshold: rule.shamir_threshold,
            selection: rule.selection.clone(),
            mac_only_encrypted: rule.mac_only_encrypted,
            seal: rule.seal,
        };
        let style = self.config.style(format, "Could not marshal tree")?;
        let encrypted =
            self.session.with(|context| ops::recreate(&file, &proof, &recreation, style, context))?;
        self.session.record(Action::Encrypt)?;
        Ok(encrypted_bytes(encrypted))
    }

    /// The values of a file as one JSON object; the plaintext of one that has none.
    fn value(&self, source: Vec<u8>, format: Format) -> Result<Content, Failure> {
        if format != Format::Binary {
            return Ok(Content::Members(compact(&self.members(source, format)?)));
        }
        let file = self.session.open(source, format)?;
        let proof = file.verify()?;
        let plaintext = file.into_plaintext(&proof);
        let plaintext = plaintext.map_err(|error| library_errors::dump_failure(&error, format))?;
        Ok(Content::Whole(Zeroizing::new(plaintext)))
    }

    /// The values of a file as one JSON object.
    fn members(&self, source: Vec<u8>, format: Format) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let file = self.session.open(source, format)?;
        let trees = file.trees(&file.verify()?);
        let object = one_object(trees);
        document::emit(&[object], Format::Json, &EmitStyle::default())
            .map(Zeroizing::new)
            .map_err(|error| library_errors::dump_failure(&error, Format::Json))
    }
}

/// A failure at a destination. sops says no more of its own; for ours, which file, and which rule sent it
/// there.
fn failure(error: &DestinationError, path: &Path, rule: &DestinationRule) -> Failure {
    match rule.destination().map(|destination| destination.takes()) {
        Some(Takes::Value | Takes::Manifest) => Failure::generic(format!("{}: {error}", path.display()))
            .hint(format!("the rule in {} sends it there", rule.place)),
        _ => Failure::generic(error.to_string()),
    }
}

/// JSON without the blanks between its parts.
fn compact(json: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut compact = Zeroizing::new(Vec::with_capacity(json.len()));
    let (mut in_text, mut escaped) = (false, false);
    for &byte in json {
        if !in_text && byte.is_ascii_whitespace() {
            continue;
        }
        in_text ^= byte == b'"' && !escaped;
        escaped = in_text && byte == b'\\' && !escaped;
        compact.push(byte);
    }
    compact
}

/// The maps of all documents as one, without comments; a key of a later document counts.
fn one_object(trees: Vec<Tree>) -> Tree {
    let mut all: Vec<Pair> = Vec::new();
    let mut places: HashMap<Vec<u8>, usize> = HashMap::new();
    for mut tree in trees {
        remove_comments(&mut tree);
        let Tree::Map(pairs) = &mut tree else { continue };
        for pair in std::mem::take(pairs) {
            let Pair::Entry(key, _) = &pair else { continue };
            match places.get(key) {
                Some(&at) => all[at] = pair,
                None => {
                    places.insert(key.clone(), all.len());
                    all.push(pair);
                }
            }
        }
    }
    Tree::Map(all)
}

fn remove_comments(tree: &mut Tree) {
    let is_comment =
        |tree: &Tree| matches!(tree, Tree::Leaf(value) if matches!(value.as_ref(), ValueRef::Comment(_)));
    let mut open = vec![tree];
    while let Some(tree) = open.pop() {
        match tree {
            Tree::Map(pairs) => {
                pairs.retain(|pair| matches!(pair, Pair::Entry(..)));
                open.extend(pairs.iter_mut().filter_map(|pair| match pair {
                    Pair::Entry(_, value) => Some(value),
                    Pair::Comment { .. } => None,
                }));
            }
            Tree::List(items) => {
                items.retain(|item| !is_comment(item));
                open.extend(items);
            }
            Tree::Leaf(_) => {}
        }
    }
}

fn failed(what: &str, path: &Path, error: &std::io::Error) -> Failure {
    Failure::generic(format!("{what} {}: {}", path.display(), reason(error)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use resops::document::Document;

    /// sops 3.13.2 sends the same to Vault, but for maps in lists and comments.
    #[test]
    fn all_documents_make_one_object() {
        let yaml = b"# c\na: 1\nl:\n  # c\n  - {k: v}\nt: 2024-02-29\n---\na: x\nb: null\n".to_vec();
        let document = Document::parse(yaml, Format::Yaml).expect("YAML");
        let trees = document.trees(&mut |leaf| document.value(leaf).to_owned());
        let json = document::emit(&[one_object(trees)], Format::Json, &EmitStyle::default()).expect("JSON");
        let json: String = String::from_utf8(json).expect("text").split_whitespace().collect();
        assert_eq!(json, r#"{"a":"x","l":[{"k":"v"}],"t":"2024-02-29T00:00:00Z","b":null}"#);
    }

    #[test]
    fn blanks_in_texts_stay() {
        let json = br#" { "a" : "b \" c \\" , "d" : [ 1 , "\t x" ] } "#;
        assert_eq!(&compact(json)[..], br#"{"a":"b \" c \\","d":[1,"\t x"]}"#);
    }
}
