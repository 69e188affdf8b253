//! What the editor shows for a file that is not there yet (stores §11).

use resops::document::{EmitStyle, Format, Pair, Tree, emit};
use resops::leaf::Value;

const HELLO: &str = "Welcome to SOPS! Edit this file as you please!";

/// The example in a format.
pub(crate) fn text(format: Format, style: &EmitStyle) -> Vec<u8> {
    match format {
        Format::Yaml | Format::Json | Format::Toml => {}
        Format::Ini => {
            return format!(
                "; This is an example file.\n[Welcome!]\nhello       = {HELLO}\nexample_key = example_value\n"
            )
            .into_bytes();
        }
        Format::Dotenv => {
            return format!(
                "# This is an example file.\nhello={HELLO}\nexample_key=example_value\n\
                 example_multiline=foo\\nbar\\nbaz\n"
            )
            .into_bytes();
        }
        Format::Binary => return HELLO.as_bytes().to_vec(),
    }
    let entry = |key: &str, value: Tree| Pair::Entry(key.into(), value);
    let tree = Tree::Map(vec![
        entry("hello", Tree::str(HELLO)),
        entry("example_key", Tree::str("example_value")),
        Pair::Comment { text: b" Example comment".to_vec(), inline: false },
        entry("example_array", Tree::List(vec![Tree::str("example_value1"), Tree::str("example_value2")])),
        entry("example_number", Tree::Leaf(Value::Float(1234.56789))),
        entry(
            "example_booleans",
            Tree::List(vec![Tree::Leaf(Value::Bool(true)), Tree::Leaf(Value::Bool(false))]),
        ),
    ]);
    emit(&[tree], format, style).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_is_that_of_sops() {
        let yaml = text(Format::Yaml, &EmitStyle::default());
        assert_eq!(
            String::from_utf8_lossy(&yaml),
            "hello: Welcome to SOPS! Edit this file as you please!\nexample_key: example_value\n# Example comment\n\
             example_array:\n    - example_value1\n    - example_value2\nexample_number: 1234.56789\n\
             example_booleans:\n    - true\n    - false\n"
        );
        let json = text(Format::Json, &EmitStyle::default());
        assert!(json.starts_with(b"{\n\t\"hello\": \"Welcome to SOPS!"));
    }
}
