//! A `ResourceList` in and out, and what is told beside it: on stderr and in `results`.

use resops::document::{self, Document, EmitStyle, Format, Pair, Tree};
use resops::leaf::Value;

use crate::cli::error::{Failure, Kind};
use crate::cli::json;
use crate::cli::ui::{self, Level};

/// How resources came, and go out again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Envelope {
    /// In a `ResourceList`.
    List,
    /// One YAML document each.
    Bare,
}

/// What a function is given.
pub(super) struct ResourceList {
    pub(super) envelope: Envelope,
    pub(super) items: Vec<Tree>,
    version: String,
    config: Option<Tree>,
}

impl ResourceList {
    /// Reads what kustomize writes, or bare resources.
    ///
    /// # Errors
    ///
    /// Exit 1 for what is no YAML, or no list of resources.
    pub(super) fn read(source: Vec<u8>) -> Result<Self, Failure> {
        let document = Document::parse(source, Format::Yaml)
            .map_err(|error| Failure::generic(format!("this is no YAML: {error}")))?;
        if document.metadata().is_some() {
            return Err(Failure::generic("this is an encrypted file, not a list of resources")
                .hint("a generator names it below files:; see sops help krm"));
        }
        let mut documents = document.trees(&mut |leaf| document.value(leaf).to_owned());
        let is_list = |tree: &Tree| text(tree, "kind") == Some("ResourceList");
        if !documents.first().is_some_and(is_list) {
            documents.retain(|tree| !matches!(tree, Tree::Map(pairs) if pairs.is_empty()));
            if documents.is_empty() {
                return Err(Failure::generic("there are no resources"));
            }
            let not_all = documents.iter().any(|tree| !matches!(tree, Tree::Map(_)));
            if not_all {
                return Err(Failure::generic("this is no list of resources"));
            }
            let version = String::new();
            return Ok(Self { envelope: Envelope::Bare, items: documents, version, config: None });
        }
        if documents.len() > 1 {
            return Err(Failure::generic("more follows the ResourceList"));
        }
        let mut list = documents.swap_remove(0);
        let version = text(&list, "apiVersion").unwrap_or_default().to_owned();
        if !version.starts_with("config.kubernetes.io/") {
            return Err(Failure::generic(
                "the apiVersion of the ResourceList is not config.kubernetes.io/v1",
            ));
        }
        let config = take(&mut list, "functionConfig").filter(|tree| !is_null(tree));
        let items = match &mut take(&mut list, "items") {
            Some(Tree::List(items)) => std::mem::take(items),
            None | Some(Tree::Leaf(Value::Null)) => Vec::new(),
            Some(_) => return Err(Failure::generic("items is no list")),
        };
        let items: Vec<Tree> =
            items.into_iter().filter(|item| !matches!(item, Tree::Leaf(Value::Comment(_)))).collect();
        if let Some(at) = items.iter().position(|item| !matches!(item, Tree::Map(_))) {
            return Err(Failure::generic(format!("items[{at}] is no resource")));
        }
        if config.as_ref().is_some_and(|config| !matches!(config, Tree::Map(_))) {
            return Err(Failure::generic("functionConfig is no resource"));
        }
        Ok(Self { envelope: Envelope::List, items, version, config })
    }

    /// What an item says is to be made: nothing for resources.
    ///
    /// kustomize hands a generator its own configuration for an item. Whatever else is an item then is a
    /// resource like others: who writes resources does not say which files are opened, and where to.
    pub(super) fn generator<'l>(&'l self, item: &'l Tree) -> Option<&'l Tree> {
        if item.get("sops").is_some() {
            return None;
        }
        let is_generator = match (&self.config, self.envelope) {
            (Some(config), _) => {
                let is_it = self.is_config(item) && (lists_files(config) || self.items.len() == 1);
                return is_it.then_some(config);
            }
            (None, Envelope::List) => is_ksops(item) && lists_files(item),
            // As KSOPS does on the command line, where nothing else can be meant.
            (None, Envelope::Bare) => is_ksops(item) || lists_files(item) && item.get("spec").is_none(),
        };
        is_generator.then_some(item)
    }

    /// Whether an item would be a generator, were there no configuration beside it.
    pub(super) fn is_stray_generator(&self, item: &Tree) -> bool {
        self.config.is_some() && is_ksops(item) && lists_files(item)
    }

    fn is_config(&self, item: &Tree) -> bool {
        self.config.as_ref().is_some_and(|config| Reference::of(config) == Reference::of(item))
    }

    /// The configuration if it lists files, and is not among the items as with kustomize.
    pub(super) fn config_beside_items(&self) -> Option<&Tree> {
        let config = self.config.as_ref()?;
        (lists_files(config) && !self.items.iter().any(|item| self.is_config(item))).then_some(config)
    }

    /// The output.
    ///
    /// # Errors
    ///
    /// [`Kind::DumpTree`] for what YAML cannot hold.
    pub(super) fn with(&self, items: Vec<Tree>, notes: &[Note]) -> Result<Vec<u8>, Failure> {
        let style = EmitStyle { yaml_indent: 2, ..EmitStyle::default() };
        let emitted = match self.envelope {
            Envelope::Bare => document::emit(&items, Format::Yaml, &style),
            Envelope::List => {
                let mut list = vec![
                    entry("apiVersion", Tree::str(self.version.as_str())),
                    entry("kind", Tree::str("ResourceList")),
                    entry("items", Tree::List(items)),
                ];
                list.extend(self.config.clone().map(|config| entry("functionConfig", config)));
                if !notes.is_empty() {
                    list.push(entry("results", json::list(notes.iter().map(Note::result))));
                }
                document::emit(&[Tree::Map(list)], Format::Yaml, &style)
            }
        };
        emitted.map_err(|error| Failure::new(Kind::DumpTree, format!("Error dumping tree: {error}")))
    }
}

/// Something to be told, of which no value is a part.
pub(super) struct Note {
    /// Nothing for a warning.
    failure: Option<Failure>,
    message: String,
    file: Option<String>,
    resource: Option<Reference>,
}

impl Note {
    /// That something failed: a file, or a resource.
    pub(super) fn about(failure: &Failure, file: Option<&str>, item: Option<&Tree>) -> Self {
        let name = file.map(str::to_owned).or_else(|| item.map(name_of)).unwrap_or_default();
        let failure = if name.is_empty() { failure.clone() } else { failure.clone().after(&name) };
        Self {
            message: failure.message().to_owned(),
            failure: Some(failure),
            file: file.map(str::to_owned),
            resource: item.map(Reference::of),
        }
    }

    /// That something is not as it should be.
    pub(super) fn warning(message: String, item: &Tree) -> Self {
        Self { failure: None, message, file: None, resource: Some(Reference::of(item)) }
    }

    pub(super) const fn is_error(&self) -> bool {
        self.failure.is_some()
    }

    /// Says it on stderr.
    pub(super) fn say(&self) {
        match &self.failure {
            Some(failure) => {
                let _ = failure.report();
            }
            None => ui::log(Level::Warning, &self.message),
        }
    }

    fn result(&self) -> Tree {
        let severity = if self.is_error() { "error" } else { "warning" };
        let mut message = self.message.clone();
        if let Some(hint) = self.failure.as_ref().and_then(Failure::advice) {
            message = format!("{message}\nhint: {hint}");
        }
        let mut result = vec![entry("message", Tree::str(message)), entry("severity", Tree::str(severity))];
        if let Some(path) = &self.file {
            result.push(entry("file", json::map([("path", Tree::str(path.as_str()))])));
        }
        result.extend(self.resource.as_ref().map(|resource| entry("resourceRef", resource.tree())));
        Tree::Map(result)
    }
}

pub(super) fn entry(key: &str, value: Tree) -> Pair {
    Pair::Entry(key.as_bytes().to_vec(), value)
}

fn is_ksops(item: &Tree) -> bool {
    text(item, "kind").is_some_and(|kind| kind.eq_ignore_ascii_case("ksops"))
}

fn lists_files(item: &Tree) -> bool {
    item.get("files").is_some() || item.get("secretFrom").is_some()
}

fn is_null(tree: &Tree) -> bool {
    matches!(tree, Tree::Leaf(Value::Null))
}

/// The text at a key.
pub(super) fn text<'t>(tree: &'t Tree, key: &str) -> Option<&'t str> {
    match tree.get(key) {
        Some(Tree::Leaf(Value::Str(text))) => std::str::from_utf8(text).ok(),
        _ => None,
    }
}

/// Takes an entry out of a map.
pub(super) fn take(tree: &mut Tree, key: &str) -> Option<Tree> {
    let Tree::Map(pairs) = tree else { return None };
    let is = |pair: &Pair| matches!(pair, Pair::Entry(name, _) if name == key.as_bytes());
    let at = pairs.iter().position(is)?;
    match pairs.remove(at) {
        Pair::Entry(_, value) => Some(value),
        Pair::Comment { .. } => None,
    }
}

/// What a resource is called, for people.
pub(super) fn name_of(item: &Tree) -> String {
    let name = item.get("metadata").and_then(|metadata| text(metadata, "name"));
    format!("{} {}", text(item, "kind").unwrap_or("resource"), name.unwrap_or("without a name"))
}

/// What a resource is called, for programs.
#[derive(PartialEq, Eq)]
struct Reference {
    version: String,
    kind: String,
    name: String,
    namespace: Option<String>,
}

impl Reference {
    fn of(item: &Tree) -> Self {
        let own = |key| text(item, key).unwrap_or_default().to_owned();
        let metadata = |key| text(item.get("metadata")?, key).map(str::to_owned);
        Self {
            version: own("apiVersion"),
            kind: own("kind"),
            name: metadata("name").unwrap_or_default(),
            namespace: metadata("namespace"),
        }
    }

    fn tree(&self) -> Tree {
        let text = |text: &str| Tree::str(text);
        let mut tree = vec![
            entry("apiVersion", text(&self.version)),
            entry("kind", text(&self.kind)),
            entry("name", text(&self.name)),
        ];
        tree.extend(self.namespace.as_deref().map(|namespace| entry("namespace", text(namespace))));
        Tree::Map(tree)
    }
}
