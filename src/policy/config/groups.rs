//! The keys of a creation rule, and the key groups they make (configuration §4.2, §4.3).
//!
//! Keys are kept as they are written until the rule is used: a key that is no key is an error
//! only for the files of its rule, as in sops. `recipients`, which sops skips, stands for keys that are
//! told elsewhere.

use std::collections::HashSet;

use super::decode::{Decoder, Flexible};
use super::directory::Directory;
use super::error::{ConfigError, ConfigErrorKind, Place};
use crate::document::yaml::node::NodeId;
use crate::keys::{KeyGroup, KeyKind, KmsOptions, MasterKey, ParseKeyError, WrappedKey};

/// A thing of the configuration and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Placed<T> {
    pub(super) what: T,
    pub(super) place: Place,
}

/// The flat keys of a rule, all kinds of which make one group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct FlatKeys {
    age: Option<Placed<Flexible>>,
    pgp: Option<Placed<Flexible>>,
    kms: Option<Placed<Flexible>>,
    gcp_kms: Option<Placed<Flexible>>,
    hckms: Option<Placed<Vec<String>>>,
    azure_keyvault: Option<Placed<Flexible>>,
    hc_vault_transit_uri: Option<Placed<Flexible>>,
}

/// One item of a key group, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    Age(String),
    Pgp(String),
    Kms {
        arn: String,
        role: String,
        context: Vec<(String, Option<String>)>,
        profile: String,
    },
    GcpKms(String),
    HuaweiKms(String),
    AzureKeyVault {
        vault_url: String,
        key: String,
        version: String,
    },
    Vault(String),
    /// A key in the spelling of the flat keys, whose kind its text tells.
    Key(KeyKind, String),
    /// What `recipients` takes: the name of a group or of a person, or a key.
    Named(String),
}

/// A key group, merged ones already in it, in the order of its keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct GroupKeys(Vec<Placed<Item>>);

pub(super) const GROUP: &[&str] =
    &["merge", "kms", "gcp_kms", "hckms", "azure_keyvault", "hc_vault", "age", "pgp", RECIPIENTS];
/// Ours, in rules and in key groups.
pub(super) const RECIPIENTS: &str = "recipients";
pub(super) const KMS: &[&str] = &["arn", "role", "context", "aws_profile"];
pub(super) const GCP_KMS: &[&str] = &["resource_id"];
pub(super) const HCKMS: &[&str] = &["key_id"];
pub(super) const AZURE: &[&str] = &["vaultUrl", "key", "version"];

type Fallible<T> = Result<T, ConfigError>;

impl FlatKeys {
    /// Reads the field `name` if it is one of flat keys.
    pub(super) fn read(&mut self, d: &mut Decoder<'_>, name: &str, value: NodeId) -> Fallible<bool> {
        let field = match name {
            "age" => &mut self.age,
            "pgp" => &mut self.pgp,
            "kms" => &mut self.kms,
            "gcp_kms" => &mut self.gcp_kms,
            "azure_keyvault" => &mut self.azure_keyvault,
            "hc_vault_transit_uri" => &mut self.hc_vault_transit_uri,
            "hckms" => {
                let place = d.place(value);
                self.hckms = strings(d, value)?.map(|what| Placed { what, place });
                return Ok(true);
            }
            _ => return Ok(false),
        };
        let place = d.place(value);
        *field = d.flexible(value)?.map(|what| Placed { what, place });
        Ok(true)
    }

    /// The one group that all flat keys make; duplicates are kept.
    pub(super) fn group(&self, kms: &KmsOptions) -> Fallible<KeyGroup> {
        let none = KmsOptions::default();
        let lists = [
            (KeyKind::Age, &self.age, "age", "age"),
            (KeyKind::Pgp, &self.pgp, "pgp", "pgp"),
            (KeyKind::AwsKms, &self.kms, "kms", "kms"),
            (KeyKind::GcpKms, &self.gcp_kms, "gcpkms", "gcp_kms"),
            (KeyKind::HuaweiKms, &None, "hckms", "hckms"),
            (KeyKind::AzureKeyVault, &self.azure_keyvault, "azure_keyvault", "azure_keyvault"),
            (KeyKind::VaultTransit, &self.hc_vault_transit_uri, "vault", "hc_vault_transit_uri"),
        ];
        let mut group = KeyGroup::default();
        for (kind, field, name, field_name) in lists {
            let (text, place) = match (field, &self.hckms) {
                (Some(Placed { what, place }), _) => (joined(what, name, field_name, place)?, place),
                (None, Some(Placed { what, place })) if kind == KeyKind::HuaweiKms => (what.join(","), place),
                _ => continue,
            };
            let options = if kind == KeyKind::AwsKms { kms } else { &none };
            let keys = MasterKey::from_list(kind, &text, options).map_err(|error| bad_key(error, place))?;
            group.0.extend(keys.into_iter().map(WrappedKey::new));
        }
        Ok(group)
    }
}

/// Adds keys that a group does not have yet.
pub(super) fn add(group: &mut KeyGroup, more: KeyGroup) {
    let text = |entry: &WrappedKey| (entry.key.kind(), entry.key.text().into_owned());
    let mut seen: HashSet<_> = group.0.iter().map(text).collect();
    group.0.extend(more.0.into_iter().filter(|entry| seen.insert(text(entry))));
}

fn bad_key(error: ParseKeyError, place: &Place) -> ConfigError {
    ConfigError { kind: ConfigErrorKind::Key(error), place: Some(place.clone()) }
}

/// The texts of a field as one comma list. Only a plain text is trimmed at its commas.
fn joined(field: &Flexible, kind: &'static str, name: &'static str, place: &Place) -> Fallible<String> {
    let wrong = |expected, got| ConfigError {
        kind: ConfigErrorKind::KeyType { kind, field: name, expected, got },
        place: Some(place.clone()),
    };
    match field {
        Flexible::Text(text) => {
            Ok(text.split(',').map(str::trim).filter(|key| !key.is_empty()).collect::<Vec<_>>().join(","))
        }
        Flexible::List(items) => {
            let items = items.iter().map(|item| item.as_deref().map_err(|got| wrong("string in list", got)));
            Ok(items.collect::<Result<Vec<_>, _>>()?.join(","))
        }
        Flexible::Other(got) => Err(wrong("string, []string, or nil", got)),
    }
}

/// A list of scalars as texts.
fn strings(d: &mut Decoder<'_>, node: NodeId) -> Fallible<Option<Vec<String>>> {
    let Some(items) = d.items(node, "[]string")? else { return Ok(None) };
    let mut texts = Vec::with_capacity(items.len());
    for item in items {
        texts.extend(d.optional_string(item)?);
    }
    Ok(Some(texts))
}

impl GroupKeys {
    /// Reads a group. Merged groups may nest to any depth, so this is a loop.
    pub(super) fn read(d: &mut Decoder<'_>, node: NodeId) -> Fallible<Self> {
        enum Step {
            Read(NodeId),
            Keep(Vec<Placed<Item>>),
        }
        let mut keys = Self::default();
        let mut steps = vec![Step::Read(node)];
        while let Some(step) = steps.pop() {
            match step {
                Step::Keep(own) => keys.0.extend(own),
                Step::Read(node) => {
                    let mut own = Own::default();
                    let merged = own.read(d, node)?;
                    steps.push(Step::Keep(own.in_order()));
                    steps.extend(merged.into_iter().rev().map(Step::Read));
                }
            }
        }
        Ok(keys)
    }

    /// A group of these.
    pub(super) const fn of(items: Vec<Placed<Item>>) -> Self {
        Self(items)
    }

    /// What is in it, names as names.
    pub(super) fn items(&self) -> &[Placed<Item>] {
        &self.0
    }

    /// How many of its keys sops sees.
    pub(super) fn told_to_sops(&self) -> usize {
        self.0.iter().filter(|item| !matches!(item.what, Item::Named(_))).count()
    }

    /// The group without keys that are there already; `directory` knows what names stand for.
    pub(super) fn group(&self, directory: &Directory) -> Fallible<KeyGroup> {
        let mut group = KeyGroup::default();
        let mut seen = HashSet::new();
        for Placed { what, place } in &directory.plain(&self.0)? {
            for key in what.keys().map_err(|error| bad_key(error, place))? {
                if let MasterKey::AwsKms { context, .. } = &key
                    && let Some((name, _)) = context.iter().find(|(_, value)| value.is_none())
                {
                    let kind = ConfigErrorKind::NullContext(name.clone());
                    return Err(ConfigError { kind, place: Some(place.clone()) });
                }
                if seen.insert((key.kind(), key.text().into_owned())) {
                    group.0.push(WrappedKey::new(key));
                }
            }
        }
        Ok(group)
    }
}

impl Item {
    /// The key that a text is, if it is like one.
    pub(super) fn of_text(text: &str) -> Option<Self> {
        KeyKind::of_text(text).map(|kind| Self::Key(kind, text.to_owned()))
    }

    pub(super) fn keys(&self) -> Result<Vec<MasterKey>, ParseKeyError> {
        Ok(match self {
            Self::Age(text) => return MasterKey::from_list(KeyKind::Age, text, &KmsOptions::default()),
            Self::Pgp(text) => vec![MasterKey::pgp(text)],
            Self::Kms { arn, role, context, profile } => vec![MasterKey::AwsKms {
                arn: arn.clone(),
                role: role.clone(),
                context: context.clone(),
                profile: profile.clone(),
            }],
            Self::GcpKms(text) => vec![MasterKey::gcp_kms(text)],
            Self::HuaweiKms(text) => vec![MasterKey::huawei_kms(text)?],
            Self::AzureKeyVault { vault_url, key, version } => vec![MasterKey::AzureKeyVault {
                vault_url: vault_url.clone(),
                name: key.clone(),
                version: version.clone(),
            }],
            Self::Vault(text) => vec![MasterKey::vault_transit(text)?],
            Self::Key(kind, text) => return MasterKey::from_list(*kind, text, &KmsOptions::default()),
            // These have become keys by then.
            Self::Named(_) => Vec::new(),
        })
    }
}

/// A group's own keys, by kind.
#[derive(Default)]
struct Own {
    age: Vec<Placed<Item>>,
    pgp: Vec<Placed<Item>>,
    kms: Vec<Placed<Item>>,
    gcp_kms: Vec<Placed<Item>>,
    hckms: Vec<Placed<Item>>,
    azure_keyvault: Vec<Placed<Item>>,
    hc_vault: Vec<Placed<Item>>,
    named: Vec<Placed<Item>>,
}

impl Own {
    fn in_order(self) -> Vec<Placed<Item>> {
        let Self { age, pgp, kms, gcp_kms, hckms, azure_keyvault, hc_vault, named } = self;
        [age, pgp, kms, gcp_kms, hckms, azure_keyvault, hc_vault, named].into_iter().flatten().collect()
    }

    /// Reads the group at `node` and returns the groups that it merges.
    fn read(&mut self, d: &mut Decoder<'_>, node: NodeId) -> Fallible<Vec<NodeId>> {
        let mut merged = Vec::new();
        for entry in d.entries(node, "config.keyGroup")? {
            let value = entry.value;
            match &*entry.key {
                "merge" => merged = d.items(value, "[]config.keyGroup")?.unwrap_or_default(),
                "age" => self.age = texts(d, value, Item::Age)?,
                "pgp" => self.pgp = texts(d, value, Item::Pgp)?,
                "hc_vault" => self.hc_vault = texts(d, value, Item::Vault)?,
                RECIPIENTS => self.named = recipients(d, value)?,
                "kms" => self.kms = list(d, value, "[]config.kmsKey", kms)?,
                "gcp_kms" => {
                    self.gcp_kms = list(d, value, "[]config.gcpKmsKey", |d, item| {
                        let ([resource_id], _) =
                            fields(d, item, "config.gcpKmsKey", GCP_KMS, ["resource_id"])?;
                        Ok(Item::GcpKms(resource_id))
                    })?;
                }
                "hckms" => {
                    self.hckms = list(d, value, "[]config.hckmsKey", |d, item| {
                        let ([key_id], _) = fields(d, item, "config.hckmsKey", HCKMS, ["key_id"])?;
                        Ok(Item::HuaweiKms(key_id))
                    })?;
                }
                "azure_keyvault" => {
                    self.azure_keyvault = list(d, value, "[]config.azureKVKey", |d, item| {
                        let ([vault_url, key, version], _) =
                            fields(d, item, "config.azureKVKey", AZURE, ["vaultUrl", "key", "version"])?;
                        Ok(Item::AzureKeyVault { vault_url, key, version })
                    })?;
                }
                _ => d.unknown(&entry, GROUP),
            }
        }
        Ok(merged)
    }
}

/// What `recipients` takes: one text with commas, or a list.
pub(super) fn recipients(d: &mut Decoder<'_>, node: NodeId) -> Fallible<Vec<Placed<Item>>> {
    if d.is_scalar(node)? {
        let place = d.place(node);
        let text = d.string(node)?;
        let named = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        return Ok(named
            .map(|name| Placed { what: Item::Named(name.to_owned()), place: place.clone() })
            .collect());
    }
    texts(d, node, |text| Item::Named(text.trim().to_owned()))
}

fn texts(d: &mut Decoder<'_>, node: NodeId, make: fn(String) -> Item) -> Fallible<Vec<Placed<Item>>> {
    let mut items = Vec::new();
    for item in d.items(node, "[]string")?.unwrap_or_default() {
        let place = d.place(item);
        items.extend(d.optional_string(item)?.map(|text| Placed { what: make(text), place }));
    }
    Ok(items)
}

fn list(
    d: &mut Decoder<'_>,
    node: NodeId,
    type_name: &'static str,
    read: impl Fn(&mut Decoder<'_>, NodeId) -> Fallible<Item>,
) -> Fallible<Vec<Placed<Item>>> {
    let mut items = Vec::new();
    for item in d.items(node, type_name)?.unwrap_or_default() {
        let place = d.place(item);
        items.push(Placed { what: read(d, item)?, place });
    }
    Ok(items)
}

/// The text fields of a map, in the order of `names`, and the nodes of others that are known.
fn fields<const N: usize>(
    d: &mut Decoder<'_>,
    node: NodeId,
    type_name: &'static str,
    known: &'static [&'static str],
    names: [&str; N],
) -> Fallible<([String; N], Option<NodeId>)> {
    let mut texts = [const { String::new() }; N];
    let mut other = None;
    for entry in d.entries(node, type_name)? {
        if let Some(index) = names.iter().position(|name| *name == entry.key) {
            texts[index] = d.string(entry.value)?;
        } else if known.contains(&&*entry.key) {
            other = Some(entry.value);
        } else {
            d.unknown(&entry, known);
        }
    }
    Ok((texts, other))
}

fn kms(d: &mut Decoder<'_>, node: NodeId) -> Fallible<Item> {
    let ([arn, role, profile], context_node) =
        fields(d, node, "config.kmsKey", KMS, ["arn", "role", "aws_profile"])?;
    let mut context = Vec::new();
    if let Some(context_node) = context_node {
        for entry in d.entries(context_node, "map[string]*string")? {
            let value = d.optional_string(entry.value)?;
            context.push((entry.key.into_owned(), value));
        }
        context.sort();
    }
    Ok(Item::Kms { arn, role, context, profile })
}
