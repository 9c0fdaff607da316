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
use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=CC");
    // A program that embeds the library without the command line is linked as its own authors want.
    let is_program = env::var_os("CARGO_FEATURE_CLI").is_some();
    let is_native = env::var_os("TARGET") == env::var_os("HOST");
    if is_program && is_native && is_glibc() {
        let whole = !is_stated() && links_all().is_some();
        if !whole {
            link_unwinder();
        }
    }
}

/// Whether somebody said themselves how the program is to be linked, or with what.
fn is_stated() -> bool {
    const SAY_SO: [&str; 6] = [
        "-L",
        "link-arg",
        "linker",
        "crt-static",
        "relocation-model",
        "sanitizer",
    ];
    let of_its_own = ["RUSTC_LINKER", "LIBSQLITE3_SYS_USE_PKG_CONFIG"];
    for name in of_its_own.iter().chain(&["CARGO_ENCODED_RUSTFLAGS"]) {
        println!("cargo:rerun-if-env-changed={name}");
    }
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    SAY_SO.iter().any(|flag| flags.contains(flag))
        || of_its_own.iter().any(|name| env::var_os(name).is_some())
}

fn is_glibc() -> bool {
    let is = |name, value| env::var(name).is_ok_and(|found| found == value);
    is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu")
}

fn compiler() -> Command {
    Command::new(env::var_os("CC").unwrap_or_else(|| "cc".into()))
}

/// The path of one of the compiler's files, if it has it.
fn file(name: &str) -> Option<PathBuf> {
    let asked = compiler().arg(format!("-print-file-name={name}")).output();
    // Of what it does not have, the compiler says the bare name.
    let path = PathBuf::from(String::from_utf8_lossy(&asked.ok()?.stdout).trim());
    let found = path.is_absolute() && path.exists();
    found.then(|| {
        println!("cargo:rerun-if-changed={}", path.display());
        path
    })
}

/// Tells the linker of all archives; `None`, if the compiler does not have them all.
///
/// Rust names the libraries itself, as shared ones. A linker looks for both kinds of a library folder by
/// folder, so it takes the archives of a folder that holds nothing else and stands before the system's.
fn links_all() -> Option<()> {
    let out = PathBuf::from(env::var_os("OUT_DIR")?);
    let archives = out.join("archives");
    gather(&archives)?;
    let mut link = vec![format!("-L{}", archives.display()), "-static-pie".into()];
    link.push(PACKED.into());
    if try_out(&out, &link, 36).is_none() {
        link.pop();
        try_out(&out, &link, 34)?;
    }
    for argument in link {
        println!("cargo:rustc-link-arg-bins={argument}");
    }
    println!("cargo:rustc-env=DESK_LINKED=whole");
    Some(())
}

/// Says where the program has addresses in a bit each, not in 24 bytes: as it starts it works through ten
/// thousand of them, which took a sixth of most commands. glibc does so since 2.36.
const PACKED: &str = "-Wl,-z,pack-relative-relocs";

/// Whether a program that is linked as Rust does it, and so, can be made here, and runs, with a glibc
/// that is no older than 2.`least`.
fn try_out(folder: &Path, so: &[String], least: u32) -> Option<()> {
    let (source, program) = (folder.join("whole.c"), folder.join("whole"));
    let text = "#include <math.h>\n#if !__GLIBC_PREREQ(2, LEAST)\n#error\n#endif\n\
                int main(int n, char **_) { return log(n) > 1; }\n";
    fs::write(&source, text).ok()?;
    let mut link = compiler();
    link.arg(format!("-DLEAST={least}"));
    link.arg(&source).arg("-Wl,-Bdynamic");
    link.args(["gcc_s", "util", "rt", "pthread", "m", "dl", "c"].map(|name| format!("-l{name}")));
    link.arg("-o").arg(&program);
    link.args(["-pie", "-Wl,-z,relro,-z,now", "-nodefaultlibs"]);
    link.args(so);
    for mut step in [link, Command::new(&program)] {
        let ran = step.output().ok()?;
        ran.status.success().then_some(())?;
    }
    Some(())
}

/// An archive of nothing, ar(5).
const EMPTY: &str = "!<arch>\n";

/// Puts the archives into a folder of their own, each under the name that Rust gives the library: as a
/// script that names them, since some are several.
fn gather(folder: &Path) -> Option<()> {
    // Since glibc 2.34 one archive holds all; what an older one links of threads can be half of them.
    let threads = fs::read(file("libpthread.a")?).ok()?;
    (threads == EMPTY.as_bytes()).then_some(())?;
    let unwinder = [file("libgcc_eh.a")?, file("libgcc.a")?]
        .map(quoted)
        .concat();
    let library = quoted(file("libc.a")?) + &unwinder;
    let empty = ["util", "rt", "pthread", "dl"].map(|name| (name, EMPTY.to_owned()));
    let scripts = [
        ("gcc_s", format!("GROUP ({unwinder} )\n")),
        ("c", format!("GROUP ({library} )\n")),
        ("m", format!("GROUP ({} )\n", quoted(file("libm.a")?))),
    ];
    fs::create_dir_all(folder).ok()?;
    for (name, text) in scripts.iter().chain(&empty) {
        fs::write(folder.join(format!("lib{name}.a")), text).ok()?;
    }
    Some(())
}

fn quoted(path: PathBuf) -> String {
    format!(" \"{}\"", path.display())
}

/// Tells the linker of the unwinder's archive, if the compiler has it.
fn link_unwinder() {
    if let Some(folder) = file("libgcc_eh.a").as_deref().and_then(Path::parent) {
        println!("cargo:rustc-link-search=native={}", folder.display());
        println!("cargo:rustc-link-lib=static:-bundle=gcc_eh");
    }
}
