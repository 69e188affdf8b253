//! Sends what is asked, in either protocol, and checks what comes back.

use std::time::Instant;

use zeroize::Zeroizing;

use super::endpoint::{Endpoint, Protocol};
use super::{grpc, rest};
use crate::backends::google::{Access, crc32c, escaped};
use crate::backends::http::{self, NoAnswer, NoAnswerKind, Patience, shown};

/// How often a failed request is repeated. sops' library does it for a minute.
const RETRIES: u32 = 2;
const USER_AGENT: &str = concat!("resops/", env!("CARGO_PKG_VERSION"));

/// Asks the service; one for a run.
pub(super) struct Client {
    pub(super) access: Access,
}

/// What is asked.
pub(super) struct Operation<'a> {
    /// In the path of REST and in errors.
    pub(super) verb: &'static str,
    /// The path of gRPC.
    pub(super) method: &'static str,
    pub(super) input: &'a [u8],
    /// Fields of REST.
    pub(super) given: &'static str,
    pub(super) wanted: &'static str,
    pub(super) checksum: &'static str,
    /// Where the result and its checksum stand in an answer of gRPC.
    pub(super) read: fn(&[u8]) -> Option<Output>,
}

pub(super) const ENCRYPT: Operation<'static> = Operation {
    verb: "encrypt",
    method: "/google.cloud.kms.v1.KeyManagementService/Encrypt",
    input: &[],
    given: "plaintext",
    wanted: "ciphertext",
    checksum: "ciphertextCrc32c",
    read: grpc::encrypted,
};

pub(super) const DECRYPT: Operation<'static> = Operation {
    verb: "decrypt",
    method: "/google.cloud.kms.v1.KeyManagementService/Decrypt",
    input: &[],
    given: "ciphertext",
    wanted: "plaintext",
    checksum: "plaintextCrc32c",
    read: grpc::decrypted,
};

/// What came back.
pub(super) struct Output {
    pub(super) bytes: Zeroizing<Vec<u8>>,
    /// CRC-32C, if the service sent it.
    pub(super) checksum: Option<i64>,
}

impl Client {
    /// Has the service do one operation with a key.
    ///
    /// # Errors
    ///
    /// What it, or the way to it, says: `rpc error: …` or `googleapi: …`, as in sops.
    pub(super) fn call(
        &self,
        endpoint: &Endpoint,
        name: &str,
        operation: &Operation<'_>,
    ) -> Result<Zeroizing<Vec<u8>>, String> {
        let grpc = endpoint.protocol == Protocol::Grpc;
        let url = match endpoint.protocol {
            Protocol::Grpc => format!("{}{}", endpoint.base, operation.method),
            Protocol::Rest => rest::url(&endpoint.base, name, operation.verb),
        };
        let authorization = self.access.authorize(&endpoint.universe).map_err(|why| match grpc {
            true => format!(
                "rpc error: code = Unauthenticated desc = transport: per-RPC creds failed due to error: {why}"
            ),
            false => format!("Post \"{url}\": {why}"),
        })?;
        let body = if grpc { grpc::request(name, operation) } else { rest::request(name, operation) };
        let network = self.access.network();
        let http = if grpc { network.http2() } else { network.http() }.map_err(|error| error.to_string())?;
        let request = || {
            let request = http.post(&url).body(body.to_vec()).header("user-agent", USER_AGENT);
            let request = request.header("x-goog-request-params", format!("name={}", escaped(name)));
            let request = authorization.on(request);
            Ok::<_, std::convert::Infallible>(match endpoint.protocol {
                Protocol::Grpc => grpc::headers(request),
                Protocol::Rest => rest::headers(request),
            })
        };
        let pace = self.access.pace();
        let patience =
            Patience { deadline: Instant::now() + pace.limit, retries: RETRIES, pause: pace.pause };
        let passes = if grpc { grpc::passes } else { rest::passes };
        let outcome = network.block_on(http::repeat(http, patience, passes, request));
        let Ok(outcome) = outcome.map_err(|error| error.to_string())?;
        let encoded = Zeroizing::new(base64_simd::STANDARD.encode_to_string(operation.input));
        let secrets = [authorization.token.as_str(), encoded.as_str()];
        let output = match outcome {
            Ok(answer) if grpc => grpc::output(&answer, operation),
            Ok(answer) => rest::output(&answer, operation),
            Err(error) => Err(self.lost(&error, &url, endpoint.protocol)),
        };
        let output = output.map_err(|reason| shown(&reason, &secrets))?;
        if output.checksum.is_some_and(|sent| sent != i64::from(crc32c(&output.bytes))) {
            return Err(format!("{} does not have the checksum that came with it", operation.wanted));
        }
        if output.bytes.is_empty() {
            return Err(format!("the answer has no {}", operation.wanted));
        }
        Ok(output.bytes)
    }

    fn lost(&self, error: &NoAnswer, url: &str, protocol: Protocol) -> String {
        let limit = format!("no answer within {} seconds", self.access.pace().limit.as_secs_f64());
        match (protocol, error.kind) {
            (Protocol::Rest, NoAnswerKind::TimedOut) => format!("Post \"{url}\": {limit}"),
            (Protocol::Rest, _) => format!("Post \"{url}\": {}", error.reason),
            (Protocol::Grpc, NoAnswerKind::TimedOut) => {
                format!("rpc error: code = DeadlineExceeded desc = {limit}")
            }
            (Protocol::Grpc, NoAnswerKind::Tls) => format!(
                "rpc error: code = Unavailable desc = connection error: desc = \"transport: authentication handshake failed: {}\"",
                error.reason
            ),
            (Protocol::Grpc, NoAnswerKind::Connect) => format!(
                "rpc error: code = Unavailable desc = connection error: desc = \"transport: Error while dialing: {}\"",
                error.reason
            ),
            (Protocol::Grpc, _) => {
                format!("rpc error: code = Unavailable desc = error reading from server: {}", error.reason)
            }
        }
    }
}
