//! `desk man`

use std::fs;
use std::path::PathBuf;

use clap::Args as ClapArgs;
use desk::{Error, Result};

use crate::cli;
use crate::context::Context;
use crate::exit::{self, Exit};

#[derive(ClapArgs, Debug)]
pub(crate) struct Args {
    /// The folder, such as ~/.local/share/man/man1; it is made if it is not there
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Exit> {
    let folder = &args.folder;
    fs::create_dir_all(folder).map_err(Error::io("make", folder))?;
    let root = cli::root().disable_help_subcommand(true);
    clap_mangen::generate_to(root, folder).map_err(Error::io("write the pages into", folder))?;
    context.talk(&format!(
        "the manual is in {0}; begin with: man -l {0}/desk.1",
        folder.display()
    ));
    Ok(exit::DONE)
}
