//! A layered drawing, left to right: what needs on the left, what is needed on the right.
//!
//! Sugiyama's method in small: layers become columns, an edge across several columns gets a bend in each, columns are
//! ordered to cross few edges, and heights are chosen so that edges run level. All bends of edges to the same target in one
//! column are one, so that a hub is reached by a trunk with branches instead of a bundle of parallels.

mod crossing;
mod height;
mod paint;
mod palette;
mod sheet;
mod text;

use crate::DependencyGraph;

use self::sheet::Sheet;

impl DependencyGraph {
    /// The graph as a drawing, an SVG document with nothing to load and no ids, so that it can be put into any page.
    ///
    /// Boxes are coloured by type; what is missing is dashed and red, edges on cycles are orange. The same graph gives the
    /// same bytes. Meant for some hundred nodes; more are drawn in linear time, but who would read that.
    pub fn to_svg(&self, title: &str) -> String {
        let mut sheet = Sheet::new(self);
        crossing::reduce(&mut sheet);
        let heights = height::assign(&sheet);
        paint::paint(self, &sheet, &heights, title)
    }
}
