//! Who gives tokens, and whether a request has a good one.

use ring::signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value, json};

use super::super::{Reply, Request};
use super::{CLIENT_SECRET, REFRESH_TOKEN, SUBJECT_TOKEN, TOKEN, error, fields};

/// Made for these tests; it opens nothing.
pub const PRIVATE_KEY: &str = include_str!("../../../../testdata/gcp/service-account.pem");
pub const EMAIL: &str = "robot@p.iam.gserviceaccount.com";
pub const KEY_ID: &str = "0123456789abcdef";

const KMS: &str = "https://www.googleapis.com/auth/cloud-platform https://www.googleapis.com/auth/cloudkms";
const STORAGE: &str =
    "https://www.googleapis.com/auth/devstorage.full_control https://www.googleapis.com/auth/cloud-platform";
const PLATFORM: &str = "https://www.googleapis.com/auth/cloud-platform";

/// What tokens are good for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    KeyManagement,
    Storage,
    /// The secret manager.
    Secrets,
    /// Speaking for another account.
    Impersonation,
}

/// A token for these scopes, which are in it.
fn token(scope: &str) -> String {
    format!("ya29.{}", base64_simd::URL_SAFE_NO_PAD.encode_to_string(scope))
}

/// Whether a request has a token that is good for this.
pub(super) fn authorized(request: &Request, wanted: Wanted) -> Result<(), String> {
    let sent = request.header("authorization").strip_prefix("Bearer ").ok_or("no token")?;
    let scopes: &[&str] = match wanted {
        Wanted::KeyManagement => &[KMS, "user"],
        Wanted::Storage => &[STORAGE, "user"],
        Wanted::Secrets | Wanted::Impersonation => &[PLATFORM, "user"],
    };
    if (sent == TOKEN && matches!(wanted, Wanted::KeyManagement | Wanted::Secrets))
        || scopes.iter().any(|scope| sent == token(scope))
    {
        return Ok(());
    }
    if sent.matches('.').count() != 2 {
        return Err("unknown token".to_owned());
    }
    let claims = verified(sent)?;
    let good = claims["sub"] == EMAIL && claims["aud"] == "" && claims["scope"] == scopes[0];
    if good { Ok(()) } else { Err(format!("not for this service: {claims}")) }
}

/// What a signed token says, if account, time and signature are good.
fn verified(token: &str) -> Result<Value, String> {
    let (text, signature) = token.rsplit_once('.').ok_or("no signature")?;
    let decoded = |text: &str| base64_simd::URL_SAFE_NO_PAD.decode_to_vec(text).map_err(|_| "not base64");
    let der = PrivatePkcs8KeyDer::from_pem_slice(PRIVATE_KEY.as_bytes()).expect("a key");
    let key = RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).expect("a key");
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key().as_ref());
    public.verify(text.as_bytes(), &decoded(signature)?).map_err(|_| "bad signature")?;
    let (header, claims) = text.split_once('.').ok_or("no claims")?;
    let json = |text: &str| serde_json::from_slice::<Value>(&decoded(text)?).map_err(|_| "not JSON");
    if json(header)? != json!({ "alg": "RS256", "typ": "JWT", "kid": KEY_ID }) {
        return Err("bad header".to_owned());
    }
    let claims = json(claims)?;
    let now =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs();
    let (from, until) = (claims["iat"].as_u64().unwrap_or(0), claims["exp"].as_u64().unwrap_or(0));
    if claims["iss"] != EMAIL || until - from != 3600 || from > now || now - from > 60 {
        return Err(format!("bad claims: {claims}"));
    }
    Ok(claims)
}

fn granted(scope: &str) -> Reply {
    Reply::json(200, &json!({ "access_token": token(scope), "expires_in": 3599, "token_type": "Bearer" }))
}

fn denied(code: &str, why: &str) -> Reply {
    Reply::json(400, &json!({ "error": code, "error_description": why }))
}

fn form(request: &Request) -> Vec<(String, String)> {
    let mut form = fields(&String::from_utf8_lossy(&request.body));
    form.sort();
    form
}

fn value<'f>(form: &'f [(String, String)], name: &str) -> &'f str {
    form.iter().find(|(other, _)| other == name).map_or("", |(_, value)| value)
}

fn is_form(request: &Request) -> bool {
    request.header("content-type") == "application/x-www-form-urlencoded"
}

/// `https://oauth2.googleapis.com/token`
pub(super) fn oauth(request: &Request) -> Reply {
    let form = form(request);
    if !is_form(request) {
        return denied("invalid_request", "not a form");
    }
    match value(&form, "grant_type") {
        "refresh_token" => {
            let expected = [
                ("client_id", "client.apps.googleusercontent.com"),
                ("client_secret", CLIENT_SECRET),
                ("grant_type", "refresh_token"),
                ("refresh_token", REFRESH_TOKEN),
            ];
            let same = form.iter().map(|(name, value)| (&name[..], &value[..])).eq(expected);
            if same { granted("user") } else { denied("invalid_grant", "Token has been expired or revoked.") }
        }
        "urn:ietf:params:oauth:grant-type:jwt-bearer" if form.len() == 2 => {
            match verified(value(&form, "assertion")) {
                Ok(claims) if claims["aud"].as_str().is_some_and(|aud| aud.ends_with("/token")) => {
                    granted(claims["scope"].as_str().unwrap_or_default())
                }
                Ok(_) => denied("invalid_grant", "Invalid JWT: for another service"),
                Err(reason) => denied("invalid_grant", &format!("Invalid JWT Signature: {reason}")),
            }
        }
        _ => denied("unsupported_grant_type", "Invalid grant_type"),
    }
}

/// `https://sts.googleapis.com/v1/token`
pub(super) fn exchange(request: &Request) -> Reply {
    let form = form(request);
    if !is_form(request) {
        return denied("invalid_request", "not a form");
    }
    if value(&form, "grant_type") == "refresh_token" {
        let basic = base64_simd::STANDARD.encode_to_string(format!("client:{CLIENT_SECRET}"));
        let good = request.header("authorization") == format!("Basic {basic}")
            && value(&form, "refresh_token") == REFRESH_TOKEN;
        return if good { granted("user") } else { denied("invalid_grant", "unknown refresh token") };
    }
    let scope = value(&form, "scope").to_owned();
    let expected = [
        ("audience", "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/x"),
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("requested_token_type", "urn:ietf:params:oauth:token-type:access_token"),
        ("scope", &scope),
        ("subject_token", SUBJECT_TOKEN),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:jwt"),
    ];
    let same = form.iter().map(|(name, value)| (&name[..], &value[..])).eq(expected);
    if !same || ![KMS, STORAGE, PLATFORM].contains(&&scope[..]) {
        return denied("invalid_grant", "The given credential is rejected");
    }
    granted(&scope)
}

/// `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/…:generateAccessToken`
pub(super) fn impersonate(request: &Request) -> Reply {
    if let Err(reason) = authorized(request, Wanted::Impersonation) {
        return error(401, "UNAUTHENTICATED", &reason);
    }
    let body = request.json();
    let scope: Vec<_> = body["scope"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let good = request.header("content-type") == "application/json"
        && body["lifetime"] == "3600s"
        && request.path().starts_with(&format!("/v1/projects/-/serviceAccounts/{EMAIL}:"));
    if !good {
        return error(400, "INVALID_ARGUMENT", "the request is not as it should be");
    }
    Reply::json(200, &json!({ "accessToken": token(&scope.join(" ")), "expireTime": "2099-01-01T00:00:00Z" }))
}

/// The metadata server.
pub(super) fn metadata(request: &Request) -> Reply {
    if request.header("metadata-flavor") != "Google" {
        return Reply::text(403, "no flavor");
    }
    let path = "/computeMetadata/v1/instance/service-accounts/default/token";
    let query = request.target.split_once('?').map_or("", |(_, query)| query);
    match &fields(query)[..] {
        [(name, scopes)] if name == "scopes" && request.path() == path => granted(&scopes.replace(',', " ")),
        _ => Reply::text(404, "not defined"),
    }
}

/// Where another provider gives its token: as text, or in a field.
pub(super) fn subject(request: &Request) -> Reply {
    match (request.header("x-flavor"), request.path()) {
        ("vanilla", "/subject") => Reply::text(200, SUBJECT_TOKEN),
        ("vanilla", "/subject.json") => Reply::json(200, &json!({ "id_token": SUBJECT_TOKEN })),
        _ => Reply::text(403, "forbidden"),
    }
}
