//! Regular expressions by sets of states (Thompson's construction): counts the matches, at every position, of three patterns
//! in a text of n characters.

enum Node {
    Char(u8),
    Any,
    Split(usize, usize),
    Match,
}

/// Patterns of characters, `.`, groups, `|`, `*`, `+`, `?`.
struct Parser<'a> {
    pattern: &'a [u8],
    at: usize,
    nodes: Vec<Node>,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.pattern.get(self.at).copied()
    }

    fn push(&mut self, node: Node) -> usize {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    /// Code falls through to what is pushed next.
    fn alternatives(&mut self) {
        let start = self.nodes.len();
        self.sequence();
        if self.peek() != Some(b'|') {
            return;
        }
        self.at += 1;
        // Behind the first branch a jump; before it a split.
        self.nodes.insert(start, Node::Split(0, 0));
        self.shift(start + 1, start, 1);
        let jump = self.push(Node::Split(0, 0));
        self.nodes[start] = Node::Split(start + 1, jump + 1);
        self.alternatives();
        let end = self.nodes.len();
        self.nodes[jump] = Node::Split(end, end);
    }

    fn sequence(&mut self) {
        while let Some(c) = self.peek() {
            if c == b'|' || c == b')' {
                return;
            }
            self.at += 1;
            let start = self.nodes.len();
            match c {
                b'(' => {
                    self.alternatives();
                    self.at += 1;
                }
                b'.' => {
                    self.push(Node::Any);
                }
                _ => {
                    self.push(Node::Char(c));
                }
            }
            self.repeat(start);
        }
    }

    fn repeat(&mut self, start: usize) {
        match self.peek() {
            Some(b'+') => {
                let end = self.nodes.len();
                self.push(Node::Split(start, end + 1));
            }
            Some(c @ (b'*' | b'?')) => {
                self.nodes.insert(start, Node::Split(0, 0));
                self.shift(start + 1, start, 1);
                if c == b'*' {
                    self.push(Node::Split(start, start));
                }
                let end = self.nodes.len();
                self.nodes[start] = Node::Split(start + 1, end);
            }
            _ => return,
        }
        self.at += 1;
    }

    /// Targets at or behind `from` move, in the nodes from `first` on.
    fn shift(&mut self, first: usize, from: usize, by: usize) {
        for node in &mut self.nodes[first..] {
            if let Node::Split(a, b) = node {
                for target in [a, b] {
                    if *target >= from {
                        *target += by;
                    }
                }
            }
        }
    }
}

fn compile(pattern: &str) -> Vec<Node> {
    let mut parser = Parser { pattern: pattern.as_bytes(), at: 0, nodes: Vec::new() };
    parser.alternatives();
    parser.push(Node::Match);
    parser.nodes
}

/// Adds a state and what it reaches without a character.
fn add(nodes: &[Node], set: &mut Vec<usize>, seen: &mut [bool], state: usize) {
    if seen[state] {
        return;
    }
    seen[state] = true;
    match nodes[state] {
        Node::Split(a, b) => {
            add(nodes, set, seen, a);
            add(nodes, set, seen, b);
        }
        _ => set.push(state),
    }
}

/// Length of the longest match at the start of the text.
fn longest(nodes: &[Node], text: &[u8]) -> Option<usize> {
    let mut seen = vec![false; nodes.len()];
    let mut set = Vec::new();
    add(nodes, &mut set, &mut seen, 0);
    let mut best = None;
    for i in 0.. {
        if set.iter().any(|&state| matches!(nodes[state], Node::Match)) {
            best = Some(i);
        }
        if set.is_empty() || i == text.len() {
            return best;
        }
        seen.iter_mut().for_each(|flag| *flag = false);
        let mut next = Vec::new();
        for &state in &set {
            match nodes[state] {
                Node::Any => add(nodes, &mut next, &mut seen, state + 1),
                Node::Char(c) if c == text[i] => add(nodes, &mut next, &mut seen, state + 1),
                _ => {}
            }
        }
        set = next;
    }
    best
}

#[no_mangle]
pub extern "C" fn run(n: u32) -> u64 {
    let mut state = 5u32;
    let text: Vec<u8> = (0..n)
        .map(|_| {
            state = state.wrapping_mul(1664525).wrapping_add(1013904223);
            b"abcabd e"[(state >> 20) as usize & 7]
        })
        .collect();
    let mut result = 0u64;
    for pattern in ["a(b|c)+d?", "(ab|a.a)*b", "c(a|b|d)?.e"] {
        let nodes = compile(pattern);
        let (mut count, mut total) = (0u64, 0u64);
        for start in 0..text.len() {
            if let Some(length) = longest(&nodes, &text[start..]) {
                count += 1;
                total += length as u64;
            }
        }
        result = result * 1_000_003 + count * 1009 + total;
    }
    result
}
