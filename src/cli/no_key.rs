//! What helps when no key opens a file: what was found on this machine, what of it belongs to the
//! file, and one next step. It stands below sops' own report (command line §13).

use std::fmt::Write;
use std::path::Path;

use resops::keys::{Finding, Holding, KeyKind, MasterKey, RecoverFailure};

use super::names;
use super::paths::{pasted, word};

/// What is known about the run, for the next step.
#[derive(Debug, Default)]
pub(crate) struct Situation<'a> {
    /// The file, as it can be named in a command.
    pub(crate) file: Option<&'a Path>,
    /// `$HOME`, which is shown as `~`.
    pub(crate) home: Option<&'a Path>,
}

/// The keys that failed, each once.
pub(crate) fn failed_keys(failure: &RecoverFailure) -> Vec<&MasterKey> {
    let RecoverFailure::KeysFailed { groups, .. } = failure else { return Vec::new() };
    let mut keys: Vec<&MasterKey> = Vec::new();
    for key in groups.iter().filter(|group| !group.recovered).flat_map(|group| &group.failed) {
        if !keys.contains(&&key.key) {
            keys.push(&key.key);
        }
    }
    keys
}

/// What was found, a line each; nothing if there is nothing to tell.
pub(crate) fn found(
    failure: &RecoverFailure,
    findings: &[Finding],
    situation: &Situation<'_>,
) -> Option<String> {
    let keys = failed_keys(failure);
    if keys.is_empty() {
        return None;
    }
    if findings.is_empty() {
        let age = keys.iter().any(|key| key.kind() == KeyKind::Age);
        return age.then(|| "found on this machine: no age identity".to_owned());
    }
    let mut text = "found on this machine:".to_owned();
    for finding in findings {
        let place = situation.place(finding);
        let _ = match &finding.holding {
            Holding::Opens(name) => {
                let belongs = match position(failure, name) {
                    Some(group) => format!("a recipient of this file, in group {group}"),
                    None => "no recipient of this file, or of a group that was opened".to_owned(),
                };
                let unsearched = if finding.searched { "" } else { "; this place is not searched" };
                write!(text, "\n  {place}: {} ({belongs}{unsearched})", named(name))
            }
            Holding::Unknown(what) => write!(text, "\n  {place}: {what}"),
            Holding::Unusable(why) => write!(text, "\n  {place}: unusable: {}", why.trim_end()),
        };
    }
    Some(text)
}

/// One thing to do.
pub(crate) fn next_step(
    failure: &RecoverFailure,
    findings: &[Finding],
    situation: &Situation<'_>,
) -> Option<String> {
    let RecoverFailure::KeysFailed { groups, .. } = failure else { return None };
    let keys = failed_keys(failure);
    let first = *keys.first()?;
    let nobody_asked = groups.iter().flat_map(|group| &group.failed).all(|key| key.attempts.is_empty());
    if nobody_asked {
        return Some("no key service was asked; leave out --enable-local-keyservice=false".to_owned());
    }
    let file = situation.file();
    let fits = |finding: &&Finding| matches!(&finding.holding, Holding::Opens(name) if position(failure, name).is_some());

    let unsearched = findings.iter().filter(|finding| !finding.searched).find(fits);
    if let Some(path) = unsearched.and_then(|finding| finding.file.as_deref()) {
        let path = pasted(path);
        return Some(format!(
            "name the file that has the identity: SOPS_AGE_KEY_FILE={path} sops decrypt {file}"
        ));
    }
    let unusable = findings.iter().find(|finding| matches!(finding.holding, Holding::Unusable(_)));
    if let Some(finding) = unusable {
        let look = finding.file.as_deref().map(|path| format!(": ls -l {}", pasted(path)));
        return Some(format!("repair {} first{}", situation.place(finding), look.unwrap_or_default()));
    }
    if let Some(finding) = findings.iter().filter(|finding| finding.searched).find(fits) {
        return Some(format!(
            "the identity in {} belongs to this file, but its entry there is damaged; look for an older version: git log -p -- {file}",
            situation.place(finding)
        ));
    }
    let age = keys.iter().find(|key| key.kind() == KeyKind::Age);
    let mine = findings.iter().find_map(|finding| match &finding.holding {
        Holding::Opens(name) if finding.searched => Some(name),
        _ => None,
    });
    match (age, mine) {
        (Some(_), Some(mine)) => Some(format!(
            "whoever can open the file can let you in: sops rotate --in-place --add-age {} {file}",
            word(mine)
        )),
        (Some(key), None) => Some(format!(
            "name a file that has the identity of {}: SOPS_AGE_KEY_FILE=PATH sops decrypt {file}",
            named(&key.text())
        )),
        (None, _) => step_for(first),
    }
}

/// What tells whether a key of another kind can be used at all.
fn step_for(key: &MasterKey) -> Option<String> {
    let text = key.shown();
    Some(match key.kind() {
        KeyKind::Pgp => format!("see whether the secret key is there: gpg --list-secret-keys {}", word(&text)),
        KeyKind::AwsKms => "see who you are to AWS, and whether that one may use the key: aws sts get-caller-identity".to_owned(),
        KeyKind::GcpKms => "log in: gcloud auth application-default login".to_owned(),
        KeyKind::AzureKeyVault => "log in: az login".to_owned(),
        KeyKind::VaultTransit => {
            let server = text.split("/v1/").next().unwrap_or_default();
            format!("see whether the token in VAULT_TOKEN or ~/.vault-token is good there: VAULT_ADDR={} vault token lookup", word(server))
        }
        KeyKind::HuaweiKms => "set HUAWEICLOUD_SDK_AK, HUAWEICLOUD_SDK_SK and HUAWEICLOUD_SDK_PROJECT_ID to an account that may use the key".to_owned(),
        _ => return None,
    })
}

/// The group of the failed key that has this text form.
fn position(failure: &RecoverFailure, name: &str) -> Option<usize> {
    let RecoverFailure::KeysFailed { groups, .. } = failure else { return None };
    groups.iter().position(|group| {
        !group.recovered && group.failed.iter().any(|key| is_same_key(&key.key.text(), name))
    })
}

/// Whether two text forms are of one key. The comment of an SSH key does not count.
pub(crate) fn is_same_key(one: &str, other: &str) -> bool {
    one.split(' ').take(2).eq(other.split(' ').take(2))
}

/// A key's name, cut if it is longer than a few lines: a post-quantum recipient has 1959 characters.
pub(crate) fn shortened(name: &str) -> String {
    const LONG: usize = 160;
    if name.len() <= LONG || !name.is_ascii() {
        return name.to_owned();
    }
    format!("{}…{}", &name[..40], &name[name.len() - 12..])
}

/// A key with the name of whom it belongs to.
fn named(key: &str) -> String {
    let short = shortened(key);
    names::all().of(key).map_or_else(|| short.clone(), |name| format!("{short} ({name})"))
}

impl Situation<'_> {
    pub(crate) fn file(&self) -> String {
        self.file.map_or_else(|| "FILE".to_owned(), pasted)
    }

    /// Where a finding is: the variable and the file it names, or the file.
    pub(crate) fn place(&self, finding: &Finding) -> String {
        match &finding.file {
            None => finding.place.clone(),
            Some(file) if *file == Path::new(&finding.place) => self.short(file),
            Some(file) => format!("{} ({})", finding.place, self.short(file)),
        }
    }

    fn short(&self, path: &Path) -> String {
        let below = self.home.and_then(|home| path.strip_prefix(home).ok());
        below.map_or_else(|| path.display().to_string(), |below| format!("~/{}", below.display()))
    }
}
