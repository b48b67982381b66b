//! Fetching with a ticket, which is all that is needed.

use installhub_catalog::Catalog;
use installhub_http_kit::{ApiError, DownloadAnswer};
use installhub_kernel::RequestId;
use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::Path;

use crate::tags::Tag;

pub(crate) struct Downloads {
    pub(crate) catalog: Catalog,
}

#[OpenApi(tag = "Tag::Packages")]
impl Downloads {
    /// Fetch with a ticket
    ///
    /// 404 for tickets that are over, were altered, or were never made.
    #[oai(
        path = "/downloads/:ticket",
        method = "get",
        operation_id = "fetchDownload"
    )]
    async fn fetch(
        &self,
        Data(request): Data<&RequestId>,
        /// The end of a download link.
        ticket: Path<String>,
    ) -> Result<DownloadAnswer, ApiError> {
        let found = self.catalog.redeem(&ticket, Some(*request)).await?;
        Ok(DownloadAnswer::of(found, None))
    }
}
