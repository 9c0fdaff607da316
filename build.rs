//! Links the program with archives, where the C compiler has them, so that nothing is loaded as it starts.
//!
//! Most runs of `desk` last two milliseconds, and a fifth of that went by until the C library, its
//! mathematics (of which two functions are used) and the standard library's unwinder were found, mapped
//! and bound. With glibc's archives the program is whole ("static-pie": it still lies elsewhere in memory
//! at every run). Where they are missing, as on Fedora without `glibc-static`, only the unwinder is
//! linked as an archive: as a shared library it first finds out which processor it runs on, which takes
//! a tenth of most commands. Where even that is missing all is as Rust has it.
//!
//! What glibc loads at run time even then is what knows the users of a directory service; `src/user.rs`
//! does without. Under GCC's own exception to its licence the unwinder may be linked into any program;
//! under the LGPL glibc may, as long as whoever gets the program can link it anew: here is the source.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "the environment and the output of a build script are Cargo"
)]

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=CC");
    // A program that embeds the library without the command line is linked as its own authors want.
    let is_program = env::var_os("CARGO_FEATURE_CLI").is_some();
    let is_native = env::var_os("TARGET") == env::var_os("HOST");
    if is_program && is_native && is_glibc() && !links_all() {
        link_unwinder();
    }
}

fn is_glibc() -> bool {
    let is = |name, value| env::var(name).is_ok_and(|found| found == value);
    is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu")
}

/// The path of one of the compiler's files, if it has it.
fn file(name: &str) -> Option<PathBuf> {
    let compiler = env::var_os("CC").unwrap_or_else(|| "cc".into());
    let asked = Command::new(compiler)
        .arg(format!("-print-file-name={name}"))
        .output();
    // Of what it does not have, the compiler says the bare name.
    let path = PathBuf::from(String::from_utf8_lossy(&asked.ok()?.stdout).trim());
    (path.is_absolute() && path.exists()).then_some(path)
}

/// Tells the linker of all archives; false, if the compiler does not have them all.
///
/// Rust names the libraries itself, as shared ones. A linker looks for both kinds of a library folder by
/// folder, so it takes the archives of a folder that holds nothing else and stands before the system's.
fn links_all() -> bool {
    let Some(folder) = env::var_os("OUT_DIR").map(|out| Path::new(&out).join("archives")) else {
        return false;
    };
    let gathered = gather(&folder);
    if gathered.is_some() {
        println!("cargo:rustc-link-arg-bins=-L{}", folder.display());
        println!("cargo:rustc-link-arg-bins=-static-pie");
    }
    gathered.is_some()
}

/// Puts the archives into a folder of their own, each under the name that Rust gives the library: as a
/// script that names them, since some are several.
fn gather(folder: &Path) -> Option<()> {
    // Where a program begins that moves itself to where it lies.
    file("rcrt1.o")?;
    let unwinder = ["libgcc_eh.a", "libgcc.a"];
    let library: [(&str, &[&str]); 7] = [
        ("gcc_s", &unwinder),
        ("c", &["libc.a", "libgcc_eh.a", "libgcc.a"]),
        ("m", &["libm.a"]),
        // In glibc itself since 2.34, and empty.
        ("util", &["libutil.a"]),
        ("rt", &["librt.a"]),
        ("pthread", &["libpthread.a"]),
        ("dl", &["libdl.a"]),
    ];
    fs::create_dir_all(folder).ok()?;
    for (name, archives) in library {
        let paths: Option<Vec<PathBuf>> = archives.iter().map(|name| file(name)).collect();
        write_script(&folder.join(format!("lib{name}.a")), &paths?).ok()?;
    }
    Some(())
}

fn write_script(script: &Path, archives: &[PathBuf]) -> io::Result<()> {
    let paths: Vec<String> = archives.iter().map(|p| p.display().to_string()).collect();
    fs::write(script, format!("GROUP ( {} )\n", paths.join(" ")))
}

/// Tells the linker of the unwinder's archive, if the compiler has it.
fn link_unwinder() {
    if let Some(folder) = file("libgcc_eh.a").as_deref().and_then(Path::parent) {
        println!("cargo:rustc-link-search=native={}", folder.display());
        println!("cargo:rustc-link-lib=static:-bundle=gcc_eh");
    }
}
