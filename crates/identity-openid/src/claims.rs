//! What the provider's claims say about a person.

use installhub_access::Identity;
use openidconnect::core::CoreGenderClaim;
use openidconnect::{EmptyAdditionalClaims, IdTokenClaims, UserInfoClaims};

type Claims = IdTokenClaims<EmptyAdditionalClaims, CoreGenderClaim>;
type UserInfo = UserInfoClaims<EmptyAdditionalClaims, CoreGenderClaim>;

/// The person whom the ID token speaks of.
pub(crate) fn identity(claims: &Claims) -> Identity {
    Identity {
        issuer: claims.issuer().to_string(),
        subject: claims.subject().to_string(),
        email: claims.email().map(|email| email.to_string()),
        email_verified: claims.email_verified().unwrap_or(false),
        name: claims
            .name()
            .and_then(|name| name.get(None))
            .map(|name| name.to_string()),
    }
}

/// The same person with what the provider tells besides; whether the address is verified goes with the address.
pub(crate) fn completed(identity: Identity, told: &UserInfo) -> Identity {
    let (email, email_verified) = match identity.email {
        Some(email) => (Some(email), identity.email_verified),
        None => (
            told.email().map(|email| email.to_string()),
            told.email_verified().unwrap_or(false),
        ),
    };
    let name = told.name().and_then(|name| name.get(None));
    Identity {
        email,
        email_verified,
        name: identity.name.or_else(|| name.map(|name| name.to_string())),
        ..identity
    }
}
