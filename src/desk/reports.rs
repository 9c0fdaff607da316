//! Reports over the tickets.

use super::Desk;
use crate::error::{Error, Result};
use crate::index::{self, Scanned};
use crate::query::Filter;
use crate::report::{self, Facts, Report, Scope};
use crate::ticket::{Ticket, Timestamp};

impl Desk {
    /// A report over the tickets that matched just before `scope.as_of`, beside the one of the time
    /// with which it is compared; and the files that could not be read. `filter` reads the query at the
    /// instant of a report, so that what is relative in it is relative to that.
    ///
    /// # Errors
    /// [`Error::Usage`] where there is no such report, what `filter` gives, and as [`Desk::select`].
    pub fn report(
        &mut self,
        kind: report::Kind,
        filter: impl Fn(Timestamp) -> Result<Filter>,
        scope: &Scope,
    ) -> Result<(Report, Vec<Error>)> {
        kind.check(scope)?;
        let (mut report, damaged) = self.report_alone(kind, &filter(scope.as_of)?, scope)?;
        if let Some(before) = scope.before(kind) {
            let (previous, _) = self.report_alone(kind, &filter(before.as_of)?, &before)?;
            report = report.beside(previous);
        }
        Ok((report.first_rows(), damaged))
    }

    fn report_alone(
        &mut self,
        kind: report::Kind,
        filter: &Filter,
        scope: &Scope,
    ) -> Result<(Report, Vec<Error>)> {
        if !self.exists() {
            return Ok((report::run(kind, &[], scope), Vec::new()));
        }
        match self.all.index.report(&self.store, (kind, filter, scope)) {
            Ok(answer) => Ok(answer),
            Err(_) => self.report_by_scan(kind, filter, scope),
        }
    }

    /// A report made by reading all files.
    fn report_by_scan(
        &self,
        kind: report::Kind,
        filter: &Filter,
        scope: &Scope,
    ) -> Result<(Report, Vec<Error>)> {
        let as_of = scope.as_of;
        let take = |ticket: Ticket| {
            let matched = filter.is_everything() || index::matched_before(filter, &ticket, as_of);
            matched.then(|| Facts::of(&ticket, as_of)).flatten()
        };
        let Scanned { found, damaged } = index::scan(&self.store, take)?;
        Ok((report::run(kind, &found, scope), damaged))
    }
}
