//! What is started and measured.

use std::fs;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use tokio::process::Command;
use toolbox::Toolbox;
use zip::write::{SimpleFileOptions, ZipWriter};

use crate::interrupt::Interrupt;
use crate::{process, workspace};

/// A function in the form in which Lambda would start it.
#[derive(Debug)]
pub(crate) struct Subject {
    /// What the table calls it.
    pub(crate) name: String,
    program: PathBuf,
    arguments: Vec<PathBuf>,
    /// Size in bytes of the executable, where the function is one.
    pub(crate) binary: Option<usize>,
    /// Size in bytes of the zip that would be uploaded.
    pub(crate) zip: Option<usize>,
}

impl Subject {
    /// A function of this workspace, built for release.
    pub(crate) async fn build(
        name: &str,
        package: &str,
        interrupt: &mut Interrupt,
    ) -> Result<Self> {
        let mut cargo = workspace::cargo();
        cargo.args(["build", "--release", "--locked", "--package", package]);
        if !process::run(&mut cargo, interrupt).await?.success() {
            bail!("{package} could not be built");
        }
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or("target".into(), PathBuf::from);
        Self::binary(name, &workspace::root().join(target).join("release").join(package))
    }

    /// An executable that is there already.
    pub(crate) fn binary(name: &str, path: &Path) -> Result<Self> {
        let content = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        Ok(Self {
            name: name.to_owned(),
            program: fs::canonicalize(path)?,
            arguments: Vec::new(),
            zip: Some(zipped(&content)?),
            binary: Some(content.len()),
        })
    }

    /// The boto3 twin. Its sizes are left out: Lambda brings a Python and a boto3 of its own.
    pub(crate) fn twin(toolbox: &Toolbox) -> Result<Self> {
        let script = workspace::root().join("xtask/src/bench/twin.py");
        if !script.is_file() {
            bail!("there is no {}", script.display());
        }
        let python = toolbox.python();
        Ok(Self {
            name: "boto3 twin".to_owned(),
            program: python,
            arguments: vec![script],
            binary: None,
            zip: None,
        })
    }

    /// The command, in an environment like Lambda's, with every service at `address`.
    pub(crate) fn command(&self, address: &str) -> Command {
        let endpoint = format!("http://{address}");
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).env_clear().envs([
            ("AWS_LAMBDA_RUNTIME_API", address),
            ("AWS_LAMBDA_FUNCTION_NAME", "copy-snapshot"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_ENDPOINT_URL", &endpoint),
            ("STAGING_BUCKET", "snapguard-staging"),
            ("DR_REGIONS", "eu-west-1"),
            ("DR_BUCKET_PREFIX", "snapguard-dr"),
            ("LEDGER_TABLE", "snapguard-ledger"),
            ("ALERTS_TOPIC_ARN", "arn:aws:sns:us-east-1:111122223333:alerts"),
            ("NOTICES_QUEUE_URL", &format!("{endpoint}/111122223333/notices")),
            ("DEAD_LETTER_QUEUE_URL", &format!("{endpoint}/111122223333/dead-letters")),
            // Python must not be slowed down by writing what it compiled into a shared place.
            ("PYTHONDONTWRITEBYTECODE", "1"),
        ]);
        command
    }
}

/// The size of the zip that holds this executable as Lambda wants it.
fn zipped(content: &[u8]) -> Result<usize> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("bootstrap", SimpleFileOptions::default().unix_permissions(0o755))?;
    zip.write_all(content)?;
    Ok(zip.finish()?.into_inner().len())
}
