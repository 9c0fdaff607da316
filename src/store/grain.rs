//! How finely the disk's clock tells two changes apart.
//!
//! A stamp that was taken says that nothing changed since only if a later change must have another
//! one. Linux stamps files with a clock that ticks every few milliseconds; since 6.13, on some file
//! systems, with a finer one whenever the last stamp was looked at (multigrain timestamps). Elsewhere
//! a stamp counts only once the clock has moved on.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::Stamp;
use super::disk::{distrusted, is_linux_from};

/// What two changes must lie apart so that their stamps differ for sure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Grain(Duration);

/// A tick is 10 ms at the longest (`CONFIG_HZ` is at least 100).
const TICK: Duration = Duration::from_millis(20);

/// What a server stamps is as coarse as its disk, and its clock is another one.
const REMOTE: Duration = Duration::from_secs(3);

/// File systems with multigrain timestamps, as `statfs` calls them: ext4, XFS, Btrfs, tmpfs.
const FINE: [u32; 4] = [0xef53, 0x5846_5342, 0x9123_683e, 0x0102_1994];

impl Grain {
    /// The grain of a kind of disk, as `statfs` calls it.
    pub(crate) fn of(kind: Option<u32>) -> Self {
        #[cfg(test)]
        if let Some(tick) = coarse::tick() {
            return Self(tick);
        }
        if kind.and_then(distrusted).is_some() {
            return Self(REMOTE);
        }
        let fine = kind.is_some_and(|kind| FINE.contains(&kind));
        Self(if fine && is_linux_from(6, 13) {
            Duration::ZERO
        } else {
            TICK
        })
    }

    /// Whether two changes never have the same stamp, where the first one was looked at.
    pub(crate) fn is_fine(self) -> bool {
        self.0.is_zero()
    }

    /// Whether what has this stamp now will have another one after any change.
    pub(crate) fn settles(self, stamp: Stamp) -> bool {
        // No time that is told to the nanosecond ends in nine zeros: this disk tells seconds.
        let is_coarse = stamp.modified.1 == 0 || stamp.changed.1 == 0;
        let grain = if is_coarse {
            self.0.max(REMOTE)
        } else {
            self.0
        };
        if grain.is_zero() {
            return true;
        }
        #[expect(
            clippy::disallowed_methods,
            reason = "compared with the disk's clock alone"
        )]
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        [stamp.modified, stamp.changed]
            .into_iter()
            .all(|(seconds, nanos)| {
                let (Ok(seconds), Ok(nanos)) = (u64::try_from(seconds), u32::try_from(nanos))
                else {
                    return false;
                };
                let since = now.checked_sub(Duration::new(seconds, nanos));
                since.is_some_and(|since| since > grain)
            })
    }
}

/// A time of a stamp, as the disk gives it.
#[cfg(not(test))]
pub(super) fn as_ticked(seconds: i64, nanos: i64) -> (i64, i64) {
    (seconds, nanos)
}

#[cfg(test)]
pub(super) use coarse::as_ticked;

/// In tests, a disk whose clock ticks slowly.
#[cfg(test)]
pub(crate) mod coarse {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    static MILLIS: AtomicU32 = AtomicU32::new(0);

    /// Lets the clocks of all disks tick once in so many milliseconds; at 0 as they do.
    pub(crate) fn set(millis: u32) {
        MILLIS.store(millis, Ordering::SeqCst);
    }

    /// Waits until what is written from here on has another time than what was written before.
    pub(crate) fn pass() {
        if let Some(tick) = tick() {
            std::thread::sleep(tick + Duration::from_millis(1));
        }
    }

    pub(super) fn tick() -> Option<Duration> {
        let millis = MILLIS.load(Ordering::SeqCst);
        (millis > 0).then(|| Duration::from_millis(millis.into()))
    }

    pub(in super::super) fn as_ticked(seconds: i64, nanos: i64) -> (i64, i64) {
        match tick().map(|tick| i64::try_from(tick.as_nanos()).unwrap_or(1)) {
            Some(tick) => (seconds, nanos - nanos % tick),
            None => (seconds, nanos),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_counts_once_the_clock_has_moved_on() {
        #[expect(
            clippy::disallowed_methods,
            reason = "the stamp of a file that was just made"
        )]
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let stamp = |ago: i64, nanos: i64| {
            let seconds = i64::try_from(now.as_secs()).unwrap() - ago;
            Stamp {
                size: 1,
                modified: (seconds, nanos),
                changed: (seconds, nanos),
                inode: 1,
            }
        };
        let table = [
            (Duration::ZERO, 0, 1, true),
            // A disk that tells seconds, whatever the kernel can.
            (Duration::ZERO, 0, 0, false),
            (Duration::ZERO, 10, 0, true),
            (REMOTE, 0, 1, false),
            (REMOTE, 2, 1, false),
            (REMOTE, 10, 1, true),
            // A clock that goes back makes stamps of the future.
            (TICK, -100, 1, false),
            (Duration::ZERO, -100, 1, true),
        ];
        for (grain, ago, nanos, expected) in table {
            assert_eq!(
                Grain(grain).settles(stamp(ago, nanos)),
                expected,
                "{grain:?} {ago}"
            );
        }
    }
}
