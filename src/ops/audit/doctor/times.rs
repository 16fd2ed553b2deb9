//! Silence: stretches without an entry that are much longer than any usual one.

/// So few entries say nothing about what is usual.
const FEWEST: usize = 100;

/// How much longer than nearly all distances a silence is.
const FACTOR: i64 = 10;

/// How long it is at least: milliseconds.
const SHORTEST: i64 = 3_600_000;

/// The silences among these times, the longest first; and the distance below which 99 of 100 are. None where there are too
/// few to tell.
pub(super) fn silences(times: &mut [i64]) -> Option<(Vec<(i64, i64)>, i64)> {
    if times.len() < FEWEST {
        return None;
    }
    times.sort_unstable();
    let mut distances: Vec<i64> = times.windows(2).map(|two| two[1] - two[0]).collect();
    let rank = (distances.len() * 99).div_ceil(100).saturating_sub(1);
    let (_, usual, _) = distances.select_nth_unstable(rank);
    let usual = *usual;
    let limit = usual.saturating_mul(FACTOR).max(SHORTEST);
    let mut found: Vec<(i64, i64)> =
        times.windows(2).filter(|two| two[1] - two[0] > limit).map(|two| (two[0], two[1])).collect();
    found.sort_by_key(|(from, to)| from - to);
    Some((found, usual))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nights_are_usual_and_a_lost_week_is_not() {
        let day = 86_400_000;
        let mut times: Vec<i64> = (0..20).flat_map(|d| (0..30).map(move |n| d * day + n * 1_000_000)).collect();
        assert_eq!(silences(&mut times).map(|(found, _)| found), Some(Vec::new()));
        times.extend((0..30).map(|n| 60 * day + n * 1_000_000));
        let (found, _) = silences(&mut times).unwrap();
        assert_eq!(found, [(19 * day + 29_000_000, 60 * day)]);
        assert_eq!(silences(&mut times[..99]), None);
    }
}
