//! Download tickets: the right to fetch one version for a while, without any other credential.
//!
//! Where the store of bundles signs addresses itself, its own are handed out. Where it cannot – a local folder – the
//! service serves whoever brings a ticket that it has sealed.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use installhub_checksum::Digest;
use installhub_kernel::{PackageVersionId, TenantId};
use sha2::Sha256;
use uuid::Uuid;
use zeroize::Zeroizing;

/// What a seal is about, so that a seal made for another purpose with the same key is none of ours.
const PURPOSE: &[u8] = b"installhub download ticket 1\0";

const ID: usize = 16;
const DIGEST: usize = 32;
const TIME: usize = 8;
const CLAIM: usize = ID + ID + DIGEST + TIME;
const SEAL: usize = 32;

/// The secret that seals tickets; the same in all processes of a service.
#[derive(Clone)]
pub struct TicketKey(Zeroizing<[u8; 32]>);

impl TicketKey {
    /// A key of 32 random bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    fn seal(&self, claim: &[u8]) -> Hmac<Sha256> {
        let mut seal =
            <Hmac<Sha256>>::new_from_slice(self.0.as_ref()).expect("HMAC takes keys of any length");
        seal.update(PURPOSE);
        seal.update(claim);
        seal
    }
}

impl fmt::Debug for TicketKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TicketKey(…)")
    }
}

/// The right to fetch one version until a point in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DownloadTicket {
    /// Whose version.
    pub tenant: TenantId,
    /// Which.
    pub version: PackageVersionId,
    /// The bytes it had when the ticket was made.
    pub digest: Digest,
    /// To the second; at this moment it does not work any more.
    pub expires_at: DateTime<Utc>,
}

/// Why a text is no ticket that works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TicketError {
    /// It was not made by this service, or was altered.
    #[error("the ticket is none of this service or was altered")]
    Forged,
    /// Its time is over.
    #[error("the ticket has expired")]
    Expired,
}

/// A ticket as it stands in an address: the claim and its seal.
struct Sealed {
    claim: [u8; CLAIM],
    seal: [u8; SEAL],
}

impl DownloadTicket {
    /// The ticket as it stands in an address; letters, digits, `-` and `_`.
    pub fn sign(&self, key: &TicketKey) -> String {
        let claim = self.claim();
        let seal = key.seal(&claim).finalize().into_bytes();
        let mut bytes = claim.to_vec();
        bytes.extend_from_slice(&seal);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a ticket back, if this key has sealed it and its time is not over at `now`.
    ///
    /// How long this takes says nothing about the seal.
    pub fn verify(text: &str, key: &TicketKey, now: DateTime<Utc>) -> Result<Self, TicketError> {
        let sealed: Sealed = text.parse()?;
        key.seal(&sealed.claim)
            .verify_slice(&sealed.seal)
            .map_err(|_| TicketError::Forged)?;
        let ticket = Self::of_claim(&sealed.claim).ok_or(TicketError::Forged)?;
        if now < ticket.expires_at {
            Ok(ticket)
        } else {
            Err(TicketError::Expired)
        }
    }

    fn claim(&self) -> [u8; CLAIM] {
        let mut claim = [0; CLAIM];
        let (tenant, rest) = claim.split_at_mut(ID);
        let (version, rest) = rest.split_at_mut(ID);
        let (digest, time) = rest.split_at_mut(DIGEST);
        tenant.copy_from_slice(self.tenant.as_uuid().as_bytes());
        version.copy_from_slice(self.version.as_uuid().as_bytes());
        digest.copy_from_slice(self.digest.as_bytes());
        time.copy_from_slice(&self.expires_at.timestamp().to_be_bytes());
        claim
    }

    fn of_claim(claim: &[u8; CLAIM]) -> Option<Self> {
        let (tenant, rest) = claim.split_first_chunk::<ID>()?;
        let (version, rest) = rest.split_first_chunk::<ID>()?;
        let (digest, rest) = rest.split_first_chunk::<DIGEST>()?;
        let (time, _) = rest.split_first_chunk::<TIME>()?;
        Some(Self {
            tenant: TenantId::from_uuid(Uuid::from_bytes(*tenant)),
            version: PackageVersionId::from_uuid(Uuid::from_bytes(*version)),
            digest: Digest::from_bytes(*digest),
            expires_at: DateTime::from_timestamp(i64::from_be_bytes(*time), 0)?,
        })
    }
}

impl FromStr for Sealed {
    type Err = TicketError;

    fn from_str(text: &str) -> Result<Self, TicketError> {
        // Longer texts are not decoded at all.
        if text.len() > 2 * (CLAIM + SEAL) {
            return Err(TicketError::Forged);
        }
        let bytes = URL_SAFE_NO_PAD
            .decode(text)
            .map_err(|_| TicketError::Forged)?;
        let (claim, seal) = bytes
            .split_first_chunk::<CLAIM>()
            .ok_or(TicketError::Forged)?;
        Ok(Self {
            claim: *claim,
            seal: seal.try_into().map_err(|_| TicketError::Forged)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticket() -> DownloadTicket {
        DownloadTicket {
            tenant: TenantId::LOCAL,
            version: PackageVersionId::from_uuid(Uuid::from_u128(7)),
            digest: Digest::of(b"abc"),
            expires_at: DateTime::from_timestamp(1_000, 0).expect("a time"),
        }
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).expect("a time")
    }

    #[test]
    fn a_ticket_works_until_its_time_is_over() {
        let key = TicketKey::new([3; 32]);
        let text = ticket().sign(&key);
        assert_eq!(DownloadTicket::verify(&text, &key, at(999)), Ok(ticket()));
        for late in [1_000, 1_001, i64::from(u32::MAX)] {
            assert_eq!(
                DownloadTicket::verify(&text, &key, at(late)),
                Err(TicketError::Expired)
            );
        }
        let other = TicketKey::new([4; 32]);
        assert_eq!(
            DownloadTicket::verify(&text, &other, at(1)),
            Err(TicketError::Forged)
        );
    }

    #[test]
    fn every_altered_bit_is_refused() {
        let key = TicketKey::new([3; 32]);
        let text = ticket().sign(&key);
        let bytes = URL_SAFE_NO_PAD.decode(&text).expect("our own text");
        for bit in 0..bytes.len() * 8 {
            let mut altered = bytes.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            let altered = URL_SAFE_NO_PAD.encode(altered);
            assert_eq!(
                DownloadTicket::verify(&altered, &key, at(1)),
                Err(TicketError::Forged),
                "bit {bit}"
            );
        }
        for cut in 0..text.len() {
            let found = DownloadTicket::verify(&text[..cut], &key, at(1));
            assert_eq!(found, Err(TicketError::Forged), "cut at {cut}");
        }
        for other in [
            String::new(),
            "../../etc/passwd".to_owned(),
            format!("{text}A"),
            format!("{text}="),
            "A".repeat(100_000),
        ] {
            assert_eq!(
                DownloadTicket::verify(&other, &key, at(1)),
                Err(TicketError::Forged)
            );
        }
    }

    #[test]
    fn the_key_is_not_printed() {
        assert_eq!(format!("{:?}", TicketKey::new([3; 32])), "TicketKey(…)");
    }
}
