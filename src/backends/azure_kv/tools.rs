//! The programs that people log in with: `az`, `azd` and Azure PowerShell.

use std::io::Read;
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::Value;
use zeroize::Zeroizing;

use super::challenge::Wanted;
use super::token::{NoToken, Token, said, take};
use crate::backends::SystemHost;
use crate::backends::age::start_error;

/// How long a program may take, as in the SDK.
const LIMIT: Duration = Duration::from_secs(10);
/// How long its output may be, in bytes.
const LARGEST: u64 = 1 << 20;
const SLICE: Duration = Duration::from_millis(10);

/// A program that gives tokens.
pub(super) struct Tool {
    machine: SystemHost,
    program: &'static str,
    limit: Duration,
    arguments: fn(&str, &Wanted) -> Vec<String>,
    /// The token in its output, and when that ends.
    token: &'static str,
    expires: &'static [&'static str],
    /// What of its error output is of use.
    reason: fn(&str) -> String,
}

impl Tool {
    /// Azure CLI.
    pub(super) fn az(machine: &SystemHost) -> Self {
        let arguments = |tenant: &str, wanted: &Wanted| {
            let words = ["account", "get-access-token", "-o", "json", "--resource", &wanted.resource];
            with_tenant(&words, "--tenant", tenant)
        };
        Self {
            machine: machine.clone(),
            program: "az",
            limit: LIMIT,
            arguments,
            token: "accessToken",
            expires: &["expires_on", "expiresOn"],
            reason: |text| text.to_owned(),
        }
    }

    /// Azure Developer CLI.
    pub(super) fn azd(machine: &SystemHost) -> Self {
        let arguments = |tenant: &str, wanted: &Wanted| {
            let scope = wanted.scope();
            with_tenant(
                &["auth", "token", "-o", "json", "--no-prompt", "--scope", &scope],
                "--tenant-id",
                tenant,
            )
        };
        Self {
            program: "azd",
            arguments,
            token: "token",
            expires: &["expiresOn"],
            reason: azd_reason,
            ..Self::az(machine)
        }
    }

    /// Azure PowerShell, as a script that is given on the command line.
    pub(super) fn power_shell(machine: &SystemHost) -> Self {
        let arguments = |tenant: &str, wanted: &Wanted| {
            let script = script(tenant, &wanted.resource);
            let script: Vec<u8> = script.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let encoded = base64_simd::STANDARD.encode_to_string(script);
            let words =
                ["-NoProfile", "-NonInteractive", "-OutputFormat", "Text", "-EncodedCommand", &encoded];
            words.map(str::to_owned).to_vec()
        };
        let reason = |text: &str| {
            let known = [
                ("Connect-AzAccount", "Please run \"Connect-AzAccount\" to set up an account"),
                (NO_MODULE, NO_MODULE),
            ];
            let found = known.iter().find(|(sign, _)| text.contains(sign));
            found.map_or(text, |(_, meaning)| meaning).to_owned()
        };
        Self {
            program: "pwsh",
            arguments,
            token: "Token",
            expires: &["ExpiresOn"],
            reason,
            ..Self::az(machine)
        }
    }

    /// A token of whoever is logged in. `tenant` may be empty.
    ///
    /// # Errors
    ///
    /// Why there is none; the next credential is to be asked.
    pub(super) fn token(&self, name: &str, tenant: &str, wanted: &Wanted) -> Result<Token, NoToken> {
        let unavailable = |reason: String| NoToken::Unavailable(format!("{name}: {reason}"));
        // What a vault says becomes part of a command.
        let safe = |b: u8| b.is_ascii_alphanumeric() || b"._-/:".contains(&b);
        if !wanted.resource.bytes().all(safe) {
            return Err(NoToken::Failed(format!("{name}: the vault's resource is none")));
        }
        let output = self.run(&(self.arguments)(tenant, wanted)).map_err(unavailable)?;
        take(&output, self.token, self.expires).map_err(unavailable)
    }

    /// What the program prints.
    fn run(&self, arguments: &[String]) -> Result<Zeroizing<Vec<u8>>, String> {
        let Ok(mut command) = self.machine.command(self.program) else {
            return Err("executable not found on path".to_owned());
        };
        // Not where the user is: a program may look for modules there.
        command.args(arguments).current_dir("/").stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| start_error(&command, &error))?;
        let (output, errors) = (drain(child.stdout.take()), drain(child.stderr.take()));
        let deadline = Instant::now() + self.limit;
        let Some(success) = wait(&mut child, deadline) else {
            let _ = child.kill();
            let _ = child.wait();
            return Err(format!(
                "{} gave no answer within {} seconds",
                self.program,
                self.limit.as_secs_f64()
            ));
        };
        // A child of its own may hold the pipes open.
        let rest = Duration::from_millis(200);
        if success {
            return output.recv_timeout(rest).map_err(|_| format!("{} printed no token", self.program));
        }
        let errors = errors.recv_timeout(rest).unwrap_or_default();
        let text = said(&String::from_utf8_lossy(&errors));
        let reason = (self.reason)(&text);
        Err(if reason.is_empty() { format!("{} failed and did not say why", self.program) } else { reason })
    }
}

/// Whether the program succeeded; nothing if it is still running at `deadline`.
fn wait(child: &mut Child, deadline: Instant) -> Option<bool> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status.success()),
            Ok(None) if Instant::now() < deadline => std::thread::sleep(SLICE),
            _ => return None,
        }
    }
}

/// Reads to the end, elsewhere, so that the program never waits for a reader.
fn drain(pipe: Option<impl Read + Send + 'static>) -> mpsc::Receiver<Zeroizing<Vec<u8>>> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Zeroizing::new(Vec::with_capacity(8192));
        if let Some(pipe) = pipe {
            let _ = pipe.take(LARGEST).read_to_end(&mut bytes);
        }
        let _ = sender.send(bytes);
    });
    receiver
}

fn with_tenant(words: &[&str], flag: &str, tenant: &str) -> Vec<String> {
    let tenant = [flag, tenant];
    let tenant = if tenant[1].is_empty() { &[][..] } else { &tenant };
    words.iter().chain(tenant).map(|word| (*word).to_owned()).collect()
}

/// `azd` prints its errors as JSON, one a line; older versions as messages for a console.
fn azd_reason(text: &str) -> String {
    let lines = || text.lines().filter_map(|line| serde_json::from_str::<Value>(line.trim()).ok());
    let text_at = |line: &Value, place: &str| {
        let text = line.pointer(place)?.as_str()?.trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    let error = lines().find_map(|line| text_at(&line, "/error"));
    let message = || lines().find_map(|line| text_at(&line, "/data/message"));
    error.or_else(message).unwrap_or_else(|| text.to_owned())
}

const NO_MODULE: &str = "Az.Accounts module not found";

/// Prints the token as JSON. Since 2.17 of its module PowerShell hides tokens in secure strings.
fn script(tenant: &str, resource: &str) -> String {
    let tenant = if tenant.is_empty() { String::new() } else { format!("; TenantId = '{tenant}'") };
    format!(
        "$ErrorActionPreference = 'Stop'
$module = Import-Module Az.Accounts -MinimumVersion 2.2.0 -PassThru -ErrorAction SilentlyContinue
if (-not $module) {{ Write-Error '{NO_MODULE}' }}
$query = @{{ ResourceUrl = '{resource}'; WarningAction = 'Ignore'{tenant} }}
if ($module.Version -ge [version]'2.17.0' -and $module.Version -lt [version]'5.0.0') {{ $query.AsSecureString = $true }}
$answer = Get-AzAccessToken @query
$text = $answer.Token
if ($text -is [securestring]) {{ $text = [Net.NetworkCredential]::new('', $text).Password }}
@{{ Token = $text; ExpiresOn = $answer.ExpiresOn.ToUnixTimeSeconds() }} | ConvertTo-Json
"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Errors as several versions of `azd` print them.
    #[test]
    fn errors_of_azd() {
        let new = r#"{"type":"consoleMessage","data":{"message":"\n"}}
{"error":"AADSTS90002: no such tenant","message":"Authentication failed."}"#;
        assert_eq!(azd_reason(new), "AADSTS90002: no such tenant");
        let old = r#"{"type":"consoleMessage","data":{"message":"\nERROR: not logged in\n\n"}}"#;
        assert_eq!(azd_reason(old), "ERROR: not logged in");
        assert_eq!(azd_reason("plain"), "plain");
    }
}
