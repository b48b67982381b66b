//! Signing in and out.

use std::sync::Arc;

use installhub_access::{Access, ClientInfo};
use installhub_kernel::{RequestId, SessionId};
use poem::Request;
use poem::http::StatusCode;
use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::{Json, Response};
use uuid::Uuid;

use super::views::{BrowserList, BrowserView, PasswordChange, SessionView, SignIn};
use super::{Tag, cookies};
use crate::answers::{Done, Redirect};
use crate::caller::{Caller, SESSION_COOKIE, cookie};
use crate::edge::ClientAddress;
use crate::error::{ApiError, of_sign_in};

pub(super) struct Sessions {
    pub(super) access: Arc<Access>,
    pub(super) secure: bool,
}

fn client(request: &Request, address: &ClientAddress) -> ClientInfo {
    ClientInfo {
        address: address.0,
        user_agent: request
            .header("user-agent")
            .map(|text| text.chars().take(200).collect()),
    }
}

#[OpenApi(tag = "Tag::Auth")]
impl Sessions {
    /// Sign in
    ///
    /// Signs in by e-mail and password and sets the session's cookie.
    #[oai(path = "/auth/sign-in", method = "post", operation_id = "signIn")]
    async fn sign_in(
        &self,
        request: &Request,
        Data(address): Data<&ClientAddress>,
        Data(id): Data<&RequestId>,
        input: Json<SignIn>,
    ) -> Result<Response<Json<SessionView>>, ApiError> {
        let client = client(request, address);
        let signed_in = self
            .access
            .sign_in(&input.email, &input.password, &client, Some(*id))
            .await
            .map_err(of_sign_in)?;
        let cookie = cookies::session(&signed_in.cookie, signed_in.expires_at, self.secure);
        Ok(Response::new(Json(SessionView::of_sign_in(&signed_in))).header("Set-Cookie", cookie))
    }

    /// Sign out
    ///
    /// Ends the session that asks.
    #[oai(path = "/auth/sign-out", method = "post", operation_id = "signOut")]
    async fn sign_out(&self, caller: Caller) -> Result<Response<Done>, ApiError> {
        self.access.sign_out(&caller).await?;
        Ok(Response::new(Done).header("Set-Cookie", cookies::no_session(self.secure)))
    }

    /// Who am I
    ///
    /// Tells who asks and what they may do; for a session also the CSRF token.
    #[expect(
        clippy::unused_async,
        reason = "the framework takes async handlers only"
    )]
    #[oai(path = "/auth/session", method = "get", operation_id = "getSession")]
    async fn session(&self, caller: Caller, request: &Request) -> Json<SessionView> {
        let cookie = cookie(request, SESSION_COOKIE);
        Json(SessionView::of_cookie(
            &caller,
            &self.access,
            cookie.as_deref(),
        ))
    }

    /// List sessions
    ///
    /// The browsers in which the user who asks has signed in.
    #[oai(path = "/auth/sessions", method = "get", operation_id = "listSessions")]
    async fn list(&self, caller: Caller) -> Result<Json<BrowserList>, ApiError> {
        let sessions = self.access.sessions(&caller).await?;
        let items = sessions
            .into_iter()
            .map(|session| BrowserView::of(session, &caller));
        Ok(Json(BrowserList {
            items: items.collect(),
        }))
    }

    /// End a session
    ///
    /// Ends one of the own sessions.
    #[oai(
        path = "/auth/sessions/:id",
        method = "delete",
        operation_id = "revokeSession"
    )]
    async fn revoke(&self, caller: Caller, id: Path<Uuid>) -> Result<Done, ApiError> {
        self.access
            .revoke_session(&caller, SessionId::from_uuid(id.0))
            .await?;
        Ok(Done)
    }

    /// Change the own password
    ///
    /// Ends all other sessions of the user.
    #[oai(
        path = "/auth/password",
        method = "post",
        operation_id = "changePassword"
    )]
    async fn change_password(
        &self,
        caller: Caller,
        input: Json<PasswordChange>,
    ) -> Result<Done, ApiError> {
        self.access
            .change_password(&caller, &input.old_password, &input.new_password)
            .await?;
        Ok(Done)
    }

    /// Begin a sign-in at the identity provider
    ///
    /// Sends the browser to the identity provider. 404 when none is configured.
    #[oai(path = "/auth/oidc/start", method = "get", operation_id = "startOidc")]
    async fn start_oidc(
        &self,
        /// The path of this service to return to.
        #[oai(name = "returnTo", validator(max_length = 1000))]
        return_to: Query<Option<String>>,
    ) -> Result<Response<Redirect>, ApiError> {
        let start = self
            .access
            .begin_oidc(return_to.0.as_deref().unwrap_or("/"))
            .await?;
        let cookie = cookies::sign_in(&start.state_cookie, self.secure);
        Ok(Response::new(Redirect(start.url)).header("Set-Cookie", cookie))
    }

    /// Finish a sign-in at the identity provider
    ///
    /// Where the identity provider sends the browser back to; sets the session's cookie.
    #[oai(
        path = "/auth/oidc/callback",
        method = "get",
        operation_id = "finishOidc"
    )]
    async fn finish_oidc(
        &self,
        request: &Request,
        Data(address): Data<&ClientAddress>,
        Data(id): Data<&RequestId>,
        /// The provider's code.
        #[oai(validator(max_length = 4096))]
        code: Query<String>,
        /// What was sent with the browser.
        #[oai(validator(max_length = 512))]
        state: Query<String>,
    ) -> Result<Response<Redirect>, ApiError> {
        let begun = cookie(request, cookies::OIDC_COOKIE).unwrap_or_default();
        let client = client(request, address);
        let finished = self
            .access
            .finish_oidc(&code, &state, &begun, &client, Some(*id))
            .await?;
        let session = &finished.signed_in;
        Ok(Response::new(Redirect(finished.return_to))
            .status(StatusCode::SEE_OTHER)
            .header(
                "Set-Cookie",
                cookies::session(&session.cookie, session.expires_at, self.secure),
            )
            .header("Set-Cookie", cookies::no_sign_in(self.secure)))
    }
}
