//! Reading and making trees without recursion.

use super::{Pair, Tree};
use crate::leaf::Value;

/// One step of a walk over a tree.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Event<'a> {
    /// A map begins.
    OpenMap,
    /// A list begins.
    OpenList,
    /// The key of an entry; its value follows.
    Key(&'a [u8]),
    /// A comment between the entries of a map.
    Comment { text: &'a [u8], inline: bool },
    /// A value, or a comment in a list.
    Leaf(&'a Value),
    /// The innermost map or list ends.
    Close,
}

enum Todo<'a> {
    Tree(&'a Tree),
    Pairs(std::slice::Iter<'a, Pair>),
    Items(std::slice::Iter<'a, Tree>),
}

/// The walk over a tree, depth first.
pub(crate) struct Walk<'a> {
    todo: Vec<Todo<'a>>,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(tree: &'a Tree) -> Self {
        Self { todo: vec![Todo::Tree(tree)] }
    }
}

impl<'a> Iterator for Walk<'a> {
    type Item = Event<'a>;

    fn next(&mut self) -> Option<Event<'a>> {
        let tree = match self.todo.last_mut()? {
            Todo::Tree(tree) => {
                let tree = *tree;
                self.todo.pop();
                tree
            }
            Todo::Pairs(pairs) => match pairs.next() {
                Some(Pair::Entry(key, tree)) => {
                    self.todo.push(Todo::Tree(tree));
                    return Some(Event::Key(key));
                }
                Some(Pair::Comment { text, inline }) => {
                    return Some(Event::Comment { text, inline: *inline });
                }
                None => {
                    self.todo.pop();
                    return Some(Event::Close);
                }
            },
            Todo::Items(items) => match items.next() {
                Some(tree) => tree,
                None => {
                    self.todo.pop();
                    return Some(Event::Close);
                }
            },
        };
        Some(match tree {
            Tree::Map(pairs) => {
                self.todo.push(Todo::Pairs(pairs.iter()));
                Event::OpenMap
            }
            Tree::List(items) => {
                self.todo.push(Todo::Items(items.iter()));
                Event::OpenList
            }
            Tree::Leaf(value) => Event::Leaf(value),
        })
    }
}

/// Makes a tree of the events that a [`Walk`] over it would give.
#[derive(Default)]
pub(crate) struct Builder {
    open: Vec<(Tree, Option<Vec<u8>>)>,
    key: Option<Vec<u8>>,
    done: Option<Tree>,
}

impl Builder {
    /// The key of the next value, which must stand in a map.
    pub(crate) fn key(&mut self, key: Vec<u8>) {
        self.key = Some(key);
    }

    pub(crate) fn open_map(&mut self) {
        self.open.push((Tree::Map(Vec::new()), self.key.take()));
    }

    pub(crate) fn open_list(&mut self) {
        self.open.push((Tree::List(Vec::new()), self.key.take()));
    }

    pub(crate) fn leaf(&mut self, value: Value) {
        self.add(Tree::Leaf(value));
    }

    /// A comment between entries; in a list it becomes an item.
    pub(crate) fn comment(&mut self, text: Vec<u8>, inline: bool) {
        match self.open.last_mut() {
            Some((Tree::Map(pairs), _)) => pairs.push(Pair::Comment { text, inline }),
            _ => self.leaf(Value::Comment(text)),
        }
    }

    /// Ends the innermost map or list.
    pub(crate) fn close(&mut self) {
        if let Some((tree, key)) = self.open.pop() {
            self.key = key;
            self.add(tree);
        }
    }

    /// Adds a whole tree as the next value.
    pub(crate) fn add(&mut self, tree: Tree) {
        let key = self.key.take();
        match self.open.last_mut() {
            Some((Tree::Map(pairs), _)) => pairs.push(Pair::Entry(key.unwrap_or_default(), tree)),
            Some((Tree::List(items), _)) => items.push(tree),
            _ => self.done = Some(tree),
        }
    }

    pub(crate) fn event(&mut self, event: Event<'_>) {
        match event {
            Event::OpenMap => self.open_map(),
            Event::OpenList => self.open_list(),
            Event::Key(key) => self.key(key.to_vec()),
            Event::Comment { text, inline } => self.comment(text.to_vec(), inline),
            Event::Leaf(value) => self.leaf(value.clone()),
            Event::Close => self.close(),
        }
    }

    /// Whether nothing is open.
    pub(crate) fn is_closed(&self) -> bool {
        self.open.is_empty()
    }

    /// The tree; what is still open is closed. Nothing at all makes an empty map.
    pub(crate) fn finish(mut self) -> Tree {
        while !self.is_closed() {
            self.close();
        }
        self.done.unwrap_or(Tree::Map(Vec::new()))
    }
}

/// Whether two trees are equal to sops: same order, and each value of the same type
/// (command line §7.5). Whether a comment stands inline does not matter.
pub(crate) fn same(one: &Tree, other: &Tree) -> bool {
    let mut others = Walk::new(other);
    for event in Walk::new(one) {
        let equal = match (event, others.next()) {
            (Event::OpenMap, Some(Event::OpenMap))
            | (Event::OpenList, Some(Event::OpenList))
            | (Event::Close, Some(Event::Close)) => true,
            (Event::Key(a), Some(Event::Key(b))) => a == b,
            (Event::Comment { text: a, .. }, Some(Event::Comment { text: b, .. })) => a == b,
            (Event::Leaf(a), Some(Event::Leaf(b))) => same_value(a, b),
            _ => false,
        };
        if !equal {
            return false;
        }
    }
    true
}

fn same_value(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::Float(a), Value::Float(b)) => a == b,
        (Value::BigInt(a), Value::BigInt(b)) | (Value::Time(a), Value::Time(b)) => a == b,
        (Value::Str(a), Value::Str(b)) | (Value::Comment(a), Value::Comment(b)) => a == b,
        _ => false,
    }
}
