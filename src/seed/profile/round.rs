//! Makes numbers coarse: rounding and bins, so that what is written down is no row's own value.
//! Pure.

use super::{Bins, Children};

/// Shares of rows at whose places edges lie: finer where tails are.
const SHARES: [f64; 18] = [
    0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999,
    1.0,
];

/// Places, from 1, in the sorted column where edges are read: at least `least` rows lie beyond
/// both ends and between each two. Empty when there are too few rows for that.
pub(super) fn places(rows: u64, least: u64) -> Vec<u64> {
    let least = least.max(1);
    if rows < 4 * least {
        return Vec::new();
    }
    let (first, last) = (least, rows + 1 - least);
    let mut places = vec![first];
    for share in SHARES {
        let place = first + ((last - first) as f64 * share).round() as u64;
        let room = |from: u64, to: u64| to >= from + least;
        if room(places[places.len() - 1], place) && (place == last || room(place, last)) {
            places.push(place);
        }
    }
    places
}

/// Bins from the values at [`places`]. Edges have two significant digits; the outer ones are
/// rounded outwards.
pub(super) fn bins(places: &[u64], values: &[f64], rows: u64) -> Option<Bins> {
    if places.len() < 2 || values.len() != places.len() {
        return None;
    }
    let last = values.len() - 1;
    let flat = |a: f64, b: f64| (a - b).abs() < f64::EPSILON;
    let mut edges: Vec<f64> = values
        .iter()
        .map(|value| digits(*value, f64::round))
        .collect();
    edges[0] = digits(values[0], f64::floor);
    edges[last] = digits(values[last], f64::ceil);
    // A single value that fills a bin stays single when it stands at an end.
    if flat(values[0], values[1]) {
        edges[0] = edges[1];
    }
    if flat(values[last], values[last - 1]) {
        edges[last] = edges[last - 1];
    }
    let mut bins = Bins {
        edges: vec![edges[0]],
        weights: Vec::new(),
    };
    for index in 1..=last {
        let from = if index == 1 { 0 } else { places[index - 1] };
        let to = if index == last { rows } else { places[index] };
        let weight = (to - from) as f64 / rows as f64 * 100.0;
        let end = bins.edges.len() - 1;
        let again = end > 0 && flat(bins.edges[end], bins.edges[end - 1]);
        match bins.weights.last_mut() {
            // One value over several bins is one bin.
            Some(before) if again && flat(edges[index], bins.edges[end]) => *before += weight,
            _ => {
                bins.edges.push(edges[index].max(bins.edges[end]));
                bins.weights.push(weight);
            }
        }
    }
    for weight in &mut bins.weights {
        *weight = significant(*weight, 3, f64::round);
    }
    Some(bins)
}

/// Two significant digits.
pub(super) fn digits(value: f64, rounding: fn(f64) -> f64) -> f64 {
    significant(value, 2, rounding)
}

/// So many significant digits.
pub(super) fn significant(value: f64, digits: i32, rounding: fn(f64) -> f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return 0.0;
    }
    let places = digits - 1 - value.abs().log10().floor() as i32;
    // Through text, so that 0.1 is written and not 0.1000000001.
    let rounded = if places >= 0 {
        let unit = 10_f64.powi(places);
        rounding(value * unit) / unit
    } else {
        let unit = 10_f64.powi(-places);
        rounding(value / unit) * unit
    };
    format!("{rounded:.*}", places.max(0) as usize)
        .parse()
        .unwrap_or(rounded)
}

/// A number of rows with three significant digits.
pub(super) fn rows(rows: u64) -> u64 {
    significant(rows as f64, 3, f64::round) as u64
}

/// Children per parent from `(children, parents)` in rising order: numbers that too few parents
/// have are put together, under their mean.
pub(super) fn children(histogram: &[(u64, u64)], least: u64) -> Option<Children> {
    let parents: u64 = histogram.iter().map(|(_, parents)| parents).sum();
    if parents == 0 {
        return None;
    }
    let least = least.max(parents / 40).max(1);
    let mut buckets: Vec<(u64, u64)> = Vec::new(); // children, parents
    let (mut sum, mut number) = (0, 0);
    for (index, (children, parents)) in histogram.iter().enumerate() {
        sum += children * parents;
        number += parents;
        let left: u64 = histogram[index + 1..]
            .iter()
            .map(|(_, parents)| parents)
            .sum();
        if number >= least && (left == 0 || left >= least) {
            buckets.push((sum, number));
            (sum, number) = (0, 0);
        }
    }
    if number > 0 {
        buckets.push((sum, number));
    }
    let total: u64 = histogram
        .iter()
        .map(|(children, parents)| children * parents)
        .sum();
    let mean = total as f64 / parents as f64;
    let variance = histogram
        .iter()
        .map(|(children, parents)| (*children as f64 - mean).powi(2) * *parents as f64)
        .sum::<f64>()
        / parents as f64;
    let share = |number: u64| significant(number as f64 / parents as f64 * 100.0, 3, f64::round);
    let mut found = Children {
        counts: Vec::new(),
        weights: Vec::new(),
        skewed: variance > 3.0 * mean,
    };
    for (sum, number) in buckets {
        // A mean between two numbers is a mixture of both.
        let mean = sum as f64 / number as f64;
        let upper = mean - mean.floor();
        for (count, part) in [(mean.floor(), 1.0 - upper), (mean.floor() + 1.0, upper)] {
            let weight = share(number) * part;
            if weight < 1e-3 {
                continue;
            }
            match found.counts.last() {
                Some(last) if *last == count as u64 => {
                    *found.weights.last_mut()? += weight;
                }
                _ => {
                    found.counts.push(count as u64);
                    found.weights.push(weight);
                }
            }
        }
    }
    for weight in &mut found.weights {
        *weight = significant(*weight, 3, f64::round);
    }
    Some(found)
}

/// How many values must be drawn from for `distinct` different ones to be seen in `rows` draws.
pub(super) fn variety(distinct: u64, rows: u64) -> u64 {
    let (wanted, rows) = (distinct as f64, rows as f64);
    let (mut low, mut high) = (wanted, wanted * 1_000.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if middle * (1.0 - (-rows / middle).exp()) < wanted {
            low = middle;
        } else {
            high = middle;
        }
    }
    significant(low, 3, f64::round).max(1.0) as u64
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "rounded numbers are equal or wrong")]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_few_digits() {
        assert_eq!(digits(12_345.0, f64::round), 12_000.0);
        assert_eq!(digits(12_345.0, f64::ceil), 13_000.0);
        assert_eq!(digits(-12_345.0, f64::floor), -13_000.0);
        assert_eq!(digits(0.123_45, f64::round), 0.12);
        assert_eq!(digits(57.0, f64::round), 57.0);
        assert_eq!(digits(0.0, f64::round), 0.0);
        assert_eq!(rows(123_456), 123_000);
        assert_eq!(rows(7), 7);
    }

    #[test]
    fn enough_rows_lie_between_all_edges() {
        assert!(places(79, 20).is_empty());
        for rows in [80, 500, 5_000, 1_000_000] {
            let places = places(rows, 20);
            assert!(places[0] >= 20 && places[places.len() - 1] <= rows + 1 - 20);
            assert!(
                places.windows(2).all(|pair| pair[1] - pair[0] >= 20),
                "{places:?}"
            );
        }
    }

    #[test]
    fn bins_hold_all_rows_and_single_values_stay_single() {
        let values = [0.0, 0.0, 0.0, 1_234.0, 98_765.0];
        let bins = bins(&[20, 200, 400, 600, 981], &values, 1_000).expect("bins");
        assert_eq!(bins.edges, [0.0, 0.0, 1_200.0, 99_000.0]);
        assert_eq!(bins.weights, [40.0, 20.0, 40.0]);
    }

    #[test]
    fn rare_numbers_of_children_are_put_together() {
        let histogram = [(0, 500), (1, 300), (2, 180), (40, 12), (60, 7), (977, 1)];
        let found = children(&histogram, 20).expect("parents");
        assert!(!found.counts.contains(&977), "{found:?}");
        let weights: f64 = found.weights.iter().sum();
        let pairs = found.counts.iter().zip(&found.weights);
        let mean = pairs
            .map(|(count, weight)| *count as f64 * weight)
            .sum::<f64>()
            / weights;
        let exact = histogram.iter().map(|(c, p)| (c * p) as f64).sum::<f64>() / 1_000.0;
        assert!((mean / exact - 1.0).abs() < 0.02, "{mean} {exact}");
        assert!(found.skewed);
    }

    #[test]
    fn variety_is_what_shows_so_many_values() {
        assert_eq!(variety(50, 1_000_000), 50);
        let drawn = variety(800, 1_000) as f64;
        let seen = drawn * (1.0 - (-1_000.0 / drawn).exp());
        assert!((seen - 800.0).abs() < 10.0, "{seen}");
    }
}
