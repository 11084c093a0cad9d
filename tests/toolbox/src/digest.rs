//! The name of an installation: a digest of all that decides what is in it.

use sha2::{Digest, Sha256};

/// Bump this when the way of installing changes in a manner that the inputs do not show.
const LAYOUT: &str = "1";

/// Twelve hexadecimal digits that change with any of `parts`, and with the machine's operating
/// system and processor, because a home directory may be shared between machines.
pub(crate) fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    let machine = [LAYOUT, std::env::consts::OS, std::env::consts::ARCH];
    for part in machine.iter().chain(parts) {
        // The length goes in as well, so that no two lists run together into the same bytes.
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::digest;

    #[test]
    fn is_short_stable_and_fit_for_a_file_name() {
        let name = digest(&["ministack==1.5.33"]);
        assert_eq!(name.len(), 12);
        assert!(name.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_eq!(name, digest(&["ministack==1.5.33"]));
    }

    #[test]
    fn changes_with_any_part_and_with_where_it_ends() {
        let names = [
            digest(&["ab", "c"]),
            digest(&["a", "bc"]),
            digest(&["abc"]),
            digest(&["ab", "d"]),
            digest(&["ab", "c", ""]),
        ];
        for (at, name) in names.iter().enumerate() {
            assert!(!names[..at].contains(name), "{at} repeats an earlier name");
        }
    }
}
