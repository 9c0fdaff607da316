//! On what kind of disk a data directory lies. All that the store promises rests on flock, fsync
//! and rename: where other machines can write as well, or a program stands between, these are not
//! known to keep it.

use std::fmt;

/// A kind of file system that is not written to unless the user insists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Distrusted {
    name: &'static str,
    why: &'static str,
}

impl fmt::Display for Distrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.why)
    }
}

const NFS: &str = "its locks may not reach other machines, a rename that is sent twice can fail \
                   after it was done, and others see late what was written";
const SHARE: &str = "a lock, or the replacing of a file that somebody reads, works as its server \
                     likes";
const GUEST: &str = "its locks do not reach the other side, and a sync may go no further than it";
const PROGRAM: &str = "what a lock, a sync and a rename are worth there depends on a program";
const LATE: &str = "what is written reaches the others when the file is closed, or later; the \
                    last one wins";
const MOUNTED: &str = "whether its locks reach other machines depends on how each one mounted it";
const CLUSTER: &str = "other machines write to it as well, and desk was never tried there";

/// What `statfs` calls them: `linux/magic.h`, and for those outside of the kernel their own sources.
const KINDS: [(u32, &str, &str); 25] = [
    (0x0000_6969, "NFS", NFS),
    (0x0000_517b, "SMB", SHARE),
    (0xff53_4d42, "CIFS", SHARE),
    (0xfe53_4d42, "SMB", SHARE),
    (0x0000_564c, "NCP", SHARE),
    (0x0102_1997, "9P", GUEST),
    (0x786f_4256, "a VirtualBox share", GUEST),
    (0xbacb_acbc, "a VMware share", GUEST),
    (0x7c7c_6673, "a Parallels share", GUEST),
    (0x00c0_ffee, "hostfs", GUEST),
    (0x6573_5546, "FUSE", PROGRAM),
    (0x5346_414f, "AFS", LATE),
    (0x6b41_4653, "AFS", LATE),
    (0x7375_7245, "Coda", LATE),
    (0x0bd0_0bd0, "Lustre", MOUNTED),
    (0x1983_0326, "BeeGFS", MOUNTED),
    (0x2003_0528, "OrangeFS", MOUNTED),
    (0x00c3_6400, "Ceph", CLUSTER),
    (0x0116_1970, "GFS2", CLUSTER),
    (0x7461_636f, "OCFS2", CLUSTER),
    (0x4750_4653, "GPFS", CLUSTER),
    (0x6163_6673, "ACFS", CLUSTER),
    (0x0131_11a8, "IBRIX", CLUSTER),
    (0xaad7_aaea, "PanFS", CLUSTER),
    (0xbeef_dead, "StorNext", CLUSTER),
];

/// Why a file system of this kind is not written to; `None` if it is.
pub(crate) fn distrusted(magic: u32) -> Option<Distrusted> {
    let mut kinds = KINDS.iter();
    let (_, name, why) = kinds.find(|(known, ..)| *known == magic)?;
    Some(Distrusted { name, why })
}

/// Whether this is Linux, of this version or a later one.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn is_linux_from(major: u32, minor: u32) -> bool {
    let Ok(system) = nix::sys::utsname::uname() else {
        return false;
    };
    let release = system.release().to_string_lossy();
    let mut numbers = release
        .split(|c: char| !c.is_ascii_digit())
        .map(str::parse::<u32>);
    matches!((numbers.next(), numbers.next()), (Some(Ok(is)), Some(Ok(sub))) if (is, sub) >= (major, minor))
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) fn is_linux_from(_major: u32, _minor: u32) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_disks_are_trusted_and_shared_ones_are_not() {
        // As `stat -f -c %t` prints them.
        let table = [
            ("ef53", None),     // ext2, 3, 4
            ("58465342", None), // XFS
            ("9123683e", None), // Btrfs
            ("2fc12fc1", None), // ZFS
            ("f2f52010", None), // F2FS
            ("ca451a4e", None), // bcachefs
            ("52654973", None), // ReiserFS
            ("3153464a", None), // JFS
            ("1021994", None),  // tmpfs
            ("858458f6", None), // ramfs
            ("794c7630", None), // overlay
            ("f15f", None),     // eCryptfs
            ("4d44", None),     // FAT
            ("2011bab0", None), // exFAT
            ("7366746e", None), // NTFS
            ("0", None),
            ("6969", Some("NFS")),
            ("517b", Some("SMB")),
            ("fe534d42", Some("SMB")),
            ("ff534d42", Some("CIFS")),
            ("1021997", Some("9P")),
            ("65735546", Some("FUSE")),
            ("5346414f", Some("AFS")),
            ("6b414653", Some("AFS")),
            ("73757245", Some("Coda")),
            ("c36400", Some("Ceph")),
            ("bd00bd0", Some("Lustre")),
            ("786f4256", Some("a VirtualBox share")),
            ("1161970", Some("GFS2")),
            ("7461636f", Some("OCFS2")),
            ("47504653", Some("GPFS")),
        ];
        for (magic, expected) in table {
            let found = distrusted(u32::from_str_radix(magic, 16).unwrap());
            assert_eq!(found.map(|found| found.name), expected, "{magic}");
        }
    }

    #[test]
    fn every_kind_stands_once() {
        let magics: std::collections::BTreeSet<u32> = KINDS.iter().map(|kind| kind.0).collect();
        assert_eq!(magics.len(), KINDS.len());
    }
}
