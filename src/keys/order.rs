//! In which order the keys of a group are tried (command line §8.2).

use super::{KeyKind, WrappedKey};

/// The order in which kinds of key are tried; those not named come last, as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecryptionOrder(Vec<String>);

/// A kind is named twice. The CLI exits 112.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Duplicate decryption key type: {0}")]
pub struct DuplicateKeyType(pub String);

impl Default for DecryptionOrder {
    /// What needs no network first.
    fn default() -> Self {
        Self(vec![KeyKind::Age.id().to_owned(), KeyKind::Pgp.id().to_owned()])
    }
}

impl DecryptionOrder {
    /// The order in which the file has them.
    #[must_use]
    pub fn as_stored() -> Self {
        Self(Vec::new())
    }

    /// Reads `--decryption-order` or `SOPS_DECRYPTION_ORDER`; an empty text is the default.
    ///
    /// # Errors
    ///
    /// [`DuplicateKeyType`].
    ///
    /// # Compatibility
    ///
    /// Unknown words, also those with blanks around them, match no key and are no error.
    pub fn parse(text: &str) -> Result<Self, DuplicateKeyType> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        let mut words: Vec<String> = Vec::new();
        for word in text.split(',') {
            if words.iter().any(|w| w == word) {
                return Err(DuplicateKeyType(word.to_owned()));
            }
            words.push(word.to_owned());
        }
        Ok(Self(words))
    }

    /// The keys of a group as they are to be tried.
    pub(super) fn sort<'a>(&self, keys: &'a [WrappedKey]) -> Vec<&'a WrappedKey> {
        let mut sorted: Vec<_> = keys.iter().collect();
        sorted.sort_by_key(|key| {
            let id = key.key.kind().id();
            self.0.iter().position(|word| word == id).unwrap_or(self.0.len())
        });
        sorted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::MasterKey;

    fn sorted(order: &str) -> String {
        let keys: Vec<_> = [
            MasterKey::AwsKms {
                arn: "kms".into(),
                role: String::new(),
                context: vec![],
                profile: String::new(),
            },
            MasterKey::GcpKms { resource_id: "gcp".into() },
            MasterKey::Pgp { fingerprint: "pgp".into() },
            MasterKey::Age { recipient: "age-a".into() },
            MasterKey::Age { recipient: "age-b".into() },
        ]
        .map(WrappedKey::new)
        .into();
        let order = DecryptionOrder::parse(order).unwrap();
        order.sort(&keys).iter().map(|k| k.key.text()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn listed_kinds_come_first_and_the_rest_stays() {
        assert_eq!(sorted(""), "age-a age-b pgp kms gcp");
        assert_eq!(sorted("gcp_kms,pgp"), "gcp pgp kms age-a age-b");
        assert_eq!(sorted("age, pgp"), "age-a age-b kms gcp pgp");
    }

    #[test]
    fn duplicates_are_refused() {
        assert_eq!(DecryptionOrder::parse("age,,pgp,").unwrap_err(), DuplicateKeyType("".into()));
        assert_eq!(
            DecryptionOrder::parse("age,pgp,age").unwrap_err().to_string(),
            "Duplicate decryption key type: age"
        );
    }
}
