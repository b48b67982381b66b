//! Medians, spreads, and how figures are written.

/// What several runs gave.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spread {
    /// Half of the runs gave less.
    pub(super) median: f64,
    /// The least.
    pub(super) least: f64,
    /// The most.
    pub(super) most: f64,
}

impl Spread {
    /// The spread of at least one value.
    pub(super) fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = values.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let (low, high) = (sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2]);
        Self {
            median: f64::midpoint(low, high),
            least: sorted[0],
            most: sorted[sorted.len() - 1],
        }
    }

    /// As seconds or milliseconds: `1.52 s (1.49–1.60)`.
    pub(super) fn as_time(&self) -> String {
        let (unit, factor) = if self.median < 1.0 {
            ("ms", 1000.0)
        } else {
            ("s", 1.0)
        };
        let text = |seconds: f64| three_digits(seconds * factor);
        format!(
            "{} {unit} ({}–{})",
            text(self.median),
            text(self.least),
            text(self.most)
        )
    }

    /// As a factor: `0.48 (0.47–0.51)`.
    pub(super) fn as_factor(&self) -> String {
        format!("{:.2} ({:.2}–{:.2})", self.median, self.least, self.most)
    }
}

/// About three digits, and all of those before the point.
fn three_digits(value: f64) -> String {
    if value < 10.0 {
        format!("{value:.2}")
    } else if value < 100.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.0}")
    }
}

/// MiB of a number of bytes.
pub(super) fn mebibytes(bytes: u64) -> f64 {
    f64::from(u32::try_from(bytes / 1024).unwrap_or(u32::MAX)) / 1024.0
}

/// As MiB: `41.3 MiB`.
pub(super) fn as_size(bytes: u64) -> String {
    format!("{} MiB", three_digits(mebibytes(bytes)))
}

/// With commas between thousands: `2,070`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// What is wanted, and whether it came true.
pub(super) fn wish(wanted: &str, came_true: bool) -> String {
    let verdict = if came_true { "met" } else { "**MISSED**" };
    format!("{wanted}: {verdict}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_does_not_depend_on_the_order_of_runs() {
        let odd = Spread::of([3.0, 1.0, 2.0]);
        assert_eq!((odd.median, odd.least, odd.most), (2.0, 1.0, 3.0));
        let even = Spread::of([4.0, 1.0, 2.0, 100.0]);
        assert_eq!((even.median, even.least, even.most), (3.0, 1.0, 100.0));
    }

    #[test]
    fn figures_are_written_with_a_unit_that_fits() {
        assert_eq!(Spread::of([0.1234]).as_time(), "123 ms (123–123)");
        assert_eq!(Spread::of([0.004_56]).as_time(), "4.56 ms (4.56–4.56)");
        assert_eq!(
            Spread::of([12.34, 1.0, 100.0]).as_time(),
            "12.3 s (1.00–100)"
        );
        assert_eq!(Spread::of([0.5]).as_factor(), "0.50 (0.50–0.50)");
        assert_eq!(as_size(43 * 1024 * 1024 + 512 * 1024), "43.5 MiB");
    }

    #[test]
    fn thousands_are_grouped() {
        let numbers = [0, 999, 1_000, 2_070, 1_000_000].map(grouped);
        assert_eq!(numbers, ["0", "999", "1,000", "2,070", "1,000,000"]);
    }
}
