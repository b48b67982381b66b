//! Signing in and out, and tokens: the same in every API.

mod cookies;
mod sessions;
mod tokens;
mod views;

use std::sync::Arc;

use installhub_access::{Access, Permission};
use poem_openapi::{OpenApi, Tags};

use crate::operation::Operation;

/// What every API has in common.
pub const SHARED_OPERATIONS: &[Operation] = &[
    Operation::public("signIn"),
    Operation::signed_in("signOut"),
    Operation::signed_in("getSession"),
    Operation::signed_in("listSessions"),
    Operation::signed_in("revokeSession"),
    Operation::signed_in("changePassword"),
    Operation::public("startOidc"),
    Operation::public("finishOidc"),
    Operation::needs("listTokens", Permission::TokenManageOwn),
    Operation::needs("createToken", Permission::TokenManageOwn)
        .creating()
        .showing_once("secret"),
    Operation::needs("getToken", Permission::TokenManageOwn),
    Operation::needs("revokeToken", Permission::TokenManageOwn),
    Operation::needs("rotateToken", Permission::TokenManageOwn)
        .creating()
        .showing_once("secret"),
];

#[derive(Tags)]
enum Tag {
    /// Signing in and out.
    Auth,
    /// Credentials for programs.
    Tokens,
}

/// The resources that every API mounts: who signs in, and with which tokens.
///
/// `prefix` is that of the API, for the paths in `Location`.
pub fn shared(access: Arc<Access>, prefix: &'static str, secure_cookies: bool) -> impl OpenApi {
    (
        sessions::Sessions {
            access: Arc::clone(&access),
            secure: secure_cookies,
        },
        tokens::Tokens { access, prefix },
    )
}
