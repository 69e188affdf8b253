//! Keys that look like others: what a person may have meant by a key without meaning.

/// Names that people write for another, which no distance would find. The right-hand side
/// counts only where it is known.
const MISTAKEN: &[(&str, &str)] = &[
    ("filename_regex", "path_regex"),
    ("file_regex", "path_regex"),
    ("regex", "path_regex"),
    ("rules", "creation_rules"),
    ("hc_vault", "hc_vault_transit_uri"),
    ("hc_vault_uri", "hc_vault_transit_uri"),
    ("hc_vault_uris", "hc_vault_transit_uri"),
    ("hc_vault_transit", "hc_vault_transit_uri"),
    ("hc_vault_transit_uri", "hc_vault"),
    ("vault", "hc_vault"),
    ("azure_kv", "azure_keyvault"),
    ("azure_key_vault", "azure_keyvault"),
    ("azurekv", "azure_keyvault"),
    ("vault_uri", "vaultUrl"),
    ("name", "key"),
    ("gcp", "gcp_kms"),
    ("aws_kms", "kms"),
    ("gpg", "pgp"),
    ("threshold", "shamir_threshold"),
    ("encryption_context", "context"),
    ("profile", "aws_profile"),
    ("recipient", "recipients"),
    ("fingerprint", "pgp"),
    ("fp", "pgp"),
    ("bucket", "s3_bucket"),
    ("prefix", "s3_prefix"),
    ("gcp_bucket", "gcs_bucket"),
    ("gcp_prefix", "gcs_prefix"),
    ("address", "vault_address"),
    ("mount", "vault_kv_mount_name"),
    ("vault_mount", "vault_kv_mount_name"),
    ("kv_version", "vault_kv_version"),
    ("creation_rule", "recreation_rule"),
    ("aws_secretsmanager_secret_name", "aws_secrets_manager_secret_name"),
    ("aws_secret_name", "aws_secrets_manager_secret_name"),
    ("secret_name", "aws_secrets_manager_secret_name"),
    ("aws_secrets_manager", "aws_secrets_manager_secret_name"),
    ("aws_secrets_manager_region", "aws_region"),
    ("region", "aws_region"),
    ("aws_secrets_manager_profile", "aws_profile"),
    ("gcp_secret_manager", "gcp_secret_manager_project"),
    ("gcp_project", "gcp_secret_manager_project"),
    ("project", "gcp_secret_manager_project"),
    ("gcp_locations", "gcp_secret_manager_locations"),
    ("azure_keyvault", "azure_keyvault_url"),
    ("azure_vault_url", "azure_keyvault_url"),
    ("vault_url", "azure_keyvault_url"),
    ("k8s_secret_file", "kubernetes_secret_file"),
    ("kubernetes_file", "kubernetes_secret_file"),
    ("namespace", "kubernetes_namespace"),
    ("kubernetes_secret_namespace", "kubernetes_namespace"),
    ("indentation", "indent"),
    ("env", "dotenv"),
    ("binary", "json_binary"),
];

/// The known key that `key` is most like, if it is like one at all.
pub(super) fn resembles(key: &str, known: &'static [&'static str]) -> Option<&'static str> {
    if key.len() > 64 {
        return None;
    }
    let plain = normal(key);
    if let Some(same) = known.iter().find(|known| normal(known) == plain) {
        return Some(same);
    }
    let mistaken = MISTAKEN.iter().find(|(wrong, right)| normal(wrong) == plain && known.contains(right));
    if let Some((_, right)) = mistaken {
        return known.iter().find(|known| *known == right).copied();
    }
    nearest(key, known.iter().copied())
}

/// The name that `key` is most like by its letters.
pub(super) fn nearest<'k>(key: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    if key.len() > 64 {
        return None;
    }
    let plain = normal(key);
    let near = known.filter(|known| known.len() <= 64).map(|known| (distance(&plain, &normal(known)), known));
    let (distance, best) = near.min_by_key(|(distance, _)| *distance)?;
    // In a short name one slip is as much as can be told from another word.
    let allowed = if best.len() <= 4 { 1 } else { 2 };
    (distance <= allowed && plain.len() > distance + 1).then_some(best)
}

/// Lower case, without what parts words.
fn normal(key: &str) -> String {
    key.chars().filter(|c| !matches!(c, '-' | '_' | ' ' | '.')).flat_map(char::to_lowercase).collect()
}

/// How many letters must be added, dropped, replaced or swapped with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replace = above[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = replace.min(above[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(before[j - 2] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::resembles;

    #[test]
    fn near_names_are_told_and_others_are_not() {
        const RULE: &[&str] =
            &["path_regex", "age", "pgp", "kms", "encrypted_regex", "unencrypted_regex", "azure_keyvault"];
        for (key, want) in [
            ("path-regex", Some("path_regex")),
            ("Path_Regex", Some("path_regex")),
            ("pathRegex", Some("path_regex")),
            ("path_regx", Some("path_regex")),
            ("encrypted-regex", Some("encrypted_regex")),
            ("encypted_regex", Some("encrypted_regex")),
            ("encrypted_regexp", Some("encrypted_regex")),
            ("unecrypted_regex", Some("unencrypted_regex")),
            ("Age", Some("age")),
            ("ages", Some("age")),
            ("pg", None),
            ("gpg", Some("pgp")),
            ("azure_kv", Some("azure_keyvault")),
            ("filename_regex", Some("path_regex")),
            ("keys", None),
            ("team", None),
            ("comment", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(resembles(key, RULE), want, "{key}");
        }
    }
}
