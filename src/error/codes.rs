//! The catalogue of failures: each code with its class and the one text that `flowbit explain` shows.

/// What kind of failure it is; decides the exit status and whether repeating can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// A fault of flowbit itself, or of the machine it runs on.
    Internal,
    /// The command, a file or a value is wrong.
    Usage,
    /// What was named does not exist.
    NotFound,
    /// The server did not accept who we are, or what we may do.
    Auth,
    /// Something else holds the name, the organization or the operation.
    Conflict,
    /// A check did its work and found something.
    Finding,
    /// Some of the work is done, the rest is named.
    Partial,
    /// No server, or not one that can serve this.
    Unavailable,
    /// A guard said no: confirmation, protection, no terminal.
    Refused,
    /// Interrupted after the operation was recorded: it can be resumed.
    Interrupted,
    /// Interrupted before anything was begun.
    Cancelled,
}

impl Class {
    /// The exit status of the process.
    pub const fn exit(self) -> u8 {
        match self {
            Class::Internal => 1,
            Class::Usage => 2,
            Class::NotFound => 3,
            Class::Auth => 4,
            Class::Conflict => 5,
            Class::Finding => 6,
            Class::Partial => 7,
            Class::Unavailable => 8,
            Class::Refused => 10,
            Class::Interrupted => 11,
            Class::Cancelled => 130,
        }
    }

    /// The word that stands in the JSON envelope.
    pub const fn word(self) -> &'static str {
        match self {
            Class::Internal => "internal",
            Class::Usage => "usage",
            Class::NotFound => "not_found",
            Class::Auth => "auth",
            Class::Conflict => "conflict",
            Class::Finding => "finding",
            Class::Partial => "partial",
            Class::Unavailable => "unavailable",
            Class::Refused => "refused",
            Class::Interrupted => "interrupted",
            Class::Cancelled => "cancelled",
        }
    }

    /// Whether the same command may succeed when it is simply repeated later.
    pub const fn retryable(self) -> bool {
        matches!(self, Class::Unavailable | Class::Interrupted)
    }
}

/// One entry of the catalogue.
#[derive(Debug)]
pub struct Code {
    /// Stable identifier, `E` and four digits.
    pub id: &'static str,
    /// Decides the exit status.
    pub class: Class,
    /// One line: what this is.
    pub title: &'static str,
    /// Why it happens and what to do, in whole sentences.
    pub text: &'static str,
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

macro_rules! catalogue {
    ($($name:ident = $id:literal $class:ident $title:literal $text:literal;)*) => {
        $(#[doc = $title] pub static $name: Code = Code { id: $id, class: Class::$class, title: $title, text: $text };)*
        /// Every code, in order.
        pub fn all() -> &'static [&'static Code] {
            static ALL: &[&Code] = &[$(&$name),*];
            ALL
        }
    };
}

catalogue! {
    INTERNAL = "E0001" Internal "flowbit met a state it does not know"
        "This is a fault of flowbit. Nothing was guessed: the work stopped where it was, and an operation that had begun stays in the journal. `flowbit op list --open` shows it; `flowbit op resume` and `flowbit op rollback` work from the record.";
    UNEXPECTED_REPLY = "E0002" Internal "the server gave an answer that flowbit does not understand"
        "The reply of the server lacked a field or carried an error that has no meaning here. The message shows the server's own words. If an operation had begun, it is in the journal and can be resumed.";
    LOCAL_IO = "E0003" Internal "a file or a directory on this machine could not be used"
        "The path and the system's reason stand in the message. Usual causes are a missing directory, a read-only home, or permissions. The data on the server is not concerned.";
    DISK_FULL = "E0004" Internal "the disk of this machine is full"
        "A file could not be written. Free space and repeat the command; files are written beside their target and put in place at the end, so the old version is still there.";

    BAD_ARGUMENT = "E0101" Usage "an argument is missing, unknown or malformed"
        "Nothing was sent to the server. `flowbit COMMAND --help` shows the arguments with examples.";
    BAD_NAME = "E0102" Usage "this cannot be the name of an organization"
        "A name must survive MongoDB's own limits (no NUL, no `$`, no leading dot, no `system.` prefix, 255 bytes for database and collection together) and the platform's naming rule must leave something of it: a name of which nothing is left would share its collection with every other such name. The rule stands under [naming] in the platform description; `flowbit init --preset NAME` prints one.";
    BAD_PASSWORD = "E0103" Usage "this password cannot be used"
        "bcrypt reads 72 bytes and no more, so longer passwords are refused where the platform uses it; a NUL byte ends the password early in some implementations and is refused. Empty passwords are refused, and so are hashes of a kind that the platform does not check.";
    SECRET_IN_ARGV = "E0104" Usage "a secret stood on the command line"
        "Arguments are readable by every user of the machine and land in shell histories. Put the connection string into a file of mode 0600 and name it with FLOWBIT_URI_FILE or a profile, or set FLOWBIT_URI in the environment of this one process. Change the password that was typed.";
    BAD_CONFIG = "E0105" Usage "a configuration file or a platform description is broken"
        "The message names file, line and field. Unknown keys are refused, because a misspelt key that is silently ignored is worse than an error. `flowbit config show` prints what is in force and where each value came from.";
    UNKNOWN_PRESET = "E0106" Usage "there is no preset of this name"
        "Presets are platform descriptions that ship inside flowbit. `flowbit init --preset NAME --out flowbit.toml` writes one out to be edited.";
    BAD_REGISTRY = "E0107" Usage "the registry file cannot be read"
        "A rename has to change the tenant's name in the registry file too, otherwise its screens vanish. The file could not be parsed, or has a shape that flowbit does not know; it was not touched. Repair it, or say `--no-registry` to leave the file alone.";
    LAYOUT_NOT_SERVED = "E0108" Usage "this version does not serve this layout"
        "The platform description asks for a layout that this version of flowbit does not operate on. Nothing was changed.";
    BAD_EMAIL = "E0109" Usage "this is not an e-mail address"
        "An address needs exactly one `@`, something on both sides, a dot in the domain and no white space.";
    UNKNOWN_PROFILE = "E0110" Usage "there is no profile of this name"
        "Profiles are named connections in the user's configuration file. `flowbit config show` prints the path of that file and the profiles in it.";
    STALE_COMPLETIONS = "E0111" Usage "there is no completion script for this shell"
        "Scripts exist for bash, zsh, fish and powershell.";
    UNKNOWN_PLATFORM = "E0112" Usage "cannot tell what platform this is"
        "`flowbit init` looks for accounts (documents with an e-mail and a password hash) and for what ties them to tenants: organization records with collections or databases of their names, or a tenant key that documents share. Where that is not found nothing is guessed and nothing is written. The message says what is missing. Point it at the right database with --master-db, or start from a preset, `flowbit init --preset NAME --out flowbit.toml`, and correct the names in it.";

    BAD_LIST = "E0120" Usage "a list of organizations or accounts is broken"
        "The message names file, line and reason. The list is read whole and checked before anything is sent to the server, so nothing was changed. A list is CSV with a header, or JSON Lines: an object on each line. `flowbit org create --help` and its sisters show the columns.";

    BAD_SET = "E0121" Usage "a seed set is broken"
        "The message names file, line, field and reason of the first faults; `flowbit seed lint SET` lists them all. A set is read and checked whole before anything is written, so nothing was changed.";
    BAD_SCREEN = "E0126" Usage "the registry cannot hold this screen"
        "Registries come in several shapes. Some hold a name, an address, an icon and more of each screen; some hold one address for each tenant, one word for each screen, or the keys of a catalogue that all tenants share. flowbit never turns one shape into another by itself, and does not write what the platform would not look for. The message says what there is no place for. An address begins with `/` or is an absolute http(s) address. The file was not touched.";
    BAD_EXPORT = "E0127" Usage "the file cannot be verified as an export"
        "An exported file is verified with its manifest (FILE.manifest.json) and its seals (FILE.seals.ndjson) beside it, and its lines are documents in extended JSON. The message says what is not so. Nothing was changed.";
    BAD_ROLE = "E0128" Usage "the platform does not know this role"
        "Routes accept roles in one spelling only; an account with another role is locked out. The message names the roles that the platform description lists.";
    WEAK_KEY = "E0129" Usage "this is no key to sign with"
        "A secret has at least as many bytes as the hash of its algorithm (32, 48 or 64) and is no word of an example; a private key is PEM (PKCS #8) of the kind that its algorithm needs. `flowbit key generate` makes one.";
    NO_KEY = "E0130" Usage "the key for tokens is not there"
        "Tokens are signed with the secret in the environment variable that the platform description names, or with a key of the keyring. Set the variable as the backend has it, or make a key: `flowbit key generate`. Seals of the audit trail have a keyring of their own: `flowbit key generate --seals` where they are made; whoever verifies elsewhere is given the public keys, `flowbit key jwks --seals`.";
    NO_TOKENS = "E0131" Usage "the platform description does not say what tokens look like"
        "`[token]` in flowbit.toml says how the backend signs, which claims it reads, and how long tokens are good. `flowbit init --preset NAME` shows examples.";

    BAD_BASELINE = "E0140" Usage "the baseline of accepted findings is broken"
        "The message names file, line, field and reason. Every entry has a finding (12 hexadecimal digits), rule, place, reason and a last day, at most a year ahead; unknown fields and unknown versions are refused, because what is misread accepts too much or too little. Nothing was accepted and nothing was changed. `flowbit isolation baseline add` writes entries.";
    BAD_REPORT = "E0141" Usage "this is no report of a check"
        "A saved report is what `flowbit isolation check -o json` prints, whole. One that another version wrote may have rules or a shape that are not known here: use the flowbit that wrote it, or check again.";
    NO_API = "E0150" Usage "the platform description does not say what the backend can be asked"
        "`[api]` in flowbit.toml names the hosts that may be asked and the routes, each with what it does. Only those hosts are ever sent anything. `--openapi FILE` derives routes from a description that the backend publishes; `flowbit init --preset tickets` shows an example.";

    ORG_NOT_FOUND = "E0201" NotFound "there is no such organization"
        "The name was looked up as typed, then without regard to case, among the living, the deleted and the aliases of renamed organizations. `flowbit org list` shows the living, `flowbit org list --deleted` the restorable ones.";
    OP_NOT_FOUND = "E0202" NotFound "there is no such operation"
        "Operations are named by their identifier, by a part of it that is unique, or by the organization they belong to. `flowbit op list` shows them.";
    CODE_NOT_FOUND = "E0203" NotFound "there is no such error code"
        "`flowbit explain` without an argument lists all codes.";
    STORE_NOT_FOUND = "E0204" NotFound "the organization's collections are not there"
        "The master database names collections that do not exist. flowbit does not rename or delete something it cannot see. `flowbit org show` prints what is there.";
    SET_NOT_FOUND = "E0205" NotFound "there is no such seed set"
        "A set is a directory with a file seed.toml. It is named by its path, by its name where it lies below seed/ in the working directory, or by the name of one that ships with flowbit. `flowbit seed list` shows those.";
    SCREEN_NOT_FOUND = "E0206" NotFound "the registry has no such tenant or screen"
        "Tenants stand in the registry by their name, their slug or their key, whichever the platform looks for, and screens in a catalogue by their key. `flowbit screen list` shows what is there.";
    USER_NOT_FOUND = "E0207" NotFound "there is no such account"
        "No account of the organization, or of the platform's owners, has this e-mail. E-mails are compared as the platform stores them. `flowbit user list` shows all.";
    KEY_NOT_FOUND = "E0208" NotFound "the keyring has no such key"
        "`flowbit key list` shows the keys, also the retired ones.";
    TOKEN_NOT_FOUND = "E0209" NotFound "no such token is known"
        "flowbit knows the tokens that it issued, until they end. Those that the backend gave out can be revoked by user or organization, or by the token itself.";

    ENTRY_NOT_FOUND = "E0210" NotFound "the audit trail has nothing of this"
        "Entries are looked up by their `_id`, and what they are about by the fields that the platform description calls `target` under [audit]. An identifier is taken as text, as an ObjectId and as a UUID. `flowbit audit query --all --since start` shows what is there.";

    HOLD_NOT_FOUND = "E0211" NotFound "there is no such hold"
        "`flowbit audit hold list --all` shows the holds in force. One on an organization that is gone is released with --all.";

    FINDING_NOT_FOUND = "E0220" NotFound "there is no such finding"
        "Findings are named by the 12 hexadecimal digits that a report has for them, or by the first of them, four at least, where no other begins so. `flowbit isolation baseline list` shows the accepted ones.";
    GRANT_NOT_FOUND = "E0230" NotFound "there are no rights to try"
        "`flowbit isolation grants --test` logs in with the rights that a tenant's database user has. `flowbit isolation grants --apply` gives them first; without an option the command shows what that would be.";

    NAME_TAKEN = "E0301" Conflict "another organization has this name"
        "Names are compared without regard to case and after Unicode normalization, because people and backends confuse names that differ only there. Deleted organizations keep their name until they are purged.";
    STORE_TAKEN = "E0302" Conflict "another organization would share the collections of this name"
        "After the platform's naming rule both names give the same collection. Two organizations in one collection read and delete each other's data, so this is refused even though the names differ as typed. Collections that nobody owns are refused too: they may be the rest of somebody's data.";
    OP_OPEN = "E0303" Conflict "an operation is open on this organization or name"
        "An operation that was begun is finished or undone before the next one starts; both of its names are reserved until then. `flowbit op show ID` says where it stands, `flowbit op resume ID` finishes it, `flowbit op rollback ID` undoes it where that is possible.";
    STALE_PLAN = "E0304" Conflict "what the plan was made from has changed"
        "Between the plan and its beginning somebody changed the organization, its collections or the target name. Nothing was done. Run the command again to see a plan of what is there now.";
    LEASE_HELD = "E0305" Conflict "another runner is working on this operation"
        "The runner that holds the lease is named in the message. When it is known to be dead, or the lease has run out, `flowbit op resume` takes the operation over; with `--wait` it waits for that. There is no way to hurry it, because a runner that is only paused may still have a command on its way.";
    LEASE_LOST = "E0306" Conflict "another runner has taken this operation over"
        "The lease was taken by somebody else while this process was paused or cut off. This process stopped before its next change. Nothing is lost: the other runner continues from the journal.";
    OP_STATE = "E0307" Conflict "the state of the operation does not allow this"
        "An operation that was committed can only go forward; one that is closed stays closed. To take a finished rename back, rename the organization back: that is an operation of its own. The documents of a seed set come from files that only `flowbit seed apply` has: repeat that command instead of resuming it.";
    TARGET_OCCUPIED = "E0308" Conflict "the target name was taken while the operation was running"
        "Somebody created a collection with the target name after the plan was made. It was not touched. The operation was undone, or waits for `flowbit op rollback`.";
    ORG_STATE = "E0309" Conflict "the state of the organization does not allow this"
        "A deleted organization can be restored or purged, a living one renamed or deleted.";
    GRACE_NOT_OVER = "E0310" Conflict "the grace period has not ended"
        "A deleted organization can be restored until its grace period ends, so purging waits for that. `--before-grace-ends` purges now; nothing brings the data back then.";
    UNKNOWN_JOURNAL = "E0311" Conflict "the journal was written by another version"
        "A record carries the version of its format. This one is unknown here, so it is shown and not touched. Use the flowbit that wrote it, or a newer one.";
    LINK_BROKEN = "E0312" Conflict "the records of the organization contradict each other"
        "A record that flowbit must change does not hold what the plan expects, and guessing would damage it. The message names the document and the field.";
    ADMIN_TAKEN = "E0313" Conflict "an account with this e-mail exists"
        "Two accounts with one e-mail make it a matter of chance who logs in, so a second one is refused. Choose another address, or use the existing account.";

    NO_ROOM = "E0314" Conflict "there is no room for a copy on the server's disk"
        "Renaming an organization that has a database of its own copies it, and the old one is kept until the alias ends. A full disk ends mongod, so this is refused beforehand. Nothing was changed.";

    SEED_DIFFERS = "E0315" Conflict "the set was written in another way"
        "Identifiers of seeded documents come from set, seed key and organization. With another key every document would be another one, beside those that are there. Repeat without `--seed-key`, or remove the set with `flowbit seed reset` first.";
    SEED_CLASH = "E0316" Conflict "documents of the set would clash with others"
        "A document of the set has a value that must be unique, and a document of other origin has it already: an e-mail, or a value under a unique index. That one was not touched, and nothing was written. The message names the row, the index and the other document.";
    USER_STATE = "E0317" Conflict "the account, or how the platform keeps accounts, does not allow this"
        "The message says what stands against it: an account that is disabled, a platform whose accounts have no field that disables them, or one that keeps the only account inside the organization's record.";
    KEY_STATE = "E0318" Conflict "the state of the key does not allow this"
        "A key that signs, or that living tokens need, is not retired; a key whose time has not begun, or is over, signs nothing. `flowbit key list` shows the state of each.";
    EXPORT_STATE = "E0320" Conflict "the file of the export is there already, or belongs to another export"
        "A file that is there is never written over by itself: `--force` replaces it, in one moment, once the new one is whole. Beside an export that was not finished lie FILE.part and FILE.part.json: the same command with `--resume` goes on where it stopped, and one that asks for other entries, or for another form, is refused. `--force` without `--resume` begins anew.";

    SEALS_BUSY = "E0321" Conflict "somebody else is sealing the audit trail"
        "Two runs of `flowbit audit seal` came to the same place of a chain; one wrote its seal, the other nothing there. Repeat the command: what is sealed stays sealed.";

    FILE_CHANGED = "E0330" Conflict "somebody else changed the file"
        "Between reading and writing the file was changed, made or taken away by somebody else. It was left as they have it. Repeat the command.";
    GRANT_CLASH = "E0340" Conflict "the name of a role, user or view is somebody else's"
        "Names of roles, users and views are made of the organization's slug. Something of that name is there that flowbit did not make, or made for another organization; it was not touched, and nothing else was changed for this organization. Users carry their mark in `customData.flowbit`, views in the comment of their pipeline; roles are flowbit's where a marked user names them.";

    AUTH_FAILED = "E0401" Auth "the server refused the credentials"
        "User, password or authentication database are wrong. The connection string is not shown; `flowbit config show` says where it came from.";
    NOT_ALLOWED = "E0402" Auth "the database user may not do this"
        "The message names the command that was refused. README.md lists the privileges that flowbit needs; it does not need root.";
    TOKEN_REFUSED = "E0404" Auth "the token is not good"
        "The message has the reason; `flowbit token verify` looks at every layer and says what the backend would do.";
    TOKEN_REUSED = "E0405" Auth "a refresh token was used twice"
        "Each refresh token is good for one use. The second use means that two have it, and one of them may have stolen it: all tokens of that log-in were revoked. The user logs in again.";

    SEALS_DAMAGED = "E0601" Finding "the seals of the audit trail are damaged"
        "Seals were altered, taken away or signed by an unknown key. Sealing on top, or erasing entries by them, would bury that, so nothing was done. `flowbit audit verify --all` names everything that is wrong; once it is understood, `flowbit audit seal --begin-again` starts new chains and leaves the old ones as they are.";
    TRAIL_ALTERED = "E0602" Finding "entries of the audit trail are not as they were sealed"
        "Entries that are to be erased are first compared with their seals; these differ, and erasing them would bury that. `flowbit audit verify` names each.";

    NO_ACCESS_CONTROL = "E0640" Finding "the server has no access control"
        "Whoever reaches the server may do everything there, so roles and users refuse nothing and every tenant sees every other. Start mongod with `security.authorization: enabled`, or with a key file, after there is an administrator; then repeat.";

    PARTLY_DONE = "E0701" Partial "part of the work is done"
        "The result names what was done and what was not. The rest can be repeated.";
    STUCK = "E0702" Partial "the operation is stuck"
        "The operation can go neither forward nor back without a decision. Its record says which step, why, and what is where; nothing is lost. `flowbit op show ID` explains; after the cause is removed, `flowbit op resume ID` or `flowbit op rollback ID` go on.";
    FOLLOW_LOST = "E0704" Partial "the trail cannot be followed any further"
        "Entries were followed through the server's log of changes. The log no longer reaches back to where this stopped, or the collection was dropped or renamed. Everything that was printed stands; entries after the last of them were not printed. `flowbit audit tail --since` with the time of that one goes on: it prints what was written since, and some entries again.";

    NO_SERVER = "E0801" Unavailable "no MongoDB is configured"
        "flowbit was not told which MongoDB to use and no local one is running. Either set FLOWBIT_URI (or MONGODB_URI, FLOWBIT_URI_FILE, a profile), or run `flowbit local start`.";
    UNREACHABLE = "E0802" Unavailable "the server cannot be reached"
        "No server answered within the time limit. Check that it runs, the host and port, the network, and TLS options. The connection string itself is not shown because it may hold a password.";
    WRONG_REPLICA_SET = "E0803" Unavailable "the replica set has another name"
        "The connection string names a replica set that these servers do not belong to. Correct `replicaSet=` in it.";
    NEEDS_REPLICA_SET = "E0804" Unavailable "this needs a replica set and the server is a standalone"
        "A standalone server has neither transactions nor majority acknowledgement that survives a crash, so this operation cannot keep its promises there. One node is enough for a replica set: start mongod with `--replSet rs0` and initiate it once.";
    SHARDED = "E0805" Unavailable "sharded clusters are not served yet"
        "Renaming through mongos follows other rules than those flowbit was proven on. Reading commands work; changes are refused.";
    NO_MONGOD = "E0806" Unavailable "there is no mongod on this machine"
        "flowbit looks at FLOWBIT_MONGOD, then PATH, then its own data directory. Install MongoDB by your package manager, run a container, or use Atlas, and set FLOWBIT_URI; on Linux x86-64 `flowbit local start` can install a pinned mongod.";
    LOCAL_START = "E0807" Unavailable "the local MongoDB did not start"
        "The message names the cause, with the last words of its log where it wrote one. The data is untouched; `flowbit local reset` deletes it and starts afresh, if nothing else helps.";
    NO_GUARD = "E0808" Unavailable "the server cannot compare-and-rename"
        "Renames here are guarded by the collection's UUID, which needs MongoDB 6.0 or newer. Without it a rename could hit a collection that was just re-created by somebody else. With the platform's backend stopped, `--exclusive` goes on without the guard.";
    SERVER_BUSY = "E0809" Unavailable "the server did not finish in time"
        "A command waited longer than its limit, usually behind an open transaction or an election. Nothing is lost; repeat or resume.";

    API_DOWN = "E0850" Unavailable "the platform's backend cannot be asked"
        "Nobody answers at the address, or what answers there breaks off. Whatever was put into the database for it is gone again. Start the backend, look at its address, and repeat the command.";

    NO_CONSENT = "E1001" Refused "this change was not confirmed"
        "Changes of this weight are confirmed by typing the organization's name, or how many there are where several are concerned. Without a terminal, with --no-input or with CI=true nothing is asked: give `--confirm NAME`, or `--confirm NUMBER`.";
    WRONG_CONSENT = "E1002" Refused "the confirmation does not match"
        "The name typed is not the name of the organization, or the number not that of the organizations. Nothing was changed.";
    PROTECTED = "E1003" Refused "the profile is protected"
        "This connection is marked `protected = true`. Changes through it need `--confirm NAME` and a `--reason`.";
    INSTALL_REFUSED = "E1004" Refused "installing was not agreed to"
        "Nothing was downloaded. Say `--yes` to agree, or get a mongod in one of the ways that `flowbit local start --no-install` lists.";
    RESET_REFUSED = "E1005" Refused "deleting the local data was not agreed to"
        "`flowbit local reset` deletes everything in the local MongoDB. Say `--yes` to agree.";
    LAST_ADMIN = "E1006" Refused "this is the last administrator"
        "Without an administrator nobody can manage the organization. Make another account one first (`flowbit user set-role`), or say `--force`.";
    SUPPORT = "E1007" Refused "the profile is for support"
        "This connection is marked `support = true`. Whoever reads accounts or the audit trail through it says why with `--reason`, and that it was read is itself an audit entry, `audit.read`, written before anything is shown. Changes are refused, unless the profile is `protected = true` as well: then they need `--confirm NAME` and a `--reason`.";

    ON_HOLD = "E1008" Refused "a legal hold is in force"
        "Nothing of the trail is erased while a hold is in force; holds are elements of the signed chain. `flowbit audit hold list` shows them, `flowbit audit hold release` ends one.";

    INTERRUPTED = "E1101" Interrupted "interrupted; the operation is saved"
        "The step in hand was finished or left where the journal can see it. `flowbit op resume ID` finishes the operation, `flowbit op rollback ID` undoes it.";
    EXPORT_INTERRUPTED = "E1102" Interrupted "interrupted; the export can be resumed"
        "What was exported so far lies in FILE.part, and how far that is in FILE.part.json; FILE itself was not touched. The same command with `--resume` goes on after the last entry that is there.";
    CANCELLED = "E1301" Cancelled "interrupted before anything was begun"
        "Nothing was changed.";
}

/// The entry with this identifier, in any case.
pub fn find(id: &str) -> Option<&'static Code> {
    all().iter().copied().find(|code| code.id.eq_ignore_ascii_case(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_unique_and_texts_are_whole() {
        let mut seen = std::collections::BTreeSet::new();
        for code in all() {
            assert!(seen.insert(code.id), "{} stands twice", code.id);
            assert_eq!(code.id.len(), 5);
            assert!(code.text.ends_with('.'), "{}: the text is a whole sentence", code.id);
            assert!(!code.title.ends_with('.'), "{}: the title is a phrase", code.id);
        }
    }
}
