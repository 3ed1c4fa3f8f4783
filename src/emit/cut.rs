//! A directed graph without cycles → the cheapest nodes whose removal parts sources from sinks.
//!
//! Flow with augmenting paths on nodes split in two; graphs have some fifty nodes and flows are small. Of the cheapest
//! cuts it is the one nearest to the sources.

/// More than any cut that is wanted.
const INFINITE: u32 = 1000;

/// A graph whose nodes have costs; a node of no cost given cannot be in the cut.
pub struct Graph {
    /// The edges of each half of a node: to where, and what is left. Node `n` comes in at `2n` and leaves at `2n + 1`.
    edges: Vec<Vec<(usize, u32)>>,
}

impl Graph {
    /// Nodes with what it costs to cut them; `None` for what cannot be cut.
    pub fn new(costs: &[Option<u32>]) -> Graph {
        let mut graph = Graph { edges: vec![Vec::new(); 2 * costs.len() + 2] };
        for (node, cost) in costs.iter().enumerate() {
            graph.join(2 * node, 2 * node + 1, cost.unwrap_or(INFINITE));
        }
        graph
    }

    /// An edge from one node to another.
    pub fn edge(&mut self, from: usize, to: usize) {
        self.join(2 * from + 1, 2 * to, INFINITE);
    }

    /// The nodes to cut, ascending; `None` where nothing that can be cut parts them.
    pub fn cut(mut self, sources: &[usize], sinks: &[usize]) -> Option<Vec<usize>> {
        let (source, sink) = (self.edges.len() - 2, self.edges.len() - 1);
        sources.iter().for_each(|node| self.join(source, 2 * node, INFINITE));
        sinks.iter().for_each(|node| self.join(2 * node + 1, sink, INFINITE));
        let mut flow = 0;
        loop {
            let reached = self.reached(source);
            let Some(path) = path(&reached, source, sink) else {
                let inside = |place: usize| reached[place].is_some();
                let nodes = (0..source / 2).filter(|node| inside(2 * node) && !inside(2 * node + 1));
                return (flow < INFINITE).then(|| nodes.collect());
            };
            let pushed = path.iter().map(|&(from, to)| self.left(from, to)).min().expect("a path has edges");
            for (from, to) in path {
                self.add(from, to, |left| left - pushed);
                self.add(to, from, |left| left + pushed);
            }
            flow += pushed;
            if flow >= INFINITE {
                return None;
            }
        }
    }

    fn join(&mut self, from: usize, to: usize, capacity: u32) {
        self.edges[from].push((to, capacity));
        self.edges[to].push((from, 0));
    }

    fn left(&self, from: usize, to: usize) -> u32 {
        self.edges[from].iter().filter(|edge| edge.0 == to).map(|edge| edge.1).max().unwrap_or(0)
    }

    fn add(&mut self, from: usize, to: usize, change: impl Fn(u32) -> u32) {
        let edge = self.edges[from].iter_mut().filter(|edge| edge.0 == to).max_by_key(|edge| edge.1);
        let edge = edge.expect("an edge has its reverse");
        edge.1 = change(edge.1);
    }

    /// From where each place was reached first, breadth first, over edges with something left.
    fn reached(&self, source: usize) -> Vec<Option<usize>> {
        let mut from = vec![None; self.edges.len()];
        from[source] = Some(source);
        let mut open = std::collections::VecDeque::from([source]);
        while let Some(place) = open.pop_front() {
            for &(next, left) in &self.edges[place] {
                if left > 0 && from[next].is_none() {
                    from[next] = Some(place);
                    open.push_back(next);
                }
            }
        }
        from
    }
}

fn path(from: &[Option<usize>], source: usize, sink: usize) -> Option<Vec<(usize, usize)>> {
    let mut path = Vec::new();
    let mut place = sink;
    while place != source {
        let before = from[place]?;
        path.push((before, place));
        place = before;
    }
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 0 → 1, 2 → 3 → 4: the neck is 3, and it is cheaper than what goes into it.
    #[test]
    fn the_neck_is_cut() {
        let make = |costs: [Option<u32>; 5]| {
            let mut graph = Graph::new(&costs);
            [(0, 1), (0, 2), (1, 3), (2, 3), (3, 4)].iter().for_each(|&(from, to)| graph.edge(from, to));
            graph
        };
        let one = Some(1);
        assert_eq!(make([None, one, one, one, None]).cut(&[0], &[4]), Some(vec![3]));
        assert_eq!(make([None, one, one, Some(3), None]).cut(&[0], &[4]), Some(vec![1, 2]));
        assert_eq!(make([one, one, one, one, one]).cut(&[0], &[4]), Some(vec![0]));
        assert_eq!(make([None, one, one, one, None]).cut(&[1, 2], &[4]), Some(vec![3]));
        assert_eq!(make([None, one, None, None, None]).cut(&[0], &[4]), None);
        assert_eq!(make([one, one, one, one, one]).cut(&[4], &[0]), Some(vec![]));
    }

    /// A node that is both must itself be cut.
    #[test]
    fn a_source_that_is_a_sink_is_cut() {
        let mut graph = Graph::new(&[Some(1), Some(1)]);
        graph.edge(0, 1);
        assert_eq!(graph.cut(&[0, 1], &[1]), Some(vec![1]));
    }
}
