//! Which box stands in which column, and where edges bend.

use petgraph::unionfind::UnionFind;

use crate::DependencyGraph;
use crate::render::absent::End;

/// Most boxes in one column; a larger layer takes several.
const ROWS: usize = 20;
/// Most bends; a graph that needs more is drawn with direct edges.
const BENDS: usize = 20_000;

/// What occupies a place in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    /// A box: a node, or an id that has none.
    Box(End),
    /// Edges to the box that is this item passing through.
    Bend(usize),
}

/// A piece with its column.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item {
    pub(super) piece: Piece,
    pub(super) column: usize,
}

/// Boxes and bends in columns, joined from left to right.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    pub(super) items: Vec<Item>,
    /// Positions in `items`, from top to bottom.
    pub(super) columns: Vec<Vec<usize>>,
    pub(super) headings: Vec<String>,
    /// Per item, what it is joined to on its right and on its left, one column further unless `direct`.
    pub(super) right: Vec<Vec<usize>>,
    pub(super) left: Vec<Vec<usize>>,
    /// Edges that run within a layer or backwards: those of cycles, and those from what is missing.
    pub(super) sideways: Vec<(usize, usize)>,
    /// Per item, a label it shares with those of its column it is on a cycle with; they are to stand together.
    pub(super) company: Vec<usize>,
    /// There are so many edges that they do without bends.
    pub(super) direct: bool,
}

impl Sheet {
    pub(super) fn new(graph: &DependencyGraph) -> Self {
        let layers = graph.layer_numbers();
        let absent = graph.absent();
        let mut sheet = Self::default();
        let mut item_of_node = vec![0; graph.node_count()];

        let top = layers.iter().max().map_or(0, |&top| top as usize + 1);
        let mut members: Vec<Vec<u32>> = vec![Vec::new(); top];
        for (node, &layer) in graph.adjacency.nodes().zip(&layers) {
            members[layer as usize].push(node);
        }
        for (layer, nodes) in members.iter().enumerate().rev() {
            let first = sheet.items.len();
            let ends: Vec<End> = nodes.iter().map(|&node| End::Node(node)).collect();
            sheet.add_layer(&format!("layer {layer}"), &ends);
            for (item, &node) in (first..).zip(nodes) {
                item_of_node[node as usize] = item;
            }
        }
        let first_absent = sheet.items.len();
        let ends: Vec<End> = (0..absent.ids.len()).map(End::Absent).collect();
        sheet.add_layer("missing", &ends);

        let mut sources: Vec<Vec<usize>> = vec![Vec::new(); sheet.items.len()];
        let mut join = |from: usize, to: usize, same_layer: bool| {
            if same_layer || sheet.items[from].column >= sheet.items[to].column {
                sheet.sideways.push((from, to));
            } else {
                sources[to].push(from);
            }
        };
        for from in graph.adjacency.nodes() {
            for &to in graph.adjacency.dependencies(from) {
                let same_layer = layers[from as usize] == layers[to as usize];
                join(
                    item_of_node[from as usize],
                    item_of_node[to as usize],
                    same_layer,
                );
            }
        }
        let item_of = |end: End| match end {
            End::Node(node) => item_of_node[node as usize],
            End::Absent(position) => first_absent + position,
        };
        for &(from, to) in &absent.edges {
            join(item_of(from), item_of(to), false);
        }
        sheet.connect(&sources);
        sheet.keep_company();
        sheet
    }

    /// Puts the boxes of one layer into as many columns of even length as it takes.
    fn add_layer(&mut self, heading: &str, ends: &[End]) {
        let parts = ends.len().div_ceil(ROWS);
        let rows = ends.len().div_ceil(parts.max(1)).max(1);
        for (part, chunk) in ends.chunks(rows).enumerate() {
            let first = self.items.len();
            self.items.extend(chunk.iter().map(|&end| Item {
                piece: Piece::Box(end),
                column: self.columns.len(),
            }));
            self.columns.push((first..self.items.len()).collect());
            self.headings.push(match parts {
                1 => heading.to_owned(),
                _ => format!("{heading} ({} of {parts})", part + 1),
            });
        }
    }

    /// Joins every box with what needs it, over bends where there are columns between.
    fn connect(&mut self, sources: &[Vec<usize>]) {
        let bends: usize = (sources.iter().enumerate())
            .map(|(target, sources)| self.columns_between(sources, target).len())
            .sum();
        self.direct = bends > BENDS;
        let total = self.items.len() + if self.direct { 0 } else { bends };
        self.right = vec![Vec::new(); total];
        self.left = vec![Vec::new(); total];
        for (target, sources) in sources.iter().enumerate() {
            if self.direct {
                for &source in sources {
                    self.add_segment(source, target);
                }
                continue;
            }
            let between = self.columns_between(sources, target);
            let first_bend = self.items.len();
            for column in between.clone() {
                let bend = self.items.len();
                self.items.push(Item {
                    piece: Piece::Bend(target),
                    column,
                });
                self.columns[column].push(bend);
                let next = if column + 1 == between.end {
                    target
                } else {
                    bend + 1
                };
                self.add_segment(bend, next);
            }
            for &source in sources {
                let next = self.items[source].column + 1;
                let joint = if next < between.end {
                    first_bend + (next - between.start)
                } else {
                    target
                };
                self.add_segment(source, joint);
            }
        }
    }

    /// Notes who is on a cycle with whom within a column.
    fn keep_company(&mut self) {
        let mut sets = UnionFind::<usize>::new(self.items.len());
        for &(from, to) in &self.sideways {
            if self.items[from].column == self.items[to].column {
                sets.union(from, to);
            }
        }
        self.company = sets.into_labeling();
    }

    /// The columns strictly between the leftmost source and the target.
    fn columns_between(&self, sources: &[usize], target: usize) -> std::ops::Range<usize> {
        let end = self.items[target].column;
        let leftmost = sources
            .iter()
            .map(|&source| self.items[source].column)
            .min();
        leftmost.map_or(end, |column| column + 1)..end
    }

    fn add_segment(&mut self, from: usize, to: usize) {
        self.right[from].push(to);
        self.left[to].push(from);
    }
}
