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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::entry::Entry;
    use crate::sample;

    fn edited(sealed: &Sealed, edit: impl FnOnce(&mut Entry)) -> Entry {
        let mut entry = sealed.entry().clone();
        edit(&mut entry);
        entry
    }

    #[test]
    fn what_was_written_holds() {
        for length in 0..=sample::CHANGES {
            let (entries, id, head) = sample::history(length);
            assert_eq!(verify_chain(&entries, &id, &head), Ok(()));
        }
    }

    #[test]
    fn a_rewritten_history_does_not_fit_its_head() {
        let (entries, id, head) = sample::history(4);
        // Someone who rewrites an entry and every later one has a chain that holds in itself.
        let mut prev = entries[0].hash();
        let mut forged = vec![entries[0].clone()];
        for sealed in &entries[1..] {
            let entry = edited(sealed, |e| {
                e.who.function = "nobody".to_owned();
                e.prev = prev;
            });
            forged.push(Sealed::new(entry).unwrap());
            prev = forged.last().unwrap().hash();
        }
        let broken = verify_chain(&forged, &id, &head);
        assert_eq!(broken, Err(BrokenChain::WrongHead { version: 4, found: 4 }));
    }

    #[test]
    fn a_current_state_changed_without_an_entry_is_noticed() {
        let (entries, id, head) = sample::history(4);
        let head = Head { journey_digest: Digest::of("{}"), ..head };
        assert_eq!(verify_chain(&entries, &id, &head), Err(BrokenChain::StateAltered));
    }

    #[test]
    fn the_history_of_another_journey_is_noticed() {
        let (entries, mut id, head) = sample::history(4);
        id.dr_region = "ap-south-1".parse().unwrap();
        assert_eq!(verify_chain(&entries, &id, &head), Err(BrokenChain::Foreign { seq: 1 }));
    }

    proptest! {
        #[test]
        fn any_entry_removed_is_noticed(length in 1..=sample::CHANGES, at in any::<prop::sample::Index>()) {
            let (mut entries, id, head) = sample::history(length);
            entries.remove(at.index(length));
            prop_assert!(verify_chain(&entries, &id, &head).is_err());
        }

        #[test]
        fn any_two_entries_swapped_are_noticed(
            length in 2..=sample::CHANGES,
            a in any::<prop::sample::Index>(),
            b in any::<prop::sample::Index>(),
        ) {
            let (mut entries, id, head) = sample::history(length);
            let (a, b) = (a.index(length), b.index(length));
            prop_assume!(a != b);
            entries.swap(a, b);
            prop_assert!(verify_chain(&entries, &id, &head).is_err());
        }

        #[test]
        fn any_entry_repeated_is_noticed(length in 1..=sample::CHANGES, at in any::<prop::sample::Index>()) {
            let (mut entries, id, head) = sample::history(length);
            let again = entries[at.index(length)].clone();
            entries.push(again);
            prop_assert!(verify_chain(&entries, &id, &head).is_err());
        }

        /// One byte of one text becomes another, and the hash beside it stays or is made to fit.
        #[test]
        fn any_byte_changed_is_noticed(
            length in 1..=sample::CHANGES,
            at in any::<prop::sample::Index>(),
            byte in any::<prop::sample::Index>(),
            new in b' '..=b'~',
            covers_up: bool,
        ) {
            let (mut entries, id, head) = sample::history(length);
            let at = at.index(length);
            let mut text = entries[at].text().to_owned().into_bytes();
            let byte = byte.index(text.len());
            prop_assume!(text[byte] != new);
            text[byte] = new;
            let text = String::from_utf8(text).unwrap();
            let hash = if covers_up { Digest::of(&text) } else { entries[at].hash() };
            // A text that cannot be read any more is noticed by its reader.
            if let Ok(altered) = Sealed::read(text, hash) {
                entries[at] = altered;
                prop_assert!(verify_chain(&entries, &id, &head).is_err());
            }
        }
    }
}
