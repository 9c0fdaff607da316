//! The baselines: bare programs, compiled by the compiler that compiled desk.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;

/// Where the compiled baselines are.
pub(crate) struct Bare {
    /// An empty process.
    pub(crate) empty: PathBuf,
    /// Write, fsync, rename, fsync of the folder.
    pub(crate) durable: PathBuf,
}

/// Compiles them into `folder`.
pub(crate) fn build(folder: &Path) -> Result<Bare> {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/bare");
    let build = |name: &str| compile(&sources.join(name).with_extension("rs"), &folder.join(name));
    Ok(Bare {
        empty: build("empty")?,
        durable: build("durable")?,
    })
}

fn compile(source: &Path, program: &Path) -> Result<PathBuf> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let status = Command::new(rustc)
        .args(["--edition", "2024", "-O", "-o"])
        .args([program, source])
        .status()?;
    if !status.success() {
        return Err(format!("{} cannot be compiled", source.display()).into());
    }
    Ok(program.to_owned())
}
