//! stub
use super::{Format, Look};
use std::io::Write;
pub(crate) fn write(
    report: &desk::report::Report,
    _format: Format,
    _fields: Option<&[String]>,
    _look: &Look,
    out: &mut dyn Write,
) -> desk::Result<()> {
    super::json::write(report, out).map_err(super::output::failed)
}
