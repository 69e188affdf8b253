//! The public hosts of AWS' services, by region.

/// A service of AWS.
#[derive(Debug)]
pub(crate) struct Service {
    /// Its name in messages, and in a profile's `services` in lower case, with `_` for blanks.
    pub(crate) name: &'static str,
    /// Its name in signatures and host names.
    pub(crate) id: &'static str,
    /// The variable that holds its endpoint.
    pub(crate) variable: &'static str,
}

impl Service {
    #[cfg(feature = "aws")]
    pub(crate) const KMS: Self = Self { name: "KMS", id: "kms", variable: "AWS_ENDPOINT_URL_KMS" };
    #[cfg(feature = "publish")]
    pub(crate) const S3: Self = Self { name: "S3", id: "s3", variable: "AWS_ENDPOINT_URL_S3" };
    #[cfg(feature = "publish")]
    pub(crate) const SECRETS_MANAGER: Self =
        Self { name: "Secrets Manager", id: "secretsmanager", variable: "AWS_ENDPOINT_URL_SECRETS_MANAGER" };
    pub(crate) const STS: Self = Self { name: "STS", id: "sts", variable: "AWS_ENDPOINT_URL_STS" };
}

/// How a region begins, where its hosts end, and where those end that speak IPv6 too. The longest
/// beginning counts; other regions are of the public cloud.
const PARTITIONS: &[(&str, &str, &str)] = &[
    ("cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn"),
    ("eusc-", "amazonaws.eu", "api.amazonwebservices.eu"),
    ("us-iso-", "c2s.ic.gov", "api.aws.ic.gov"),
    ("us-isob-", "sc2s.sgov.gov", "api.aws.scloud"),
    ("eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"),
    ("us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov"),
];
const PUBLIC: (&str, &str) = ("amazonaws.com", "api.aws");

/// Which of its hosts a service is asked at.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Variant {
    /// `AWS_USE_FIPS_ENDPOINT`.
    pub(super) fips: bool,
    /// `AWS_USE_DUALSTACK_ENDPOINT`.
    pub(super) dual_stack: bool,
}

/// Where the service of a region is, without a slash at the end.
pub(super) fn public(service: &Service, region: &str, variant: Variant) -> String {
    let found = PARTITIONS.iter().find(|(start, ..)| region.starts_with(start));
    let (usual, dual) = found.map_or(PUBLIC, |&(_, usual, dual)| (usual, dual));
    let fips = if variant.fips { "-fips" } else { "" };
    let id = service.id;
    // S3 has names of its own for what others have under another domain.
    match (variant.dual_stack, id) {
        (true, "s3") => format!("https://{id}{fips}.dualstack.{region}.{usual}"),
        (true, _) => format!("https://{id}{fips}.{region}.{dual}"),
        (false, _) => format!("https://{id}{fips}.{region}.{usual}"),
    }
}

/// Whether a text may be a part of a host's name. A region comes from a file that others wrote: it must
/// not lead to a host of theirs.
pub(crate) fn is_label(text: &str) -> bool {
    !text.starts_with('-')
        && (1..=63).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the endpoint rules of the SDK have it that sops 3.13.2 uses.
    #[test]
    fn hosts() {
        let check = |region, fips, dual_stack, sts: &str| {
            let url = public(&Service::STS, region, Variant { fips, dual_stack });
            assert_eq!(url, format!("https://{sts}"), "{region}");
        };
        check("eu-west-1", false, false, "sts.eu-west-1.amazonaws.com");
        check("eu-west-1", true, false, "sts-fips.eu-west-1.amazonaws.com");
        check("mx-central-1", false, true, "sts.mx-central-1.api.aws");
        check("us-gov-east-1", true, true, "sts-fips.us-gov-east-1.api.aws");
        check("cn-north-1", false, false, "sts.cn-north-1.amazonaws.com.cn");
        check("cn-north-1", false, true, "sts.cn-north-1.api.amazonwebservices.com.cn");
        check("eusc-de-east-1", false, false, "sts.eusc-de-east-1.amazonaws.eu");
        check("us-iso-east-1", false, false, "sts.us-iso-east-1.c2s.ic.gov");
        check("us-isob-east-1", false, false, "sts.us-isob-east-1.sc2s.sgov.gov");
        check("eu-isoe-west-1", false, false, "sts.eu-isoe-west-1.cloud.adc-e.uk");
        check("us-isof-south-1", false, true, "sts.us-isof-south-1.api.aws.hci.ic.gov");
    }

    #[cfg(feature = "publish")]
    #[test]
    fn hosts_of_s3() {
        let url = |fips, dual_stack| public(&Service::S3, "eu-west-1", Variant { fips, dual_stack });
        assert_eq!(url(false, false), "https://s3.eu-west-1.amazonaws.com");
        assert_eq!(url(false, true), "https://s3.dualstack.eu-west-1.amazonaws.com");
        assert_eq!(url(true, true), "https://s3-fips.dualstack.eu-west-1.amazonaws.com");
    }

    #[test]
    fn a_region_does_not_lead_elsewhere() {
        for good in ["eu-west-1", "x", "a1"] {
            assert!(is_label(good), "{good}");
        }
        for bad in ["", "a.b", "x@evil", "evil.example/", "-a", "a:1", "ü", &"a".repeat(64)] {
            assert!(!is_label(bad), "{bad}");
        }
    }
}
