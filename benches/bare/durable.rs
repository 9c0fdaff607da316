//! What a durable replacement of a file costs, and no more: write, fsync, rename, fsync of the
//! folder. Called as `durable TEMPORARY FOLDER NAME BYTES`.

use std::fs::{self, File};
use std::io::{Error, Write};
use std::path::Path;

fn main() -> Result<(), Error> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [temporary, folder, name, bytes] = words.as_slice() else {
        return Err(Error::other("durable TEMPORARY FOLDER NAME BYTES"));
    };
    let bytes = vec![b'x'; bytes.parse().map_err(Error::other)?];
    let mut file = File::create_new(temporary)?;
    file.write_all(&bytes)?;
    file.sync_all()?;
    fs::rename(temporary, Path::new(folder).join(name))?;
    File::open(folder)?.sync_all()
}
