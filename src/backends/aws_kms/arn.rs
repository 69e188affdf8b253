//! What names a key of AWS KMS (keys §5.1).

use crate::backends::aws::is_label;

/// The region of a key: `arn:aws[…]:kms:REGION:ACCOUNT:key/…`, or `alias/…`. Anything else is no ARN, a bare
/// id or alias among it.
///
/// # Errors
///
/// In sops' words, whether it is no ARN or its region is none.
pub(super) fn region(arn: &str) -> Result<&str, String> {
    let region = parse(arn).ok_or_else(|| format!("no valid ARN found in '{arn}'"))?;
    if !is_label(region) {
        return Err(format!("invalid region in '{arn}': region was not a valid DNS name"));
    }
    Ok(region)
}

/// As sops' `^arn:aws[\w-]*:kms:(.+):[0-9]+:(key|alias)/.+$`; its `.+` takes all it can.
fn parse(arn: &str) -> Option<&str> {
    let (partition, rest) = arn.strip_prefix("arn:aws")?.split_once(":kms:")?;
    let of_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if !partition.chars().all(of_word) || arn.contains('\n') {
        return None;
    }
    let ends = [":key/", ":alias/"].into_iter().flat_map(|kind| rest.match_indices(kind));
    let regions = ends.filter_map(|(at, kind)| {
        let (region, account) = rest[..at].rsplit_once(':')?;
        let is_account = !account.is_empty() && account.bytes().all(|b| b.is_ascii_digit());
        let names_something = rest.len() > at + kind.len();
        (is_account && names_something && !region.is_empty()).then_some(region)
    });
    regions.max_by_key(|region| region.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What sops 3.13.2 takes for an ARN, and the region that it asks.
    #[test]
    fn regions() {
        for (arn, expected) in [
            ("arn:aws:kms:us-east-1:111122223333:key/1234", Ok("us-east-1")),
            ("arn:aws:kms:eu-west-3:111122223333:alias/some/path", Ok("eu-west-3")),
            ("arn:aws:kms:eu-west-3:111122223333:key/mrk-12ab", Ok("eu-west-3")),
            ("arn:aws-us-gov:kms:us-gov-west-1:1:key/x", Ok("us-gov-west-1")),
            ("arn:aws-cn:kms:cn-north-1:1:alias/a:1:key/x", Err("invalid region")),
            ("arn:aws:kms:evil.example/:1:key/x", Err("invalid region")),
            ("arn:aws:kms:u@evil:1:key/x", Err("invalid region")),
            ("1234abcd-12ab-34cd-56ef-1234567890ab", Err("no valid ARN")),
            ("alias/sops", Err("no valid ARN")),
            ("arn:aws:kms::1:key/x", Err("no valid ARN")),
            ("arn:aws:kms:r:x:key/x", Err("no valid ARN")),
            ("arn:aws:kms:r:1:key/", Err("no valid ARN")),
            ("arn:aws:iam:r:1:role/x", Err("no valid ARN")),
            ("arn:aws:kms:r:1:other/x", Err("no valid ARN")),
            (" arn:aws:kms:r:1:key/x", Err("no valid ARN")),
        ] {
            match (region(arn), expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{arn}"),
                (Err(error), Err(start)) => assert!(error.starts_with(start), "{arn}: {error}"),
                (found, _) => panic!("{arn}: {found:?}"),
            }
        }
    }
}
