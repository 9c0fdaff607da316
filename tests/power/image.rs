//! A file system in a file, mounted, whose power can be cut.

use std::fs::File;
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::harness::{has, skip_unless};

/// The file systems on which it is tried.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Ext4,
    Xfs,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Ext4 => "ext4",
            Self::Xfs => "xfs",
        }
    }

    /// The smallest that is allowed, or is comfortable; the file has holes.
    fn bytes(self) -> u64 {
        match self {
            Self::Ext4 => 64 << 20,
            Self::Xfs => 320 << 20,
        }
    }
}

/// An empty file system, mounted until it is dropped.
pub(crate) struct Image {
    kind: Kind,
    folder: TempDir,
}

impl Image {
    /// Whether this machine can do it.
    pub(crate) fn possible() -> bool {
        let tools = [
            "mkfs.ext4",
            "mkfs.xfs",
            "xfs_io",
            "mount",
            "umount",
            "losetup",
        ];
        let root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
        tools.into_iter().all(has)
            && skip_unless(root, "only root mounts")
            && skip_unless(
                File::open("/dev/loop-control").is_ok(),
                "no loop devices here",
            )
    }

    pub(crate) fn make(kind: Kind) -> Self {
        let image = Self {
            kind,
            folder: tempfile::tempdir().unwrap(),
        };
        let file = File::create(image.file()).unwrap();
        file.set_len(kind.bytes()).unwrap();
        std::fs::create_dir(image.root()).unwrap();
        run(Command::new(format!("mkfs.{}", kind.name()))
            .arg("-q")
            .arg(image.file()));
        image.mount();
        image
    }

    /// Where it is mounted.
    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("root")
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("image")
    }

    /// Makes all of it durable.
    pub(crate) fn sync(&self) {
        run(Command::new("sync").arg("-f").arg(self.root()));
    }

    /// From now on nothing that was not made durable will be: what is in memory is dropped, the
    /// log is not flushed, and whoever still writes gets an error.
    pub(crate) fn cut_power(&self) {
        // Without `-f` it is the one that does not flush, and it can do it to ext4, too.
        run(Command::new("xfs_io")
            .args(["-x", "-c", "shutdown"])
            .arg(self.root()));
    }

    /// Starts again after a cut: the file system recovers by its log.
    ///
    /// Somebody else's mount namespace may hold on to it for a while: then it would be the one that was
    /// shut down that is mounted once more.
    pub(crate) fn start_again(&self) {
        run(Command::new("umount").arg(self.root()));
        let began = Instant::now();
        while self.is_held() {
            let waits = began.elapsed() < Duration::from_secs(60);
            assert!(
                waits,
                "the file system is held by others, and cannot start again"
            );
            thread::sleep(Duration::from_millis(10));
        }
        self.mount();
    }

    /// Whether a loop device stands on it.
    fn is_held(&self) -> bool {
        let mut losetup = Command::new("losetup");
        losetup.arg("-j").arg(self.file());
        losetup.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        !losetup.output().unwrap().stdout.is_empty()
    }

    fn mount(&self) {
        run(Command::new("mount")
            .args(["-t", self.kind.name(), "-o", "loop"])
            .arg(self.file())
            .arg(self.root()));
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        // Lazily: a test that failed may still have somebody in there.
        let _ = Command::new("umount").arg("-l").arg(self.root()).status();
    }
}

fn run(command: &mut Command) {
    let output = command
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .output()
        .unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
}
