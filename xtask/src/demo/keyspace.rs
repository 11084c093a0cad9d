//! What the caches are filled with: keys of every type, made up by number.

use super::resp::Pipeline;

/// Far beyond the demo, so that no key expires between two counts.
const EXPIRY_SECONDS: &[u8] = b"2592000";

/// The type of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    String,
    Hash,
    List,
    Set,
    SortedSet,
    Stream,
}

/// How many of every twenty keys are of each type.
const MIX: [(Kind, usize); 6] = [
    (Kind::String, 8),
    (Kind::Hash, 4),
    (Kind::List, 3),
    (Kind::Set, 2),
    (Kind::SortedSet, 2),
    (Kind::Stream, 1),
];

/// The keys after which the mix begins again.
const ROUND: usize = 20;

impl Kind {
    /// The type of the key of this number.
    fn of(index: usize) -> Self {
        let mut end = 0;
        let found = MIX.iter().find(|(_, share)| {
            end += share;
            index % ROUND < end
        });
        found.map_or(Self::String, |(kind, _)| *kind)
    }

    /// The type in a key's name.
    fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Hash => "hash",
            Self::List => "list",
            Self::Set => "set",
            Self::SortedSet => "ranking",
            Self::Stream => "stream",
        }
    }

    /// The type for a person, with its number.
    pub(super) fn plural(self) -> &'static str {
        match self {
            Self::String => "strings",
            Self::Hash => "hashes",
            Self::List => "lists",
            Self::Set => "sets",
            Self::SortedSet => "sorted sets",
            Self::Stream => "streams",
        }
    }
}

/// How many of the first `keys` keys are of each type.
pub(super) fn mix(keys: usize) -> Vec<(Kind, usize)> {
    let mut begin = 0;
    let count = |(kind, share): (Kind, usize)| {
        let rest = (keys % ROUND).saturating_sub(begin).min(share);
        begin += share;
        (kind, keys / ROUND * share + rest)
    };
    MIX.into_iter().map(count).collect()
}

/// The name of the key of this number.
pub(super) fn name(cache: &str, index: usize) -> String {
    format!("{cache}:{}:{index}", Kind::of(index).name())
}

/// Whether the key of this number expires some day, as a quarter of each type does.
fn expires(index: usize) -> bool {
    (index / ROUND).is_multiple_of(4)
}

/// Adds the commands that make the key of this number.
pub(super) fn write(pipeline: &mut Pipeline, key: &str, index: usize, noise: &Noise) {
    let key = key.as_bytes();
    let expires = expires(index);
    let part = |nth: usize, length: usize| noise.piece(index * 4 + nth, length);
    match Kind::of(index) {
        Kind::String if expires => {
            pipeline.push(&[b"SET", key, part(0, 180), b"EX", EXPIRY_SECONDS]);
            return;
        }
        Kind::String => pipeline.push(&[b"SET", key, part(0, 180)]),
        Kind::Hash => {
            let (name, place) = (part(0, 40), part(1, 80));
            pipeline.push(&[b"HSET", key, b"name", name, b"place", place, b"n", part(2, 60)]);
        }
        Kind::List => {
            pipeline.push(&[b"RPUSH", key, part(0, 45), part(1, 45), part(2, 45), part(3, 45)]);
        }
        Kind::Set => {
            pipeline.push(&[b"SADD", key, part(0, 45), part(1, 45), part(2, 45), part(3, 45)]);
        }
        Kind::SortedSet => {
            let words = [b"ZADD", key, b"1", part(0, 60), b"2.5", part(1, 60), b"-3", part(2, 60)];
            pipeline.push(&words);
        }
        Kind::Stream => {
            pipeline.push(&[b"XADD", key, b"1-1", b"event", part(0, 90)]);
            pipeline.push(&[b"XADD", key, b"2-1", b"event", part(1, 90)]);
        }
    }
    if expires {
        pipeline.push(&[b"EXPIRE", key, EXPIRY_SECONDS]);
    }
}

/// Bytes that do not compress, so that a snapshot is about as large as the data. The same in every
/// run: nothing here depends on chance.
pub(super) struct Noise(Vec<u8>);

impl Noise {
    pub(super) fn new() -> Self {
        // Xorshift, from any odd start.
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let word = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()
        };
        Self(std::iter::repeat_with(word).take(8192).flatten().collect())
    }

    /// The `nth` piece. Pieces of neighbouring numbers differ.
    fn piece(&self, nth: usize, length: usize) -> &[u8] {
        let begin = (nth * 61) % (self.0.len() - length);
        &self.0[begin..begin + length]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mix_is_what_is_written() {
        assert_eq!(MIX.iter().map(|(_, share)| share).sum::<usize>(), ROUND);
        for keys in [0, 1, 19, 20, 1_009] {
            for (kind, count) in mix(keys) {
                let written = (0..keys).filter(|index| Kind::of(*index) == kind).count();
                assert_eq!(count, written, "{kind:?} of {keys}");
            }
        }
    }

    #[test]
    fn a_quarter_of_each_type_expires() {
        for (kind, count) in mix(80) {
            let of_kind = (0..80).filter(|index| Kind::of(*index) == kind);
            assert_eq!(of_kind.filter(|index| expires(*index)).count() * 4, count, "{kind:?}");
        }
    }

    #[test]
    fn members_of_a_set_differ() {
        let noise = Noise::new();
        for index in 0..70_000 {
            let piece = |nth: usize| noise.piece(index * 4 + nth, 45);
            assert!((1..4).all(|nth| piece(nth) != piece(nth - 1)), "{index}");
        }
    }
}
