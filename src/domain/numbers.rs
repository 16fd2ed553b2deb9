//! Numbers and their words, as people read them.

/// `1 collection`, `2 collections`, `2 entries`.
pub fn count(n: u64, thing: &str) -> String {
    let many = match (n, thing.strip_suffix("try")) {
        (1, _) => thing.to_owned(),
        (_, Some(stem)) => format!("{stem}tries"),
        _ => format!("{thing}s"),
    };
    format!("{} {many}", thousands(n))
}

/// `1,234,567`
pub fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        assert_eq!(count(1, "collection"), "1 collection");
        assert_eq!((count(1, "entry"), count(2, "entry")), ("1 entry".to_owned(), "2 entries".to_owned()));
        assert_eq!(count(1_234_567, "document"), "1,234,567 documents");
    }
}
