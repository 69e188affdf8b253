//! `generate`: a new random secret, straight into an encrypted file.

use resops::document::{Document, Format, Tree, UserStep};
use resops::leaf::Value;
use resops::ops::{self, SecretKind};

use super::set::{Target, TargetFlags};
use crate::cli::args::GenerateArgs;
use crate::cli::environment::Environment;
use crate::cli::error::{Failure, Kind};
use crate::cli::files;
use crate::cli::input::Input;
use crate::cli::library_errors;
use crate::cli::open::{Session, SystemRandom};
use crate::cli::output;
use crate::cli::values;

/// Fewer characters or bytes can be guessed.
const SHORTEST: i64 = 8;
const LONGEST: i64 = 65536;

const ALPHA: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const DIGITS: &str = "0123456789";
/// Without those that shells, YAML, JSON, URLs and dotenv files make most of.
const SYMBOLS: &str = "!*+,-./:;=@^_~";

pub(crate) fn run(args: &GenerateArgs, environment: &Environment) -> Result<(), Failure> {
    let [file, typed] = args.words.as_slice() else {
        return Err(Failure::new(Kind::NoFile, "Error: need a file and a path")
            .hint("sops generate FILE PATH, as in: sops generate secrets.yaml db.password"));
    };
    let kind = kind(args)?;
    let path = values::parse_path(typed)?;
    let flags = TargetFlags { types: &args.types, global: &args.opening.global, ignore_mac: args.ignore_mac };
    let target = Target::of_file(file, &flags, environment)?;
    Input::File(target.path().to_path_buf()).must_exist().map_err(|failure| {
        failure.hint("generate fills values of an encrypted file; sops encrypt makes one")
    })?;
    let session = Session::opening(&args.opening, environment)?;
    let change = target.change(&session);
    let made = ops::generate(&kind, &mut SystemRandom::new());
    let typed = typed.to_string_lossy();
    output::rewrite(change.path, |source| {
        let steps = std::cell::RefCell::new(Vec::new());
        let changed = change.changed(source, |plain, document| {
            let trees = plain.trees();
            let here = path.steps_in(trees.first());
            if here.is_empty() || here.first() == Some(&UserStep::Key(b"sops".to_vec())) {
                return Err(Failure::new(Kind::SetFormat, format!("{typed} is no place for a value")));
            }
            let there = trees.first().and_then(|tree| path.find(tree).ok());
            let is_free = match there {
                None | Some(Tree::Leaf(Value::Null)) => true,
                Some(Tree::Leaf(Value::Str(text))) => text.is_empty(),
                Some(_) => false,
            };
            if !is_free && !args.force {
                return Err(Failure::generic(format!("there is a value at {typed} already"))
                    .hint("nothing is changed; --force puts a new one in its place"));
            }
            let value = Tree::str(made.secret.as_bytes().to_vec());
            let text = document.with_value(&here, &value);
            *steps.borrow_mut() = here;
            text.map(Some).map_err(|error| library_errors::set_failure(&error))
        })?;
        match changed {
            Some(bytes) if !is_encrypted_at(&bytes, change.output, &steps.borrow()) => Err(Failure::generic(
                format!("the value at {typed} would stand in the file in clear text"),
            )
            .hint(
                "the file's selectors (its suffixes or regular expressions) leave it out; nothing is written",
            )),
            changed => Ok(changed),
        }
    })?;
    match made.public {
        Some(public) => files::write_stdout(format!("{public}\n").as_bytes()),
        None => Ok(()),
    }
}

/// What the flags ask for.
fn kind(args: &GenerateArgs) -> Result<SecretKind, Failure> {
    let length = args.length.unwrap_or(32);
    if !(SHORTEST..=LONGEST).contains(&length) {
        return Err(Failure::generic(format!("Error: --length takes {SHORTEST} to {LONGEST}")));
    }
    let length = usize::try_from(length).unwrap_or(32);
    let kind = args.kind.as_deref().unwrap_or("password");
    Ok(match kind {
        "password" => SecretKind::Password(length, charset(args.charset.as_deref().unwrap_or("alnum"))?),
        "token" => SecretKind::Token(length),
        "hex" => SecretKind::Hex(length),
        "uuid" | "age-key" if args.length.is_some() => {
            return Err(Failure::generic(format!("Error: the length of {kind} is fixed")));
        }
        "uuid" => SecretKind::Uuid,
        "age-key" => SecretKind::AgeKey,
        _ => return Err(Failure::generic("Error: --kind takes password, token, hex, uuid or age-key")),
    })
}

/// The characters that are meant, each once.
fn charset(text: &str) -> Result<Vec<char>, Failure> {
    let mut set: Vec<char> = match text {
        "alnum" => format!("{ALPHA}{DIGITS}"),
        "alpha" => ALPHA.to_owned(),
        "digits" => DIGITS.to_owned(),
        "symbols" => format!("{ALPHA}{DIGITS}{SYMBOLS}"),
        own => own.to_owned(),
    }
    .chars()
    .collect();
    set.sort_unstable();
    set.dedup();
    if set.len() < 2 || set.iter().any(|letter| letter.is_control()) {
        return Err(Failure::generic(
            "Error: --charset takes alnum, alpha, digits, symbols, or two characters at least",
        ));
    }
    Ok(set)
}

/// Whether the value at this place of an encrypted file is ciphertext.
fn is_encrypted_at(bytes: &[u8], format: Format, steps: &[UserStep]) -> bool {
    let Ok(document) = Document::parse(bytes.to_vec(), format) else { return false };
    let trees = document.trees(&mut |leaf| document.value(leaf).to_owned());
    let mut place = trees.first();
    for step in steps {
        place = match (place, step) {
            (Some(tree @ Tree::Map(_)), UserStep::Key(key)) => tree.get(&String::from_utf8_lossy(key)),
            (Some(Tree::List(items)), UserStep::Index(index)) => {
                let mut values = items.iter().filter(|item| !matches!(item, Tree::Leaf(Value::Comment(_))));
                // A position behind the end appends.
                let count = values.clone().count();
                values.nth(usize::try_from(*index).unwrap_or(0).min(count.saturating_sub(1)))
            }
            _ => None,
        };
    }
    matches!(place, Some(Tree::Leaf(Value::Str(text))) if text.starts_with(b"ENC["))
}
