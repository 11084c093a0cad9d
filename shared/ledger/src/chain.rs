//! Whether a journey's history is what was written.

use domain::id::JourneyId;

use crate::digest::Digest;
use crate::entry::Sealed;

/// What the current-state item says of the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// How many entries there are.
    pub version: u64,
    /// The hash of the last one.
    pub hash: Digest,
    /// The digest of the journey's text as the item has it.
    pub journey_digest: Digest,
}

/// Where a history stops being what was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BrokenChain {
    /// An entry's text does not have its hash.
    #[error("entry {seq} was altered: its text does not have the hash stored beside it")]
    Altered {
        /// Which.
        seq: u64,
    },
    /// An entry's text cannot be read at all.
    #[error("entry {seq} was altered: it cannot be read: {why}")]
    Unreadable {
        /// Which.
        seq: u64,
        /// What the parser said.
        why: String,
    },
    /// An entry is not at its place: one is missing, added or moved.
    #[error("expected entry {expected} and found {found}: one is missing, added or moved")]
    OutOfPlace {
        /// The number that should be there.
        expected: u64,
        /// The number that is.
        found: u64,
    },
    /// An entry does not follow the one before.
    #[error("entry {seq} does not continue the one before it: one of the two was replaced")]
    Unlinked {
        /// The later of the two.
        seq: u64,
    },
    /// An entry belongs to another journey.
    #[error("entry {seq} is about another journey")]
    Foreign {
        /// Which.
        seq: u64,
    },
    /// The last entry is not the one the current state names.
    #[error(
        "the current state counts {version} entries and its last one has another hash than the \
         {found} found: entries were removed or replaced at the end"
    )]
    WrongHead {
        /// What the state item counts.
        version: u64,
        /// What was found.
        found: u64,
    },
    /// The current state was changed without an entry.
    #[error("the current state is not what the last entry recorded: it was altered")]
    StateAltered,
}

/// Checks a journey's entries, in order, against each other and against its current state.
///
/// # Errors
/// The first thing that is not as it was written.
pub fn verify_chain(
    entries: &[Sealed],
    journey: &JourneyId,
    head: &Head,
) -> Result<(), BrokenChain> {
    let mut prev = Digest::NONE;
    for (sealed, expected) in entries.iter().zip(1_u64..) {
        let entry = sealed.entry();
        if entry.seq != expected {
            return Err(BrokenChain::OutOfPlace { expected, found: entry.seq });
        }
        let seq = entry.seq;
        if Digest::of(sealed.text()) != sealed.hash() {
            return Err(BrokenChain::Altered { seq });
        }
        if entry.journey != *journey {
            return Err(BrokenChain::Foreign { seq });
        }
        if entry.prev != prev {
            return Err(BrokenChain::Unlinked { seq });
        }
        prev = sealed.hash();
    }
    let found = entries.len() as u64;
    if found != head.version || prev != head.hash {
        return Err(BrokenChain::WrongHead { version: head.version, found });
    }
    match entries.last() {
        Some(last) if last.entry().journey_digest != head.journey_digest => {
            Err(BrokenChain::StateAltered)
        }
        _ => Ok(()),
    }
}
