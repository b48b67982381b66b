//! Passwords: what is accepted, and how they are kept.

use std::fmt;
use std::sync::Arc;

use argon2::password_hash::PasswordHasher as _;
use argon2::password_hash::PasswordVerifier as _;
use argon2::{Algorithm, Argon2, Params, Version};
use installhub_kernel::StoreError;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::email::key_of;
use crate::{FieldError, SecretSource};

/// Memory of one hash, in KiB; together with the other two what OWASP recommends as the least.
const MEMORY: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

const SALT_BYTES: usize = 16;

const MIN_CHARACTERS: usize = 12;
const MAX_CHARACTERS: usize = 256;

/// Hashes and verifies passwords with Argon2id, a few at a time, so that people who sign in cannot use up the memory.
///
/// Clones share the limit. Runs on Tokio's threads for blocking work.
#[derive(Clone)]
pub struct PasswordHasher {
    random: Arc<dyn SecretSource>,
    places: Arc<Semaphore>,
}

impl fmt::Debug for PasswordHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHasher { .. }")
    }
}

impl PasswordHasher {
    /// A hasher that works on at most `at_once` passwords at the same time, each with 19 MiB.
    pub fn new(random: Arc<dyn SecretSource>, at_once: usize) -> Self {
        Self {
            random,
            places: Arc::new(Semaphore::new(at_once.max(1))),
        }
    }

    /// The form in which a password is kept (PHC string format).
    pub(crate) async fn hash(&self, password: &str) -> Result<String, StoreError> {
        let mut salt = [0; SALT_BYTES];
        self.random.fill(&mut salt);
        let password = password.to_owned();
        self.at_work(move || {
            let hash = argon2()?.hash_password_with_salt(password.as_bytes(), &salt);
            hash.map(|hash| hash.to_string()).map_err(failed)
        })
        .await
    }

    /// Whether `password` is the one of `hash`. Without a hash the same work is done, and the answer is no.
    pub(crate) async fn verify(
        &self,
        password: &str,
        hash: Option<&str>,
    ) -> Result<bool, StoreError> {
        if password.chars().count() > MAX_CHARACTERS {
            return Ok(false);
        }
        let Some(hash) = hash.map(str::to_owned) else {
            self.hash(password).await?;
            return Ok(false);
        };
        let password = password.to_owned();
        self.at_work(move || {
            let verified = argon2()?.verify_password(password.as_bytes(), hash.as_str());
            match verified {
                Ok(()) => Ok(true),
                Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
                Err(error) => Err(failed(error)),
            }
        })
        .await
    }

    async fn at_work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let _place = self.places.acquire().await.map_err(failed)?;
        spawn_blocking(work).await.map_err(failed)?
    }
}

fn argon2() -> Result<Argon2<'static>, StoreError> {
    let params = Params::new(MEMORY, PASSES, LANES, None).map_err(failed)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    StoreError::Other {
        attempted: "cannot hash a password".to_owned(),
        source: Box::new(error),
    }
}

/// What is wrong with a password that somebody wants to have.
pub(crate) fn judge(field: &'static str, password: &str, email: &str) -> Vec<FieldError> {
    let length = password.chars().count();
    let error = |code, message: String| vec![FieldError::new(field, code, message)];
    if length < MIN_CHARACTERS {
        let message = format!("found {length} characters, expected at least {MIN_CHARACTERS}");
        error("tooShort", message)
    } else if length > MAX_CHARACTERS {
        let message = format!("found {length} characters, expected at most {MAX_CHARACTERS}");
        error("tooLong", message)
    } else if key_of(password) == key_of(email) {
        error(
            "isEmail",
            "expected something else than the e-mail address".to_owned(),
        )
    } else {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemSecrets;

    #[test]
    fn passwords_are_judged() {
        let email = "Anna.Long@example.com";
        for (password, code) in [
            ("correct horse battery", None),
            ("elevenchars", Some("tooShort")),
            ("ääääääääääää", None),
            (&"x".repeat(256), None),
            (&"x".repeat(257), Some("tooLong")),
            ("anna.long@EXAMPLE.com", Some("isEmail")),
        ] {
            let errors = judge("password", password, email);
            assert_eq!(errors.first().map(|e| e.code), code, "{password}");
        }
    }

    #[tokio::test]
    async fn a_password_is_recognised_and_kept_as_argon2id_with_a_salt_of_its_own() {
        let hasher = PasswordHasher::new(Arc::new(SystemSecrets), 2);
        let hash = hasher
            .hash("correct horse battery")
            .await
            .expect("it hashes");
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert_ne!(
            hash,
            hasher
                .hash("correct horse battery")
                .await
                .expect("it hashes")
        );
        for (password, expected) in [
            ("correct horse battery", true),
            ("correct horse batterY", false),
            ("", false),
            (&"x".repeat(100_000), false),
        ] {
            let verified = hasher.verify(password, Some(&hash)).await;
            assert_eq!(verified.expect("it verifies"), expected);
        }
        let nobody = hasher.verify("correct horse battery", None).await;
        assert!(!nobody.expect("it does the work"));
    }
}
