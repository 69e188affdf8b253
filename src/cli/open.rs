//! What the library is given from outside: the services that hold keys, randomness, the time.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use resops::backends::{LocalService, Network, SystemHost};
use resops::crypto::Random;
use resops::document::Format;
use resops::document::conflict::{self, Sides};
use resops::keys::{
    Attempt, DecryptionOrder, FailedAttempt, Finding, KeyError, KeyGroup, KeyKind, KeyService, MasterKey,
    RecoverFailure, WrappedKey,
};
use resops::ops::{self, Context, Encrypted, MergeError, Merging, OpenFile, OpenFileError, Unfinished};

use super::args::{OpeningArgs, OrderArgs, ServiceArgs};
use super::audit::{self, Action};
use super::environment::Environment;
use super::error::{Failure, Kind};
use super::go_flags;

use super::library_errors;
use super::logged::Logged;
use super::no_key;
use super::paths;
use super::ui::{self, Level};

/// Everything that an operation may use of the world.
pub(crate) struct Session {
    services: Vec<Box<dyn KeyService>>,
    network: Network,
    /// The keys of this machine, as they are among them if they are to be used.
    own: Arc<Logged>,
    /// Whether they are.
    local: bool,
    order: DecryptionOrder,
    /// Whether files without a seal are refused.
    strict: bool,
    home: Option<PathBuf>,
    /// The working directory, where an audit is asked for.
    folder: Option<PathBuf>,
}

/// What came of one key that was tried by itself.
pub(crate) enum Tried {
    /// It gave what it wraps, which is forgotten again.
    Opened,
    /// Why not, for each service that was asked.
    Failed(Vec<FailedAttempt>),
    /// Only the network can tell.
    NotAsked,
}

thread_local! {
    /// The file that this thread works on, for messages and the audit.
    static FILE: RefCell<Option<PathBuf>> = const { RefCell::new(None) };
}

impl Session {
    /// What flags and environment allow. Nothing is started or looked for before a key needs it.
    ///
    /// # Errors
    ///
    /// [`Kind::DuplicateOrder`].
    pub(crate) fn new(
        services: &ServiceArgs,
        order: &OrderArgs,
        environment: &Environment,
    ) -> Result<Self, Failure> {
        let stated = order.decryption_order.as_deref().unwrap_or_default();
        let stated = DecryptionOrder::parse(stated)
            .map_err(|error| Failure::new(Kind::DuplicateOrder, error.to_string()))?;
        Ok(Self::with_order(services, stated, environment))
    }

    /// As [`new`](Self::new), for a command that opens files for their values.
    ///
    /// # Errors
    ///
    /// As there.
    pub(crate) fn opening(args: &OpeningArgs, environment: &Environment) -> Result<Self, Failure> {
        Ok(Self { strict: args.strict, ..Self::new(&args.services, &args.order, environment)? })
    }

    /// For `updatekeys` and `groups`: keys are tried in the order in which the file has them.
    pub(crate) fn in_stored_order(services: &ServiceArgs, environment: &Environment) -> Self {
        // Their own flags are those of sops; the variable counts for them too.
        let strict =
            environment.nonempty("SOPS_STRICT").is_some_and(|text| go_flags::parse_bool(&text) == Some(true));
        Self { strict, ..Self::with_order(services, DecryptionOrder::as_stored(), environment) }
    }

    fn with_order(services: &ServiceArgs, order: DecryptionOrder, environment: &Environment) -> Self {
        let mut list: Vec<Box<dyn KeyService>> = Vec::new();
        let machine = SystemHost::new(environment.all().into_iter().collect());
        let network = Network::new(&machine);
        let own = Arc::new(Logged::new(LocalService::new(machine, network.clone())));
        if services.enable_local_keyservice {
            list.push(Box::new(Arc::clone(&own)));
        }
        add_remote(&mut list, &services.keyservice, &network);
        let home = environment.nonempty("HOME").map(PathBuf::from);
        Self {
            services: list,
            own,
            network,
            local: services.enable_local_keyservice,
            folder: audit::is_on().then(|| environment.working_directory().unwrap_or_default()),
            order,
            strict: false,
            home,
        }
    }

    /// What everything that talks to the network in this run shares.
    pub(crate) fn network(&self) -> &Network {
        &self.network
    }

    /// Tells which file this thread opens next: a failure names it in what it advises.
    #[allow(clippy::unused_self)] // whoever names a file has a session to open it with
    pub(crate) fn about(&self, file: &Path) {
        FILE.set(Some(file.to_path_buf()));
    }

    /// Finds out what keys of a configuration or of the command line leave open, as sops does: from
    /// this machine, whoever wraps.
    ///
    /// # Errors
    ///
    /// Exit 1 if a key's service does not tell.
    pub(crate) fn complete<'k>(
        &self,
        keys: impl IntoIterator<Item = &'k mut MasterKey>,
    ) -> Result<(), Failure> {
        for key in keys {
            let whole = self.own.complete(key).map_err(|error| Failure::generic(error.to_string()))?;
            *key = whole.unwrap_or_else(|| key.clone());
        }
        Ok(())
    }

    /// As [`complete`](Self::complete), for all keys of groups.
    ///
    /// # Errors
    ///
    /// As there.
    pub(crate) fn complete_groups(&self, groups: &mut [KeyGroup]) -> Result<(), Failure> {
        self.complete(groups.iter_mut().flat_map(|group| &mut group.0).map(|entry| &mut entry.key))
    }

    /// Lets `operation` use services, randomness and time.
    pub(crate) fn with<T>(&self, operation: impl FnOnce(&mut Context<'_>) -> T) -> T {
        let services: Vec<&dyn KeyService> = self.services.iter().map(|service| &**service).collect();
        operation(&mut Context {
            services: &services,
            order: &self.order,
            random: &mut SystemRandom::new(),
            now: &now(),
            strict: self.strict,
        })
    }

    /// Opens an encrypted file; what the user should know is said.
    ///
    /// # Errors
    ///
    /// As [`ops::open`], with sops' exit codes.
    pub(crate) fn open(&self, source: Vec<u8>, format: Format) -> Result<OpenFile, Failure> {
        self.open_for(&[], source, format)
    }

    /// Opens an encrypted file to put it under a new data key.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub(crate) fn open_to_rotate(&self, source: Vec<u8>, format: Format) -> Result<OpenFile, Failure> {
        self.open_for(&[Action::Rotate], source, format)
    }

    /// Opens a file; these actions are recorded before its values are anyone's.
    fn open_for(&self, first: &[Action], source: Vec<u8>, format: Format) -> Result<OpenFile, Failure> {
        let unresolved = conflict::is_unresolved(&source);
        let opened = self.with(|context| ops::open(source, format, context));
        let file = self.opened(first, format, unresolved, opened)?;
        library_errors::warn(file.warnings());
        Ok(file)
    }

    /// Opens a file of which values stand in clear text that should be encrypted.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub(crate) fn open_unfinished(&self, source: Vec<u8>, format: Format) -> Result<Unfinished, Failure> {
        let opened = self.with(|context| ops::open_unfinished(source, format, context));
        self.opened(&[], format, false, opened)
    }

    /// What came of opening a file: recorded, and said.
    fn opened<T>(
        &self,
        first: &[Action],
        format: Format,
        unresolved: bool,
        opened: Result<T, OpenFileError>,
    ) -> Result<T, Failure> {
        if matches!(
            opened,
            Ok(_) | Err(OpenFileError::DataKey(_) | OpenFileError::Leaf(_) | OpenFileError::Splice(_))
        ) {
            first.iter().try_for_each(|action| self.record(*action))?;
        }
        if !matches!(
            opened,
            Err(OpenFileError::DataKey(_)
                | OpenFileError::Parse(_)
                | OpenFileError::Metadata(_)
                | OpenFileError::Version(_))
        ) {
            self.record(Action::Decrypt)?;
        }
        let file = opened.map_err(|error| match error {
            OpenFileError::DataKey(failure) => self.no_key(failure),
            error if unresolved => library_errors::open_failure(error, format)
                .hint("the file holds an unresolved merge; sops git resolve FILE shows and resolves it"),
            error => library_errors::open_failure(error, format),
        })?;
        ui::log_with("SOPS", Level::Info, "Data key recovered successfully", &[]);
        ui::log_with("SOPS", Level::Debug, "Decrypting tree", &[]);
        Ok(file)
    }
}

impl Session {
    /// Records what is done with the file at hand, where an audit is asked for (services §4). Without
    /// a file it is the working directory, as in sops.
    ///
    /// # Errors
    ///
    /// If a database refuses: then nothing may come of what was done.
    pub(crate) fn record(&self, action: Action) -> Result<(), Failure> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let file = FILE.with_borrow(Clone::clone);
        let name = file.as_deref().unwrap_or(Path::new(""));
        audit::record(action, &paths::absolute(name.as_os_str(), folder))
    }

    /// Opens the versions of a file and merges them.
    ///
    /// # Errors
    ///
    /// [`MergeError`], or what an audit says.
    pub(crate) fn merge(
        &self,
        versions: Sides,
        format: Format,
    ) -> Result<Result<Merging, MergeError>, Failure> {
        let merging = self.with(|context| Merging::open(versions, format, context));
        self.record(Action::Decrypt)?;
        Ok(merging)
    }

    /// Tries one key by itself; `share` says that it wraps a share. What is reached over the network is
    /// asked only if `online`.
    pub(crate) fn try_key(&self, key: &WrappedKey, share: bool, online: bool) -> Tried {
        let is_local = matches!(key.key.kind(), KeyKind::Age | KeyKind::Pgp);
        let mut failed = Vec::new();
        let mut asked = 0;
        for (at, service) in self.services.iter().enumerate() {
            let is_own = self.local && at == 0;
            if !(online || is_own && is_local) || !service.handles(&key.key) {
                continue;
            }
            asked += 1;
            match service.unwrap(key) {
                Attempt::Recovered(secret) => {
                    let length = secret.len().wrapping_sub(usize::from(share));
                    if matches!(length, 16 | 24 | 32) {
                        return Tried::Opened;
                    }
                    failed.push(KeyError::WrongLength(secret.len(), share).into());
                }
                Attempt::NotHeld { reason, looked_in } => failed.push(FailedAttempt { reason, looked_in }),
                Attempt::Failed(reason) => failed.push(reason.into()),
            }
        }
        let others = self.services.len() > asked;
        if asked == 0 && others || !online && self.services.len() > usize::from(self.local) {
            return Tried::NotAsked;
        }
        Tried::Failed(failed)
    }

    /// What was found on this machine that could open such keys.
    pub(crate) fn findings(&self, keys: &[&MasterKey]) -> Vec<Finding> {
        self.services.iter().flat_map(|service| service.findings(keys)).collect()
    }

    /// The failure that users meet most: sops' report, then what was found and what may help.
    pub(crate) fn no_key(&self, failure: RecoverFailure) -> Failure {
        if !self.local && !self.services.is_empty() {
            // What lies on this machine does not matter.
            return Failure::from(OpenFileError::DataKey(failure)).hint(
                "only the key services of --keyservice were asked; see whether they run and have the keys, or leave out --enable-local-keyservice=false",
            );
        }
        let failed = no_key::failed_keys(&failure);
        let findings = self.findings(&failed);
        let file = FILE.with_borrow(Clone::clone);
        let situation = no_key::Situation { file: file.as_deref(), home: self.home.as_deref() };
        let found = no_key::found(&failure, &findings, &situation);
        let step = no_key::next_step(&failure, &findings, &situation);
        let failure = Failure::from(OpenFileError::DataKey(failure)).detail(found);
        match step {
            Some(step) => failure.hint(step),
            None => failure,
        }
    }
}

/// Adds the services of `--keyservice`, in their order. What is no URL is left out with a word, as in
/// sops (services §1.2).
#[cfg(feature = "keyservice")]
fn add_remote(list: &mut Vec<Box<dyn KeyService>>, urls: &[String], network: &Network) {
    use resops::backends::remote::{Address, RemoteService};

    for url in urls.iter().filter(|url| !url.is_empty()) {
        match Address::parse(url) {
            Ok(address) => {
                let place = address.to_string();
                ui::log_with("CMD", Level::Info, "Connecting to key service", &[("address", &place)]);
                list.push(Box::new(RemoteService::new(address, network.clone())));
            }
            Err(_) => {
                let message = "Error parsing URI for keyservice, skipping";
                ui::log_with("CMD", Level::Warning, message, &[("uri", url)]);
            }
        }
    }
}

#[cfg(not(feature = "keyservice"))]
fn add_remote(_list: &mut Vec<Box<dyn KeyService>>, urls: &[String], _network: &Network) {
    for url in urls.iter().filter(|url| !url.is_empty()) {
        let message = "this build knows no remote key services, skipping";
        ui::log_with("CMD", Level::Warning, message, &[("uri", url)]);
    }
}

/// The bytes of an encrypted file; what the user should know is said.
pub(crate) fn encrypted_bytes(encrypted: Encrypted) -> Vec<u8> {
    library_errors::warn(&encrypted.warnings);
    encrypted.bytes
}

/// The system's randomness, fetched a page at a time: a file has a nonce per value.
pub(crate) struct SystemRandom {
    page: zeroize::Zeroizing<[u8; Self::PAGE]>,
    used: usize,
}

impl SystemRandom {
    const PAGE: usize = 4096;

    pub(crate) fn new() -> Self {
        Self { page: zeroize::Zeroizing::new([0; Self::PAGE]), used: Self::PAGE }
    }
}

impl Random for SystemRandom {
    fn fill(&mut self, out: &mut [u8]) {
        // Without randomness nothing may be encrypted: there is no way to go on.
        const NONE: &str = "the system gives random bytes";
        if out.len() > Self::PAGE {
            return getrandom::fill(out).expect(NONE);
        }
        if Self::PAGE - self.used < out.len() {
            getrandom::fill(&mut *self.page).expect(NONE);
            self.used = 0;
        }
        let fresh = &mut self.page[self.used..self.used + out.len()];
        out.copy_from_slice(fresh);
        // What was given out is forgotten here.
        fresh.fill(0);
        self.used += out.len();
    }
}

/// A number that nobody can guess, for the names of temporary files.
pub(crate) fn random_number() -> u32 {
    let mut bytes = [0; 4];
    SystemRandom::new().fill(&mut bytes);
    u32::from_le_bytes(bytes)
}

/// The time so many seconds ago, in the same form as [`now`]; nothing if there was no such time.
pub(crate) fn before(seconds: i64) -> Option<String> {
    let then = jiff::Timestamp::now().as_second().checked_sub(seconds)?;
    jiff::Timestamp::from_second(then).ok().map(|then| then.to_string())
}

/// The current time as RFC 3339 in UTC, in whole seconds.
pub(crate) fn now() -> String {
    let now = jiff::Timestamp::now();
    jiff::Timestamp::from_second(now.as_second()).unwrap_or(now).to_string()
}
