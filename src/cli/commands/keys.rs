//! `keys`: which identities and credentials are found on this machine, and where. Public recipients and
//! names of variables alone; never what a secret holds.

use resops::backends::{self, Searched, SystemHost};
use resops::document::Tree;
use resops::keys::{Holding, KeyKind};

use crate::cli::args::KeysArgs;
use crate::cli::config::Config;
use crate::cli::environment::Environment;
use crate::cli::error::Failure;
use crate::cli::files;
use crate::cli::json;
use crate::cli::names;
use crate::cli::no_key::shortened;

/// Variables that hold credentials of a cloud or say which are used (keys §5 to §9).
const VARIABLES: [(KeyKind, &[&str]); 5] = [
    (
        KeyKind::AwsKms,
        &[
            "AWS_ACCESS_KEY_ID",
            "AWS_ACCESS_KEY",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SECRET_KEY",
            "AWS_SESSION_TOKEN",
            "AWS_PROFILE",
            "AWS_DEFAULT_PROFILE",
            "AWS_REGION",
            "AWS_DEFAULT_REGION",
            "AWS_ROLE_ARN",
            "AWS_WEB_IDENTITY_TOKEN_FILE",
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            "AWS_SHARED_CREDENTIALS_FILE",
            "AWS_CONFIG_FILE",
            "AWS_ENDPOINT_URL",
            "AWS_ENDPOINT_URL_KMS",
        ],
    ),
    (
        KeyKind::GcpKms,
        &[
            "GOOGLE_CREDENTIALS",
            "GOOGLE_APPLICATION_CREDENTIALS",
            "GOOGLE_OAUTH_ACCESS_TOKEN",
            "SOPS_GCP_KMS_CLIENT_TYPE",
            "SOPS_GCP_KMS_ENDPOINT",
            "SOPS_GCP_KMS_UNIVERSE_DOMAIN",
        ],
    ),
    (
        KeyKind::AzureKeyVault,
        &[
            "AZURE_TENANT_ID",
            "AZURE_CLIENT_ID",
            "AZURE_CLIENT_SECRET",
            "AZURE_CLIENT_CERTIFICATE_PATH",
            "AZURE_CLIENT_CERTIFICATE_PASSWORD",
            "AZURE_FEDERATED_TOKEN_FILE",
            "AZURE_USERNAME",
            "AZURE_PASSWORD",
            "AZURE_TOKEN_CREDENTIALS",
            "AZURE_AUTHORITY_HOST",
            "IDENTITY_ENDPOINT",
            "MSI_ENDPOINT",
        ],
    ),
    (
        KeyKind::VaultTransit,
        &[
            "VAULT_TOKEN",
            "VAULT_ADDR",
            "VAULT_AGENT_ADDR",
            "VAULT_NAMESPACE",
            "VAULT_CACERT",
            "VAULT_CLIENT_CERT",
            "VAULT_CLIENT_KEY",
        ],
    ),
    (
        KeyKind::HuaweiKms,
        &[
            "HUAWEICLOUD_SDK_AK",
            "HUAWEICLOUD_SDK_SK",
            "HUAWEICLOUD_SDK_PROJECT_ID",
            "HUAWEICLOUD_SDK_DOMAIN_ID",
            "HUAWEICLOUD_SDK_CREDENTIALS_FILE",
        ],
    ),
];

/// Files in the home directory that hold credentials of a cloud.
const FILES: [(KeyKind, &str); 6] = [
    (KeyKind::AwsKms, ".aws/credentials"),
    (KeyKind::AwsKms, ".aws/config"),
    (KeyKind::GcpKms, ".config/gcloud/application_default_credentials.json"),
    (KeyKind::AzureKeyVault, ".azure/msal_token_cache.json"),
    (KeyKind::VaultTransit, ".vault-token"),
    (KeyKind::HuaweiKms, ".huaweicloud/credentials"),
];

pub(crate) fn run(args: &KeysArgs, environment: &Environment) -> Result<(), Failure> {
    let as_json = json::is_wanted(&args.answer)?;
    if let Some(word) = args.words.first() {
        return Err(Failure::generic(format!("{} means nothing here", word.display()))
            .hint("sops doctor FILE tells who can open a file"));
    }
    // For the names: without a configuration there are none.
    Config::load(&args.global, environment)?;
    let machine = SystemHost::new(environment.all().into_iter().collect());
    let places = backends::inventory(&machine);
    let clouds = clouds(environment);
    if as_json {
        return files::write_stdout(&json::write(&tree(&places, &clouds))?);
    }
    files::write_stdout(text(&places, &clouds, environment).as_bytes())
}

/// The variables and files of each cloud that are there.
fn clouds(environment: &Environment) -> Vec<(KeyKind, Vec<&'static str>, Vec<&'static str>)> {
    let home = environment.nonempty("HOME").map(std::path::PathBuf::from);
    let all = VARIABLES.iter().map(|(kind, names)| {
        let set = names.iter().copied().filter(|name| environment.nonempty(name).is_some()).collect();
        let files = FILES.iter().filter(|(other, file)| {
            other == kind && home.as_ref().is_some_and(|home| home.join(file).is_file())
        });
        (*kind, set, files.map(|(_, file)| *file).collect())
    });
    all.collect()
}

/// What stands at a place, for a place that is a variable naming a file.
fn place(place: &Searched, environment: &Environment) -> String {
    let home = environment.nonempty("HOME").map(std::path::PathBuf::from);
    let short = |path: &std::path::Path| {
        let below = home.as_ref().and_then(|home| path.strip_prefix(home).ok());
        below.map_or_else(|| path.display().to_string(), |below| format!("~/{}", below.display()))
    };
    match &place.file {
        None => place.place.clone(),
        Some(file) if file.as_os_str() == place.place.as_str() => short(file),
        Some(file) => format!("{} ({})", place.place, short(file)),
    }
}

fn text(
    places: &[Searched],
    clouds: &[(KeyKind, Vec<&str>, Vec<&str>)],
    environment: &Environment,
) -> String {
    let mut out = String::new();
    for kind in [KeyKind::Age, KeyKind::Pgp] {
        let mut lines = String::new();
        for searched in places.iter().filter(|searched| searched.kind == kind) {
            let aside = if searched.searched { "" } else { "; sops does not look here" };
            lines.push_str(&format!("  {}{aside}\n", place(searched, environment)));
            for holding in &searched.holdings {
                let what = match holding {
                    Holding::Opens(key) => {
                        let name = names::all().of(key).map(|name| format!(" ({name})"));
                        format!("{}{}", shortened(key), name.unwrap_or_default())
                    }
                    Holding::Unknown(what) => what.clone(),
                    Holding::Unusable(why) => format!("unusable: {}", why.trim_end()),
                };
                lines.push_str(&format!("    {what}\n"));
            }
            if let Some(why) = searched.absent {
                lines.truncate(lines.len() - 1);
                lines.push_str(&format!(": {why}\n"));
            }
        }
        if !lines.is_empty() {
            out.push_str(&format!("{}\n{lines}", kind.name()));
        }
    }
    for (kind, variables, files) in clouds {
        out.push_str(kind.name());
        if variables.is_empty() && files.is_empty() {
            out.push_str("\n  nothing set\n");
            continue;
        }
        out.push('\n');
        if !variables.is_empty() {
            out.push_str(&format!("  set: {}\n", variables.join(", ")));
        }
        for file in files {
            out.push_str(&format!("  ~/{file}\n"));
        }
    }
    out
}

fn tree(places: &[Searched], clouds: &[(KeyKind, Vec<&str>, Vec<&str>)]) -> Tree {
    let keys = places.iter().flat_map(|searched| {
        searched.holdings.iter().map(move |holding| {
            let (recipient, state, detail) = match holding {
                Holding::Opens(key) => (Some(key.as_str()), "usable", None),
                Holding::Unknown(what) => (None, "unknown", Some(what.as_str())),
                Holding::Unusable(why) => (None, "unusable", Some(why.as_str())),
            };
            json::map([
                ("kind", Tree::str(searched.kind.id())),
                ("place", Tree::str(searched.place.as_str())),
                ("file", json::text(searched.file.as_deref().and_then(std::path::Path::to_str))),
                ("searched", json::bool(searched.searched)),
                ("state", Tree::str(state)),
                ("recipient", json::text(recipient)),
                ("name", json::text(recipient.and_then(|key| names::all().of(key)))),
                ("detail", json::text(detail)),
            ])
        })
    });
    let empty = places.iter().filter_map(|searched| {
        let why = searched.absent?;
        Some(json::map([
            ("kind", Tree::str(searched.kind.id())),
            ("place", Tree::str(searched.place.as_str())),
            ("why", Tree::str(why)),
        ]))
    });
    let texts = |texts: &[&str]| json::list(texts.iter().map(|text| Tree::str(*text)));
    let clouds = clouds.iter().map(|(kind, variables, files)| {
        json::map([("kind", Tree::str(kind.id())), ("variables", texts(variables)), ("files", texts(files))])
    });
    json::map([("keys", json::list(keys)), ("empty", json::list(empty)), ("credentials", json::list(clouds))])
}
