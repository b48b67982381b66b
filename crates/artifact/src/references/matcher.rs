//! Recognizes the places of a document that name something, whatever the document comes from: one of the trees, or bytes being read.
//!
//! All paths of a type are followed at once. A position in them is a bit of a set; each step into a value gives the set of positions
//! that the value is at, and an empty set means that nothing below it matters.

use crate::catalogue::{ArtifactType, Category, ReferenceForm};
use crate::references::{ReferenceKind, expression};
use crate::tree::{Scalar, Token};

/// A reference as it is found, nothing copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sighting<'s> {
    /// The value that holds the id, or the text that holds the expression (RFC 6901).
    pub pointer: &'s str,
    /// The type the place asks for, see [`Reference`](crate::Reference).
    pub target: Option<ArtifactType>,
    /// The id that is named; of a JSON number, the lexeme.
    pub id: &'s str,
    /// How it is named.
    pub kind: ReferenceKind,
}

/// What is found.
pub(crate) trait Finder {
    fn reference(&mut self, sighting: Sighting<'_>);
    /// A top-level member of [`Matcher::with_members`].
    fn member(&mut self, _: &'static str, _: &str) {}
}

/// One position of a path: what has to come next.
#[derive(Clone, Copy)]
enum Position {
    Member(&'static str),
    Each,
    End(Role),
}

/// What a value at the end of a path is.
#[derive(Clone, Copy)]
enum Role {
    Id(Option<ArtifactType>, ReferenceKind),
    Expression(ArtifactType),
    DeclaredId,
    DeclaredType,
    Member(&'static str),
}

/// Bits of positions.
type Set = u64;

pub(crate) struct Matcher<F> {
    positions: Vec<Position>,
    /// The positions that elements of arrays can go on from.
    lists: Set,
    /// The positions of the value that comes next.
    next: Set,
    /// For each container around it, its own positions and how long its pointer is.
    open: Vec<(Set, usize)>,
    /// The pointer of the value that comes next, while it matters.
    pointer: String,
    /// The positions of an entry of `references`.
    entry: Set,
    /// What the entry being read has said.
    declared: Declared,
    pub(crate) finder: F,
}

#[derive(Default)]
struct Declared {
    target: Option<ArtifactType>,
    id: Option<(String, String)>,
}

impl<F: Finder> Matcher<F> {
    pub(crate) fn new(artifact_type: ArtifactType, finder: F) -> Self {
        Self::with_members(artifact_type, &[], finder)
    }

    /// Also finds what the document's own `members` say.
    pub(crate) fn with_members(
        artifact_type: ArtifactType,
        members: &[&'static str],
        finder: F,
    ) -> Self {
        let spec = artifact_type.spec();
        let mut matcher = Self {
            positions: Vec::new(),
            lists: 0,
            next: 0,
            open: Vec::new(),
            pointer: String::new(),
            entry: 0,
            declared: Declared::default(),
            finder,
        };
        for field in spec.references {
            matcher.add(
                field.path,
                match field.form {
                    ReferenceForm::Id => Role::Id(Some(field.target), ReferenceKind::Field),
                    ReferenceForm::Expression => Role::Expression(field.target),
                },
            );
        }
        for (path, role) in [
            ("references[].type", Role::DeclaredType),
            ("references[].id", Role::DeclaredId),
        ] {
            let start = matcher.add(path, role);
            matcher.entry |= start << 2;
        }
        if spec.category == Category::System {
            matcher.add("dependsOn[]", Role::Id(None, ReferenceKind::DependsOn));
        }
        for member in members {
            matcher.add(member, Role::Member(member));
        }
        matcher
    }

    /// Adds a path, and gives the bit of its first position.
    fn add(&mut self, path: &'static str, role: Role) -> Set {
        let start = 1 << self.positions.len();
        for step in path.split('.') {
            self.positions
                .push(Position::Member(step.strip_suffix("[]").unwrap_or(step)));
            if step.ends_with("[]") {
                self.lists |= 1 << self.positions.len();
                self.positions.push(Position::Each);
            }
        }
        if matches!(role, Role::Expression(_)) {
            self.lists |= 1 << self.positions.len();
        }
        self.positions.push(Position::End(role));
        self.next |= start;
        start
    }

    /// Steps into a child of the innermost open container. Gives whether anything at or below it matters; if not, it must be left out.
    pub(crate) fn child(&mut self, token: Token<'_>) -> bool {
        let Some((set, length)) = self.open.last().copied() else {
            return false;
        };
        self.next = 0;
        // Most elements are of arrays that nobody asked for.
        let set = if matches!(token, Token::Index(_)) {
            set & self.lists
        } else {
            set
        };
        for (at, position) in positions(&self.positions, set) {
            self.next |= match (position, token) {
                (Position::Member(name), Token::Key(key)) if name == key => 2 << at,
                (Position::Each, _) => 2 << at,
                // Any text inside a structured condition can be an expression.
                (Position::End(Role::Expression(_)), _) => 1 << at,
                _ => 0,
            };
        }
        if self.next != 0 {
            self.pointer.truncate(length);
            token.push_to(&mut self.pointer);
        }
        self.next != 0
    }

    /// The value that was stepped into is a container.
    pub(crate) fn open(&mut self) {
        if self.next & self.entry != 0 {
            self.declared = Declared::default();
        }
        self.open.push((self.next, self.pointer.len()));
    }

    /// The innermost open container ends.
    pub(crate) fn close(&mut self) {
        let Some((set, _)) = self.open.pop() else {
            return;
        };
        if set & self.entry != 0
            && let Some((pointer, id)) = self.declared.id.take()
        {
            let target = self.declared.target;
            self.finder.reference(Sighting {
                pointer: &pointer,
                target,
                id: &id,
                kind: ReferenceKind::Declared,
            });
        }
    }

    /// The value that was stepped into is no container.
    pub(crate) fn scalar(&mut self, value: Scalar<'_>) {
        let (said, is_text) = match value {
            Scalar::Text(text) => (text, true),
            Scalar::Number(lexeme) => (lexeme, false),
            Scalar::Other => return,
        };
        if said.trim().is_empty() {
            return;
        }
        let pointer = self.pointer.as_str();
        for (_, position) in positions(&self.positions, self.next) {
            let Position::End(role) = position else {
                continue;
            };
            match role {
                Role::Id(target, kind) => self.finder.reference(Sighting {
                    pointer,
                    target,
                    id: said,
                    kind,
                }),
                Role::Expression(target) if is_text => {
                    for range in expression::entity_ids(said) {
                        let kind = ReferenceKind::Expression;
                        self.finder.reference(Sighting {
                            pointer,
                            target: Some(target),
                            id: &said[range],
                            kind,
                        });
                    }
                }
                Role::DeclaredId => self.declared.id = Some((pointer.to_owned(), said.to_owned())),
                Role::DeclaredType if is_text => self.declared.target = said.parse().ok(),
                Role::Member(name) => self.finder.member(name, said),
                Role::Expression(_) | Role::DeclaredType => {}
            }
        }
    }
}

/// The positions in `set`.
fn positions(all: &[Position], mut set: Set) -> impl Iterator<Item = (u32, Position)> {
    std::iter::from_fn(move || {
        let at = set.trailing_zeros();
        let position = all.get(at as usize)?;
        set &= set - 1;
        Some((at, *position))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Nobody;

    impl Finder for Nobody {
        fn reference(&mut self, _: Sighting<'_>) {}
    }

    #[test]
    fn the_positions_of_every_type_fit_a_set() {
        for artifact_type in ArtifactType::ALL {
            let matcher = Matcher::with_members(artifact_type, crate::inspect::MEMBERS, Nobody);
            assert!(
                matcher.positions.len() < 64,
                "{artifact_type}: {}",
                matcher.positions.len()
            );
        }
    }
}
