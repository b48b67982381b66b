//! Checkpoints: how far a chain had come at some time, signed, so that nobody can cut its tail or write it anew unnoticed.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, SubsecRound as _, Utc};
use installhub_checksum::Digest;
use installhub_kernel::TenantId;
use serde::{Deserialize, Serialize};

use crate::canonical::instant;
use crate::{ChainHead, SigningKey, VerifyingKey};

/// What sets a signed checkpoint apart from anything else that might be signed with the same key.
const LABEL: &str = "installhub audit checkpoint 1\n";

/// The short name of a key: the first 16 hexadecimal digits of the SHA-256 over its 32 public bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyId(String);

/// A text that is no [`KeyId`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{}' is no key id: expected 16 lowercase hexadecimal digits", .0.escape_debug())]
pub struct KeyIdError(String);

impl KeyId {
    pub(crate) fn of(public: &[u8; 32]) -> Self {
        let mut digits = Digest::of(public).to_hex();
        digits.truncate(16);
        Self(digits)
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for KeyId {
    type Error = KeyIdError;

    fn try_from(text: String) -> Result<Self, KeyIdError> {
        let hexadecimal = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() == 16 && text.bytes().all(hexadecimal) {
            Ok(Self(text))
        } else {
            Err(KeyIdError(text))
        }
    }
}

impl FromStr for KeyId {
    type Err = KeyIdError;

    fn from_str(text: &str) -> Result<Self, KeyIdError> {
        Self::try_from(text.to_owned())
    }
}

impl From<KeyId> for String {
    fn from(id: KeyId) -> Self {
        id.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How far a tenant's chain had come, signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Checkpoint {
    /// When it was signed, to the millisecond.
    #[serde(with = "crate::canonical::instant")]
    pub at: DateTime<Utc>,
    /// The hash of the event at `sequence`.
    pub hash: Digest,
    /// Whose signature.
    pub key_id: KeyId,
    /// The last event that was there.
    pub sequence: u64,
    /// Ed25519 over a fixed label and the members above and below, in base64.
    pub signature: String,
    /// Whose chain.
    pub tenant: TenantId,
}

/// Why a checkpoint proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// It is signed with a key nobody gave.
    #[error("the checkpoint at event {sequence} is signed with the unknown key {key_id}")]
    UnknownKey {
        /// The checkpoint's event.
        sequence: u64,
        /// The key it names.
        key_id: KeyId,
    },
    /// The signature is not that of its key over its content.
    #[error("the signature of the checkpoint at event {sequence} is not that of the key {key_id}")]
    Forged {
        /// The checkpoint's event.
        sequence: u64,
        /// The key it names.
        key_id: KeyId,
    },
    /// It is of another tenant's chain.
    #[error("the checkpoint at event {sequence} is of the tenant {tenant}")]
    OtherTenant {
        /// The checkpoint's event.
        sequence: u64,
        /// That tenant.
        tenant: TenantId,
    },
}

impl Checkpoint {
    /// Signs that the chain of `tenant` ended with `head`. `at` is cut to milliseconds.
    pub fn sign(tenant: TenantId, head: ChainHead, at: DateTime<Utc>, key: &SigningKey) -> Self {
        let mut checkpoint = Self {
            at: at.trunc_subsecs(3),
            hash: head.hash,
            key_id: key.id(),
            sequence: head.sequence,
            signature: String::new(),
            tenant,
        };
        checkpoint.signature = key.sign(&checkpoint.signed_bytes());
        checkpoint
    }

    /// Whether one of `keys` signed exactly this.
    pub fn verify(&self, keys: &[VerifyingKey]) -> Result<(), CheckpointError> {
        let (sequence, key_id) = (self.sequence, self.key_id.clone());
        let Some(key) = keys.iter().find(|key| key.id() == self.key_id) else {
            return Err(CheckpointError::UnknownKey { sequence, key_id });
        };
        if key.verifies(&self.signed_bytes(), &self.signature) {
            Ok(())
        } else {
            Err(CheckpointError::Forged { sequence, key_id })
        }
    }

    /// The label, then the members but `signature` as canonical JSON.
    fn signed_bytes(&self) -> Vec<u8> {
        format!(
            "{LABEL}{{\"at\":\"{}\",\"hash\":\"{}\",\"keyId\":\"{}\",\"sequence\":{},\"tenant\":\"{}\"}}",
            instant::text(&self.at),
            self.hash,
            self.key_id,
            self.sequence,
            self.tenant
        )
        .into_bytes()
    }
}
