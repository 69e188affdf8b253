//! The nested form of the block, as YAML, JSON and binary files have it (file format §10.1–10.5).

use super::weak::{Decoder, Fields};
use super::{Metadata, MetadataError, SOPS_VERSION};
use crate::document::{Pair, Tree};
use crate::keys::{KeyGroup, KeyKind, MasterKey, WrappedKey};
use crate::leaf::{Value, time};
use crate::policy::Selection;

/// Keys as the lists of the block, one per kind, in the order in which they make a group.
#[derive(Default)]
struct Lists {
    kms: Vec<WrappedKey>,
    gcp_kms: Vec<WrappedKey>,
    hckms: Vec<WrappedKey>,
    azure_kv: Vec<WrappedKey>,
    hc_vault: Vec<WrappedKey>,
    pgp: Vec<WrappedKey>,
    age: Vec<WrappedKey>,
}

impl Lists {
    fn is_empty(&self) -> bool {
        self.in_order().iter().all(|list| list.is_empty())
    }

    const fn in_order(&self) -> [&Vec<WrappedKey>; 7] {
        [&self.kms, &self.gcp_kms, &self.hckms, &self.azure_kv, &self.hc_vault, &self.pgp, &self.age]
    }

    fn into_group(self) -> Result<KeyGroup, MetadataError> {
        for key in self.in_order().into_iter().flatten() {
            if let Some(created_at) = &key.created_at {
                time::to_seconds(created_at.as_bytes())?;
            }
            if let MasterKey::HuaweiKms { key_id } = &key.key {
                MasterKey::huawei_kms(key_id)?;
            }
        }
        let Self { kms, gcp_kms, hckms, azure_kv, hc_vault, pgp, age } = self;
        Ok(KeyGroup([kms, gcp_kms, hckms, azure_kv, hc_vault, pgp, age].into_iter().flatten().collect()))
    }
}

/// Whose rules hold for what is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Without a selection, `unencrypted_suffix: _unencrypted`.
    Sops,
    /// TOML: without a selection everything is encrypted, and no version is written.
    Rops,
}

pub(super) fn read(block: &Tree, dialect: Dialect) -> Result<Metadata, MetadataError> {
    let Tree::Map(pairs) = block else { return Err(MetadataError::NotAMapping) };
    let top = Fields::top(pairs);
    let mut decoder = Decoder::default();
    // Fields are read in the order in which sops reports what is wrong with them.
    let d = &mut decoder;
    let shamir_threshold = d.int(&top, "shamir_threshold");
    let key_groups = d.list(&top, "key_groups", |d, fields| {
        let pgp = pgp_keys(d, fields);
        Lists { pgp, ..cloud_keys(d, fields) }.with_age(d, fields)
    });
    let mut flat = cloud_keys(d, &top).with_age(d, &top);
    let last_modified = d.string(&top, "lastmodified");
    let mac = d.string(&top, "mac");
    flat.pgp = pgp_keys(d, &top);
    let mut selection = Selection {
        unencrypted_suffix: d.string(&top, "unencrypted_suffix"),
        encrypted_suffix: d.string(&top, "encrypted_suffix"),
        unencrypted_regex: d.string(&top, "unencrypted_regex"),
        encrypted_regex: d.string(&top, "encrypted_regex"),
        unencrypted_comment_regex: d.string(&top, "unencrypted_comment_regex"),
        encrypted_comment_regex: d.string(&top, "encrypted_comment_regex"),
    };
    let mac_only_encrypted = d.bool(&top, "mac_only_encrypted");
    let mut version = d.string(&top, "version");
    if version.is_empty() && dialect == Dialect::Rops {
        SOPS_VERSION.clone_into(&mut version);
    }
    // Ours come last, and are never a reason to refuse a file that sops would read.
    let own = |name| Some(Decoder::default().string(&top, name)).filter(|text| !text.is_empty());
    let (layout, seal) = (own("layout"), own("seal"));
    if !decoder.errors.is_empty() {
        return Err(MetadataError::Fields(decoder.errors));
    }

    time::to_seconds(last_modified.as_bytes())?;
    let groups = if !flat.is_empty() {
        vec![flat.into_group()?]
    } else if !key_groups.is_empty() {
        key_groups.into_iter().map(Lists::into_group).collect::<Result<_, _>>()?
    } else {
        return Err(MetadataError::NoKeys);
    };
    match selection.count() {
        0 if dialect == Dialect::Sops => selection = Selection::default_for_files(),
        0 | 1 => {}
        _ => return Err(MetadataError::SelectionConflict),
    }
    Ok(Metadata {
        groups,
        shamir_threshold,
        last_modified,
        mac,
        selection,
        mac_only_encrypted,
        version,
        layout,
        seal,
    })
}

fn pgp_keys(d: &mut Decoder, fields: &Fields<'_>) -> Vec<WrappedKey> {
    d.list(fields, "pgp", |d, f| {
        let created_at = Some(d.string(f, "created_at"));
        let enc = d.string(f, "enc");
        WrappedKey { key: MasterKey::Pgp { fingerprint: d.string(f, "fp") }, created_at, enc }
    })
}

fn cloud_keys(d: &mut Decoder, fields: &Fields<'_>) -> Lists {
    let created = |d: &mut Decoder, f: &Fields<'_>, key| WrappedKey {
        key,
        created_at: Some(d.string(f, "created_at")),
        enc: d.string(f, "enc"),
    };
    Lists {
        kms: d.list(fields, "kms", |d, f| {
            let arn = d.string(f, "arn");
            let role = d.string(f, "role");
            let context = d.text_map(f, "context");
            let created_at = Some(d.string(f, "created_at"));
            let enc = d.string(f, "enc");
            let profile = d.string(f, "aws_profile");
            WrappedKey { key: MasterKey::AwsKms { arn, role, context, profile }, created_at, enc }
        }),
        gcp_kms: d.list(fields, "gcp_kms", |d, f| {
            let key = MasterKey::GcpKms { resource_id: d.string(f, "resource_id") };
            created(d, f, key)
        }),
        hckms: d.list(fields, "hckms", |d, f| {
            let key = MasterKey::HuaweiKms { key_id: d.string(f, "key_id") };
            created(d, f, key)
        }),
        azure_kv: d.list(fields, "azure_kv", |d, f| {
            let key = MasterKey::AzureKeyVault {
                vault_url: d.string(f, "vault_url"),
                name: d.string(f, "name"),
                version: d.string(f, "version"),
            };
            created(d, f, key)
        }),
        hc_vault: d.list(fields, "hc_vault", |d, f| {
            let key = MasterKey::VaultTransit {
                address: d.string(f, "vault_address"),
                engine_path: d.string(f, "engine_path"),
                key_name: d.string(f, "key_name"),
            };
            created(d, f, key)
        }),
        ..Lists::default()
    }
}

impl Lists {
    fn with_age(mut self, d: &mut Decoder, fields: &Fields<'_>) -> Self {
        self.age = d.list(fields, "age", |d, f| {
            let recipient = d.string(f, "recipient");
            WrappedKey { key: MasterKey::Age { recipient }, created_at: None, enc: d.string(f, "enc") }
        });
        self
    }
}

/// A map being written; fields must be added in byte order.
#[derive(Default)]
struct MapWriter(Vec<Pair>);

impl MapWriter {
    fn put(&mut self, name: &str, value: Tree) {
        self.0.push(Pair::Entry(name.into(), value));
    }

    fn text(&mut self, name: &str, value: &str) {
        self.put(name, Tree::str(value));
    }

    fn text_unless_empty(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.text(name, value);
        }
    }
}

pub(super) fn write(metadata: &Metadata) -> Tree {
    let one_group = match metadata.groups.as_slice() {
        [group] => Some(group),
        _ => None,
    };
    let mut map = MapWriter::default();
    let keys = |map: &mut MapWriter, kind: KeyKind| {
        if let Some(group) = one_group {
            map.keys(group, kind, WhenEmpty::Omit);
        }
    };
    let selection = &metadata.selection;
    keys(&mut map, KeyKind::Age);
    keys(&mut map, KeyKind::AzureKeyVault);
    map.text_unless_empty("encrypted_comment_regex", &selection.encrypted_comment_regex);
    map.text_unless_empty("encrypted_regex", &selection.encrypted_regex);
    map.text_unless_empty("encrypted_suffix", &selection.encrypted_suffix);
    keys(&mut map, KeyKind::GcpKms);
    keys(&mut map, KeyKind::VaultTransit);
    keys(&mut map, KeyKind::HuaweiKms);
    if metadata.groups.len() > 1 {
        map.put("key_groups", Tree::List(metadata.groups.iter().map(group).collect()));
    }
    keys(&mut map, KeyKind::AwsKms);
    map.text("lastmodified", &seconds(&metadata.last_modified));
    map.text_unless_empty("layout", metadata.layout.as_deref().unwrap_or_default());
    map.text("mac", &metadata.mac);
    if metadata.mac_only_encrypted {
        map.put("mac_only_encrypted", Tree::Leaf(Value::Bool(true)));
    }
    keys(&mut map, KeyKind::Pgp);
    map.text_unless_empty("seal", metadata.seal.as_deref().unwrap_or_default());
    if metadata.shamir_threshold != 0 {
        map.put("shamir_threshold", Tree::Leaf(Value::Int(metadata.shamir_threshold)));
    }
    map.text_unless_empty("unencrypted_comment_regex", &selection.unencrypted_comment_regex);
    map.text_unless_empty("unencrypted_regex", &selection.unencrypted_regex);
    map.text_unless_empty("unencrypted_suffix", &selection.unencrypted_suffix);
    map.text("version", &metadata.version);
    Tree::Map(map.0)
}

/// A timestamp to the second; what is none (it was not read by us) is written as it is.
fn seconds(timestamp: &str) -> String {
    time::to_seconds(timestamp.as_bytes()).unwrap_or_else(|_| timestamp.to_owned())
}

/// One of several groups. Here two lists are written even when they are empty.
fn group(group: &KeyGroup) -> Tree {
    let mut map = MapWriter::default();
    map.keys(group, KeyKind::Age, WhenEmpty::Write);
    map.keys(group, KeyKind::AzureKeyVault, WhenEmpty::Omit);
    map.keys(group, KeyKind::GcpKms, WhenEmpty::Omit);
    map.keys(group, KeyKind::VaultTransit, WhenEmpty::Write);
    map.keys(group, KeyKind::HuaweiKms, WhenEmpty::Omit);
    map.keys(group, KeyKind::AwsKms, WhenEmpty::Omit);
    map.keys(group, KeyKind::Pgp, WhenEmpty::Omit);
    Tree::Map(map.0)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum WhenEmpty {
    Omit,
    Write,
}

impl MapWriter {
    /// The list of a group's keys of one kind.
    fn keys(&mut self, group: &KeyGroup, kind: KeyKind, when_empty: WhenEmpty) {
        let list: Vec<Tree> = group.0.iter().filter(|key| key.key.kind() == kind).map(key_entry).collect();
        if !list.is_empty() || when_empty == WhenEmpty::Write {
            self.put(kind.id(), Tree::List(list));
        }
    }
}

/// One key, its fields in byte order (file format §10.2).
fn key_entry(wrapped: &WrappedKey) -> Tree {
    let created_at = seconds(wrapped.created_at.as_deref().unwrap_or_default());
    let mut map = MapWriter::default();
    if let MasterKey::AwsKms { arn, context, profile, .. } = &wrapped.key {
        map.text("arn", arn);
        map.text("aws_profile", profile);
        if !context.is_empty() {
            let mut sorted: Vec<_> = context.iter().collect();
            sorted.sort_by(|a, b| a.0.cmp(&b.0));
            let mut entries = MapWriter::default();
            for (key, value) in sorted {
                entries.put(
                    key,
                    value.as_ref().map_or(Tree::Leaf(Value::Null), |text| Tree::str(text.as_str())),
                );
            }
            map.put("context", Tree::Map(entries.0));
        }
    }
    if wrapped.key.kind() != KeyKind::Age {
        map.text("created_at", &created_at);
    }
    map.text("enc", &wrapped.enc);
    match &wrapped.key {
        MasterKey::Age { recipient } => map.text("recipient", recipient),
        MasterKey::Pgp { fingerprint } => map.text("fp", fingerprint),
        MasterKey::AwsKms { role, .. } => map.text_unless_empty("role", role),
        MasterKey::GcpKms { resource_id } => map.text("resource_id", resource_id),
        MasterKey::AzureKeyVault { vault_url, name, version } => {
            map.text("name", name);
            map.text("vault_url", vault_url);
            map.text("version", version);
        }
        MasterKey::VaultTransit { address, engine_path, key_name } => {
            map.text("engine_path", engine_path);
            map.text("key_name", key_name);
            map.text("vault_address", address);
        }
        MasterKey::HuaweiKms { key_id } => map.text("key_id", key_id),
    }
    Tree::Map(map.0)
}
