//! Layers: what can be installed side by side.

use crate::DependencyGraph;
use crate::order::sort;

impl DependencyGraph {
    /// The nodes by the length of the longest chain of dependencies below them, each layer by rank and id.
    ///
    /// Layer 0 needs nothing; a node's dependencies are all in lower layers, so the nodes of one layer can be installed in
    /// parallel. Nodes that need each other share a layer and count as one.
    pub fn layers(&self) -> Vec<Vec<&str>> {
        let numbers = self.layer_numbers();
        let mut layers: Vec<Vec<&str>> = Vec::new();
        for (node, &layer) in self.adjacency.nodes().zip(&numbers) {
            let layer = layer as usize;
            if layers.len() <= layer {
                layers.resize(layer + 1, Vec::new());
            }
            layers[layer].push(self.id(node));
        }
        layers
    }

    /// The length of the longest chain of dependencies below `id`, in edges.
    pub fn depth(&self, id: &str) -> Option<usize> {
        let number = self.number(id)?;
        Some(self.layer_numbers()[number as usize] as usize)
    }

    /// The layer of every node.
    pub(crate) fn layer_numbers(&self) -> Vec<u32> {
        let order = sort(&self.adjacency);
        if order.len() == self.node_count() {
            self.rise(order.iter().map(std::slice::from_ref))
        } else {
            let components = self.components();
            self.rise(components.iter().map(Vec::as_slice))
        }
    }

    /// Puts each group on top of what it needs; groups come after those they need.
    fn rise<'a>(&self, groups: impl Iterator<Item = &'a [u32]>) -> Vec<u32> {
        const UNSET: u32 = u32::MAX;
        let mut layers = vec![UNSET; self.node_count()];
        for group in groups {
            let layer = group
                .iter()
                .flat_map(|&node| self.adjacency.dependencies(node))
                .map(|&dependency| layers[dependency as usize])
                .filter(|&below| below != UNSET)
                .map(|below| below + 1)
                .max()
                .unwrap_or(0);
            for &node in group {
                layers[node as usize] = layer;
            }
        }
        layers
    }
}
