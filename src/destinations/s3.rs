//! AWS S3 (services §3.1): one object for each file, put there as sops puts it.
//!
//! # Compatibility
//!
//! sops sends every file, every time. Here an object that has the file's very bytes is left alone, so that
//! a bucket with versions gets none that is like the one before. Who may not read the object, or has one
//! too large to compare, sends it as sops does.

use reqwest::{Method, Url};

use super::{Content, Destination, DestinationError, Standing};
use crate::backends::aws::{Account, Aws, Call, Failed, Insistence, Pace, Refused, Service, Who, is_label};
use crate::backends::http::escaped;
use crate::backends::{Network, SystemHost};

/// A place in a bucket.
pub(super) struct S3 {
    aws: Aws,
    bucket: String,
    prefix: String,
}

impl S3 {
    pub(super) fn new(bucket: &str, prefix: &str, machine: &SystemHost, network: &Network) -> Self {
        let aws = Aws::new(machine.clone(), network.clone(), Pace::default());
        Self { aws, bucket: bucket.to_owned(), prefix: prefix.to_owned() }
    }

    fn account(&self, region: Option<String>) -> Result<std::sync::Arc<Account>, Failed> {
        let region = region.filter(|region| is_label(region)).ok_or_else(|| {
            Failed::Told(
                "operation error S3: PutObject, resolve auth scheme: resolve endpoint: endpoint rule error, Invalid region: region was not a valid DNS name.; set AWS_REGION"
                    .to_owned(),
            )
        })?;
        self.aws.account(&Who { region, profile: String::new(), role: String::new() })
    }

    /// Does something with an object; gives the answer's body.
    fn ask(
        &self,
        operation: &'static str,
        method: Method,
        name: &str,
        content: &[u8],
        insistence: Insistence,
    ) -> Result<Result<Vec<u8>, Refused>, DestinationError> {
        let asked = self.aws.block_on(async {
            let account = self.account(self.aws.region("").await?)?;
            let base = account.endpoint(&Service::S3).await;
            let key = format!("{}{name}", self.prefix);
            let url = address(&base, &self.bucket, &key).map_err(Failed::Told)?;
            let headers = match method {
                Method::PUT => vec![
                    ("content-type", "application/octet-stream".to_owned()),
                    (
                        "x-amz-checksum-crc32",
                        base64_simd::STANDARD.encode_to_string(crc32(content).to_be_bytes()),
                    ),
                ],
                _ => Vec::new(),
            };
            let call = Call {
                service: &Service::S3,
                operation,
                method,
                url: format!("{url}?x-id={operation}"),
                headers,
                body: content.to_vec().into(),
                secrets: &[],
                insistence,
            };
            account.ask(&call).await
        });
        match asked {
            Ok(answer) => Ok(answer.map(|answer| answer.body.to_vec())),
            Err(failed) => Err(DestinationError::Service(failed.told())),
        }
    }
}

impl Destination for S3 {
    fn compare(&self, name: &str, content: &Content) -> Result<Standing, DestinationError> {
        Ok(match self.ask("GetObject", Method::GET, name, &[], Insistence::None)? {
            Ok(there) => content.beside(&there),
            Err(refused) if refused.code == "NoSuchKey" => content.beside_nothing(),
            Err(refused) => Standing::Unknown(refused.told),
        })
    }

    fn put(&self, name: &str, content: &Content) -> Result<(), DestinationError> {
        match self.ask("PutObject", Method::PUT, name, content.bytes(), Insistence::Usual)? {
            Ok(_) => Ok(()),
            Err(refused) => Err(DestinationError::Service(refused.told)),
        }
    }
}

/// The URL of an object: the bucket is a part of the host's name where it can be.
fn address(base: &str, bucket: &str, key: &str) -> Result<String, String> {
    if bucket.starts_with("arn:") || bucket.ends_with("--x-s3") {
        return Err(format!(
            "operation error S3: PutObject, '{bucket}' is an access point or a directory bucket; only general purpose buckets are supported"
        ));
    }
    let url: Url =
        base.parse().map_err(|_| format!("operation error S3: PutObject, \"{base}\" is no URL"))?;
    let key = key.split('/').map(escaped).collect::<Vec<_>>().join("/");
    let in_path = || format!("{base}/{}/{key}", escaped(bucket));
    if !url.domain().is_some_and(|_| may_be_host(bucket, url.scheme())) {
        return Ok(in_path());
    }
    match base.split_once("://") {
        Some((scheme, rest)) => Ok(format!("{scheme}://{bucket}.{rest}/{key}")),
        None => Ok(in_path()),
    }
}

/// Whether a bucket's name may be the beginning of a host's. One with dots fits no certificate.
fn may_be_host(bucket: &str, scheme: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    (3..64).contains(&bucket.len())
        && bucket.split('.').all(is_part)
        && (scheme == "http" || !bucket.contains('.'))
        && bucket.parse::<std::net::Ipv4Addr>().is_err()
}

/// The checksum that S3 compares with what arrives (IEEE 802.3).
fn crc32(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut at = 0;
        while at < 256 {
            let mut value = at as u32;
            let mut bit = 0;
            while bit < 8 {
                value = if value & 1 == 0 { value >> 1 } else { value >> 1 ^ 0xEDB8_8320 };
                bit += 1;
            }
            table[at] = value;
            at += 1;
        }
        table
    };
    !bytes.iter().fold(!0, |crc: u32, &byte| crc >> 8 ^ TABLE[usize::from(crc as u8 ^ byte)])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check value of the checksum's definition.
    #[test]
    fn checksum() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc32(b""), 0);
    }

    /// As the endpoint rules of sops' SDK have it.
    #[test]
    fn addresses() {
        let check = |base, bucket, key, expected: &str| {
            assert_eq!(address(base, bucket, key).as_deref(), Ok(expected));
        };
        let aws = "https://s3.eu-west-1.amazonaws.com";
        check(aws, "my-bucket", "pre/f.yaml", "https://my-bucket.s3.eu-west-1.amazonaws.com/pre/f.yaml");
        check(aws, "my.bucket", "f", "https://s3.eu-west-1.amazonaws.com/my.bucket/f");
        check(aws, "My_Bucket", "f", "https://s3.eu-west-1.amazonaws.com/My_Bucket/f");
        check(aws, "bucket", "a b+ü~%", "https://bucket.s3.eu-west-1.amazonaws.com/a%20b%2B%C3%BC~%25");
        check("http://127.0.0.1:5000", "bucket", "k", "http://127.0.0.1:5000/bucket/k");
        check("http://localhost:5000", "bucket", "k", "http://bucket.localhost:5000/k");
        check("http://localhost:5000", "a.bucket", "k", "http://a.bucket.localhost:5000/k");
        check("http://h/base", "bucket", "k", "http://bucket.h/base/k");
        check("http://[::1]:5000", "bucket", "k", "http://[::1]:5000/bucket/k");
        assert!(address(aws, "arn:aws:s3:eu-west-1:1:accesspoint/a", "k").is_err());
        assert!(address("no url", "bucket", "k").is_err());
    }
}
