//! Prints the digest of every file named on the command line, and their bundle checksum in the order given.

use std::{env, fs::File, io};

use installhub_checksum::{BundleHasher, HashingReader};

#[expect(clippy::print_stdout, reason = "an example shows its result")]
fn main() -> io::Result<()> {
    let mut bundle = BundleHasher::new();
    for path in env::args().skip(1) {
        let mut reader = HashingReader::new(File::open(&path)?);
        io::copy(&mut reader, &mut bundle)?;
        let (_, digest, bytes) = reader.finish();
        println!("{digest} {bytes:>12} {path}");
    }
    println!("{} bundle", bundle.finish());
    Ok(())
}
