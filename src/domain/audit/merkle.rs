//! A tree of digests, in the shape of RFC 6962: of n leaves the largest power of two below n stands on the left.

use super::canonical::{Digest, node};

/// A tree as it grows: the roots of its complete parts, the largest first.
#[derive(Debug, Clone, Default)]
pub struct Merkle {
    parts: Vec<(u32, Digest)>,
}

impl Merkle {
    /// Adds a leaf on the right.
    pub fn push(&mut self, leaf: Digest) {
        let (mut height, mut digest) = (0, leaf);
        while let Some((_, left)) = self.parts.pop_if(|(there, _)| *there == height) {
            digest = node(&left, &digest);
            height += 1;
        }
        self.parts.push((height, digest));
    }

    /// The root; zeros of an empty tree.
    pub fn root(&self) -> Digest {
        let mut parts = self.parts.iter().rev().map(|(_, digest)| *digest);
        let Some(last) = parts.next() else { return [0; 32] };
        parts.fold(last, |right, left| node(&left, &right))
    }
}

/// The root over leaves in their order.
pub fn root_of<'a>(leaves: impl IntoIterator<Item = &'a Digest>) -> Digest {
    let mut tree = Merkle::default();
    leaves.into_iter().for_each(|leaf| tree.push(*leaf));
    tree.root()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_the_book(leaves: &[Digest]) -> Digest {
        match leaves {
            [] => [0; 32],
            [only] => *only,
            many => {
                let half = many.len().next_power_of_two() / 2;
                node(&by_the_book(&many[..half]), &by_the_book(&many[half..]))
            }
        }
    }

    #[test]
    fn growing_gives_the_tree_of_the_book() {
        let leaves: Vec<Digest> = (0..70_u8).map(|n| [n; 32]).collect();
        for n in 0..leaves.len() {
            assert_eq!(root_of(&leaves[..n]), by_the_book(&leaves[..n]), "{n}");
        }
        let mut swapped = leaves.clone();
        swapped.swap(3, 4);
        assert_ne!(root_of(&swapped), root_of(&leaves));
    }
}
