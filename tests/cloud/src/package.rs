use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// Makes the zip of a function from its binary, in `directory`, and returns its path.
///
/// The zip holds the binary as `bootstrap`, the one file that the runtime `provided.al2023` looks
/// for. The local cloud runs it on this machine, so the binary is one of this machine's own, not
/// one of the release; the entries have a fixed date, so equal binaries make equal zips.
///
/// # Errors
/// The binary cannot be read, or the zip cannot be written.
pub fn package_function(name: &str, binary: &Path, directory: &Path) -> Result<PathBuf> {
    let code = fs::read(binary).with_context(|| format!("cannot read {}", binary.display()))?;
    let path = directory.join(format!("{name}.zip"));
    let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    let mut zip = ZipWriter::new(file);
    // Stored, not compressed: a development binary is large and travels over the loopback only.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .unix_permissions(0o755);
    zip.start_file("bootstrap", options)?;
    zip.write_all(&code)?;
    zip.finish()?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_binaries_make_equal_zips() {
        let directory = tempfile::tempdir().unwrap();
        let binary = directory.path().join("binary");
        fs::write(&binary, b"code").unwrap();
        let zips = ["one", "two"].map(|name| {
            fs::read(package_function(name, &binary, directory.path()).unwrap()).unwrap()
        });
        assert_eq!(zips[0], zips[1]);

        let mut archive =
            zip::ZipArchive::new(File::open(directory.path().join("one.zip")).unwrap()).unwrap();
        let bootstrap = archive.by_name("bootstrap").unwrap();
        assert_eq!(bootstrap.unix_mode().unwrap() & 0o777, 0o755);
    }
}
