//! `SOPS_HC_VAULT_ALLOWLIST`: the Vault servers that the token may be sent to (keys §8.4).
//!
//! A file names the server of its key: without a list, whoever gets somebody to open a file gets
//! their token.

/// The variable.
pub(super) const VARIABLE: &str = "SOPS_HC_VAULT_ALLOWLIST";

/// The servers that may be talked to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum AllowList {
    All,
    /// Beginnings of addresses, each with a final slash.
    Only(Vec<String>),
}

impl AllowList {
    /// Reads the variable's value; none and an empty one allow all.
    ///
    /// # Errors
    ///
    /// If an entry is empty.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        match text {
            "" | "all" => return Ok(Self::All),
            "none" => return Ok(Self::Only(Vec::new())),
            _ => {}
        }
        let entries = text.split(',').enumerate().map(|(at, entry)| {
            let entry = entry.trim_matches(' ');
            if entry.is_empty() {
                return Err(format!("{VARIABLE}'s entry {} is empty", at + 1));
            }
            Ok(with_slash(entry))
        });
        entries.collect::<Result<_, _>>().map(Self::Only)
    }

    /// Whether the server with this address may be talked to.
    pub(super) fn allows(&self, address: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(entries) => {
                let address = with_slash(address);
                entries.iter().any(|entry| address.starts_with(entry))
            }
        }
    }
}

fn with_slash(text: &str) -> String {
    if text.ends_with('/') { text.to_owned() } else { format!("{text}/") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(list: &str, address: &str, allowed: bool) {
        assert_eq!(AllowList::parse(list).unwrap().allows(address), allowed, "{list:?} {address}");
    }

    /// The cases of keys §8.4.
    #[test]
    fn addresses() {
        check("", "http://h:8201", true);
        check("all", "http://h:8201", true);
        check("none", "http://h:8201", false);
        check("All", "http://h:8201", false);
        check("http://h:8201", "http://h:8201", true);
        check("http://x, http://h:8201/ ", "http://h:8201", true);
        check("http://h", "http://h:8201", false);
        check("http://h", "http://h.evil.example", false);
        check("https://h:8201", "http://h:8201", false);
        check("http://H:8201", "http://h:8201", false);
        check("http://h:8201", "http://h:8201/", true);
    }

    #[test]
    fn an_empty_entry_is_an_error() {
        let error = AllowList::parse("http://h, ").unwrap_err();
        assert_eq!(error, "SOPS_HC_VAULT_ALLOWLIST's entry 2 is empty");
    }
}
