use std::collections::BTreeMap;
use std::fs;

use super::*;

const MANIFEST: &str = r#"{"manifestVersion":"1.0","packageId":"x","artifacts":[]}"#;

fn place(folder: &Path, files: &[(&str, &str)]) -> Result<Unpacked, UnpackError> {
    let mut unpacking = Unpacking::into_folder(folder)?;
    for (name, text) in files {
        unpacking.add(name, text.as_bytes())?;
    }
    unpacking.publish()
}

fn tree(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path
                    .strip_prefix(folder)
                    .expect("below")
                    .display()
                    .to_string();
                found.insert(name, fs::read_to_string(&path).expect("text"));
            }
        }
    }
    found
}

fn files(files: &[(&str, &str)]) -> BTreeMap<String, String> {
    files
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
        .collect()
}

#[test]
fn a_free_name_an_empty_folder_and_a_fresh_repository_are_filled() {
    let here = tempfile::tempdir().expect("a temporary folder");
    let package = [
        ("manifest.json", MANIFEST),
        ("README.md", "# x"),
        ("artifacts/forms/a.json", "{}\n"),
    ];
    let unpacked = place(&here.path().join("sub/new"), &package).expect("placed");
    assert_eq!((unpacked.files, unpacked.replaced), (3, false));
    assert_eq!(unpacked.bytes, (MANIFEST.len() + 3 + 3) as u64);
    assert_eq!(
        tree(&here.path().join("sub")).len(),
        3,
        "nothing is left beside it"
    );

    for kept in ["", ".git/HEAD"] {
        let folder = here.path().join(format!("existing{}", kept.len()));
        fs::create_dir_all(folder.join(kept).parent().expect("a parent")).expect("a folder");
        fs::create_dir_all(&folder).expect("a folder");
        let mut expected = files(&package);
        if !kept.is_empty() {
            fs::write(folder.join(kept), "ref").expect("a file");
            expected.insert(kept.to_owned(), "ref".to_owned());
        }
        assert!(!place(&folder, &package).expect("placed").replaced);
        assert_eq!(tree(&folder), expected);
    }
}

#[test]
fn an_earlier_form_is_replaced_and_nothing_else() {
    let here = tempfile::tempdir().expect("a temporary folder");
    let folder = here.path();
    place(
        folder,
        &[
            ("manifest.json", MANIFEST),
            ("README.md", "# old"),
            ("artifacts/forms/gone.json", "{}"),
            ("artifacts/rules/gone.json", "{}"),
            ("signatures/key.json", "{}"),
        ],
    )
    .expect("placed");
    fs::create_dir(folder.join(".git")).expect("a folder");
    fs::write(folder.join(".git/HEAD"), "ref").expect("a file");
    fs::write(folder.join("LICENSE"), "MIT").expect("a file");

    let new_manifest = MANIFEST.replace("\"x\"", "\"y\"");
    let unpacked = place(
        folder,
        &[
            ("manifest.json", &new_manifest),
            ("artifacts/forms/new.json", "[]"),
        ],
    )
    .expect("placed");
    assert!(unpacked.replaced);
    assert_eq!(
        tree(folder),
        files(&[
            ("manifest.json", &new_manifest),
            ("artifacts/forms/new.json", "[]"),
            (".git/HEAD", "ref"),
            ("LICENSE", "MIT"),
        ])
    );
}

#[test]
fn anything_else_is_refused_and_untouched() {
    let here = tempfile::tempdir().expect("a temporary folder");
    for (name, text, found) in [
        ("notes.txt", "mine", "'notes.txt'"),
        (
            "manifest.json",
            r#"{"manifest_version": 3, "name": "an extension of a browser"}"#,
            "'manifest.json'",
        ),
        ("artifacts/mine.json", "{}", "'artifacts'"),
    ] {
        let folder = here.path().join(text.len().to_string());
        let path = folder.join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(&path, text).expect("a file");
        let error = place(&folder, &[("manifest.json", MANIFEST)]).expect_err(name);
        assert!(
            matches!(&error, UnpackError::NotEmpty { found: listed, .. } if listed == found),
            "{error}"
        );
        assert_eq!(tree(&folder), files(&[(name, text)]));
    }
    let file = here.path().join("file");
    fs::write(&file, "x").expect("a file");
    assert!(matches!(
        place(&file, &[]),
        Err(UnpackError::NotAFolder { .. })
    ));
}

/// A package that breaks off.
struct Broken;
impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("torn"))
    }
}

#[test]
fn a_failure_in_the_middle_leaves_the_folder_as_it_was() {
    let here = tempfile::tempdir().expect("a temporary folder");
    let old = [
        ("manifest.json", MANIFEST),
        ("artifacts/forms/a.json", "{}"),
    ];
    let folder = here.path().join("form");
    place(&folder, &old).expect("placed");
    for target in [folder.clone(), here.path().join("new")] {
        let mut unpacking = Unpacking::into_folder(&target).expect("begun");
        unpacking
            .add("manifest.json", MANIFEST.as_bytes())
            .expect("added");
        let error = unpacking
            .add("artifacts/forms/b.json", Broken)
            .expect_err("torn");
        assert!(
            matches!(error, UnpackError::Read { entry, .. } if entry == "artifacts/forms/b.json")
        );
    }
    assert_eq!(tree(&folder), files(&old));
    assert_eq!(
        fs::read_dir(here.path()).expect("a folder").count(),
        1,
        "nothing is left beside it"
    );
}

#[test]
fn names_that_lead_out_are_never_written() {
    let here = tempfile::tempdir().expect("a temporary folder");
    let mut unpacking = Unpacking::into_folder(&here.path().join("form")).expect("begun");
    for name in [
        "../evil",
        "/etc/evil",
        "a/../../evil",
        "",
        "a\\..\\evil",
        "./a",
    ] {
        assert!(unpacking.add(name, &b"x"[..]).is_err(), "{name}");
    }
    unpacking.add("a", &b"x"[..]).expect("a plain name");
    assert!(unpacking.add("a", &b"y"[..]).is_err(), "twice");
}

#[cfg(unix)]
#[test]
fn links_are_not_written_through() {
    use std::os::unix::fs::symlink;

    let here = tempfile::tempdir().expect("a temporary folder");
    let outside = tempfile::tempdir().expect("a temporary folder");
    fs::write(outside.path().join("mine.json"), "mine").expect("a file");
    symlink(outside.path(), here.path().join("link")).expect("a link");
    let package = [
        ("manifest.json", MANIFEST),
        ("artifacts/mine.json", "theirs"),
    ];
    assert!(matches!(
        place(&here.path().join("link"), &package),
        Err(UnpackError::Link { .. })
    ));

    let folder = here.path().join("form");
    fs::create_dir(&folder).expect("a folder");
    fs::write(folder.join("manifest.json"), MANIFEST).expect("a file");
    symlink(outside.path(), folder.join("artifacts")).expect("a link");
    place(&folder, &package).expect("placed");
    assert_eq!(
        fs::read_to_string(outside.path().join("mine.json")).expect("text"),
        "mine"
    );
    assert_eq!(tree(&folder), files(&package));
}

#[test]
fn what_an_interrupted_run_left_can_be_completed() {
    let here = tempfile::tempdir().expect("a temporary folder");
    let folder = here.path();
    fs::create_dir_all(folder.join(".installhub-unpack-abc/new")).expect("a folder");
    fs::create_dir_all(folder.join("artifacts/forms")).expect("a folder");
    fs::write(folder.join("artifacts/forms/half.json"), "{}").expect("a file");
    let package = [
        ("manifest.json", MANIFEST),
        ("artifacts/forms/a.json", "{}"),
    ];
    place(folder, &package).expect("placed");
    assert_eq!(tree(folder), files(&package));
    assert!(!folder.join(".installhub-unpack-abc").exists());
}
