//! `desk resolve`

use desk::Result;
use desk::operation::{Solve, Verb};

use super::{none, write};
use crate::context::Context;
use crate::exit::Exit;

/// The same as of `desk close`.
pub(crate) use super::close::Args;

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Exit> {
    let text = args.message.required("How it was solved.", context)?;
    write::each(context, &args.targets, text, |message| {
        Verb::Resolve(Solve {
            message,
            code: none::or(args.code.clone()),
        })
    })
}
