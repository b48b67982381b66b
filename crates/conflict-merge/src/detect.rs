//! Which incoming artifacts meet existing ones.

use std::collections::HashMap;
use std::sync::Arc;

use installhub_artifact::ArtifactType;

use crate::FoldedName;

/// An incoming artifact, as far as detection needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Its type; only artifacts of one type meet.
    pub artifact_type: ArtifactType,
    /// Its id in the package.
    pub id: String,
    /// Its name in the package; for database objects the qualified name.
    pub name: String,
    /// The id in the target under which an earlier version of the same package installed it, if one did.
    pub installed_as: Option<String>,
}

/// An artifact that the target holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Existing {
    /// Its type.
    pub artifact_type: ArtifactType,
    /// Its id in the target.
    pub id: String,
    /// Its name in the target.
    pub name: String,
}

/// What an incoming artifact meets in the target. Nothing is guessed: where more than one pairing is possible the
/// value says so and names everyone concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Match<'a> {
    /// Nothing: it will be created.
    New,
    /// What an earlier version of the package installed, whatever it is called today.
    Installed(&'a Existing),
    /// The only existing artifact of its type with its name.
    SameName(&'a Existing),
    /// Several existing artifacts of its type with its name, in the order given.
    Ambiguous(Arc<[&'a Existing]>),
    /// One existing artifact that other incoming artifacts claim as well; writing both would lose one.
    Contested {
        /// What is claimed.
        existing: &'a Existing,
        /// The incoming ids that claim it, this one included, in the order given.
        claimants: Arc<[&'a str]>,
    },
}

impl<'a> Match<'a> {
    /// The existing artifact, where there is exactly one and nobody else claims it.
    pub fn existing(&self) -> Option<&'a Existing> {
        match self {
            Self::Installed(existing) | Self::SameName(existing) => Some(existing),
            Self::New | Self::Ambiguous(_) | Self::Contested { .. } => None,
        }
    }
}

/// Finds what each incoming artifact meets (import, Conflicts): one value for each candidate, in the same order.
///
/// What an earlier version of the package installed is the same artifact even if it was renamed; otherwise the same
/// type and the same name without regard to case ([`FoldedName`]) meet. An installed artifact that is gone from
/// `existing` is looked for by name. If several candidates arrive at one existing artifact, the one that installed it
/// keeps it and the others are [`Match::Contested`]; if none or several did, all of them are. Takes time linear in the
/// number of candidates and existing artifacts.
pub fn detect<'a>(incoming: &'a [Candidate], existing: &'a [Existing]) -> Vec<Match<'a>> {
    let index = Index::new(existing);
    let mut matches: Vec<Match<'a>> = incoming
        .iter()
        .map(|candidate| index.find(candidate))
        .collect();
    contest(incoming, &mut matches);
    matches
}

struct Index<'a> {
    by_id: HashMap<(ArtifactType, &'a str), &'a Existing>,
    by_name: HashMap<(ArtifactType, FoldedName), Arc<[&'a Existing]>>,
}

impl<'a> Index<'a> {
    fn new(existing: &'a [Existing]) -> Self {
        let mut by_id = HashMap::with_capacity(existing.len());
        let mut by_name: HashMap<_, Vec<&Existing>> = HashMap::with_capacity(existing.len());
        for artifact in existing {
            by_id
                .entry((artifact.artifact_type, artifact.id.as_str()))
                .or_insert(artifact);
            by_name
                .entry((artifact.artifact_type, FoldedName::of(&artifact.name)))
                .or_default()
                .push(artifact);
        }
        let by_name = by_name
            .into_iter()
            .map(|(name, all)| (name, all.into()))
            .collect();
        Self { by_id, by_name }
    }

    fn find(&self, candidate: &Candidate) -> Match<'a> {
        let artifact_type = candidate.artifact_type;
        if let Some(id) = &candidate.installed_as
            && let Some(installed) = self.by_id.get(&(artifact_type, id.as_str()))
        {
            return Match::Installed(installed);
        }
        match self
            .by_name
            .get(&(artifact_type, FoldedName::of(&candidate.name)))
        {
            None => Match::New,
            Some(all) => match all[..] {
                [only] => Match::SameName(only),
                _ => Match::Ambiguous(Arc::clone(all)),
            },
        }
    }
}

/// Who arrives at one existing artifact.
#[derive(Default)]
struct Claims {
    installed: Vec<usize>,
    by_name: Vec<usize>,
}

/// Turns every pairing that is not exclusive into [`Match::Contested`].
fn contest<'a>(incoming: &'a [Candidate], matches: &mut [Match<'a>]) {
    let mut claims: HashMap<(ArtifactType, &'a str), (&'a Existing, Claims)> = HashMap::new();
    for (position, found) in matches.iter().enumerate() {
        let Some(existing) = found.existing() else {
            continue;
        };
        let (_, claim) = claims
            .entry((existing.artifact_type, existing.id.as_str()))
            .or_insert_with(|| (existing, Claims::default()));
        match found {
            Match::Installed(_) => claim.installed.push(position),
            _ => claim.by_name.push(position),
        }
    }
    for (existing, Claims { installed, by_name }) in claims.into_values() {
        if installed.len() + by_name.len() < 2 {
            continue;
        }
        let mut all: Vec<usize> = installed.iter().chain(&by_name).copied().collect();
        all.sort_unstable();
        let claimants: Arc<[&str]> = all
            .iter()
            .map(|&position| incoming[position].id.as_str())
            .collect();
        let losers = if installed.len() == 1 { by_name } else { all };
        for position in losers {
            matches[position] = Match::Contested {
                existing,
                claimants: Arc::clone(&claimants),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn incoming(id: &str, name: &str, installed_as: Option<&str>) -> Candidate {
        Candidate {
            artifact_type: ArtifactType::AtlasForm,
            id: id.to_owned(),
            name: name.to_owned(),
            installed_as: installed_as.map(str::to_owned),
        }
    }

    fn existing(id: &str, name: &str) -> Existing {
        Existing {
            artifact_type: ArtifactType::AtlasForm,
            id: id.to_owned(),
            name: name.to_owned(),
        }
    }

    /// `found` in a form that a table can hold.
    fn told(found: &Match<'_>) -> String {
        match found {
            Match::New => "new".to_owned(),
            Match::Installed(existing) => format!("installed {}", existing.id),
            Match::SameName(existing) => format!("same name {}", existing.id),
            Match::Ambiguous(all) => {
                let ids: Vec<&str> = all.iter().map(|existing| existing.id.as_str()).collect();
                format!("ambiguous {}", ids.join(" "))
            }
            Match::Contested {
                existing,
                claimants,
            } => {
                format!("contested {} by {}", existing.id, claimants.join(" "))
            }
        }
    }

    fn told_all(candidates: &[Candidate], target: &[Existing]) -> Vec<String> {
        detect(candidates, target).iter().map(told).collect()
    }

    #[test]
    fn an_installed_artifact_is_the_same_even_if_renamed() {
        let target = [existing("t1", "Renamed"), existing("t2", "Order")];
        let candidates = [
            incoming("a", "Order", Some("t1")),
            incoming("b", "ORDER", None),
            incoming("c", "Other", Some("gone")),
        ];
        assert_eq!(
            told_all(&candidates, &target),
            ["installed t1", "same name t2", "new"]
        );
    }

    #[test]
    fn an_installed_artifact_that_is_gone_is_looked_for_by_name() {
        let target = [existing("t2", "order")];
        assert_eq!(
            told_all(&[incoming("a", "Order", Some("t1"))], &target),
            ["same name t2"]
        );
    }

    #[test]
    fn types_do_not_meet() {
        let mut rule = existing("t1", "Order");
        rule.artifact_type = ArtifactType::RuleSet;
        assert_eq!(
            told_all(&[incoming("a", "Order", Some("t1"))], &[rule]),
            ["new"]
        );
    }

    #[test]
    fn several_of_one_name_are_listed_and_none_is_chosen() {
        let target = [
            existing("t1", "Order"),
            existing("t2", "ORDER"),
            existing("t3", "Offer"),
        ];
        assert_eq!(
            told_all(&[incoming("a", "order", None)], &target),
            ["ambiguous t1 t2"]
        );
    }

    #[test]
    fn one_artifact_is_never_given_to_two() {
        let target = [existing("t1", "Order")];
        let twins = [incoming("a", "Order", None), incoming("b", "order", None)];
        assert_eq!(told_all(&twins, &target), ["contested t1 by a b"; 2]);

        let owner_and_newcomer = [
            incoming("b", "order", None),
            incoming("a", "Old name", Some("t1")),
        ];
        assert_eq!(
            told_all(&owner_and_newcomer, &target),
            ["contested t1 by b a", "installed t1"]
        );

        let owners = [
            incoming("a", "x", Some("t1")),
            incoming("b", "y", Some("t1")),
        ];
        assert_eq!(told_all(&owners, &target), ["contested t1 by a b"; 2]);
    }

    /// A quadratic step anywhere would make this run for minutes.
    #[test]
    fn a_hundred_thousand_artifacts_are_no_burden() {
        let many = 100_000;
        let target: Vec<Existing> = (0..many)
            .map(|i| existing(&format!("t{i}"), &format!("Name {}", i % (many / 2))))
            .collect();
        let candidates: Vec<Candidate> = (0..many)
            .map(|i| match i % 3 {
                0 => incoming(&format!("a{i}"), "Name 1", None),
                1 => incoming(&format!("a{i}"), "x", Some("t1")),
                _ => incoming(
                    &format!("a{i}"),
                    &format!("NAME {i}"),
                    Some(&format!("t{i}")),
                ),
            })
            .collect();
        let found = detect(&candidates, &target);
        assert_eq!(told(&found[0]), "ambiguous t1 t50001");
        assert!(
            matches!(&found[1], Match::Contested { claimants, .. } if claimants.len() == 33_333)
        );
        assert_eq!(told(&found[2]), "installed t2");
    }
}
