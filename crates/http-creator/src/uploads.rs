//! Uploads in pieces, which go on after the connection was lost.

use installhub_catalog::{Catalog, NewUpload, Upload};
use installhub_http_kit::{
    Accepted, ApiError, Caller, Created, Done, JobView, Text, Timestamp, field,
};
use installhub_kernel::UploadId;
use poem::Body;
use poem_openapi::param::{Header, Path};
use poem_openapi::payload::{Binary, Json, Response};
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

use crate::PREFIX;
use crate::bodies::pieces;
use crate::tags::Tag;

pub(crate) struct Uploads {
    pub(crate) catalog: Catalog,
}

/// An upload that is to begin.
#[derive(Object)]
#[oai(rename = "NewUpload", rename_all = "camelCase")]
struct UploadInput {
    /// How many bytes will come.
    #[oai(validator(minimum(value = "1")))]
    bytes: u64,
    /// Their digest, `sha256:` and 64 digits, where the client knows it.
    digest: Option<Text>,
}

/// An upload in pieces.
#[derive(Object)]
#[oai(rename = "Upload", rename_all = "camelCase")]
struct UploadView {
    /// The id.
    id: Uuid,
    /// How many bytes will have come at the end.
    bytes: u64,
    /// How many have come, and so where the next piece begins.
    offset: u64,
    /// The digest they will have, where the client said so.
    #[oai(skip_serializing_if_is_none)]
    digest: Option<String>,
    /// `receiving`, `admitting`, `admitted` or `rejected`.
    state: String,
    /// The job that takes the package in.
    #[oai(skip_serializing_if_is_none)]
    job_id: Option<Uuid>,
    /// What became of it.
    #[oai(skip_serializing_if_is_none)]
    package_version_id: Option<Uuid>,
    /// When it began.
    created_at: Timestamp,
    /// Who began it.
    created_by: String,
    /// When it goes unless it is complete by then.
    expires_at: Timestamp,
}

impl From<Upload> for UploadView {
    fn from(upload: Upload) -> Self {
        Self {
            id: upload.id.as_uuid(),
            bytes: upload.bytes,
            offset: upload.offset,
            digest: upload.digest.map(|digest| digest.to_string()),
            state: upload.state.to_string(),
            job_id: upload.job.map(|id| id.as_uuid()),
            package_version_id: upload.version.map(|id| id.as_uuid()),
            created_at: upload.created_at.into(),
            created_by: upload.created_by,
            expires_at: upload.expires_at.into(),
        }
    }
}

#[OpenApi(tag = "Tag::Uploads")]
impl Uploads {
    /// Begin an upload
    #[oai(path = "/uploads", method = "post", operation_id = "beginUpload")]
    async fn begin(
        &self,
        caller: Caller,
        input: Json<UploadInput>,
    ) -> Result<Created<UploadView>, ApiError> {
        let digest = input
            .0
            .digest
            .map(|text| field("digest", &text))
            .transpose()?;
        let new = NewUpload {
            bytes: input.0.bytes,
            digest,
        };
        let upload = self.catalog.begin_upload(&caller, new).await?;
        Ok(Created {
            location: format!("{PREFIX}/uploads/{}", upload.id),
            revision: 1,
            view: upload.into(),
        })
    }

    /// Read an upload
    #[oai(path = "/uploads/:id", method = "get", operation_id = "getUpload")]
    async fn get(&self, caller: Caller, id: Path<Uuid>) -> Result<Json<UploadView>, ApiError> {
        let upload = self
            .catalog
            .upload(&caller, UploadId::from_uuid(id.0))
            .await?;
        Ok(Json(upload.into()))
    }

    /// Ask where an upload goes on
    #[oai(
        path = "/uploads/:id",
        method = "head",
        operation_id = "getUploadOffset",
        response_header(
            name = "Upload-Offset",
            ty = "u64",
            description = "Where the next piece begins."
        ),
        response_header(
            name = "Upload-Length",
            ty = "u64",
            description = "How many bytes there will be."
        )
    )]
    async fn offset(&self, caller: Caller, id: Path<Uuid>) -> Result<Response<()>, ApiError> {
        let upload = self
            .catalog
            .upload(&caller, UploadId::from_uuid(id.0))
            .await?;
        Ok(Response::new(())
            .header("Upload-Offset", upload.offset)
            .header("Upload-Length", upload.bytes))
    }

    /// Send the next piece
    ///
    /// A piece that is cut off is kept as far as it came. 409 when it does not begin where the last one ended; the error says
    /// where it has to.
    #[oai(
        path = "/uploads/:id",
        method = "patch",
        operation_id = "appendToUpload",
        response_header(
            name = "Upload-Offset",
            ty = "u64",
            description = "Where the next piece begins."
        )
    )]
    async fn append(
        &self,
        caller: Caller,
        id: Path<Uuid>,
        /// Where the piece begins.
        #[oai(name = "Upload-Offset")]
        offset: Header<u64>,
        body: Binary<Body>,
    ) -> Result<Response<Json<UploadView>>, ApiError> {
        let (id, pieces) = (UploadId::from_uuid(id.0), pieces(body.0));
        let upload = self.catalog.append(&caller, id, offset.0, pieces).await?;
        let offset = upload.offset;
        Ok(Response::new(Json(upload.into())).header("Upload-Offset", offset))
    }

    /// Abandon an upload
    #[oai(
        path = "/uploads/:id",
        method = "delete",
        operation_id = "abandonUpload"
    )]
    async fn abandon(&self, caller: Caller, id: Path<Uuid>) -> Result<Done, ApiError> {
        self.catalog
            .abandon_upload(&caller, UploadId::from_uuid(id.0))
            .await?;
        Ok(Done)
    }

    /// Complete an upload
    ///
    /// All bytes have come: a job judges the package and takes it in.
    #[oai(
        path = "/uploads/:id/complete",
        method = "post",
        operation_id = "completeUpload"
    )]
    async fn complete(
        &self,
        caller: Caller,
        id: Path<Uuid>,
    ) -> Result<Accepted<JobView>, ApiError> {
        let job = self
            .catalog
            .complete_upload(&caller, UploadId::from_uuid(id.0))
            .await?;
        Ok(Accepted {
            location: format!("{PREFIX}/jobs/{}", job.id),
            view: job.into(),
        })
    }
}
