//! `decrypt --output-type k8s-secret`: the manifest of a Kubernetes Secret with the values of a file.
//!
//! A file of values gives a key for each, as `kubectl create secret generic --from-env-file` does; a binary
//! file, or any with `--key`, is one key, as with `--from-file`. Nothing of a value is guessed: what is
//! nested is an error.

use std::collections::BTreeMap;
use std::path::Path;

use resops::document::{self, EmitStyle, Extracted, Format, Pair, Tree, UserStep};
use resops::leaf::Value;
use resops::ops::OpenFile;
use resops::ops::kubernetes::{self, MAX_DATA, Secret, SecretError};
use zeroize::Zeroizing;

use super::{Plain, parse_extract};
use crate::cli::args::{DecryptArgs, SecretArgs};
use crate::cli::config::Config;
use crate::cli::environment::Environment;
use crate::cli::error::{Failure, Kind};
use crate::cli::files::NewFile;
use crate::cli::formats::Types;
use crate::cli::input::{self, Input};
use crate::cli::library_errors;
use crate::cli::open::Session;
use crate::cli::output::Output;
use crate::cli::ui::{self, Level};

/// The word for it.
pub(crate) const OUTPUT_TYPE: &str = "k8s-secret";

/// Whether it is asked for.
///
/// # Errors
///
/// [`Kind::Conflict`] for its flags without it.
pub(super) fn is_wanted(args: &DecryptArgs) -> Result<bool, Failure> {
    if args.types.output_type.as_deref() == Some(OUTPUT_TYPE) {
        return Ok(true);
    }
    match args.secret.first() {
        Some(flag) => {
            let why = format!("Error: --{flag} is for a Secret: give --output-type {OUTPUT_TYPE} too");
            Err(Failure::new(Kind::Conflict, why))
        }
        None => Ok(false),
    }
}

pub(super) fn run(args: &DecryptArgs, environment: &Environment) -> Result<(), Failure> {
    let conflict = |why: &str| Err(Failure::new(Kind::Conflict, format!("Error: {why}")));
    if args.each.any() {
        return conflict("a Secret is made of one file");
    }
    if args.output.in_place {
        return conflict("--in-place would put the Secret in the place of the encrypted file: give --output");
    }
    input::warn_about_more_words(&args.words);
    let input = Input::first(&args.words, environment)?;
    let name = input.name(args.output.filename_override.as_ref(), environment)?;
    let output = Output::choose(&args.output, &input, environment)?;
    input.must_exist()?;
    let mut secret = outer(&args.secret, &name)?;
    let config = Config::load(&args.opening.global, environment)?;
    let style = match args.opening.global.indent {
        Some(_) => config.style(Format::Yaml, "Error dumping file")?,
        None => EmitStyle { yaml_indent: 2, ..EmitStyle::default() },
    };
    let session = Session::opening(&args.opening, environment)?;
    if let Input::File(path) = &input {
        session.about(path);
    }
    let extract = parse_extract(args.extract.as_deref())?;
    let source = input.read()?;
    let types = Types::choose(args.types.input_type.as_deref(), None, &name);
    let types = types.for_content(&source, !extract.is_empty());
    let file = session.open(source, types.input)?;
    let data = data(file, &args.secret, &name, &extract, args.ignore_mac, &style)?;
    fill(&mut secret, data, args.secret.string_data)?;
    let bytes = document::emit(&[secret.manifest()], Format::Yaml, &style)
        .map_err(|error| library_errors::dump_failure(&error, Format::Yaml))?;
    output.write(&Zeroizing::new(bytes), NewFile::Private)
}

/// The manifest of the Secret that a file makes, without further flags: what `publish` writes.
///
/// # Errors
///
/// As [`run`].
pub(in crate::cli::commands) fn manifest(
    file: OpenFile,
    name: &Path,
    namespace: &str,
) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let namespace = Some(namespace.to_owned()).filter(|namespace| !namespace.is_empty());
    let args = SecretArgs { namespace, ..SecretArgs::default() };
    let mut secret = outer(&args, name)?;
    let style = EmitStyle { yaml_indent: 2, ..EmitStyle::default() };
    let data = data(file, &args, name, &[], false, &style)?;
    fill(&mut secret, data, args.string_data)?;
    document::emit(&[secret.manifest()], Format::Yaml, &style)
        .map(Zeroizing::new)
        .map_err(|error| library_errors::dump_failure(&error, Format::Yaml))
}

/// What goes into a Secret of a file.
fn data(
    file: OpenFile,
    args: &SecretArgs,
    name: &Path,
    extract: &[UserStep],
    ignore_mac: bool,
    style: &EmitStyle,
) -> Result<Vec<kubernetes::Entry>, Failure> {
    let whole = args.key.is_some() || file.format() == Format::Binary;
    if whole && extract.is_empty() {
        let key = args.key.clone().or_else(|| Some(name.file_name()?.to_str()?.to_owned()));
        Ok(vec![(key.unwrap_or_default(), plaintext(file, ignore_mac)?)])
    } else {
        let mut trees = Plain::of(&file, ignore_mac)?.trees();
        if trees.len() > 1 {
            let why = format!("the file has {} YAML documents; a Secret is made of one", trees.len());
            return Err(not_a_secret(why).hint("--key NAME puts the whole file under one key"));
        }
        let mut tree = if trees.is_empty() { Tree::Map(Vec::new()) } else { trees.swap_remove(0) };
        document::merge(&mut tree);
        match (document::at(&tree, extract), &args.key) {
            (Err(error), _) => Err(Failure::generic(format!("error truncating tree: {error}"))),
            (Ok(part), Some(key)) => {
                let text = part.emit(file.format(), style);
                let text = text.map_err(|error| library_errors::dump_failure(&error, file.format()))?;
                Ok(vec![(key.clone(), Zeroizing::new(text))])
            }
            (Ok(Extracted::Part(part)), None) => values(part, file.format(), extract.is_empty()),
            (Ok(Extracted::Pair(_)), None) => {
                Err(not_a_secret(SecretError::NoMap.to_string()).hint("--key NAME names the value"))
            }
        }
    }
}

fn not_a_secret(why: impl std::fmt::Display) -> Failure {
    Failure::new(Kind::DumpTree, format!("Error dumping file: {why}"))
}

/// A Secret without data, as the flags say; its name is that of the file if none is given.
fn outer(args: &SecretArgs, file: &Path) -> Result<Secret, Failure> {
    let usage = |why: String| Failure::generic(format!("Error: {why}"));
    let name = match &args.name {
        Some(name) => name.clone(),
        None => {
            let file = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            kubernetes::name_of(file)
                .ok_or_else(|| usage("the file's name makes no name for a Secret: give --name".to_owned()))?
        }
    };
    let namespace = args.namespace.clone().unwrap_or_default();
    for (flag, text) in [("--name", &name), ("--namespace", &namespace)] {
        let is_empty = text.is_empty() && flag == "--namespace";
        let dots = flag == "--namespace" && text.contains('.');
        if !is_empty && (dots || !kubernetes::is_name(text)) {
            let shown = ui::go_quote(text);
            return Err(usage(format!("{flag} {shown} is no name: lower-case letters, digits and '-'")));
        }
    }
    if let Some(key) = args.key.as_deref().filter(|key| !kubernetes::is_key(key)) {
        return Err(usage(SecretError::Key(ui::go_quote(key)).to_string()));
    }
    let labels = pairs("--label", &args.label)?;
    if let Some((name, _)) = labels.iter().find(|(_, text)| !kubernetes::is_label_value(text)) {
        return Err(usage(format!(
            "the label {name} has a text that Kubernetes refuses: --annotation takes any"
        )));
    }
    Ok(Secret {
        name,
        namespace,
        labels,
        annotations: pairs("--annotation", &args.annotation)?,
        kind: args.kind.clone().unwrap_or_else(|| "Opaque".to_owned()),
        ..Secret::default()
    })
}

/// `NAME=TEXT`, several times.
fn pairs(flag: &str, texts: &[String]) -> Result<BTreeMap<String, String>, Failure> {
    let mut pairs = BTreeMap::new();
    for text in texts {
        let pair = text.split_once('=').filter(|(name, _)| !name.is_empty());
        let Some((name, value)) = pair else {
            let shown = ui::go_quote(text);
            return Err(Failure::generic(format!("Error: {flag} takes NAME=TEXT, not {shown}")));
        };
        pairs.insert(name.to_owned(), value.to_owned());
    }
    Ok(pairs)
}

fn plaintext(file: OpenFile, ignore_mac: bool) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let format = file.format();
    let bytes = match Plain::of(&file, ignore_mac)? {
        Plain::Verified(_, proof) => file.into_plaintext(&proof),
        Plain::Unverified(_) => file.dangerously_into_unverified(),
    };
    bytes.map(Zeroizing::new).map_err(|error| library_errors::dump_failure(&error, format))
}

/// The values of a map, each with its key.
fn values(tree: &Tree, format: Format, whole: bool) -> Result<Vec<kubernetes::Entry>, Failure> {
    let is_text = |key: &str| matches!(tree.get(key), Some(Tree::Leaf(Value::Str(_))));
    if whole && is_text("apiVersion") && is_text("kind") {
        return Err(not_a_secret("the file is the manifest of a resource already")
            .hint("sops decrypt prints it; --key NAME puts all of it under one key"));
    }
    let flat = if format == Format::Ini && whole { ini(tree) } else { tree.clone() };
    let (found, nulls) = kubernetes::entries(&flat).map_err(|error| {
        let failure = not_a_secret(&error);
        match error {
            SecretError::Nested(_) => failure.hint(
                "--extract '[\"KEY\"]' takes the values below a key; --key NAME puts the whole file under one key",
            ),
            SecretError::NoMap => failure.hint("--key NAME names the value"),
            _ => failure,
        }
    })?;
    for key in nulls {
        ui::log(Level::Warning, &format!("{key} is null; the Secret has no such key"));
    }
    Ok(found)
}

/// An INI file's values outside of sections, which are no section of their own; and its sections.
fn ini(tree: &Tree) -> Tree {
    let Tree::Map(sections) = tree else { return tree.clone() };
    let mut top = Vec::new();
    for pair in sections {
        match pair {
            Pair::Entry(name, Tree::Map(pairs)) if name == b"DEFAULT" => top.extend(pairs.iter().cloned()),
            Pair::Entry(_, Tree::Map(pairs)) if pairs.is_empty() => {}
            pair => top.push(pair.clone()),
        }
    }
    Tree::Map(top)
}

fn fill(secret: &mut Secret, data: Vec<kubernetes::Entry>, as_text: bool) -> Result<(), Failure> {
    for (key, bytes) in data {
        if !kubernetes::is_key(&key) {
            let why = SecretError::Key(ui::go_quote(&key));
            return Err(not_a_secret(why).hint("--key NAME names it"));
        }
        if !as_text {
            secret.data.insert(key, bytes);
            continue;
        }
        let Ok(text) = String::from_utf8(bytes.to_vec()) else {
            let why = format!("{} is no text; leave out --string-data", ui::go_quote(&key));
            return Err(not_a_secret(why));
        };
        secret.texts.insert(key, Zeroizing::new(text));
    }
    if secret.size() > MAX_DATA {
        return Err(not_a_secret("it is larger than 1 MiB, and Kubernetes takes no such Secret"));
    }
    Ok(())
}
