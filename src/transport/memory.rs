//! What a run knows or has sent that must not be seen. There is one for all accounts of the run: what
//! one of them has sent, the server of another may send back.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use crate::redact::Redactor;
use crate::secret::Secret;

/// How many signatures of an account are looked for in answers: more than are under way at a time.
const RECENT: usize = 32;

/// The secrets of a run.
#[derive(Default)]
pub struct Memory {
    /// Keys, tokens, passwords, private keys: those of every login, and what calls have carried.
    secrets: RefCell<Vec<Secret>>,
    /// The ids of keys: no secret, but nobody else's business. UCloud's holds a mail address.
    ids: RefCell<Vec<Secret>>,
    /// The last ones, at most [`RECENT`] for each account.
    signatures: RefCell<VecDeque<Secret>>,
    accounts: Cell<usize>,
}

impl Memory {
    /// Of a run that knows nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Remembers a secret for the rest of the run.
    pub fn learn(&self, secret: &Secret) {
        keep(&self.secrets, secret);
    }

    /// Remembers the id of a key, which a message need not repeat.
    pub(super) fn learn_id(&self, id: &str) {
        keep(&self.ids, &Secret::new(id.to_owned()));
    }

    /// Makes room for the signatures of a further account.
    pub(super) fn add_account(&self) {
        self.accounts.set(self.accounts.get() + 1);
    }

    /// Remembers what a call is signed with.
    pub(super) fn learn_signature(&self, signature: &str) {
        let mut signatures = self.signatures.borrow_mut();
        if signatures.len() >= RECENT * self.accounts.get() {
            signatures.pop_front();
        }
        signatures.push_back(Secret::new(signature.to_owned()));
    }

    /// Masks what may not be seen in an answer.
    pub fn redactor(&self) -> Redactor {
        let redactor = Redactor::new();
        let signatures = self.signatures.borrow();
        for secret in self.secrets.borrow().iter().chain(signatures.iter()) {
            redactor.learn(secret);
        }
        redactor
    }

    /// Masks what may not be seen in a message.
    pub(super) fn message_redactor(&self) -> Redactor {
        let redactor = self.redactor();
        self.ids.borrow().iter().for_each(|id| redactor.learn(id));
        redactor
    }
}

fn keep(all: &RefCell<Vec<Secret>>, secret: &Secret) {
    let mut all = all.borrow_mut();
    if !all.contains(secret) {
        all.push(secret.clone());
    }
}
