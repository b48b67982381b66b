//! The secrets of sessions and tokens: how they are made, written and recognised.
//!
//! A secret is base64url (no padding) over 16 bytes tenant, 16 bytes id and 32 random bytes, so that looking it up is a scoped
//! read of one row. What is stored is the SHA-256 of the written form; a token's written form begins with `ihub_`, so that
//! scanners recognise one that has leaked.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use installhub_checksum::Digest;
use installhub_kernel::TenantId;
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use crate::SecretSource;

/// What a request shows to be let in.
#[derive(Clone, Copy)]
pub enum Credential<'a> {
    /// The token of `Authorization: Bearer`.
    Bearer(&'a str),
    /// The cookie of a browser.
    Session {
        /// The cookie's value.
        cookie: &'a str,
        /// The value of the CSRF header, if there is one.
        csrf: Option<&'a str>,
        /// Whether the request may change something, so that the CSRF header must be there.
        needs_csrf: bool,
    },
}

impl fmt::Debug for Credential<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bearer(_) => "Bearer(..)",
            Self::Session { .. } => "Session { .. }",
        })
    }
}

/// What tokens begin with.
const TOKEN_PREFIX: &str = "ihub_";

const CSRF_LABEL: &[u8] = b"installhub csrf token v1\0";

const ID_BYTES: usize = 16;
const RANDOM_BYTES: usize = 32;
const SECRET_BYTES: usize = 2 * ID_BYTES + RANDOM_BYTES;

/// The secret of a session or token, in its written form.
pub(crate) struct Secret {
    pub(crate) tenant: TenantId,
    pub(crate) id: Uuid,
    written: String,
}

impl Secret {
    /// A fresh secret of a session.
    pub(crate) fn of_session(tenant: TenantId, id: Uuid, random: &dyn SecretSource) -> Self {
        Self::fresh("", tenant, id, random)
    }

    /// A fresh secret of a token.
    pub(crate) fn of_token(tenant: TenantId, id: Uuid, random: &dyn SecretSource) -> Self {
        Self::fresh(TOKEN_PREFIX, tenant, id, random)
    }

    fn fresh(prefix: &str, tenant: TenantId, id: Uuid, random: &dyn SecretSource) -> Self {
        let mut bytes = [0; SECRET_BYTES];
        bytes[..ID_BYTES].copy_from_slice(tenant.as_uuid().as_bytes());
        bytes[ID_BYTES..2 * ID_BYTES].copy_from_slice(id.as_bytes());
        random.fill(&mut bytes[2 * ID_BYTES..]);
        let written = format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes));
        Self {
            tenant,
            id,
            written,
        }
    }

    /// Reads a cookie; `None` if it was never one of ours.
    pub(crate) fn read_session(cookie: &str) -> Option<Self> {
        Self::read(cookie, cookie)
    }

    /// Reads a token; `None` if it was never one of ours.
    pub(crate) fn read_token(token: &str) -> Option<Self> {
        Self::read(token, token.strip_prefix(TOKEN_PREFIX)?)
    }

    fn read(written: &str, encoded: &str) -> Option<Self> {
        let mut bytes = [0; SECRET_BYTES];
        let length = URL_SAFE_NO_PAD.decode_slice(encoded, &mut bytes).ok()?;
        if length != SECRET_BYTES {
            return None;
        }
        let tenant = Uuid::from_slice(&bytes[..ID_BYTES]).ok()?;
        let id = Uuid::from_slice(&bytes[ID_BYTES..2 * ID_BYTES]).ok()?;
        Some(Self {
            tenant: TenantId::from_uuid(tenant),
            id,
            written: written.to_owned(),
        })
    }

    /// What is shown to its owner.
    pub(crate) fn written(&self) -> &str {
        &self.written
    }

    /// What is stored.
    pub(crate) fn digest(&self) -> Digest {
        Digest::of(self.written.as_bytes())
    }

    /// What pages send back; follows from the secret, so that nothing more has to be stored, and does not give it away.
    pub(crate) fn csrf(&self) -> String {
        let labelled = [CSRF_LABEL, self.written.as_bytes()].concat();
        Digest::of(&labelled).to_hex()
    }

    /// Whether it is the one whose digest was stored.
    pub(crate) fn is(&self, stored: Digest) -> bool {
        same(&self.digest().to_hex(), &stored.to_hex())
    }

    /// Whether `csrf` belongs to it.
    pub(crate) fn vouches_for(&self, csrf: Option<&str>) -> bool {
        csrf.is_some_and(|csrf| same(csrf, &self.csrf()))
    }
}

/// Whether two texts are equal, without telling by the time it takes where they differ.
pub(crate) fn same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Sevens;

    impl SecretSource for Sevens {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }

    #[test]
    fn a_secret_reads_back_and_belongs_to_one_kind() {
        let tenant = TenantId::from_uuid(Uuid::from_u128(5));
        let id = Uuid::from_u128(9);
        let token = Secret::of_token(tenant, id, &Sevens);
        let read = Secret::read_token(token.written()).expect("it was just written");
        assert_eq!((read.tenant, read.id), (tenant, id));
        assert!(read.is(token.digest()));
        assert!(Secret::read_session(token.written()).is_none());

        let session = Secret::of_session(tenant, id, &Sevens);
        assert!(Secret::read_session(session.written()).is_some());
        assert!(Secret::read_token(session.written()).is_none());
        assert!(!session.is(token.digest()));
    }

    #[test]
    fn what_was_never_a_secret_is_refused() {
        let good = Secret::of_token(TenantId::LOCAL, Uuid::from_u128(9), &Sevens);
        let good = good.written();
        for bad in [
            "",
            "ihub_",
            "ihub_AAAA",
            &good[..good.len() - 2],
            &format!("{good}AA"),
            &format!("{good}=="),
            &good.replace("ihub_", "IHUB_"),
            &good.replacen('A', "+", 1),
        ] {
            assert!(Secret::read_token(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_csrf_token_belongs_to_one_secret() {
        let one = Secret::of_session(TenantId::LOCAL, Uuid::from_u128(1), &Sevens);
        let other = Secret::of_session(TenantId::LOCAL, Uuid::from_u128(2), &Sevens);
        assert!(one.vouches_for(Some(&one.csrf())));
        assert!(!one.vouches_for(Some(&other.csrf())));
        assert!(!one.vouches_for(Some("")));
        assert!(!one.vouches_for(None));
    }
}
