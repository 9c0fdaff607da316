//! What is promised, how each promise is tested, and what is not promised.
//!
//! # The promises
//! 1. What was acknowledged (exit code 0, or the answer to a line of a batch) survives a kill at
//!    once after, and a power cut.
//! 2. At any instant, whatever dies, each ticket's file is the old one or the new one, whole.
//! 3. No update is lost: so many processes that write to one ticket, so many events, each once, in
//!    one order. A number is given once, and never again.
//! 4. Who reads never waits, and never sees half a thing.
//! 5. The ticket files are the truth. Index, journal and counter can be deleted or damaged at any time,
//!    and the answers stay the same. (A counter that is gone is made anew from the files and what was set
//!    aside: a number whose file was removed by hand as well may be given once more.)
//! 6. An error of the disk is a clean failure: not exit code 0, one line that names the file and the
//!    cause, the old data whole, and nothing that piles up. If only the last step fails, by which a
//!    written file is made durable, that is said (`written, but may not survive a power cut`), and
//!    the step is not tried again: the kernel would say that all is well.
//! 7. No lock ever has to be removed by hand. Who waits in vain is told for whom.
//! 8. `batch --atomic` changes all of its tickets or none, whatever dies: what was committed to is done
//!    by whoever runs next and may write. Who reads sees all of it or nothing, from the moment at which
//!    it is committed to, and while it comes into place. (`export`, which writes ticket after ticket, and
//!    `show` look once, as they begin, at what is committed to: what is committed to meanwhile may be in
//!    an export in part.)
//!
//! # How they are tested
//! All of it is in `tests/`, and runs with `cargo test`; with `DESK_LONG=1` it runs many times as long,
//! and `DESK_LONG=1 cargo test --locked crash::kill`, say, runs one of them so. The tests print how
//! much they tried (`-- --nocapture`).
//!
//! | promise | harness | what it does | in the long run |
//! |---|---|---|---|
//! | 1, 2, 7, 8 | `crash::kill` | kills every command that writes, `fsck --repair` too, before each system call by which it touches a file; then `fsck`, and the same command again | every call, more than 30,000 |
//! | 6, 8 | `crash::fault` | lets each of these calls fail, with each of seven errors, once and from then on; commands that read as well | every call, some 470,000 faults |
//! | 1, 2 | `power` | shuts ext4 and xfs images down under writers, as a power cut does, mounts them again, and holds them against a ledger of what was acknowledged | 500 cuts each |
//! | 3, 4, 5 | `crowd` | many writers on few tickets, one killed again and again, readers all the while; the same with journal and counter deleted | 16 writers of 500 operations |
//! | 5 | `index::tests` (of the library) | random histories of operations, foreign changes and damage to journal and index; after each step every query, order and report is that of reading all files; on disks with coarse clocks, too | 1,000 histories each |
//! | 3 | `properties` | random histories, held against a slow count of the events, and any run of them taken back and done again; two writers leave what one after the other leaves; changed bytes are an error or a ticket | a hundred times the cases |
//! | 5 | `fsck` | a table of damage of every kind, each made on a copy, found, and nothing else with it; no alarm about copies, clones, and what a later version wrote; what repair mends, and that it loses nothing; histories that somebody changed, cut or put in another order, all found | a hundred times the manipulations |
//! | 2, 6 | `hostile` | full, read-only and forbidden disks; planted links, FIFOs and devices; input of every wrong kind | the same |
//! | | `shared` | several users in one data directory: modes and groups whatever the umask, who may only read, who is hostile | the same |
//! | | `clock` | a clock that goes back a year, or ahead ten: the order of events holds | the same |
//! | | `network` | NFS, SMB, FUSE and their like are told from local disks, and not written to | the same |
//!
//! A harness that finds nothing proves little, so those that need it are shown to find: `power` must
//! lose data when each of the syncs in turn is left out, and `crash` shows that its kill comes before
//! the call and after the one before.
//!
//! # `fsck` and seals
//! Each ticket carries a digest over its events in order, so that `fsck` finds a past that was edited,
//! cut or put in another order. What a digest in the same file cannot show, a seal can: `fsck --seal`
//! prints a line for each ticket, and a digest of the whole, to be kept elsewhere, and
//! `fsck --against FILE` then also finds a tail that was cut off, a file that was rewritten together
//! with its digest, and a ticket that is gone. Neither shows who did it, nor what was changed before
//! the first seal.
//!
//! `fsck` locks nothing and changes nothing. `fsck --repair` does only what needs nobody's judgement,
//! each thing under the locks of its writers, in one step, and made durable before it is told: a repair
//! that dies is repeated. What nobody can read it sets aside, and deletes nothing but what dead
//! processes left behind. Where it moved something it looks once more, and tells what that brought to
//! light.
//!
//! # What is not promised
//! - That a file which an editor rewrote *in place* is noticed by a query: its folder's stamp stays as it
//!   was. It is noticed when it is among at most 1,000 tickets that are shown, by `fsck`, and by
//!   `reindex`. Whoever replaces files (git, most editors) is noticed at once.
//! - That a process lives through somebody's cutting short, at that very moment, of the file of shared
//!   memory beside the index (`*-shm`): the kernel ends it (SIGBUS). The next one is not harmed.
//! - Anything on a disk that lies about what it has written, or where a file system does not keep
//!   what fsync and rename promise. `power` does not model such: the images' loop device counts as
//!   written whatever the file system handed to it, in order and in whole blocks; a drive's own cache,
//!   reordered or torn blocks, a kernel that dies in the middle, and file systems other than ext4 and
//!   xfs with their usual options are not tried.
//! - Several files as one, for who reads while they are renamed: `git`, `jq`, or a `desk list` in these
//!   milliseconds may see one ticket of a group changed and another not yet. Nor is a bulk all or
//!   nothing, but for `batch --atomic`.
//! - An order among tickets of one group, if all dies in the middle: each is old or new.
//! - That a command which was killed, or failed, did nothing: what it did not acknowledge may be done.
//!   Look, or give it an id (`--id`), under which it is done once.
//! - That the numbers of tickets have no gaps: a failed opening may use one up.
//! - Writers on other machines: shared file systems are refused, unless `DESK_ANY_DISK=1` insists.
//! - Anything against who may write in the data directory. Modes keep others out; a hostile member of
//!   the group can remove files, and a seal kept elsewhere shows that.
//! - That a call which was never made to fail in the tests fails well: `close` is not (Linux closes
//!   whatever it answers), nor memory that runs out.
