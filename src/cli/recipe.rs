//! How a new file is encrypted: flags and their variables first, then the creation rule
//! (command line §5, configuration §5).

use resops::crypto::MacScope;
use resops::document::{EmitStyle, Format};
use resops::keys::{KeyGroup, KeyKind, KmsOptions, MasterKey, WrappedKey, parse_encryption_context};
use resops::ops::Recipe;
use resops::policy::{Selection, SelectionConflict};

use super::args::{ChangeKeysArgs, KeyArgs, NewGroupArgs, SelectorArgs};
use super::config::Rule;
use super::error::{Failure, Kind};
use super::open::Session;
use super::ui::{self, Level};

/// The formats and the layout of a new file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) input: Format,
    pub(crate) output: Format,
    pub(crate) style: EmitStyle,
}

/// Puts flags and rule together. Checks go in sops' order: selectors, encryption context, keys.
///
/// # Errors
///
/// [`Kind::Conflict`] for two selectors, [`Kind::EncryptionContext`], and exit 1 for keys that are
/// none or that nobody knows whole, or no keys.
pub(crate) fn recipe(
    keys: &KeyArgs,
    selectors: &SelectorArgs,
    rule: Option<&Rule>,
    shape: Shape,
    session: &Session,
) -> Result<Recipe, Failure> {
    let (selection, mac_scope) = selection(selectors, rule, shape.input)?;
    let options = kms_options(keys.encryption_context.as_deref(), keys.aws_profile.as_deref())
        .ok_or_else(|| Failure::new(Kind::EncryptionContext, "Invalid KMS encryption context format"))?;
    let threshold = keys.shamir_threshold.filter(|&threshold| threshold != 0);
    let mut groups = match groups_of_flags(keys, &options)? {
        Some(group) => vec![group],
        None => rule.map(|rule| rule.groups.clone()).ok_or_else(no_keys)?,
    };
    session.complete_groups(&mut groups)?;
    Ok(Recipe {
        input: shape.input,
        output: shape.output,
        groups,
        shamir_threshold: threshold.or(rule.map(|rule| rule.shamir_threshold)).unwrap_or(0),
        selection,
        mac_scope,
        style: shape.style,
    })
}

fn no_keys() -> Failure {
    Failure::generic(
        "config file not found, or has no creation rules, and no keys provided through command line options",
    )
    .hint("name a recipient with --age, or write a creation rule into .sops.yaml")
}

fn selection(
    args: &SelectorArgs,
    rule: Option<&Rule>,
    input: Format,
) -> Result<(Selection, MacScope), Failure> {
    let text = |flag: &Option<String>| flag.clone().unwrap_or_default();
    let flags = Selection {
        unencrypted_suffix: text(&args.unencrypted_suffix),
        encrypted_suffix: text(&args.encrypted_suffix),
        unencrypted_regex: text(&args.unencrypted_regex),
        encrypted_regex: text(&args.encrypted_regex),
        unencrypted_comment_regex: text(&args.unencrypted_comment_regex),
        encrypted_comment_regex: text(&args.encrypted_comment_regex),
    };
    let selection = match rule {
        Some(rule) => flags.or(&rule.selection),
        None => flags,
    };
    if input == Format::Binary {
        warn_about_binary(&selection);
        return Ok((Selection::default(), MacScope::AllLeaves));
    }
    selection.check().map_err(|SelectionConflict| {
        Failure::new(Kind::Conflict, format!("Error: {SelectionConflict} in the same file"))
    })?;
    let selection = if selection.count() == 0 { Selection::default_for_files() } else { selection };
    let only = args.mac_only_encrypted || rule.is_some_and(|rule| rule.mac_only_encrypted);
    Ok((selection, if only { MacScope::EncryptedLeaves } else { MacScope::AllLeaves }))
}

/// A binary file is one value: a selector could only leave it in clear.
fn warn_about_binary(selection: &Selection) {
    const ONE_KEY: &str = "the binary store produces one key that should always be encrypted";
    const NO_COMMENTS: &str = "the binary store never produces comments";
    for (text, what, why) in [
        (&selection.unencrypted_suffix, "unencrypted suffix", ONE_KEY),
        (&selection.encrypted_suffix, "encrypted suffix", ONE_KEY),
        (&selection.encrypted_regex, "encrypted regex", ONE_KEY),
        (&selection.unencrypted_regex, "unencrypted regex", ONE_KEY),
        (&selection.encrypted_comment_regex, "encrypted comment regex", NO_COMMENTS),
    ] {
        if !text.is_empty() {
            ui::log(
                Level::Warning,
                &format!(
                    "Using an {what} does not make sense with the input store ({why}) and will be ignored."
                ),
            );
        }
    }
}

/// What goes with every KMS key of the command line; nothing if the context is malformed, after
/// the warning that sops gives.
fn kms_options(context: Option<&str>, profile: Option<&str>) -> Option<KmsOptions> {
    let context = match context.filter(|text| !text.is_empty()).map(parse_encryption_context) {
        None => Vec::new(),
        Some(Some(context)) => context,
        Some(None) => {
            ui::log_with(
                "AWSKMS",
                Level::Warning,
                "Encryption context contains a non-string value, context will not be used",
                &[],
            );
            return None;
        }
    };
    Some(KmsOptions { context, profile: profile.unwrap_or_default().to_owned() })
}

/// The one group of all keys of the command line, or nothing if it names none.
fn groups_of_flags(keys: &KeyArgs, options: &KmsOptions) -> Result<Option<KeyGroup>, Failure> {
    let lists = [
        (KeyKind::AwsKms, &keys.kms),
        (KeyKind::GcpKms, &keys.gcp_kms),
        (KeyKind::HuaweiKms, &keys.hckms),
        (KeyKind::AzureKeyVault, &keys.azure_kv),
        (KeyKind::Pgp, &keys.pgp),
        (KeyKind::VaultTransit, &keys.hc_vault_transit),
        (KeyKind::Age, &keys.age),
    ];
    let keys = parse_lists(&lists, options)?;
    let named = lists.iter().any(|(_, list)| list.as_deref().is_some_and(|list| !list.is_empty()));
    if !named {
        return Ok(None);
    }
    let texts: Vec<_> = keys.iter().map(MasterKey::shown).collect();
    ui::log(Level::Debug, &format!("Master keys available:  [{}]", texts.join(" ")));
    Ok(Some(KeyGroup(keys.into_iter().map(WrappedKey::new).collect())))
}

fn parse_lists(
    lists: &[(KeyKind, &Option<String>)],
    options: &KmsOptions,
) -> Result<Vec<MasterKey>, Failure> {
    let mut keys = Vec::new();
    for (kind, list) in lists {
        let list = list.as_deref().unwrap_or_default();
        let parsed = MasterKey::from_list(*kind, list, options);
        keys.extend(parsed.map_err(|error| Failure::generic(error.to_string()))?);
    }
    Ok(keys)
}

/// The keys of a new group, in the order in which sops puts them there; but Huawei's are among them
/// (sops knows the flag and forgets what it names).
///
/// # Errors
///
/// Exit 1 if one of them is none. sops leaves it out.
pub(crate) fn keys_of_group(args: &NewGroupArgs) -> Result<Vec<MasterKey>, Failure> {
    let options = kms_options(args.encryption_context.as_deref(), args.aws_profile.as_deref());
    let options = options.ok_or_else(|| Failure::generic("Invalid KMS encryption context format"))?;
    let mut keys = Vec::new();
    for (kind, lists) in [
        (KeyKind::Pgp, &args.pgp),
        (KeyKind::AwsKms, &args.kms),
        (KeyKind::GcpKms, &args.gcp_kms),
        (KeyKind::HuaweiKms, &args.hckms),
        (KeyKind::VaultTransit, &args.hc_vault_transit),
        (KeyKind::AzureKeyVault, &args.azure_kv),
        (KeyKind::Age, &args.age),
    ] {
        for list in lists {
            keys.extend(parse_lists(&[(kind, &Some(list.clone()))], &options)?);
        }
    }
    Ok(keys)
}

/// Keys to add and keys to remove.
///
/// # Errors
///
/// Exit 1 if one of them is none, also one to remove.
pub(crate) fn key_change(
    args: &ChangeKeysArgs,
    context: Option<&str>,
    profile: Option<&str>,
    session: &Session,
) -> Result<(Vec<MasterKey>, Vec<MasterKey>), Failure> {
    // A malformed context is only warned about here, as in sops.
    let options = kms_options(context, profile).unwrap_or_default();
    let mut add = parse_lists(
        &[
            (KeyKind::AwsKms, &args.add_kms),
            (KeyKind::Pgp, &args.add_pgp),
            (KeyKind::GcpKms, &args.add_gcp_kms),
            (KeyKind::HuaweiKms, &args.add_hckms),
            (KeyKind::AzureKeyVault, &args.add_azure_kv),
            (KeyKind::VaultTransit, &args.add_hc_vault_transit),
            (KeyKind::Age, &args.add_age),
        ],
        &options,
    )?;
    let mut remove = parse_lists(
        &[
            (KeyKind::AwsKms, &args.rm_kms),
            (KeyKind::Pgp, &args.rm_pgp),
            (KeyKind::GcpKms, &args.rm_gcp_kms),
            (KeyKind::HuaweiKms, &args.rm_hckms),
            (KeyKind::AzureKeyVault, &args.rm_azure_kv),
            (KeyKind::VaultTransit, &args.rm_hc_vault_transit),
            (KeyKind::Age, &args.rm_age),
        ],
        &options,
    )?;
    session.complete(add.iter_mut().chain(&mut remove))?;
    Ok((add, remove))
}
