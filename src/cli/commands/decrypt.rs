//! `decrypt`: the plaintext of an encrypted file, whole, a part of it, or in another format.
//! Checks go in sops' order (command line §7.2).

pub(super) mod k8s_secret;

use resops::document::{self, EmitStyle, Extracted, Format, Pair, Tree, UserStep};
use resops::leaf::Value;
use resops::ops::{self, OpenFile};

use crate::cli::args::DecryptArgs;
use crate::cli::batch::{self, Outcome, Target, Words, meant};
use crate::cli::config::Config;
use crate::cli::environment::Environment;
use crate::cli::error::{Failure, Kind};
use crate::cli::files::NewFile;
use crate::cli::formats::Types;
use crate::cli::input::{self, Input};
use crate::cli::library_errors;
use crate::cli::open::Session;
use crate::cli::output::{self, Output};
use crate::cli::ui::{self, Level};

pub(crate) fn run(args: &DecryptArgs, environment: &Environment) -> Result<(), Failure> {
    if k8s_secret::is_wanted(args)? {
        return k8s_secret::run(args, environment);
    }
    if args.each.any() {
        return many(args, environment);
    }
    input::warn_about_more_words(&args.words);
    let input = Input::first(&args.words, environment)?;
    let name = input.name(args.output.filename_override.as_ref(), environment)?;
    let output = Output::choose(&args.output, &input, environment)?;
    input.must_exist()?;
    let config = Config::load(&args.opening.global, environment)?;
    let session = Session::opening(&args.opening, environment)?;
    let request = Request {
        types: Types::choose(args.types.input_type.as_deref(), args.types.output_type.as_deref(), &name),
        extract: parse_extract(args.extract.as_deref())?,
        ignore_mac: args.ignore_mac,
    };
    if let Input::File(path) = &input {
        session.about(path);
    }
    if let Output::InPlace(path) = &output {
        let decrypt = |source| request.decrypt(source, &config, &session).map(Some);
        return output::rewrite(path, decrypt).map(drop);
    }
    output.write(&request.decrypt(input.read()?, &config, &session)?, NewFile::Private)
}

/// Many files, each in place.
fn many(args: &DecryptArgs, environment: &Environment) -> Result<(), Failure> {
    let writing = batch::in_place_only(&args.output, args.each.dry_run)?;
    if args.extract.as_ref().is_some_and(|path| !path.is_empty()) {
        let why = "Error: --extract is for one file; of many, each would be left with a part of it";
        return Err(Failure::new(Kind::Conflict, why));
    }
    let entries = batch::select(&args.words, &args.each.many, environment)?;
    let config = Config::load(&args.opening.global, environment)?;
    let session = Session::opening(&args.opening, environment)?;
    let types = |target: &Target| {
        Types::choose(args.types.input_type.as_deref(), args.types.output_type.as_deref(), &target.path)
    };
    let words = Words { verb: "decrypt", done: "decrypted", unchanged: "in clear text already" };
    batch::run(
        entries,
        &words,
        writing,
        &|target| meant::encrypted(target, types(target).input),
        &|target, source| {
            session.about(&target.path);
            let types = types(target).for_content(&source, false);
            // So that a second run can finish what the first one did not.
            if matches!(ops::is_encrypted(source.clone(), types.input), Ok(false)) {
                return Ok(Outcome::Unchanged);
            }
            let request = Request { types, extract: Vec::new(), ignore_mac: args.ignore_mac };
            let bytes = request.decrypt(source, &config, &session)?;
            Ok(Outcome::Change { bytes, text: String::new() })
        },
    )
}

/// The path of `--extract`.
///
/// # Errors
///
/// [`Kind::TreePath`].
pub(crate) fn parse_extract(text: Option<&str>) -> Result<Vec<UserStep>, Failure> {
    document::parse_path(text.unwrap_or_default())
        .map_err(|error| Failure::new(Kind::TreePath, format!("error parsing --extract path: {error}")))
}

/// What is wanted of an encrypted file.
pub(crate) struct Request {
    pub(crate) types: Types,
    /// Empty for the whole file.
    pub(crate) extract: Vec<UserStep>,
    pub(crate) ignore_mac: bool,
}

impl Request {
    /// The bytes to be printed. Nothing of them exists before the MAC is checked, unless that is not wanted.
    pub(crate) fn decrypt(
        &self,
        source: Vec<u8>,
        config: &Config,
        session: &Session,
    ) -> Result<Vec<u8>, Failure> {
        let Types { input, output, .. } = self.types.for_content(&source, !self.extract.is_empty());
        let file = session.open(source, input)?;
        let plain = Plain::of(&file, self.ignore_mac)?;
        let style = config.style(output, "Error dumping file")?;
        if !self.extract.is_empty() {
            let merge = file.format() == Format::Yaml && output != Format::Yaml;
            let mut trees = plain.trees();
            if file.format() == Format::Toml {
                trees.iter_mut().for_each(document::without_list_comments);
            }
            return extract(trees, &self.extract, merge, output, &style);
        }
        if output == file.format() {
            let bytes = match plain {
                Plain::Verified(_, proof) => file.into_plaintext(&proof),
                Plain::Unverified(_) => file.dangerously_into_unverified(),
            };
            return bytes.map_err(|error| library_errors::dump_failure(&error, output));
        }
        let mut trees = plain.trees();
        if file.format() == Format::Yaml {
            trees.iter_mut().for_each(document::merge);
        }
        let bytes = document::emit(&trees, output, &style)
            .map_err(|error| library_errors::dump_failure(&error, output))?;
        for loss in losses(&trees, output) {
            ui::log(Level::Warning, &loss);
        }
        Ok(bytes)
    }
}

/// A file's plaintext, after its MAC was checked or on the user's own risk.
pub(crate) enum Plain<'a> {
    Verified(&'a OpenFile, resops::ops::MacVerified),
    Unverified(&'a OpenFile),
}

impl<'a> Plain<'a> {
    /// Checks the MAC unless the user says not to.
    ///
    /// # Errors
    ///
    /// [`Kind::Mac`].
    pub(crate) fn of(file: &'a OpenFile, ignore_mac: bool) -> Result<Self, Failure> {
        if ignore_mac {
            return Ok(Self::Unverified(file));
        }
        Ok(Self::Verified(file, file.verify()?))
    }

    /// The text for an edit: it will be encrypted again.
    pub(crate) fn editable(&self) -> Result<Vec<u8>, document::EmitError> {
        match self {
            Self::Verified(file, proof) => file.editable(proof).map(std::borrow::Cow::into_owned),
            Self::Unverified(file) => {
                file.dangerously_editable_unverified().map(std::borrow::Cow::into_owned)
            }
        }
    }

    pub(crate) fn trees(&self) -> Vec<Tree> {
        match self {
            Self::Verified(file, proof) => file.trees(proof),
            Self::Unverified(file) => file.dangerously_unverified_trees(),
        }
    }
}

/// What the output does not hold, or not as it is. sops says nothing of it (wishes §4, W12, D9).
fn losses(trees: &[Tree], output: Format) -> Vec<String> {
    let mut losses = Vec::new();
    // Into INI go the sections of all of them.
    if trees.len() > 1 && output != Format::Ini {
        losses.push(format!(
            "the file has {} YAML documents; the output holds the first one only",
            trees.len()
        ));
    }
    let Some(Tree::Map(pairs)) = trees.first() else { return losses };
    let values = || {
        pairs.iter().filter_map(|pair| match pair {
            Pair::Entry(key, value) => Some((key, value)),
            Pair::Comment { .. } => None,
        })
    };
    match output {
        Format::Binary => {
            let others = values().filter(|(key, _)| *key != b"data").count();
            if others > 0 {
                losses.push(format!(
                    "the output is the value of 'data' alone; other values are left out: {others}"
                ));
            }
        }
        // Neither of them nests values deeper.
        Format::Ini | Format::Dotenv => {
            let is_null = |value: &Tree| matches!(value, Tree::Leaf(Value::Null));
            let nulls = values().map(|(_, value)| match value {
                Tree::Map(pairs) => pairs
                    .iter()
                    .filter(|pair| matches!(pair, Pair::Entry(_, value) if is_null(value)))
                    .count(),
                value => usize::from(is_null(value)),
            });
            let nulls: usize = nulls.sum();
            if nulls > 0 {
                losses.push(format!(
                    "the output format has no null; these values are written as <nil>: {nulls}"
                ));
            }
        }
        Format::Yaml | Format::Json | Format::Toml => {}
    }
    losses
}

/// A part of the first document. A map brings the other documents of the file along, as in sops.
fn extract(
    mut trees: Vec<Tree>,
    path: &[UserStep],
    merge: bool,
    output: Format,
    style: &EmitStyle,
) -> Result<Vec<u8>, Failure> {
    let empty = Tree::Map(Vec::<Pair>::new());
    let found = document::at(trees.first().unwrap_or(&empty), path)
        .map_err(|error| Failure::generic(format!("error truncating tree: {error}")))?;
    let (emitted, what) = match found {
        Extracted::Part(part @ Tree::Map(_)) => {
            let mut part = part.clone();
            if merge {
                document::merge(&mut part);
            }
            trees.splice(..1, [part]);
            (document::emit(&trees, output, style), "file")
        }
        part => (part.emit(output, style), "tree"),
    };
    emitted.map_err(|error| Failure::new(Kind::DumpTree, format!("Error dumping {what}: {error}")))
}
