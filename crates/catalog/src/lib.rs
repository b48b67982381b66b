#![doc = include_str!("../README.md")]

mod artifact;
mod error;
mod limits;
mod package;
mod position;
mod precedence;
mod ticket;
mod upload;

pub mod ports;

mod catalog;

mod admission;
mod artifacts;
mod downloads;
mod packages;
mod sweep;
mod uploads;

pub use admission::AdmitPackage;
pub use artifact::{
    ArtifactFilter, ArtifactOrder, ArtifactRecord, ArtifactSummary, ArtifactVersionSummary,
    NewArtifact, NewArtifactVersion,
};
pub use catalog::Catalog;
pub use downloads::{Download, DownloadContent, DownloadLink, DownloadPlace};
pub use error::CatalogError;
pub use limits::CatalogSettings;
pub use package::{
    Package, PackageFilter, PackageVersion, PackageVersionState, PackageVersionStateError,
    RequiredPackage, VersionDetails,
};
pub use position::ListPosition;
pub use precedence::precedence_key;
pub use sweep::Swept;
pub use ticket::{DownloadTicket, TicketError, TicketKey};
pub use upload::{NewUpload, Upload, UploadPiece, UploadState, UploadStateError};
