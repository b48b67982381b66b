//! Ordering the columns so that few edges cross: barycentre sweeps, the best order found is kept.

use std::collections::BTreeMap;

use super::sheet::Sheet;

const SWEEPS: usize = 16;
/// A sheet with more boxes and bends keeps the order it has.
const LARGEST: usize = 30_000;

/// Reorders the columns of `sheet`.
pub(super) fn reduce(sheet: &mut Sheet) {
    if sheet.direct || sheet.items.len() > LARGEST {
        return;
    }
    let mut place = vec![0; sheet.items.len()];
    for column in &sheet.columns {
        note_places(column, &mut place);
    }
    // The first sweep also brings together what is on a cycle; the order before it is no candidate.
    let mut fewest = usize::MAX;
    let mut best = sheet.columns.clone();
    for sweep in 0..SWEEPS {
        if fewest == 0 {
            break;
        }
        let columns = 0..sheet.columns.len();
        if sweep % 2 == 0 {
            columns.for_each(|column| settle(sheet, column, Side::Left, &mut place));
        } else {
            columns
                .rev()
                .for_each(|column| settle(sheet, column, Side::Right, &mut place));
        }
        let now = crossings(sheet, &place);
        if now < fewest {
            fewest = now;
            best.clone_from(&sheet.columns);
        }
    }
    sheet.columns = best;
}

/// The neighbours a column is ordered by.
#[derive(Clone, Copy)]
enum Side {
    Left,
    Right,
}

/// Sorts a column by the mean place of each item's neighbours; items without any stay about where they are, and items on
/// a cycle with each other go to the mean of them all.
fn settle(sheet: &mut Sheet, column: usize, side: Side, place: &mut [usize]) {
    let neighbours = match side {
        Side::Left => &sheet.left,
        Side::Right => &sheet.right,
    };
    let items = &sheet.columns[column];
    let mut shared: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
    for &item in items {
        let (sum, count) = shared.entry(sheet.company[item]).or_default();
        *sum += mean_place(&neighbours[item], place, place[item]);
        *count += 1.0;
    }
    let mut keyed: Vec<(f64, usize, usize)> = items
        .iter()
        .map(|&item| {
            let company = sheet.company[item];
            let (sum, count) = shared[&company];
            // Only true company needs its label as a tie breaker; the others keep their order among equals.
            let label = if count > 1.0 { company + 1 } else { 0 };
            (sum / count, label, item)
        })
        .collect();
    keyed.sort_by(|left, right| left.0.total_cmp(&right.0).then(left.1.cmp(&right.1)));
    sheet.columns[column] = keyed.into_iter().map(|(_, _, item)| item).collect();
    note_places(&sheet.columns[column], place);
}

fn mean_place(neighbours: &[usize], place: &[usize], otherwise: usize) -> f64 {
    if neighbours.is_empty() {
        return float(otherwise);
    }
    let sum: usize = neighbours.iter().map(|&neighbour| place[neighbour]).sum();
    float(sum) / float(neighbours.len())
}

/// Exact below 2^32, which sums of places on a sheet of at most [`LARGEST`] items are.
fn float(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

fn note_places(column: &[usize], place: &mut [usize]) {
    for (position, &item) in column.iter().enumerate() {
        place[item] = position;
    }
}

/// How many pairs of segments cross.
fn crossings(sheet: &Sheet, place: &[usize]) -> usize {
    let between = |column: &Vec<usize>| {
        let mut ends = Vec::new();
        for &item in column {
            let from = ends.len();
            ends.extend(sheet.right[item].iter().map(|&next| place[next]));
            ends[from..].sort_unstable();
        }
        inversions(&ends)
    };
    sheet.columns.iter().map(between).sum()
}

/// How many pairs stand in descending order, counted with a Fenwick tree.
fn inversions(values: &[usize]) -> usize {
    let size = values.iter().max().map_or(0, |&largest| largest + 1);
    let mut tree = vec![0usize; size + 1];
    let mut count = 0;
    for (seen, &value) in values.iter().enumerate() {
        let mut at_most = 0;
        let mut at = value + 1;
        while at > 0 {
            at_most += tree[at];
            at &= at - 1;
        }
        count += seen - at_most;
        let mut at = value + 1;
        while at <= size {
            tree[at] += 1;
            at += at & at.wrapping_neg();
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inversions_are_counted_as_by_definition() {
        for values in [
            vec![],
            vec![3],
            vec![0, 1, 2],
            vec![2, 1, 0],
            vec![1, 1, 0, 4, 0, 3, 1],
        ] {
            let pairs = (0..values.len()).flat_map(|j| (0..j).map(move |i| (i, j)));
            let expected = pairs.filter(|&(i, j)| values[i] > values[j]).count();
            assert_eq!(inversions(&values), expected, "{values:?}");
        }
    }
}
