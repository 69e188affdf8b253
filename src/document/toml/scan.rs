//! Tokens: the grammar of TOML, by `toml_parser`; what they mean together is not looked at.

use toml_parser::parser::{Event, RecursionGuard, parse_document};
use toml_parser::{ErrorSink, ParseError, Source};

/// How deep arrays and inline tables may nest. The grammar is read by recursion; readers such as
/// rops stop at 80.
const MAX_DEPTH: u32 = 128;

/// What is wrong, and where.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) at: usize,
    pub(super) text: String,
}

impl Problem {
    pub(super) fn new(at: usize, text: impl Into<String>) -> Self {
        Self { at, text: text.into() }
    }
}

/// Takes the first problem that is reported.
#[derive(Default)]
pub(super) struct First(Option<ParseError>);

impl First {
    /// The problem, if there was one; `at` is where to look if it does not say.
    pub(super) fn check(&mut self, at: usize) -> Result<(), Problem> {
        let Some(error) = self.0.take() else { return Ok(()) };
        let place = error.unexpected().or_else(|| error.context());
        let mut text = error.description().to_owned();
        if let Some(expected) = error.expected().filter(|expected| !expected.is_empty()) {
            let words = expected.iter().map(|expected| match expected {
                toml_parser::Expected::Literal("\n") => "a line end".to_owned(),
                toml_parser::Expected::Literal(literal) => format!("`{literal}`"),
                toml_parser::Expected::Description(words) => (*words).to_owned(),
                _ => "something else".to_owned(),
            });
            text = format!("{text}, expected {}", words.collect::<Vec<_>>().join(", "));
        }
        Err(Problem::new(place.map_or(at, |span| span.start()), text))
    }
}

impl ErrorSink for First {
    fn report_error(&mut self, error: ParseError) {
        self.0.get_or_insert(error);
    }
}

/// All tokens of `source`, and the first problem with their order. What comes before that can be
/// relied on.
pub(super) fn events(source: Source<'_>) -> (Vec<Event>, Option<Problem>) {
    let tokens = source.lex().into_vec();
    let mut events = Vec::with_capacity(tokens.len());
    let mut first = First::default();
    let mut guarded = RecursionGuard::new(&mut events, MAX_DEPTH);
    parse_document(&tokens, &mut guarded, &mut first);
    let problem = first.check(source.input().len()).err();
    (events, problem)
}
