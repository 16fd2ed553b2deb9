//! Random numbers that have addresses: each field of each row has its own, which no other draw disturbs.
//!
//! A stream is named by set, seed key, organization, collection and field; a number in it by row, and by position
//! inside the row. Nothing is drawn in order, so that threads, batches and neighbours make no difference.

/// The numbers of one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stream(u64);

impl Stream {
    /// The stream of this address.
    pub fn of(address: &[&str]) -> Self {
        let digest = digest(address);
        let mut word = [0; 8];
        word.copy_from_slice(&digest[..8]);
        Self(u64::from_le_bytes(word))
    }

    /// The number of a row; `inside` counts what one row draws more than once.
    pub fn draw(self, row: u32, inside: u32) -> u64 {
        // Two rounds of the finalizer of splitmix64: neighbours in row and position share nothing.
        let at = (u64::from(inside) << 32) | u64::from(row);
        mix(mix(self.0 ^ at.wrapping_mul(0x9E37_79B9_7F4A_7C15)).wrapping_add(at))
    }

    /// A number below `end`, which is not 0.
    pub fn below(self, row: u32, inside: u32, end: u64) -> u64 {
        // The high half of the product: a range far below 2^64 makes the bias immeasurable.
        let wide = u128::from(self.draw(row, inside)) * u128::from(end.max(1));
        u64::try_from(wide >> 64).unwrap_or_default()
    }

    /// A number from 0 up to 1, without 1.
    #[allow(clippy::cast_precision_loss)]
    pub fn unit(self, row: u32, inside: u32) -> f64 {
        (self.draw(row, inside) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A digest of words that keeps them apart: `["ab", "c"]` is not `["a", "bc"]`.
pub fn digest(address: &[&str]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    for word in address {
        hasher.update(&(word.len() as u64).to_le_bytes());
        hasher.update(word.as_bytes());
    }
    *hasher.finalize().as_bytes()
}

/// Fixtures are numbered from here on, generated rows from 0.
pub const FIRST_FIXTURE: u32 = 0x8000_0000;

/// The number of a fixture: its key's alone, so that the order of rows makes no difference.
pub fn number_of(key: &str) -> u32 {
    let digest = digest(&["fixture", key]);
    // The last number is the end of ranges, and nobody's.
    FIRST_FIXTURE | (u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]) & 0x7FFF_FFFF).min(0x7FFF_FFFE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_depend_on_their_address_alone() {
        let stream = Stream::of(&["set", "key", "acme", "tickets", "title"]);
        assert_eq!(stream.draw(7, 0), stream.draw(7, 0));
        assert_ne!(stream.draw(7, 0), stream.draw(7, 1));
        assert_ne!(stream.draw(7, 0), stream.draw(8, 0));
        assert_ne!(Stream::of(&["ab", "c"]), Stream::of(&["a", "bc"]));
        assert_eq!(number_of("anna"), number_of("anna"));
        assert!(number_of("anna") >= FIRST_FIXTURE);
    }

    /// A change of the formula would change every document of every set.
    #[test]
    fn numbers_are_the_same_everywhere() {
        let stream = Stream::of(&["demo", "flowbit", "acme", "tickets", "status"]);
        let drawn: Vec<u64> = (0..6).map(|row| stream.below(row, 0, 100)).collect();
        assert_eq!(drawn, PINNED);
    }

    const PINNED: [u64; 6] = [46, 18, 43, 73, 99, 47];

    #[test]
    #[allow(clippy::cast_precision_loss)]
    fn numbers_are_spread_evenly() {
        let stream = Stream::of(&["spread"]);
        let mut seen = [0_u32; 16];
        for row in 0..160_000 {
            seen[usize::try_from(stream.below(row, 0, 16)).unwrap()] += 1;
        }
        // Chi-square with 15 degrees of freedom: 37.7 is passed once in a thousand.
        let chi: f64 = seen.iter().map(|n| (f64::from(*n) - 10_000.0).powi(2) / 10_000.0).sum();
        assert!(chi < 37.7, "{chi}");
        let mean: f64 = (0..100_000).map(|row| stream.unit(row, 3)).sum::<f64>() / 100_000.0;
        assert!((mean - 0.5).abs() < 0.005, "{mean}");
    }
}
