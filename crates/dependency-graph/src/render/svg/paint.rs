//! Writing the drawing down.

use std::fmt::Write;

use indexmap::IndexSet;

use crate::render::absent::End;
use crate::{DependencyGraph, NodeView};

use super::height::BOX;
use super::palette::{Colours, colours};
use super::sheet::{Piece, Sheet};
use super::text::{escape, fit, width};

const BOX_WIDTH: f64 = 224.0;
const TEXT_WIDTH: u32 = 200;
const COLUMN: f64 = BOX_WIDTH + 96.0;
const MARGIN: f64 = 32.0;
const HEAD: f64 = 104.0;
const LEGEND_ROW: f64 = 24.0;
const LEAST_WIDTH: f64 = 640.0;

const INK: &str = "#1f2933";
const FAINT: &str = "#52606d";
const MISSING: &str = "#c62828";
const CYCLE: &str = "#d9480f";
const FONT: &str = "system-ui, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif";

/// What the painter works on.
struct Painter<'a> {
    graph: &'a DependencyGraph,
    sheet: &'a Sheet,
    heights: &'a [f64],
    /// Types in the order of their lowest rank; the position gives the colour.
    kinds: IndexSet<&'a str>,
    palette: Vec<Colours>,
    absent: IndexSet<&'a str>,
    tangles: usize,
    svg: String,
}

/// The drawing as an SVG document.
pub(super) fn paint(
    graph: &DependencyGraph,
    sheet: &Sheet,
    heights: &[f64],
    title: &str,
) -> String {
    let kinds: IndexSet<&str> = graph.nodes().map(|node| node.kind).collect();
    let palette = (0..kinds.len()).map(colours).collect();
    let mut painter = Painter {
        graph,
        sheet,
        heights,
        kinds,
        palette,
        absent: graph.absent().ids,
        tangles: graph.tangle_count(),
        svg: String::new(),
    };
    painter.document(title);
    painter.svg
}

impl Painter<'_> {
    fn document(&mut self, title: &str) {
        let columns = self.sheet.columns.len().max(1);
        let wide = f64::from(u32::try_from(columns).unwrap_or(u32::MAX)) * COLUMN;
        let wide = (wide - (COLUMN - BOX_WIDTH) + 2.0 * MARGIN + 24.0).max(LEAST_WIDTH);
        let lowest = self.heights.iter().copied().fold(0.0, f64::max);
        let legend_top = HEAD + lowest + BOX / 2.0 + 40.0;
        let (legend, rows) = self.legend(wide, legend_top);
        let high = legend_top + rows * LEGEND_ROW + MARGIN;

        self.open(title, wide, high);
        self.headings();
        self.edges();
        self.sideways();
        for item in 0..self.sheet.items.len() {
            if let Piece::Box(end) = self.sheet.items[item].piece {
                self.box_at(item, end);
            }
        }
        self.svg.push_str(&legend);
        self.svg.push_str("</svg>\n");
    }

    fn put(&mut self, piece: std::fmt::Arguments<'_>) {
        self.svg
            .write_fmt(piece)
            .expect("a String takes everything");
        self.svg.push('\n');
    }

    fn open(&mut self, title: &str, wide: f64, high: f64) {
        let shown = escape(&fit(title, title_width(self.sheet.columns.len()), 20));
        let title = escape(title);
        let summary = self.summary();
        self.put(format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {wide:.0} {high:.0}\" width=\"{wide:.0}\" \
             height=\"{high:.0}\" role=\"img\" aria-label=\"{title}\" font-family=\"{FONT}\">"
        ));
        self.put(format_args!("<title>{title}</title>"));
        self.put(format_args!(
            "<desc>{summary}. Arrows point to what is needed.</desc>"
        ));
        self.put(format_args!(
            "<rect width=\"{wide:.0}\" height=\"{high:.0}\" fill=\"#ffffff\"/>"
        ));
        self.put(format_args!(
            "<text x=\"{MARGIN}\" y=\"42\" font-size=\"20\" font-weight=\"600\" fill=\"{INK}\">{shown}</text>"
        ));
        self.put(format_args!(
            "<text x=\"{MARGIN}\" y=\"64\" font-size=\"12\" fill=\"{FAINT}\">{summary} · arrows point to what is \
             needed, the lowest layer is installed first</text>"
        ));
    }

    fn summary(&self) -> String {
        let mut parts = vec![
            counted(self.graph.node_count(), "node"),
            counted(self.graph.edge_count(), "dependency"),
        ];
        if !self.absent.is_empty() {
            parts.push(format!("{} missing", self.absent.len()));
        }
        if self.tangles > 0 {
            parts.push(counted(self.tangles, "circular group"));
        }
        parts.join(" · ")
    }

    fn headings(&mut self) {
        for (column, heading) in self.sheet.headings.iter().enumerate() {
            let x = left_edge(column);
            let y = HEAD - 16.0;
            let text = format!(
                "<text x=\"{x:.0}\" y=\"{y:.0}\" font-size=\"11\" fill=\"{FAINT}\">{heading}</text>"
            );
            self.put(format_args!("{text}"));
        }
    }

    /// Edges from left to right, and an arrowhead at each box they reach.
    fn edges(&mut self) {
        for (item, joined) in self.sheet.right.iter().enumerate() {
            if let Piece::Bend(target) = self.sheet.items[item].piece {
                let (x, y) = self.corner(item);
                let line = format!("M{x:.1} {y:.1}H{:.1}", x + BOX_WIDTH);
                self.stroke(&line, target);
            }
            for &next in joined {
                let (x1, y1) = self.corner(item);
                let x1 = x1 + BOX_WIDTH;
                let (x2, y2) = self.corner(next);
                let (target, x2) = match self.sheet.items[next].piece {
                    Piece::Box(_) => (next, x2 - 6.0),
                    Piece::Bend(target) => (target, x2),
                };
                let pull = (COLUMN - BOX_WIDTH) / 2.0;
                let (c1, c2) = (x1 + pull, x2 - pull);
                let curve =
                    format!("M{x1:.1} {y1:.1}C{c1:.1} {y1:.1} {c2:.1} {y2:.1} {x2:.1} {y2:.1}");
                self.stroke(&curve, target);
            }
        }
        for (item, joined) in self.sheet.left.iter().enumerate() {
            if !joined.is_empty() && matches!(self.sheet.items[item].piece, Piece::Box(_)) {
                let (x, y) = self.corner(item);
                let colour = self.outline(item).to_owned();
                self.arrowhead(x, y, -8.0, &colour);
            }
        }
    }

    fn stroke(&mut self, path: &str, target: usize) {
        let dashes = match self.sheet.items[target].piece {
            Piece::Box(End::Absent(_)) => " stroke-dasharray=\"5 4\"",
            _ => "",
        };
        let colour = self.outline(target).to_owned();
        self.put(format_args!(
            "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.4\" stroke-opacity=\"0.75\"{dashes}/>"
        ));
    }

    /// Edges that do not run from left to right.
    fn sideways(&mut self) {
        for &(from, to) in &self.sheet.sideways {
            let (x1, y1) = self.corner(from);
            let (x2, y2) = self.corner(to);
            let missing = [from, to]
                .iter()
                .any(|&item| matches!(self.sheet.items[item].piece, Piece::Box(End::Absent(_))));
            let (colour, dashes) = if missing {
                (MISSING, " stroke-dasharray=\"5 4\"")
            } else {
                (CYCLE, "")
            };
            let (start, end, pull) = if x1 < x2 {
                (x1 + BOX_WIDTH, x2, 48.0)
            } else if x1 > x2 {
                (x1, x2 + BOX_WIDTH, -48.0)
            } else {
                (x1 + BOX_WIDTH, x2 + BOX_WIDTH, 40.0)
            };
            // Away from the middle, where the edges to other layers start and end.
            let (y1, y2) = (y1 + 12.0, y2 - 12.0);
            let (tip, back) = if x1 < x2 {
                (-8.0, end - pull)
            } else {
                (8.0, end + pull.abs())
            };
            let stop = end + tip * 0.75;
            let turn = start + pull;
            self.put(format_args!(
                "<path d=\"M{start:.1} {y1:.1}C{turn:.1} {y1:.1} {back:.1} {y2:.1} {stop:.1} {y2:.1}\" fill=\"none\" \
                 stroke=\"{colour}\" stroke-width=\"1.6\"{dashes}/>"
            ));
            self.arrowhead(end, y2, tip, colour);
        }
    }

    /// A triangle with its tip at the point and its base `back` pixels off.
    fn arrowhead(&mut self, x: f64, y: f64, back: f64, colour: &str) {
        let base = x + back;
        let (above, below) = (y - 4.0, y + 4.0);
        self.put(format_args!(
            "<path d=\"M{x:.1} {y:.1}L{base:.1} {above:.1}V{below:.1}Z\" fill=\"{colour}\"/>"
        ));
    }

    fn box_at(&mut self, item: usize, end: End) {
        let (x, middle) = self.corner(item);
        let y = middle - BOX / 2.0;
        match end {
            End::Node(number) => {
                let node = self.graph.view(number);
                let fill = self.colours_of(node.kind).fill.clone();
                let outline = self.outline(item).to_owned();
                let thickness = if self.graph.roots.binary_search(&number).is_ok() {
                    "3"
                } else {
                    "1.5"
                };
                let hint = hint(node);
                let style =
                    format!("fill=\"{fill}\" stroke=\"{outline}\" stroke-width=\"{thickness}\"");
                self.framed(x, y, &style, &hint, [node.name, node.kind, node.id]);
            }
            End::Absent(position) => {
                let id = self.absent[position];
                let hint = format!("{} is missing", escape(id));
                let style = format!(
                    "fill=\"#fff5f5\" stroke=\"{MISSING}\" stroke-width=\"1.5\" stroke-dasharray=\"5 4\""
                );
                self.framed(x, y, &style, &hint, [id, "missing", ""]);
            }
        }
    }

    fn framed(&mut self, x: f64, y: f64, style: &str, hint: &str, lines: [&str; 3]) {
        let [name, kind, id] = lines;
        // Bold faces run wider.
        let name = escape(&fit(name, TEXT_WIDTH - 10, 13));
        let kind = escape(&fit(kind, TEXT_WIDTH, 11));
        let id = escape(&fit(id, TEXT_WIDTH, 11));
        let text_x = x + 12.0;
        let (y1, y2, y3) = (y + 20.0, y + 35.0, y + 50.0);
        self.put(format_args!("<g><title>{hint}</title>"));
        self.put(format_args!(
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{BOX_WIDTH}\" height=\"{BOX}\" rx=\"7\" {style}/>"
        ));
        self.put(format_args!(
            "<text x=\"{text_x:.1}\" y=\"{y1:.1}\" font-size=\"13\" font-weight=\"600\" fill=\"{INK}\">{name}</text>"
        ));
        for (line, y) in [(kind, y2), (id, y3)] {
            if !line.is_empty() {
                self.put(format_args!(
                    "<text x=\"{text_x:.1}\" y=\"{y:.1}\" font-size=\"11\" fill=\"{FAINT}\">{line}</text>"
                ));
            }
        }
        self.put(format_args!("</g>"));
    }

    /// The legend and its number of rows.
    fn legend(&self, wide: f64, top: f64) -> (String, f64) {
        let mut entries: Vec<(String, String)> = (self.kinds.iter().zip(&self.palette))
            .map(|(kind, Colours { fill, outline })| {
                let style = format!("fill=\"{fill}\" stroke=\"{outline}\" stroke-width=\"1.5\"");
                (style, fit(kind, TEXT_WIDTH, 12))
            })
            .collect();
        if !self.graph.roots.is_empty() {
            let style = format!("fill=\"#ffffff\" stroke=\"{FAINT}\" stroke-width=\"3\"");
            entries.push((style, "asked for".to_owned()));
        }
        if !self.absent.is_empty() {
            let style = format!("fill=\"#fff5f5\" stroke=\"{MISSING}\" stroke-dasharray=\"3 2\"");
            entries.push((style, "missing".to_owned()));
        }
        if self.tangles > 0 {
            let style = format!("fill=\"{CYCLE}\" stroke=\"{CYCLE}\"");
            entries.push((style, "arrow on a cycle".to_owned()));
        }
        let mut legend = String::new();
        let (mut x, mut row) = (MARGIN, 0.0);
        for (style, label) in entries {
            let length = 22.0 + f64::from(width(&label, 12)) + 20.0;
            if x > MARGIN && x + length > wide - MARGIN {
                x = MARGIN;
                row += 1.0;
            }
            let y = top + row * LEGEND_ROW;
            let (box_y, text_x, label) = (y - 11.0, x + 22.0, escape(&label));
            writeln!(
                legend,
                "<rect x=\"{x:.1}\" y=\"{box_y:.1}\" width=\"14\" height=\"14\" rx=\"3\" {style}/>\
                 <text x=\"{text_x:.1}\" y=\"{y:.1}\" font-size=\"12\" fill=\"{INK}\">{label}</text>"
            )
            .expect("a String takes everything");
            x += length;
        }
        (legend, row + 1.0)
    }

    /// The left end and the middle height of an item.
    fn corner(&self, item: usize) -> (f64, f64) {
        let x = left_edge(self.sheet.items[item].column);
        (x, HEAD + self.heights[item])
    }

    fn colours_of(&self, kind: &str) -> &Colours {
        let position = self.kinds.get_index_of(kind);
        &self.palette[position.expect("the kinds of all nodes were collected")]
    }

    fn outline(&self, item: usize) -> &str {
        match self.sheet.items[item].piece {
            Piece::Box(End::Node(number)) => &self.colours_of(self.graph.view(number).kind).outline,
            Piece::Box(End::Absent(_)) => MISSING,
            Piece::Bend(target) => self.outline(target),
        }
    }
}

fn left_edge(column: usize) -> f64 {
    MARGIN + f64::from(u32::try_from(column).unwrap_or(u32::MAX)) * COLUMN
}

/// How much room a title has above so many columns.
fn title_width(columns: usize) -> u32 {
    let columns = u32::try_from(columns).unwrap_or(u32::MAX);
    columns.saturating_mul(320).clamp(560, 2000)
}

fn hint(node: NodeView<'_>) -> String {
    let NodeView { id, kind, name, .. } = node;
    format!("{} · {} · {}", escape(name), escape(kind), escape(id))
}

fn counted(count: usize, what: &str) -> String {
    match (count, what.strip_suffix('y')) {
        (1, _) => format!("1 {what}"),
        (_, Some(stem)) => format!("{count} {stem}ies"),
        (_, None) => format!("{count} {what}s"),
    }
}
