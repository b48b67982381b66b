//! Packs a folder of artifact files (`artifacts/{folder}/{id}.json`) into a package, and says how long it took.
//!
//! `pack_folder FOLDER PACKAGE`

use std::error::Error;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use installhub_artifact::ArtifactType;
use installhub_manifest::{ManifestHeader, Origin, PackageType};
use installhub_package_format::{ArtifactMeta, Closing, PackageWriter, WriterOptions};
use semver::Version;

#[expect(clippy::print_stdout, reason = "an example shows its result")]
fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(folder), Some(package)) = (arguments.next(), arguments.next()) else {
        return Err("usage: pack_folder FOLDER PACKAGE".into());
    };
    let started = Instant::now();
    let out = File::create(package)?;
    let spool = tempfile::tempfile()?;
    let mut writer = PackageWriter::new(out, spool, header()?, WriterOptions::default())?;
    for file in files(&Path::new(&folder).join("artifacts"))? {
        let mut artifact = writer.start_artifact(meta(&file)?)?;
        io::copy(&mut File::open(&file)?, &mut artifact)?;
        artifact.finish()?;
    }
    let written = writer.finish(Closing::default())?;
    println!(
        "{} artifacts, {} bytes, {}, {:.3} s",
        written.manifest.artifacts.len(),
        written.bytes,
        written.digest,
        started.elapsed().as_secs_f64()
    );
    Ok(())
}

fn header() -> Result<ManifestHeader, Box<dyn Error>> {
    Ok(ManifestHeader::new(
        "pkg-778e230c-2dd6-4e07-a0df-2b5ecab293a9".parse()?,
        "Packed folder".parse()?,
        PackageType::Config,
        Version::new(1, 0, 0),
        Origin {
            exported_at: chrono::DateTime::UNIX_EPOCH,
            exported_by: "example@installhub.example".parse()?,
            tenant_id: "tenant-1".to_owned(),
            platform_version: Version::new(1, 0, 0),
        },
    ))
}

/// All files, folders in the order of their names.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<_>>()?;
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    Ok(found)
}

/// Who the artifact is, by where its file lies.
fn meta(file: &Path) -> Result<ArtifactMeta, Box<dyn Error>> {
    let name =
        |path: Option<&std::ffi::OsStr>| path.and_then(|name| name.to_str()).map(str::to_owned);
    let folder = name(file.parent().and_then(Path::file_name)).unwrap_or_default();
    let id = name(file.file_stem()).ok_or("a file without a name")?;
    let fits = |kind: &&ArtifactType| {
        let spec = kind.spec();
        spec.folder == folder && spec.id_prefix.is_none_or(|prefix| id.starts_with(prefix))
    };
    let artifact_type = ArtifactType::ALL
        .iter()
        .find(fits)
        .ok_or_else(|| format!("'{}' is in no folder of the catalogue", file.display()))?;
    Ok(ArtifactMeta {
        artifact_type: *artifact_type,
        name: id.clone(),
        id,
        version: Version::new(1, 0, 0),
    })
}
