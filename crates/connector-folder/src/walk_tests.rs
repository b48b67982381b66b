use super::*;

fn names(listing: &Listing) -> Vec<&str> {
    listing
        .files
        .iter()
        .map(|file| file.name.as_str())
        .collect()
}

fn tree(files: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for name in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, "{}").expect("a file");
    }
    folder
}

#[test]
fn files_come_sorted_and_hidden_ones_do_not() {
    let folder = tree(&[
        "b.json",
        "a/z.JSON",
        "a/rows.ndjson",
        ".git/config.json",
        ".hidden.json",
        "node_modules/left-pad/package.json",
        "a/.wanted.json",
        "README.md",
    ]);
    let wanted = BTreeSet::from(["a/.wanted.json".to_owned()]);
    let listing = list(folder.path(), "", &wanted).expect("a listing");
    assert_eq!(
        names(&listing),
        ["a/.wanted.json", "a/rows.ndjson", "a/z.JSON", "b.json"]
    );
    assert_eq!(listing.files[1].kind, FileKind::Data);
    assert_eq!(
        listing.notices,
        [notice(
            "NotCarried",
            ".",
            "left out, being neither .json nor .ndjson: 'README.md'"
        )]
    );
}

#[test]
fn places_that_are_no_folder_are_named() {
    let folder = tree(&["a.json"]);
    let message = |path: &Path| {
        list(path, "", &BTreeSet::new())
            .expect_err("no folder")
            .to_string()
    };
    assert!(message(&folder.path().join("absent")).contains("there is no folder"));
    assert!(message(&folder.path().join("a.json")).contains("is a file: expected the folder"));
}

#[cfg(unix)]
#[test]
fn links_are_followed_inside_only() {
    use std::os::unix::fs::symlink;

    let outside = tree(&["secret.json"]);
    let folder = tree(&["real.json", "..data/mounted.json", "sub/deep.json"]);
    let here = folder.path();
    symlink(outside.path().join("secret.json"), here.join("out.json")).expect("a link");
    symlink(outside.path(), here.join("outdir")).expect("a link");
    symlink("..data/mounted.json", here.join("mounted.json")).expect("a link");
    symlink("real.json", here.join("again.json")).expect("a link");
    symlink("..", here.join("sub/up")).expect("a link");
    symlink("absent.json", here.join("broken.json")).expect("a link");

    let listing = list(here, "", &BTreeSet::new()).expect("a listing");
    assert_eq!(
        names(&listing),
        ["mounted.json", "real.json", "sub/deep.json"]
    );
    let noticed: Vec<(&str, bool)> = listing
        .notices
        .iter()
        .map(|notice| (notice.object.as_str(), notice.message.contains("outside")))
        .collect();
    assert_eq!(
        noticed,
        [
            ("broken.json", false),
            ("out.json", true),
            ("outdir", true),
            ("sub/up", false)
        ]
    );
}
