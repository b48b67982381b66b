//! What becomes of files that claim one id.

use std::collections::HashMap;

use installhub_checksum::Digest;

use crate::options::OnDuplicateId;

/// A file that claims an id.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Claim<'c> {
    pub(crate) id: &'c str,
    /// Of everything the file says.
    pub(crate) digest: Digest,
}

/// What becomes of a claim. Indices are those of the claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It has the id.
    Kept,
    /// It says the same as an earlier one and is left out.
    SameAs(usize),
    /// It says something else than the first and has to take another id.
    Renamed { first: usize },
    /// It says something else than the first, which is an error.
    Refused { first: usize },
}

/// Judges claims in their order.
pub(crate) fn judge(claims: &[Claim<'_>], rule: OnDuplicateId) -> Vec<Verdict> {
    let mut holders: HashMap<&str, Vec<usize>> = HashMap::with_capacity(claims.len());
    let mut verdicts = Vec::with_capacity(claims.len());
    for (at, claim) in claims.iter().enumerate() {
        let earlier = holders.entry(claim.id).or_default();
        let same = earlier
            .iter()
            .find(|other| claims[**other].digest == claim.digest);
        let verdict = match (same, earlier.first()) {
            (Some(same), _) => Verdict::SameAs(*same),
            (None, None) => Verdict::Kept,
            (None, Some(&first)) => match rule {
                OnDuplicateId::Refuse => Verdict::Refused { first },
                OnDuplicateId::Rename => Verdict::Renamed { first },
            },
        };
        if !matches!(verdict, Verdict::SameAs(_)) {
            earlier.push(at);
        }
        verdicts.push(verdict);
    }
    verdicts
}

#[cfg(test)]
mod tests {
    use super::Verdict::{Kept, Refused, Renamed, SameAs};
    use super::*;

    #[test]
    fn equal_content_is_taken_once_and_other_content_refused_or_renamed() {
        let claim = |id, content: &str| Claim {
            id,
            digest: Digest::of(content.as_bytes()),
        };
        let claims = [
            claim("a", "1"),
            claim("b", "1"),
            claim("a", "1"),
            claim("a", "2"),
            claim("a", "2"),
            claim("a", "3"),
        ];
        assert_eq!(
            judge(&claims, OnDuplicateId::Rename),
            [
                Kept,
                Kept,
                SameAs(0),
                Renamed { first: 0 },
                SameAs(3),
                Renamed { first: 0 }
            ]
        );
        assert_eq!(
            judge(&claims, OnDuplicateId::Refuse)[3..],
            [Refused { first: 0 }, SameAs(3), Refused { first: 0 }]
        );
    }
}
