//! One entry of a journey's history, and how it is sealed.

use domain::id::JourneyId;
use domain::journey::{Change, State};
use domain::port::Who;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::canonical;
use crate::digest::Digest;

/// What happened to a journey, once: written together with the state it led to, never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The journey it belongs to. Part of the hash, so no entry can be moved to another journey.
    pub journey: JourneyId,
    /// Its place, counted from one.
    pub seq: u64,
    /// When it happened.
    pub at: Timestamp,
    /// Who did it.
    pub who: Who,
    /// What happened.
    pub change: Change,
    /// Where the journey stood afterwards.
    pub state: State,
    /// The digest of the journey's text afterwards, as the current-state item had it.
    pub journey_digest: Digest,
    /// The hash of the entry before; [`Digest::NONE`] in the first.
    pub prev: Digest,
}

/// An entry as it is stored: the text that was hashed, and its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    entry: Entry,
    text: String,
    hash: Digest,
}

impl Sealed {
    /// Seals an entry.
    ///
    /// # Errors
    /// When the entry has no JSON form; none of its fields allows that today.
    pub fn new(entry: Entry) -> Result<Self, serde_json::Error> {
        let text = canonical::text(&entry)?;
        let hash = Digest::of(&text);
        Ok(Self { entry, text, hash })
    }

    /// Reads a stored entry. The hash is not judged here: [`crate::verify_chain`] does that.
    ///
    /// # Errors
    /// When the text is no entry.
    pub fn read(text: String, hash: Digest) -> Result<Self, serde_json::Error> {
        let entry = serde_json::from_str(&text)?;
        Ok(Self { entry, text, hash })
    }

    /// The entry.
    #[must_use]
    pub fn entry(&self) -> &Entry {
        &self.entry
    }

    /// The text whose SHA-256 the hash must be.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The hash as stored.
    #[must_use]
    pub fn hash(&self) -> Digest {
        self.hash
    }
}
