//! Go's flag syntax, brought into the one form that the definition in [`args`](super::args) reads.
//!
//! One dash or two, `--flag=value` or `--flag value`, booleans as `--flag` or `--flag=false`, no
//! bundling; a repeated flag counts once, the last one, unless it is a list (command line §1.3).
//! In front of a command, parsing stops at the first word that is no flag. Behind it, known flags may
//! stand anywhere; a boolean never swallows the word after it, as it does in sops (§1.2).

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};

use clap::{ArgAction, Command};

use resops::os::borrowed;

use super::environment::Environment;
use super::ui::go_quote;

/// What a flag takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Takes {
    Bool,
    Int,
    Text,
}

/// A flag as the syntax sees it.
#[derive(Debug)]
struct Flag {
    /// The name that the definition knows it by.
    long: String,
    /// All names, the long one first.
    names: Vec<String>,
    takes: Takes,
    /// Whether all values count, not just the last one.
    list: bool,
    variable: Option<OsString>,
}

/// The flags of one command.
#[derive(Debug)]
pub(crate) struct Flags(Vec<Flag>);

/// Which words after the first positional are still read as flags.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Reading {
    /// None: in front of a command, and without one.
    UpToFirstWord,
    /// Those that the command knows; an unknown one is an error wherever it stands.
    Everywhere,
    /// Those that the command knows; an unknown one after the first word is a word (`set f '["a"]' -5`).
    EverywhereKnown,
    /// As `Everywhere`, up to `--`, which stays among the words: behind it stands another command.
    UpToCommand,
}

/// Why tokens are not what a command reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum UsageError {
    /// A flag is unknown, lacks its value, or has one that it does not take.
    Flag(String),
    /// Both names of one flag are used.
    TwoForms(String),
    /// A variable that stands for a flag does not hold what the flag takes.
    Variable(String),
}

impl UsageError {
    /// sops' words for it.
    pub(crate) fn message(&self) -> &str {
        match self {
            Self::Flag(message) | Self::TwoForms(message) | Self::Variable(message) => message,
        }
    }
}

/// A value that was given for a flag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Given {
    /// The long name of the flag.
    pub(crate) long: String,
    value: OsString,
}

impl Given {
    /// Whether this is a boolean flag that is switched on.
    pub(crate) fn is_on(&self) -> bool {
        self.value == "true"
    }

    /// Whether this is a boolean flag that is switched off.
    pub(crate) fn is_off(&self) -> bool {
        self.value == "false"
    }
}

/// Tokens, sorted out.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Sorted {
    /// The flags in the order they came.
    pub(crate) given: Vec<Given>,
    /// The other words. Without a command this is all from the first word on.
    pub(crate) words: Vec<OsString>,
    /// Whether help is asked for.
    pub(crate) help: bool,
}

impl Sorted {
    /// Tokens that are words from the first on, which no flags stand in front of; nothing if there are
    /// flags, or nothing at all.
    pub(crate) fn of_words(tokens: &[OsString]) -> Option<Self> {
        match dashed(tokens.first()?) {
            Ok(None) => Some(Self { words: tokens.to_vec(), ..Self::default() }),
            _ => None,
        }
    }
}

/// Checks the variables that stand for boolean flags: sops refuses to start if one is no boolean.
pub(crate) fn check_switches(switches: &[(&str, &str)], environment: &Environment) -> Result<(), UsageError> {
    for (flag, variable) in switches {
        let Some(text) = environment.nonempty(variable) else { continue };
        if parse_bool(&text).is_none() {
            let text = text.to_string_lossy().into_owned();
            return Err(UsageError::Variable(format!(
                "could not parse {text} as bool value for flag {flag}: strconv.ParseBool: parsing {}: invalid syntax",
                go_quote(&text)
            )));
        }
    }
    Ok(())
}

impl Flags {
    /// The flags that `command` defines.
    pub(crate) fn of(command: &Command) -> Self {
        let flags = command.get_arguments().filter(|arg| !arg.is_positional()).map(|arg| {
            let long = arg.get_long().unwrap_or_default().to_owned();
            let mut names = vec![long.clone()];
            names.extend(arg.get_short().map(String::from));
            names.extend(arg.get_all_aliases().into_iter().flatten().map(str::to_owned));
            let kind = arg.get_value_parser().type_id();
            let takes = if kind == std::any::TypeId::of::<bool>() {
                Takes::Bool
            } else if kind == std::any::TypeId::of::<i64>() {
                Takes::Int
            } else {
                Takes::Text
            };
            let list = matches!(arg.get_action(), ArgAction::Append);
            Flag { long, names, takes, list, variable: arg.get_env().map(OsStr::to_owned) }
        });
        Self(flags.collect())
    }

    /// Whether there is a flag of this long name.
    pub(crate) fn knows(&self, long: &str) -> bool {
        self.0.iter().any(|flag| flag.long == long)
    }

    fn find(&self, name: &str) -> Option<&Flag> {
        self.0.iter().find(|flag| flag.names.iter().any(|known| known == name))
    }

    /// Sorts `tokens` into flags and words.
    pub(crate) fn sort(&self, tokens: &[OsString], reading: Reading) -> Result<Sorted, UsageError> {
        let mut sorted = Sorted::default();
        let mut used: Vec<(&Flag, &str)> = Vec::new();
        let mut tokens = tokens.iter();
        while let Some(token) = tokens.next() {
            let Some((name, inline)) = dashed(token)? else {
                sorted.words.push(token.clone());
                if reading == Reading::UpToFirstWord {
                    sorted.words.extend(tokens.cloned());
                    break;
                }
                continue;
            };
            if name.is_empty() {
                if reading == Reading::UpToCommand {
                    sorted.words.push(token.clone());
                }
                sorted.words.extend(tokens.cloned());
                break;
            }
            let Some(flag) = name.to_str().and_then(|name| self.find(name)) else {
                if *name == *"help" || *name == *"h" {
                    sorted.help = true;
                    continue;
                }
                if reading == Reading::EverywhereKnown && !sorted.words.is_empty() {
                    sorted.words.push(token.clone());
                    continue;
                }
                let name = name.to_string_lossy();
                return Err(UsageError::Flag(format!("flag provided but not defined: -{name}")));
            };
            let name = name.to_str().unwrap_or_default();
            let value = match (flag.takes, inline) {
                (Takes::Bool, None) => OsString::from("true"),
                (Takes::Bool, Some(text)) => match parse_bool(&text) {
                    Some(on) => OsString::from(if on { "true" } else { "false" }),
                    None => {
                        let text = go_quote(&text.to_string_lossy());
                        return Err(UsageError::Flag(format!(
                            "invalid boolean value {text} for -{name}: parse error"
                        )));
                    }
                },
                (_, Some(text)) => text.into_owned(),
                (_, None) => tokens
                    .next()
                    .ok_or_else(|| UsageError::Flag(format!("flag needs an argument: -{name}")))?
                    .clone(),
            };
            let value = match flag.takes {
                Takes::Int => parse_int(&value).map(|n| OsString::from(n.to_string())).map_err(|why| {
                    let text = go_quote(&value.to_string_lossy());
                    UsageError::Flag(format!("invalid value {text} for flag -{name}: {why}"))
                })?,
                _ => value,
            };
            let form = flag.names.iter().find(|known| *known == name).map_or("", String::as_str);
            used.push((flag, form));
            sorted.given.push(Given { long: flag.long.clone(), value });
        }
        two_forms(&self.0, &used)?;
        Ok(sorted)
    }

    /// The arguments for clap: flags of `outer` that are known here, then those of `inner`, then the
    /// variables of those that were given nowhere, then the words.
    pub(crate) fn arguments(
        &self,
        outer: Vec<Given>,
        inner: Sorted,
        environment: &Environment,
    ) -> Vec<OsString> {
        let mut arguments = vec![OsString::from("sops")];
        for flag in &self.0 {
            let of = |given: &[Given]| -> Vec<OsString> {
                given.iter().filter(|g| g.long == flag.long).map(|g| g.value.clone()).collect()
            };
            let mut values = of(&outer);
            values.extend(of(&inner.given));
            if values.is_empty() {
                values = flag.values_of_variable(environment);
            }
            if !flag.list && values.len() > 1 {
                values.drain(..values.len() - 1);
            }
            for value in values {
                let switch = flag.takes == Takes::Bool && flag.long != "enable-local-keyservice";
                let mut argument = OsString::from(format!("--{}", flag.long));
                if switch && value != "true" {
                    continue;
                }
                if !switch {
                    argument.push("=");
                    argument.push(&value);
                }
                arguments.push(argument);
            }
        }
        arguments.push(OsString::from("--"));
        arguments.extend(inner.words);
        arguments
    }
}

impl Flag {
    /// What the flag's variable stands for. Empty means unset, but for a boolean it means false, and
    /// for a list one empty item (command line §1.4).
    fn values_of_variable(&self, environment: &Environment) -> Vec<OsString> {
        let Some(text) = self.variable.as_ref().and_then(|name| environment.variable(name)) else {
            return Vec::new();
        };
        match self.takes {
            Takes::Bool => {
                let on = parse_bool(&text).unwrap_or(false);
                vec![OsString::from(if on { "true" } else { "false" })]
            }
            _ if self.list => {
                text.to_string_lossy().split(',').map(|item| OsString::from(item.trim())).collect()
            }
            _ if text.is_empty() => Vec::new(),
            _ => vec![text],
        }
    }
}

/// The name and the inline value of a flag token; an empty name is the `--` that ends flags.
#[allow(clippy::type_complexity)]
fn dashed(token: &OsStr) -> Result<Option<(Cow<'_, OsStr>, Option<Cow<'_, OsStr>>)>, UsageError> {
    let bytes = token.as_encoded_bytes();
    let name = match bytes {
        [] | [b'-'] => return Ok(None),
        [b'-', b'-', rest @ ..] => rest,
        [b'-', rest @ ..] => rest,
        _ => return Ok(None),
    };
    if name.is_empty() {
        return Ok(Some((OsStr::new("").into(), None)));
    }
    if name[0] == b'-' || name[0] == b'=' {
        return Err(UsageError::Flag(format!("bad flag syntax: {}", token.to_string_lossy())));
    }
    Ok(Some(match name.iter().position(|&b| b == b'=') {
        Some(at) => (borrowed(&name[..at]), Some(borrowed(&name[at + 1..]))),
        None => (borrowed(name), None),
    }))
}

fn two_forms(flags: &[Flag], used: &[(&Flag, &str)]) -> Result<(), UsageError> {
    for flag in flags.iter().filter(|flag| flag.names.len() > 1) {
        let mut forms = flag
            .names
            .iter()
            .filter(|name| used.iter().any(|(other, form)| other.long == flag.long && form == name));
        if let (Some(first), Some(second)) = (forms.next(), forms.next()) {
            return Err(UsageError::TwoForms(format!(
                "Cannot use two forms of the same flag: {second} {first}"
            )));
        }
    }
    Ok(())
}

/// Go's `strconv.ParseBool`.
pub(crate) fn parse_bool(text: &OsStr) -> Option<bool> {
    match text.to_str()? {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

/// Go's `strconv.ParseInt` with base 0: prefixes 0x, 0o, 0b and 0, and underscores between digits.
fn parse_int(text: &OsStr) -> Result<i64, &'static str> {
    const SYNTAX: &str = "parse error";
    let text = text.to_str().ok_or(SYNTAX)?;
    let (sign, digits) = match text.as_bytes() {
        [b'-', ..] => (-1, &text[1..]),
        [b'+', ..] => (1, &text[1..]),
        _ => (1, text),
    };
    let lower = digits.to_ascii_lowercase();
    let (base, body, prefixed) = match lower.get(..2) {
        Some("0x") => (16, &lower[2..], true),
        Some("0o") => (8, &lower[2..], true),
        Some("0b") => (2, &lower[2..], true),
        _ if lower.len() > 1 && lower.starts_with('0') => (8, &lower[1..], true),
        _ => (10, lower.as_str(), false),
    };
    // An underscore must stand between digits; the prefix counts as one.
    let mut after_digit = prefixed;
    for (at, b) in body.bytes().enumerate() {
        let underscore = b == b'_';
        if underscore && (!after_digit || at + 1 == body.len()) {
            return Err(SYNTAX);
        }
        after_digit = !underscore;
    }
    let plain: String = body.chars().filter(|&c| c != '_').collect();
    if plain.is_empty() || !plain.chars().all(|c| c.is_digit(base)) {
        return Err(SYNTAX);
    }
    i128::from_str_radix(&plain, base)
        .ok()
        .and_then(|n| i64::try_from(sign * n).ok())
        .ok_or("value out of range")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args;

    fn tokens(line: &str) -> Vec<OsString> {
        line.split_whitespace().map(|word| OsString::from(if word == "''" { "" } else { word })).collect()
    }

    fn flags(verb: &str) -> Flags {
        Flags::of(&args::verb(verb).expect("a command").command())
    }

    /// What is given, in the form `in-place=true age=A | FILE`.
    fn check(verb: &str, line: &str, expected: &str) {
        let reading = match verb {
            "set" => Reading::EverywhereKnown,
            _ => Reading::Everywhere,
        };
        show(flags(verb).sort(&tokens(line), reading), expected);
    }

    fn check_top(line: &str, expected: &str) {
        show(Flags::of(&args::top_level()).sort(&tokens(line), Reading::UpToFirstWord), expected);
    }

    fn show(sorted: Result<Sorted, UsageError>, expected: &str) {
        let shown = match sorted {
            Err(error) => format!("error: {}", error.message()),
            Ok(sorted) => {
                let mut parts: Vec<String> = sorted
                    .given
                    .iter()
                    .map(|g| format!("{}={}", g.long, g.value.to_string_lossy()))
                    .collect();
                if sorted.help {
                    parts.push("help".to_owned());
                }
                parts.push("|".to_owned());
                parts.extend(sorted.words.iter().map(|w| w.to_string_lossy().into_owned()));
                parts.join(" ")
            }
        };
        assert_eq!(shown, expected);
    }

    #[test]
    fn flags_stand_anywhere_behind_a_command() {
        check("encrypt", "-i FILE --age R", "in-place=true age=R | FILE");
        check("encrypt", "FILE -i --age R", "in-place=true age=R | FILE");
        check("decrypt", "-i FILE --output X", "in-place=true output=X | FILE");
        check("set", "FILE --idempotent IDX VAL", "idempotent=true | FILE IDX VAL");
        check("exec-env", "FILE --pristine CMD", "pristine=true | FILE CMD");
        check("decrypt", "FILE -- --output", "| FILE --output");
        check("decrypt", "- x", "| - x");
    }

    #[test]
    fn one_dash_or_two_and_both_ways_to_give_a_value() {
        check(
            "encrypt",
            "-in-place -age=A --a=B -pgp C f",
            "error: Cannot use two forms of the same flag: a age",
        );
        check(
            "encrypt",
            "-in-place=0 --i -age= f",
            "error: Cannot use two forms of the same flag: i in-place",
        );
        check("encrypt", "-age= --pgp '' f", "age= pgp= | f");
        check("encrypt", "--in-place=F -p=x=y f", "in-place=false pgp=x=y | f");
    }

    #[test]
    fn values_may_begin_with_a_dash() {
        check("set", "f IDX -5", "| f IDX -5");
        check("set", "f IDX --weird", "| f IDX --weird");
        check("set", "-5 f", "error: flag provided but not defined: -5");
        check("decrypt", "--extract -x f", "extract=-x | f");
    }

    #[test]
    fn what_go_refuses() {
        check("decrypt", "-di f", "error: flag provided but not defined: -di");
        check("decrypt", "f --bogus", "error: flag provided but not defined: -bogus");
        check("decrypt", "---x", "error: bad flag syntax: ---x");
        check("decrypt", "f --output", "error: flag needs an argument: -output");
        check(
            "decrypt",
            "--ignore-mac=maybe f",
            "error: invalid boolean value \"maybe\" for -ignore-mac: parse error",
        );
        check("decrypt", "--indent x f", "error: invalid value \"x\" for flag -indent: parse error");
        check(
            "decrypt",
            "--indent 99999999999999999999 f",
            "error: invalid value \"99999999999999999999\" for flag -indent: value out of range",
        );
    }

    #[test]
    fn without_a_command_flags_end_at_the_file() {
        check_top("-d FILE --extract P", "decrypt=true | FILE --extract P");
        check_top("-d decrypt -i", "decrypt=true | decrypt -i");
        check_top("-d -- -x", "decrypt=true | -x");
        check_top("-h", "help |");
        check_top("--set a --set b f", "set=a set=b | f");
    }

    #[test]
    fn integers_are_read_as_go_reads_them() {
        for (text, expected) in [
            ("0x2", Ok(2)),
            ("0b1", Ok(1)),
            ("1_000", Ok(1000)),
            ("-3", Ok(-3)),
            ("017", Ok(15)),
            ("0", Ok(0)),
            ("0_7", Ok(7)),
            ("1__0", Err("parse error")),
            ("_1", Err("parse error")),
            ("1_", Err("parse error")),
            ("08", Err("parse error")),
            ("0x", Err("parse error")),
            ("", Err("parse error")),
            ("1.5", Err("parse error")),
        ] {
            assert_eq!(parse_int(OsStr::new(text)), expected, "{text}");
        }
    }

    #[test]
    fn the_last_of_a_repeated_flag_counts_and_lists_grow() {
        let flags = flags("decrypt");
        let inner = flags
            .sort(
                &tokens("--input-type a --input-type b --keyservice x --keyservice y f"),
                Reading::Everywhere,
            )
            .expect("valid");
        let environment = Environment::for_test(&[("SOPS_KEYSERVICE", "e1, e2")]);
        let arguments = flags.arguments(Vec::new(), inner, &environment);
        assert_eq!(arguments, tokens("sops --input-type=b --keyservice=x --keyservice=y -- f"));
    }

    #[test]
    fn the_switches_with_variables_are_those_of_the_definition() {
        let Flags(defined) = Flags::of(&args::top_level());
        let switches: Vec<_> = defined
            .iter()
            .filter(|flag| flag.takes == Takes::Bool)
            .filter_map(|flag| Some((flag.long.as_str(), flag.variable.as_deref()?.to_str()?)))
            .collect();
        assert_eq!(switches, args::SWITCHES);
    }

    #[test]
    fn words_without_flags_in_front_need_no_definition() {
        for line in ["encrypt -i FILE", "FILE", "- x"] {
            let expected = Flags::of(&args::top_level()).sort(&tokens(line), Reading::UpToFirstWord);
            assert_eq!(Sorted::of_words(&tokens(line)), Some(expected.expect("no flags")), "{line}");
        }
        for line in ["-i FILE", "--", "---x", "--help"] {
            assert_eq!(Sorted::of_words(&tokens(line)), None, "{line}");
        }
        assert_eq!(Sorted::of_words(&[]), None);
    }

    #[test]
    fn variables_stand_in_for_flags() {
        let flags = flags("encrypt");
        let environment = Environment::for_test(&[
            ("SOPS_KEYSERVICE", "e1, e2"),
            ("SOPS_AGE_RECIPIENTS", "A"),
            ("SOPS_PGP_FP", ""),
            ("SOPS_ENABLE_LOCAL_KEYSERVICE", ""),
        ]);
        let inner = flags.sort(&tokens("f --kms="), Reading::Everywhere).expect("valid");
        assert_eq!(
            flags.arguments(Vec::new(), inner, &environment),
            tokens(
                "sops --age=A --kms= --enable-local-keyservice=false --keyservice=e1 --keyservice=e2 -- f"
            )
        );
        let bad = Environment::for_test(&[("SOPS_ENABLE_LOCAL_KEYSERVICE", "foo")]);
        assert_eq!(
            check_switches(args::SWITCHES, &bad).expect_err("not a boolean").message(),
            "could not parse foo as bool value for flag enable-local-keyservice: \
             strconv.ParseBool: parsing \"foo\": invalid syntax"
        );
    }
}
