//! Links the unwinder into the program, where the C compiler has it as an archive.
//!
//! The standard library asks for `libgcc_s`, a shared library that is loaded as every command starts, and
//! that first finds out which processor it runs on: a tenth of what most commands take, and a sixth in a
//! virtual machine, whose host answers that. The archive beside it (GCC's own, under the same exception
//! to its licence) is the same unwinder without that. Where there is none, all is as Rust has it.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "the environment and the output of a build script are Cargo"
)]

use std::env;
use std::path::PathBuf;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=CC");
    // A program that embeds the library without the command line is linked as its own authors want.
    let is_program = env::var_os("CARGO_FEATURE_CLI").is_some();
    let is_native = env::var_os("TARGET") == env::var_os("HOST");
    if is_program && is_native && is_glibc() {
        link_unwinder();
    }
}

fn is_glibc() -> bool {
    let is = |name, value| env::var(name).is_ok_and(|found| found == value);
    is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu")
}

/// Tells the linker of the archive, if the compiler knows one.
fn link_unwinder() {
    let compiler = env::var_os("CC").unwrap_or_else(|| "cc".into());
    let asked = Command::new(compiler)
        .arg("-print-file-name=libgcc_eh.a")
        .output();
    let Ok(answer) = asked else {
        return;
    };
    // Of what it does not have, the compiler says the bare name.
    let path = PathBuf::from(String::from_utf8_lossy(&answer.stdout).trim());
    if let Some(folder) = path
        .parent()
        .filter(|_| path.is_absolute() && path.exists())
    {
        println!("cargo:rustc-link-search=native={}", folder.display());
        println!("cargo:rustc-link-lib=static:-bundle=gcc_eh");
    }
}
