//! Who is asked when: several keys are tried, some in turn, some beside each other.
//!
//! Every key goes along its *chain*: the services that handle it, until one succeeds. A service
//! says with [`Manner`] whether its attempt runs here and now, or on a thread of its own. What runs
//! on threads is never waited for longer than it is of use: the threads own all they need, and an
//! answer that comes too late is dropped (and wiped, if it is a secret).
//!
//! No clock is read here: waiting is counted in slices of [`SLICE`].

use super::{KeyError, KeyService, Manner, MasterKey};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

/// The unit in which waiting is counted.
pub(super) const SLICE: Duration = Duration::from_millis(20);

/// How long things may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// How long, in all, keys that have to be used in turn hold back for the network keys that
    /// stand before them.
    pub(super) head_start: Duration,
    /// How long a network key may take. Backends have shorter limits of their own; this one is for
    /// those that fail to hold them.
    pub(super) attempt: Duration,
    /// How many network keys are tried at once.
    pub(super) at_once: usize,
}

impl Limits {
    pub(super) const DEFAULT: Self =
        Self { head_start: Duration::from_millis(750), attempt: Duration::from_secs(120), at_once: 32 };
}

/// One attempt that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedAttempt {
    /// Why.
    pub reason: KeyError,
    /// Where something that fits was looked for in vain; empty if that is not the reason.
    pub looked_in: Vec<String>,
}

impl From<KeyError> for FailedAttempt {
    fn from(reason: KeyError) -> Self {
        Self { reason, looked_in: Vec::new() }
    }
}

/// What is to be done with one key.
pub(super) trait Task: Send + Sync + 'static {
    /// What a success brings.
    type Output: Send + 'static;

    /// The key.
    fn key(&self) -> &MasterKey;

    /// Asks one service.
    fn run(&self, service: &dyn KeyService) -> Result<Self::Output, FailedAttempt>;
}

/// What has become of a key.
enum State<T> {
    /// Nothing yet, or the last service asked has failed.
    Open,
    /// Waiting for a free thread.
    Waiting,
    /// On a thread; how long it has been waited for.
    Running(Duration),
    /// It worked.
    Done(T),
    /// No service is left.
    Failed,
    /// Nobody needs it any more.
    Dropped,
}

/// A key on its way along the services.
struct Chain<T: Task> {
    task: Arc<T>,
    state: State<T::Output>,
    /// The service to be asked next.
    next: usize,
    failed: Vec<FailedAttempt>,
    /// The first success that was refused.
    refused: Option<T::Output>,
}

/// What became of a key.
pub(super) struct Outcome<T> {
    /// What it gave.
    pub(super) output: Option<T>,
    /// What it gave and was refused, if nothing else came.
    pub(super) refused: Option<T>,
    /// Why its services failed, in the order asked.
    pub(super) failed: Vec<FailedAttempt>,
}

/// Says of a success why it is none.
pub(super) type Check<'a, T> = &'a dyn Fn(&T) -> Result<(), KeyError>;

/// An attempt that waits for a free thread.
struct Waiting {
    chain: usize,
    number: usize,
    service: Arc<dyn KeyService>,
    queued: bool,
}

/// An answer from a thread.
struct Answer<T> {
    chain: usize,
    number: usize,
    result: Result<T, FailedAttempt>,
}

/// All keys of a run of attempts. A key is named by the number that [`add`](Self::add) gave it.
pub(super) struct Attempts<'a, T: Task> {
    services: &'a [&'a dyn KeyService],
    limits: Limits,
    check: Check<'a, T::Output>,
    chains: Vec<Chain<T>>,
    waiting: VecDeque<Waiting>,
    /// Attempts on threads that may still count: key, service, whether that service is asked one
    /// by one.
    running: Vec<(usize, usize, bool)>,
    sender: Sender<Answer<T::Output>>,
    receiver: Receiver<Answer<T::Output>>,
}

impl<'a, T: Task> Attempts<'a, T> {
    /// A run in which a success counts if it passes `check`.
    pub(super) fn new(
        services: &'a [&'a dyn KeyService],
        limits: Limits,
        check: Check<'a, T::Output>,
    ) -> Self {
        let (sender, receiver) = mpsc::channel();
        let (chains, waiting, running) = (Vec::new(), VecDeque::new(), Vec::new());
        Self { services, limits, check, chains, waiting, running, sender, receiver }
    }

    /// Takes up a key; nothing is asked yet.
    pub(super) fn add(&mut self, task: T) -> usize {
        let (failed, refused) = (Vec::new(), None);
        self.chains.push(Chain { task: Arc::new(task), state: State::Open, next: 0, failed, refused });
        self.chains.len() - 1
    }

    /// Whether the key's next service is to be asked in turn; not so if there is none left.
    pub(super) fn is_in_turn(&self, id: usize) -> bool {
        self.next_service(id).is_some_and(|(_, manner)| matches!(manner, Manner::InTurn))
    }

    /// Asks services for this key, until one succeeds, none is left, or one answers elsewhere.
    pub(super) fn advance(&mut self, id: usize) {
        while let Some((number, manner)) = self.next_service(id) {
            self.chains[id].next = number + 1;
            let (service, queued) = match manner {
                Manner::InTurn => {
                    let result = self.chains[id].task.clone().run(self.services[number]);
                    self.take(id, result);
                    continue;
                }
                Manner::AtOnce(service) => (service, false),
                Manner::Queued(service) => (service, true),
            };
            self.chains[id].state = State::Waiting;
            self.waiting.push_back(Waiting { chain: id, number, service, queued });
            return self.start_waiting();
        }
        let chain = &mut self.chains[id];
        if matches!(chain.state, State::Open) {
            if chain.failed.is_empty() && !self.services.is_empty() {
                chain.failed.push(KeyError::NoBackend(chain.task.key().kind()).into());
            }
            chain.state = State::Failed;
        }
    }

    /// Forgets a key that is not needed any more.
    pub(super) fn forget(&mut self, id: usize) {
        if !matches!(self.chains[id].state, State::Done(_) | State::Failed) {
            self.chains[id].state = State::Dropped;
        }
        self.waiting.retain(|waiting| waiting.chain != id);
    }

    /// Whether the key was asked for elsewhere and has not answered.
    pub(super) fn is_pending(&self, id: usize) -> bool {
        matches!(self.chains[id].state, State::Waiting | State::Running(_))
    }

    /// Whether the key has succeeded.
    pub(super) fn is_done(&self, id: usize) -> bool {
        matches!(self.chains[id].state, State::Done(_))
    }

    /// Waits for an answer from elsewhere, for one slice at most, and goes on with that key.
    /// `false` if none came.
    pub(super) fn wait(&mut self) -> bool {
        match self.receiver.recv_timeout(SLICE) {
            Ok(answer) => {
                self.running.retain(|&(id, number, _)| (id, number) != (answer.chain, answer.number));
                let chain = &mut self.chains[answer.chain];
                if matches!(chain.state, State::Running(_)) && chain.next == answer.number + 1 {
                    self.take(answer.chain, answer.result);
                    self.advance(answer.chain);
                }
                self.start_waiting();
                true
            }
            Err(RecvTimeoutError::Timeout) => {
                self.end_overdue();
                false
            }
            // The sender is a field of `self`.
            Err(RecvTimeoutError::Disconnected) => false,
        }
    }

    /// Waits until every key has succeeded or failed.
    pub(super) fn settle(&mut self) {
        while (0..self.chains.len()).any(|id| self.is_pending(id)) {
            self.wait();
        }
    }

    /// What became of the keys, in the order in which they were added.
    pub(super) fn into_outcomes(self) -> Vec<Outcome<T::Output>> {
        let outcome = |chain: Chain<T>| {
            let output = match chain.state {
                State::Done(output) => Some(output),
                _ => None,
            };
            Outcome { output, refused: chain.refused, failed: chain.failed }
        };
        self.chains.into_iter().map(outcome).collect()
    }

    /// Whoever is to be asked next for a key that is neither done nor elsewhere.
    fn next_service(&self, id: usize) -> Option<(usize, Manner)> {
        let chain = self.chains.get(id).filter(|chain| matches!(chain.state, State::Open))?;
        let key = chain.task.key();
        let rest = self.services.iter().enumerate().skip(chain.next);
        let (number, service) = rest.into_iter().find(|(_, service)| service.handles(key))?;
        Some((number, service.manner(key)))
    }

    fn take(&mut self, id: usize, result: Result<T::Output, FailedAttempt>) {
        let chain = &mut self.chains[id];
        let failed = match result {
            Ok(output) => match (self.check)(&output) {
                Ok(()) => {
                    chain.state = State::Done(output);
                    return;
                }
                Err(reason) => {
                    chain.refused.get_or_insert(output);
                    reason.into()
                }
            },
            Err(failed) => failed,
        };
        chain.failed.push(failed);
        chain.state = State::Open;
    }

    /// Gives threads to attempts that wait for one.
    fn start_waiting(&mut self) {
        let mut at = 0;
        while at < self.waiting.len() && self.running.len() < self.limits.at_once {
            let Waiting { number, queued, .. } = self.waiting[at];
            let busy = queued && self.running.iter().any(|&(_, other, queued)| queued && other == number);
            if busy {
                at += 1;
            } else if let Some(waiting) = self.waiting.remove(at) {
                self.start(waiting);
            }
        }
    }

    fn start(&mut self, Waiting { chain, number, service, queued }: Waiting) {
        self.running.push((chain, number, queued));
        self.chains[chain].state = State::Running(Duration::ZERO);
        let task = self.chains[chain].task.clone();
        let mut report = Report { chain, number, sender: self.sender.clone(), sent: false };
        // A thread that cannot be started drops the closure, and with it the report.
        let work = move || report.send(task.run(&*service));
        let _ = std::thread::Builder::new().name("key".to_owned()).spawn(work);
    }

    /// Gives up on attempts that run for too long. One that is asked one by one may wait for a
    /// person: it has no limit.
    fn end_overdue(&mut self) {
        let mut overdue = Vec::new();
        for &(id, number, queued) in &self.running {
            let chain = &mut self.chains[id];
            if let State::Running(waited) = &mut chain.state
                && chain.next == number + 1
                && !queued
            {
                *waited += SLICE;
                if *waited >= self.limits.attempt {
                    overdue.push(id);
                }
            }
        }
        for id in overdue {
            self.running.retain(|&(running, ..)| running != id);
            self.take(id, Err(KeyError::TimedOut(self.limits.attempt.as_secs()).into()));
            self.advance(id);
        }
        self.start_waiting();
    }
}

/// Says how an attempt ended; also that it ended, if it panicked or never began.
struct Report<T> {
    chain: usize,
    number: usize,
    sender: Sender<Answer<T>>,
    sent: bool,
}

impl<T> Report<T> {
    fn send(&mut self, result: Result<T, FailedAttempt>) {
        self.sent = true;
        // Nobody listens any more if another key was faster.
        let _ = self.sender.send(Answer { chain: self.chain, number: self.number, result });
    }
}

impl<T> Drop for Report<T> {
    fn drop(&mut self) {
        if !self.sent {
            self.send(Err(KeyError::Lost.into()));
        }
    }
}
