//! Keys that sign checkpoints, as PEM files know them.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::Signer as _;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{
    DecodePrivateKey as _, DecodePublicKey as _, EncodePrivateKey as _, EncodePublicKey as _,
};

use crate::KeyId;

/// A text that holds no Ed25519 key. It does not repeat what it found: that may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no Ed25519 {expected} was found: expected a PEM text that begins with '{first_line}'")]
pub struct KeyError {
    expected: &'static str,
    first_line: &'static str,
}

/// The secret half of a key.
pub struct SigningKey(ed25519_dalek::SigningKey);

/// The public half of a key.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifyingKey(ed25519_dalek::VerifyingKey);

impl SigningKey {
    /// The key that comes of 32 random bytes.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(seed))
    }

    /// Reads a PKCS#8 PEM file, such as `openssl genpkey -algorithm ed25519` writes.
    pub fn from_pkcs8_pem(text: &str) -> Result<Self, KeyError> {
        let refused = |_| KeyError {
            expected: "private key",
            first_line: "-----BEGIN PRIVATE KEY-----",
        };
        ed25519_dalek::SigningKey::from_pkcs8_pem(text)
            .map(Self)
            .map_err(refused)
    }

    /// The key as a PKCS#8 PEM file: a secret.
    pub fn to_pkcs8_pem(&self) -> String {
        let pem = self.0.to_pkcs8_pem(LineEnding::LF);
        pem.expect("an Ed25519 key has a PKCS#8 form").to_string()
    }

    /// The public half.
    pub fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey(self.0.verifying_key())
    }

    /// The key's short name.
    pub fn id(&self) -> KeyId {
        self.verifying_key().id()
    }

    pub(crate) fn sign(&self, message: &[u8]) -> String {
        STANDARD.encode(self.0.sign(message).to_bytes())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SigningKey").field(&self.id()).finish()
    }
}

impl VerifyingKey {
    /// Reads a public key in PEM, such as `openssl pkey -pubout` writes.
    pub fn from_public_key_pem(text: &str) -> Result<Self, KeyError> {
        let refused = |_| KeyError {
            expected: "public key",
            first_line: "-----BEGIN PUBLIC KEY-----",
        };
        ed25519_dalek::VerifyingKey::from_public_key_pem(text)
            .map(Self)
            .map_err(refused)
    }

    /// The key in PEM.
    pub fn to_public_key_pem(&self) -> String {
        let pem = self.0.to_public_key_pem(LineEnding::LF);
        pem.expect("an Ed25519 key has an SPKI form")
    }

    /// The key's short name.
    pub fn id(&self) -> KeyId {
        KeyId::of(self.0.as_bytes())
    }

    /// Strict: keys of small order and other spellings of a signature are refused.
    pub(crate) fn verifies(&self, message: &[u8], signature: &str) -> bool {
        let Ok(bytes) = STANDARD.decode(signature) else {
            return false;
        };
        ed25519_dalek::Signature::from_slice(&bytes)
            .is_ok_and(|signature| self.0.verify_strict(message, &signature).is_ok())
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VerifyingKey").field(&self.id()).finish()
    }
}
