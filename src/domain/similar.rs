//! Which of the known words was probably meant.

/// The known word that differs least from the typed one, if it differs little.
pub fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed = typed.to_lowercase();
    let scored = known.into_iter().map(|word| (distance(&word.to_lowercase(), &typed), word));
    scored.filter(|(d, word)| *d <= 2 && *d < word.chars().count()).min_by_key(|(d, _)| *d).map(|(_, word)| word)
}

/// Levenshtein distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = (corner + usize::from(x != *y)).min(above + 1).min(row[j] + 1);
            corner = above;
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        assert_eq!(nearest("lAyuot", ["layout", "naming"]), Some("layout"));
        assert_eq!(nearest("store", ["layout", "naming"]), None);
        assert_eq!(nearest("a", ["b"]), None);
    }
}
