//! Service principals and users that a tenant knows: tokens of Microsoft Entra for a secret, a
//! certificate, a federated token or a password.
//!
//! The token endpoint is asked at once; the SDK asks two discovery endpoints before, whose answers are
//! known. AD FS and users of other federations are not supported.

use std::path::PathBuf;

use reqwest::Method;
use zeroize::Zeroizing;

use super::answer::not_authenticated;
use super::certificate::Certificate;
use super::challenge::Wanted;
use super::client::{Call, Client, USER_AGENT, passes};
use super::token::{NoToken, Token, is_tenant, secret, take, text};
use crate::backends::SystemHost;
use crate::backends::age::io_error;
use crate::backends::http::escaped;

const TENANT: &str = "AZURE_TENANT_ID";
pub(super) const CLIENT: &str = "AZURE_CLIENT_ID";
const AUTHORITY: &str = "AZURE_AUTHORITY_HOST";
const REGION: &str = "AZURE_REGIONAL_AUTHORITY_NAME";
/// The authority of Azure's public cloud.
const PUBLIC: &str = "https://login.microsoftonline.com";
/// Its other names; all of them have one name in the regions.
const PUBLIC_TOO: [&str; 4] =
    [PUBLIC, "https://login.microsoft.com", "https://login.windows.net", "https://sts.windows.net"];
const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Somebody whom a tenant knows.
pub(super) struct Principal {
    /// The credential's name in the SDK.
    pub(super) name: &'static str,
    pub(super) tenant: String,
    client: String,
    /// Without a slash at its end.
    authority: String,
    proof: Proof,
}

/// How somebody shows who they are.
enum Proof {
    Secret(Zeroizing<String>),
    Certificate(Certificate),
    /// Read anew for each token: it is replaced while the machine runs.
    FederatedToken(PathBuf),
    Password {
        user: String,
        password: Zeroizing<String>,
    },
}

impl Principal {
    /// A service principal or a user of the environment.
    ///
    /// # Errors
    ///
    /// What is missing there.
    pub(super) fn of_environment(machine: &SystemHost) -> Result<Self, String> {
        let needed =
            |name: &str| text(machine, name).ok_or_else(|| format!("missing environment variable {name}"));
        let (tenant, client) = (needed(TENANT)?, needed(CLIENT)?);
        let (name, proof) = if let Some(secret) = secret(machine, "AZURE_CLIENT_SECRET") {
            ("ClientSecretCredential", Proof::Secret(secret))
        } else if let Some(path) = text(machine, "AZURE_CLIENT_CERTIFICATE_PATH") {
            ("ClientCertificateCredential", Proof::Certificate(Certificate::read(&path, machine)?))
        } else if let Some(user) = text(machine, "AZURE_USERNAME") {
            let password = secret(machine, "AZURE_PASSWORD").ok_or("no value for AZURE_PASSWORD")?;
            ("UsernamePasswordCredential", Proof::Password { user, password })
        } else {
            return Err(
                "incomplete environment variable configuration. Only AZURE_TENANT_ID and AZURE_CLIENT_ID are set"
                    .to_owned(),
            );
        };
        Self::new(name, tenant, client, proof, machine)
    }

    /// The service principal of a workload, as Kubernetes' webhook sets it up.
    ///
    /// # Errors
    ///
    /// What is missing.
    pub(super) fn of_workload(machine: &SystemHost) -> Result<Self, String> {
        let needed = |name: &str, what: &str| {
            text(machine, name).ok_or_else(|| format!("no {what} specified. {name} is not set"))
        };
        let client = needed(CLIENT, "client ID")?;
        let file = needed("AZURE_FEDERATED_TOKEN_FILE", "token file")?;
        let tenant = needed(TENANT, "tenant ID")?;
        let proof = Proof::FederatedToken(PathBuf::from(file));
        Self::new("WorkloadIdentityCredential", tenant, client, proof, machine)
    }

    fn new(
        name: &'static str,
        tenant: String,
        client: String,
        proof: Proof,
        machine: &SystemHost,
    ) -> Result<Self, String> {
        if !is_tenant(&tenant) {
            return Err(format!(
                "invalid tenantID in {TENANT}. You can locate your tenantID by following the instructions listed here: https://learn.microsoft.com/partner-center/find-ids-and-domain-names"
            ));
        }
        if tenant.eq_ignore_ascii_case("adfs") {
            return Err("AD FS is not supported".to_owned());
        }
        let authority = text(machine, AUTHORITY).unwrap_or_else(|| PUBLIC.to_owned());
        let authority = authority.trim_end_matches('/');
        if !authority.starts_with("https://") {
            return Err(format!("cannot use an authority host without https; see {AUTHORITY}"));
        }
        // Only services have one near them.
        let region = text(machine, REGION).filter(|_| !matches!(proof, Proof::Password { .. }));
        let region = match region.as_deref() {
            Some("TryAutoDetect") => text(machine, "REGION_NAME").map(|name| name.replace(' ', "")),
            _ => region,
        };
        let authority = match region.filter(|region| is_tenant(region)) {
            Some(region) if PUBLIC_TOO.contains(&authority) => {
                format!("https://{region}.login.microsoft.com")
            }
            Some(region) => authority.replacen("https://", &format!("https://{region}."), 1),
            None => authority.to_owned(),
        };
        Ok(Self { name, tenant, client, authority, proof })
    }

    /// A token of `tenant`.
    ///
    /// # Errors
    ///
    /// Why there is none; then nobody else is to be asked.
    pub(super) fn token(&self, tenant: &str, wanted: &Wanted, client: &Client) -> Result<Token, NoToken> {
        let url = format!("{}/{tenant}/oauth2/v2.0/token", self.authority);
        let failed = |reason: String| NoToken::Failed(format!("{}: {reason}", self.name));
        let (fields, secret) = self.fields(&url, wanted).map_err(failed)?;
        let mut body = Zeroizing::new(Vec::new());
        for (name, value) in &fields {
            if !body.is_empty() {
                body.push(b'&');
            }
            let value = Zeroizing::new(escaped(value));
            [name.as_bytes(), b"=", value.as_bytes()].iter().for_each(|part| body.extend_from_slice(part));
        }
        let call = Call {
            method: Method::POST,
            url: &url,
            headers: &[
                USER_AGENT,
                ("accept", "application/json"),
                ("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
            ],
            body: Some(&body),
            passes,
        };
        let answer = client.ask(&call).map_err(|reason| failed(format!("Post \"{url}\": {reason}")))?;
        if answer.status != 200 {
            let request = format!("POST {url}");
            let secrets = [secret.as_str()];
            let said = not_authenticated(self.name, &request, &answer, &secrets, self.advice());
            return Err(NoToken::Failed(said));
        }
        take(&answer.body, "access_token", &["expires_in"]).map_err(failed)
    }

    /// What is sent, and what of it is secret.
    fn fields(&self, url: &str, wanted: &Wanted) -> Result<(Fields, Zeroizing<String>), String> {
        let plain = |text: &str| Zeroizing::new(text.to_owned());
        let mut fields = vec![("client_id", plain(&self.client))];
        let assertion = |fields: &mut Fields, assertion: &Zeroizing<String>| {
            fields.push(("client_assertion", assertion.clone()));
            fields.push(("client_assertion_type", plain(ASSERTION)));
        };
        let mut scope = wanted.scope();
        let mut grant = "client_credentials";
        let secret = match &self.proof {
            Proof::Secret(secret) => {
                fields.push(("client_secret", secret.clone()));
                secret.clone()
            }
            Proof::Certificate(certificate) => {
                let signed = certificate.assertion(url, &self.client)?;
                assertion(&mut fields, &signed);
                signed
            }
            Proof::FederatedToken(path) => {
                let token = std::fs::read_to_string(path).map_err(|error| io_error("open", path, &error))?;
                let token = Zeroizing::new(token);
                assertion(&mut fields, &token);
                token
            }
            Proof::Password { user, password } => {
                grant = "password";
                scope.push_str(" openid offline_access profile");
                fields.push(("username", plain(user)));
                fields.push(("password", password.clone()));
                password.clone()
            }
        };
        fields.push(("grant_type", plain(grant)));
        fields.push(("scope", plain(&scope)));
        Ok((fields, secret))
    }

    /// The section of Microsoft's help.
    fn advice(&self) -> &'static str {
        match self.proof {
            Proof::Secret(_) => "client-secret",
            Proof::Certificate(_) => "client-cert",
            Proof::FederatedToken(_) => "workload",
            Proof::Password { .. } => "username-password",
        }
    }
}

type Fields = Vec<(&'static str, Zeroizing<String>)>;
