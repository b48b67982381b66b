//! The height at which every box and bend stands: as level with its neighbours as its column allows.

use super::sheet::{Piece, Sheet};

/// Height of a box, in pixels like everything here.
pub(super) const BOX: f64 = 58.0;
const GAP: f64 = 20.0;
const BEND_GAP: f64 = 10.0;
const PASSES: usize = 8;

/// The middle of every item; the topmost box begins at 0.
pub(super) fn assign(sheet: &Sheet) -> Vec<f64> {
    let mut middle = vec![0.0; sheet.items.len()];
    for column in &sheet.columns {
        let offsets = offsets(sheet, column);
        let centre = offsets.last().map_or(0.0, |last| last / 2.0);
        for (&item, offset) in column.iter().zip(&offsets) {
            middle[item] = offset - centre;
        }
    }
    for pass in 0..PASSES {
        let leftwards = pass % 2 == 0;
        let columns = 0..sheet.columns.len();
        let order: Vec<usize> = if leftwards {
            columns.rev().collect()
        } else {
            columns.collect()
        };
        for column in order {
            align(sheet, &sheet.columns[column], leftwards, &mut middle);
        }
    }
    let highest = (sheet.items.iter().zip(&middle))
        .map(|(item, y)| y - half(item.piece))
        .fold(f64::INFINITY, f64::min);
    for y in &mut middle {
        *y -= highest;
    }
    middle
}

/// Moves a column as close as its spacing allows to the mean height of its neighbours on one side.
fn align(sheet: &Sheet, column: &[usize], leftwards: bool, middle: &mut [f64]) {
    let neighbours = if leftwards { &sheet.right } else { &sheet.left };
    let offsets = offsets(sheet, column);
    let wanted: Vec<f64> = (column.iter().zip(&offsets))
        .map(|(&item, offset)| mean(&neighbours[item], middle).unwrap_or(middle[item]) - offset)
        .collect();
    for ((&item, offset), level) in column.iter().zip(&offsets).zip(ascending(&wanted)) {
        middle[item] = level + offset;
    }
}

fn mean(neighbours: &[usize], middle: &[f64]) -> Option<f64> {
    if neighbours.is_empty() {
        return None;
    }
    let (sum, count) = (neighbours.iter()).fold((0.0, 0.0), |(sum, count), &neighbour| {
        (sum + middle[neighbour], count + 1.0)
    });
    Some(sum / count)
}

/// The least distances of the middles of a column's items from that of the first.
fn offsets(sheet: &Sheet, column: &[usize]) -> Vec<f64> {
    let mut offsets = Vec::with_capacity(column.len());
    let mut at = 0.0;
    let mut above: Option<Piece> = None;
    for &item in column {
        let piece = sheet.items[item].piece;
        if let Some(above) = above {
            let gap = match (above, piece) {
                (Piece::Bend(_), Piece::Bend(_)) => BEND_GAP,
                _ => GAP,
            };
            at += half(above) + gap + half(piece);
        }
        offsets.push(at);
        above = Some(piece);
    }
    offsets
}

fn half(piece: Piece) -> f64 {
    match piece {
        Piece::Box(_) => BOX / 2.0,
        Piece::Bend(_) => 0.0,
    }
}

/// The ascending sequence nearest to `values` in the sum of squares (pool adjacent violators).
fn ascending(values: &[f64]) -> Vec<f64> {
    let mut pools: Vec<(f64, f64)> = Vec::with_capacity(values.len());
    for &value in values {
        let mut pool = (value, 1.0);
        while let Some(&(sum, count)) = pools.last() {
            if sum / count <= pool.0 / pool.1 {
                break;
            }
            pool = (pool.0 + sum, pool.1 + count);
            pools.pop();
        }
        pools.push(pool);
    }
    let mut levels = Vec::with_capacity(values.len());
    for (sum, count) in pools {
        let mut left = count;
        while left > 0.5 {
            levels.push(sum / count);
            left -= 1.0;
        }
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn violators_are_pooled_to_their_mean() {
        for (values, expected) in [
            (vec![], vec![]),
            (vec![1.0, 2.0, 5.0], vec![1.0, 2.0, 5.0]),
            (vec![3.0, 1.0], vec![2.0, 2.0]),
            (vec![0.0, 6.0, 3.0, 0.0, 9.0], vec![0.0, 3.0, 3.0, 3.0, 9.0]),
            (vec![4.0, 3.0, 2.0, 1.0], vec![2.5; 4]),
        ] {
            assert_eq!(ascending(&values), expected, "{values:?}");
        }
    }
}
