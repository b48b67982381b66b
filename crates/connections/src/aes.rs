//! Sealing by AES-256-GCM.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use installhub_access::SecretSource;
use installhub_kernel::{ConnectionId, TenantId};
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::{Zeroize as _, Zeroizing};

use crate::{KeyRing, SealError, SealedSecret, Sealer};

/// What a sealed text is; part of what is authenticated, so that a secret of another form of the future cannot be taken for one.
const FORM: &[u8] = b"installhub connection secret 1";

/// Seals with the first key of a ring, by AES-256-GCM.
///
/// The nonce is random: a key may seal 2^32 secrets before two of them are likely enough to share one. The text is
/// the nonce and the ciphertext in base64; tenant and connection are authenticated along with it.
pub struct AesSealer {
    keys: Vec<(String, LessSafeKey)>,
    random: Arc<dyn SecretSource>,
}

impl AesSealer {
    /// A sealer with the keys of `ring`.
    pub fn new(ring: &KeyRing, random: Arc<dyn SecretSource>) -> Self {
        let keys = ring.keys().iter().map(|(id, bytes)| {
            let key = UnboundKey::new(&AES_256_GCM, bytes.as_slice());
            let key = key.expect("a ring's keys have the right length");
            (id.clone(), LessSafeKey::new(key))
        });
        Self {
            keys: keys.collect(),
            random,
        }
    }

    fn key(&self, id: &str) -> Option<&LessSafeKey> {
        let found = self.keys.iter().find(|(known, _)| known == id);
        found.map(|(_, key)| key)
    }
}

impl fmt::Debug for AesSealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids = self.keys.iter().map(|(id, _)| id);
        f.debug_list().entries(ids).finish()
    }
}

/// Whose secret it is; each part has a fixed length but the first, which is constant.
fn owner(tenant: TenantId, connection: ConnectionId) -> Aad<Vec<u8>> {
    let (tenant, connection) = (tenant.as_uuid(), connection.as_uuid());
    Aad::from([FORM, tenant.as_bytes(), connection.as_bytes()].concat())
}

impl Sealer for AesSealer {
    fn current_key(&self) -> &str {
        self.keys.first().map_or("", |(id, _)| id)
    }

    fn seal(
        &self,
        tenant: TenantId,
        connection: ConnectionId,
        secret: &SecretString,
    ) -> Result<SealedSecret, SealError> {
        let (key_id, key) = self.keys.first().ok_or(SealError::NotConfigured)?;
        let mut nonce = [0; NONCE_LEN];
        self.random.fill(&mut nonce);
        let secret = secret.expose_secret();
        // Room for the tag, so that no copy of the secret is left behind by growing.
        let mut bytes = Vec::with_capacity(secret.len() + AES_256_GCM.tag_len());
        bytes.extend_from_slice(secret.as_bytes());
        let sealed = key.seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            owner(tenant, connection),
            &mut bytes,
        );
        if sealed.is_err() {
            bytes.zeroize();
            return Err(SealError::Damaged);
        }
        Ok(SealedSecret {
            key_id: key_id.clone(),
            sealed: STANDARD.encode([nonce.as_slice(), &bytes].concat()),
        })
    }

    fn open(
        &self,
        tenant: TenantId,
        connection: ConnectionId,
        sealed: &SealedSecret,
    ) -> Result<SecretString, SealError> {
        let key = self
            .key(&sealed.key_id)
            .ok_or_else(|| SealError::UnknownKey(sealed.key_id.clone()))?;
        let bytes = STANDARD.decode(&sealed.sealed);
        let bytes = bytes.map_err(|_| SealError::Damaged)?;
        let (nonce, ciphertext) = bytes
            .split_first_chunk::<NONCE_LEN>()
            .ok_or(SealError::Damaged)?;
        let mut plain = Zeroizing::new(ciphertext.to_vec());
        let opened = key
            .open_in_place(
                Nonce::assume_unique_for_key(*nonce),
                owner(tenant, connection),
                plain.as_mut_slice(),
            )
            .map_err(|_| SealError::Damaged)?;
        let text = std::str::from_utf8(opened).map_err(|_| SealError::Damaged)?;
        Ok(SecretString::from(text))
    }
}

#[cfg(test)]
mod tests {
    use installhub_access::SystemSecrets;
    use uuid::Uuid;

    use super::*;

    fn with_keys(keys: &[(&str, u8)]) -> AesSealer {
        let ring: Vec<String> = keys
            .iter()
            .map(|(id, byte)| format!("{id}:{}", STANDARD.encode([*byte; 32])))
            .collect();
        let ring = KeyRing::parse(&ring.join(",")).expect("a ring");
        AesSealer::new(&ring, Arc::new(SystemSecrets))
    }

    fn ids(tenant: u128, connection: u128) -> (TenantId, ConnectionId) {
        (
            TenantId::from_uuid(Uuid::from_u128(tenant)),
            ConnectionId::from_uuid(Uuid::from_u128(connection)),
        )
    }

    #[test]
    fn a_secret_opens_for_its_own_connection_alone() {
        let aes = with_keys(&[("a", 1)]);
        let (tenant, connection) = ids(1, 2);
        let secret = SecretString::from("geheim");
        let sealed = aes.seal(tenant, connection, &secret).expect("sealed");
        let opened = aes.open(tenant, connection, &sealed).expect("opened");
        assert_eq!(opened.expose_secret(), "geheim");
        for (tenant, connection) in [ids(1, 3), ids(2, 2), ids(2, 1)] {
            let opened = aes.open(tenant, connection, &sealed);
            assert_eq!(opened.err(), Some(SealError::Damaged));
        }
        assert!(!format!("{sealed:?} {aes:?}").contains(&sealed.sealed));
    }

    #[test]
    fn equal_secrets_are_not_seen_to_be_equal() {
        let aes = with_keys(&[("a", 1)]);
        let (tenant, connection) = ids(1, 2);
        let secret = SecretString::from("geheim");
        let first = aes.seal(tenant, connection, &secret).expect("sealed");
        let second = aes.seal(tenant, connection, &secret).expect("sealed");
        assert_ne!(first, second);
    }

    #[test]
    fn every_changed_bit_is_noticed() {
        let aes = with_keys(&[("a", 1)]);
        let (tenant, connection) = ids(1, 2);
        let sealed = aes
            .seal(tenant, connection, &"geheim".into())
            .expect("sealed");
        let bytes = STANDARD.decode(&sealed.sealed).expect("base64");
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let changed = SealedSecret {
                sealed: STANDARD.encode(changed),
                ..sealed.clone()
            };
            let opened = aes.open(tenant, connection, &changed);
            assert_eq!(opened.err(), Some(SealError::Damaged), "bit {bit}");
        }
        for text in ["", "AAAA", "no base64!"] {
            let changed = SealedSecret {
                sealed: text.to_owned(),
                ..sealed.clone()
            };
            let opened = aes.open(tenant, connection, &changed);
            assert_eq!(opened.err(), Some(SealError::Damaged), "{text:?}");
        }
    }

    #[test]
    fn an_old_key_opens_until_it_is_taken_off() {
        let (tenant, connection) = ids(1, 2);
        let sealed = with_keys(&[("a", 1)])
            .seal(tenant, connection, &"geheim".into())
            .expect("sealed");
        let both = with_keys(&[("b", 2), ("a", 1)]);
        assert_eq!(both.current_key(), "b");
        let opened = both.open(tenant, connection, &sealed).expect("opened");
        assert_eq!(opened.expose_secret(), "geheim");
        let new = with_keys(&[("b", 2)]).open(tenant, connection, &sealed);
        assert_eq!(new.err(), Some(SealError::UnknownKey("a".into())));
        // Another key under the same id.
        let other = with_keys(&[("a", 3)]).open(tenant, connection, &sealed);
        assert_eq!(other.err(), Some(SealError::Damaged));
    }
}
