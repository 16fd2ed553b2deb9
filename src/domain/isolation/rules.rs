//! The catalogue of rules: what a leak looks like, what it does to people, how it is looked for, and what to do about it.

use crate::domain::severity::Severity;
use crate::domain::similar::nearest;

/// One rule. Its identifier and its name never get another meaning.
#[derive(Debug)]
pub struct Rule {
    /// `I` and two digits.
    pub id: &'static str,
    /// The same as words: `key-missing`.
    pub name: &'static str,
    /// How bad a finding usually is; one may say otherwise.
    pub severity: Severity,
    /// The fault that was seen in backends, where it is one.
    pub fault: Option<&'static str>,
    /// What is looked for.
    pub title: &'static str,
    /// What it does to people.
    pub why: &'static str,
    /// How it is looked for, and what is no finding.
    pub how: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
}

impl Rule {
    /// The rule of this identifier or name, in any case.
    pub fn find(word: &str) -> Option<&'static Rule> {
        all().iter().copied().find(|rule| rule.id.eq_ignore_ascii_case(word) || rule.name.eq_ignore_ascii_case(word))
    }
}

/// The faults that were seen in backends, and what each is.
pub const FAULTS: &[(&str, &str)] = &[
    ("B1", "two organizations whose names come to the same store read and delete each other's data"),
    ("B8", "the old collection stays after a rename; renaming back then fails, or there are two"),
    (
        "B10",
        "a rename stops half-way: data and accounts are moved, the organization's record is not, and nobody can log in",
    ),
    ("B12", "a delete leaves accounts, records, documents or audit entries behind, or drops the store of a twin"),
    ("B14", "tokens of accounts that were deleted, or never existed, keep working"),
    (
        "B17",
        "documents whose key is missing, null, of the wrong type, misspelt or padded are seen by nobody, and nothing reports them",
    ),
    ("B18", "one tenant changes another's document through the API, and only the audit trail shows it"),
    ("B19", "a document of one tenant that names an account of another shows that account's e-mail"),
    ("B20", "a webhook accepts the documents of any tenant, or asks for no secret"),
    ("B21", "an index that was to end log-ins deletes whole accounts after days"),
    ("B23", "no index keeps e-mails apart: of two accounts with the same e-mail one can never log in"),
    ("B25", "renames and deletes are open to whoever asks, without a log-in"),
    ("B26", "password hashes or refresh tokens are in clear in the database or in answers"),
    ("B27", "a role is spelt in a way that no route accepts, and its holders are locked out"),
];

/// The fault of this code, in any case, and what it is.
pub fn fault(word: &str) -> Option<(&'static str, &'static str)> {
    FAULTS.iter().copied().find(|(code, _)| code.eq_ignore_ascii_case(word))
}

/// What was probably meant by an identifier or a name that is none. Of identifiers only a slip is taken for another: a number
/// without its zero, a letter in place of a digit. Another number is another rule.
pub fn meant<'a>(word: &str, known: impl Iterator<Item = &'a Rule>) -> Option<&'a str> {
    let word = word.trim();
    let known: Vec<&Rule> = known.collect();
    if word.chars().count() > 4 {
        return nearest(word, known.iter().map(|rule| rule.name));
    }
    let is_slip = |id: &str| {
        let number = id.get(1..).unwrap_or_default();
        let bare = word.get(1..).unwrap_or_default().trim_start_matches('0');
        let first = |text: &str| text.chars().next().map(|c| c.to_ascii_uppercase());
        if first(id) != first(word) {
            return false;
        }
        let other: Vec<(char, char)> = id.chars().zip(word.chars()).skip(1).filter(|(a, b)| a != b).collect();
        let letter =
            word.chars().count() == id.chars().count() && matches!(other.as_slice(), [(_, c)] if !c.is_ascii_digit());
        letter || (!bare.is_empty() && number.trim_start_matches('0') == bare)
    };
    known.into_iter().map(|rule| rule.id).find(|id| is_slip(id))
}

macro_rules! rules {
    ($($name:ident = $id:literal $word:literal $severity:ident $fault:expr, $title:literal,
        why $why:literal, how $how:literal, remedy $remedy:literal;)*) => {
        $(#[doc = $title] pub static $name: Rule = Rule {
            id: $id, name: $word, severity: Severity::$severity, fault: $fault, title: $title, why: $why, how: $how, remedy: $remedy,
        };)*
        /// Every rule, in order.
        pub fn all() -> &'static [&'static Rule] {
            static ALL: &[&Rule] = &[$(&$name),*];
            ALL
        }
    };
}

rules! {
    KEY_MISSING = "I01" "key-missing" Error Some("B17"), "documents without a tenant key",
        why "No tenant's query finds them: to their owner they are lost, and a query without the key shows them to everybody.",
        how "Every document of a keyed collection is asked for its key; where an index begins with the key, the index answers. Entries of the audit trail are looked at by `flowbit audit doctor`.",
        remedy "Find out whose they are by what they refer to, and give them the key; a validator that requires it keeps new ones out.";
    KEY_NULL = "I02" "key-null" Error Some("B17"), "documents whose tenant key is null",
        why "As without a key; a backend that passes on a null claim as a filter shows them to whoever has no tenant.",
        how "Every document of a keyed collection is asked for its key. Undefined, an old type, counts as null.",
        remedy "Find out whose they are by what they refer to, and give them the key.";
    KEY_TYPE = "I03" "key-type" Error Some("B17"), "tenant keys of the wrong BSON type",
        why "The backend asks for a text, or an ObjectId, and never finds anything else, however alike it looks.",
        how "The type of every key is compared with the type that the description gives to keys.",
        remedy "Rewrite the key with its right type.";
    KEY_UNKNOWN = "I04" "key-unknown" Error Some("B12"), "documents of a tenant that does not exist",
        why "What a delete left, or an old token wrote under a former name. The next tenant of that name would inherit them.",
        how "Every key is compared with the living organizations and those out of force. What flowbit keeps of a deleted one until it is purged, and what an open operation works on, is no finding. Entries of the audit trail are looked at by `flowbit audit doctor`.",
        remedy "Move them to the tenant they belong to, or delete them; after a rename `flowbit op gc` brings stragglers in.";
    KEY_SPELLING = "I05" "key-spelling" Error Some("B17"), "tenant keys that differ in case or white space",
        why "The tenant does not see them, and a backend that compares without case shows them to the wrong one.",
        how "Keys that nobody has are compared with those of the tenants without case, white space at the ends and repeated, or the way in which letters are encoded.",
        remedy "Rewrite the key as the tenant's record has it.";
    KEY_SEVERAL = "I06" "key-several" Error None, "documents that name several tenants as their own",
        why "A list, or a document, as key matches each tenant in it: every one of them reads and changes the document.",
        how "Keys that are arrays or documents.",
        remedy "Make it a document for each tenant.";
    REFERENCE = "I07" "reference-crossing" Error Some("B19"), "references to another tenant's account or document",
        why "Whoever resolves the reference shows one tenant the name, the e-mail or the content of another.",
        how "Every [[reference]] of the description, also within arrays and sub-documents and as text, is compared with whose the other end is.",
        remedy "Point it to the tenant's own, or remove it; have the backend ask for both, identifier and tenant.";
    EVIDENCE = "I08" "evidence-crossing" Error Some("B19"), "identifiers, e-mails or keys of another tenant in fields that are not described",
        why "Whoever is shown the document learns of another tenant's people or data, and whoever resolves the identifier reads them; nobody described the field, so nobody guards it.",
        how "Every ObjectId, UUID and e-mail in every document, at any depth, is looked up among all accounts, organizations and documents; so is a tenant key where fields are called so. What two tenants share is no evidence. Not seen are identifiers within longer text, and in the names of fields.",
        remedy "Point it to the tenant's own, or remove it; add a [[reference]] to the description where the field is one.";
    ACTION = "I09" "action-crossing" Error Some("B18"), "actions of one tenant's people on another tenant's data",
        why "Somebody could do something to a tenant that is not theirs: the trail has the proof.",
        how "Actor and target of every audit entry are compared with the tenant that the entry names.",
        remedy "Look at the entry with `flowbit audit show`; find the route that did not compare the tenant, and test it with `flowbit isolation probe`.";
    ACCOUNT_TWICE = "I10" "account-in-two-tenants" Warning None, "the same person's account in two tenants",
        why "A log-in by e-mail alone picks one of them by chance; a password that leaks at one opens the other.",
        how "E-mails are compared without case across tenants; so are identifiers, which copied accounts share. Password hashes are not compared.",
        remedy "Give one of them another e-mail, or have the log-in ask for the tenant too.";
    EMAIL_TWICE = "I11" "email-doubled" Error Some("B23"), "e-mails that several accounts of one log-in have, or could have",
        why "Only one of them can log in; whose password counts is chance.",
        how "E-mails are compared within what the platform tells apart; without a unique index a second one could come at any time.",
        remedy "Change or delete all but one, then make the index unique.";
    LIVE_TOKEN = "I12" "live-token" Error Some("B14"), "tokens that are good and whose organization or account is not",
        why "They open doors for people who were locked out.",
        how "Stored refresh tokens and those that flowbit issued, not expired and not revoked, are compared with organizations and accounts in force.",
        remedy "Revoke them with `flowbit token revoke`, by organization or by account.";
    ROLE = "I13" "role-unknown" Error Some("B27"), "roles that no route accepts",
        why "Their holders are locked out, or let in where a backend asks only for what somebody is not.",
        how "Roles of accounts are compared with those of the description, to the letter.",
        remedy "Give each of them a role that the description knows: flowbit user set-role EMAIL ROLE --org ORG.";
    ACCOUNT_ORPHAN = "I14" "account-orphan" Error Some("B12"), "accounts in force whose organization does not exist or is not in force",
        why "They log in, and the next organization of that key is theirs.",
        how "The link of every account is compared with the living organizations.",
        remedy "Lock the account out with `flowbit user disable EMAIL`, or delete it with `flowbit user delete EMAIL`; where it belongs to somebody, correct its link.";
    UNIQUE = "I15" "unique-without-key" Error None, "unique indexes over all tenants",
        why "A value that one tenant has is refused to all others: who tries learns that it is there, and blocks it.",
        how "Unique indexes of keyed collections that do not have the tenant key in them; those that the description asks for, and e-mails by which people log in, are none.",
        remedy "Make it again with the tenant key first.";
    KEY_FIRST = "I16" "key-first" Warning None, "keyed collections without an index that begins with the tenant key",
        why "Every question of a tenant reads the documents of all: slow, and one tenant's load is everybody's.",
        how "The indexes of each keyed collection. Partial, sparse and hidden ones do not count.",
        remedy "Make an index whose first field is the tenant key.";
    TTL = "I17" "ttl-deletes" Error Some("B21"), "indexes that delete accounts by age",
        why "An index that was meant for a part of the account deletes the whole: people lose their accounts after days.",
        how "TTL indexes on collections of accounts and organizations.",
        remedy "Drop it; keep what ends in a collection of its own.";
    SEARCH = "I18" "search-without-key" Warning None, "search indexes over all tenants",
        why "A text or wildcard search without the tenant in front finds words of all tenants, and scores by all of them.",
        how "Text indexes of keyed collections that are not preceded by the tenant key.",
        remedy "Make it again as { key: 1, field: \"text\" }.";
    VIEW = "I19" "view-crossing" Error None, "views that show one tenant the stores of others",
        why "Whoever may read the view reads what is behind it, whatever rights they have there.",
        how "viewOn, $lookup, $graphLookup and $unionWith of every view, through views of views, are followed to the stores they end at.",
        remedy "Drop the view, or make one for each tenant.";
    VIEW_MATCH = "I20" "view-without-match" Error None, "views of shared collections without a tenant match",
        why "The view shows all tenants' documents to whoever may read it.",
        how "A view of a keyed collection must have a $match of the tenant key with a constant before anything that mixes documents. Stages that keep the documents apart may stand before the $match.",
        remedy "Give the view a $match on the tenant key, best as its first stage.";
    LOOKUP = "I21" "lookup-without-match" Error None, "$lookup, $graphLookup and $unionWith that go beyond the tenant",
        why "What is joined comes from all tenants: a foreign identifier is enough to see a foreign document.",
        how "Each joined keyed collection must be restricted to the tenant: by joining on the key, or by a $match in its own pipeline.",
        remedy "Join on the key as well, or match it within the $lookup's pipeline.";
    STORE_SHARED = "I22" "store-shared" Error Some("B1"), "organizations that share a store",
        why "Two customers read and write the same collections.",
        how "The stores of all organizations, as records say and as the naming rule derives, are compared.",
        remedy "Move one of them: flowbit org rename.";
    STORE_ORPHAN = "I23" "store-orphan" Warning Some("B8"), "stores that belong to no organization",
        why "What a rename or a delete left; the next organization of that name would find a stranger's data.",
        how "Collections and databases that look like a tenant's store are compared with the organizations, names kept by flowbit and open operations.",
        remedy "Look at what is in the store. Rename it to the store of the organization that it belongs to; drop it where it is nobody's.";
    FOREIGN = "I24" "foreign-document" Error None, "documents of another tenant inside a tenant's store",
        why "One customer reads another's data.",
        how "Documents in a tenant's store that name another organization by identifier, name or store in a field that says whose they are.",
        remedy "Move them to the store that they name.";
    COPY = "I25" "copy-wrong" Error Some("B10"), "markers and copies that name another tenant",
        why "What a half-done rename left: code that believes the copy works on the wrong tenant.",
        how "Every field that repeats name, slug or store of an organization, in records, accounts, documents and markers, is compared with the record.",
        remedy "Set the copy to what the record says; after a rename of flowbit's `flowbit op resume`.";
    FILE = "I26" "file-without-tenant" Error None, "GridFS files that carry no tenant",
        why "Whoever knows, or guesses, the identifier of a file reads it.",
        how "Files of buckets that all tenants share, and no bucket of a tenant's own, need the tenant key in themselves or in their metadata.",
        remedy "Write the key into metadata, and have downloads ask for it.";
    CHUNK = "I27" "chunk-orphan" Warning None, "GridFS chunks without a file",
        why "The content of deleted files is still there, and no list shows it.",
        how "Identifiers of files in chunks are compared with the files of the bucket.",
        remedy "Delete the chunks, after no upload is at work.";
    SECRET = "I28" "secret-in-clear" Error Some("B26"), "passwords and tokens in clear in accounts",
        why "Whoever reads the database, or a backup of it, logs in as everybody.",
        how "Password fields must hold a hash of a known kind; texts that look like signed tokens are found at any field of accounts.",
        remedy "Hash or remove them, and change what was readable.";
    SPILLED = "I29" "secret-spilled" Error Some("B26"), "hashes, tokens and keys in tenants' documents",
        why "They are shown with the document, and copied with every export.",
        how "Texts that are a password hash, a signed token, a private key or a connection string with a password, and fields whose name ends in a word for a secret and whose value is in clear, in collections other than those of accounts and tokens. What is masked, and names that only tell about a secret, are none.",
        remedy "Remove the field, and change what was readable.";
    GRANT = "I30" "rights-several" Warning None, "database users with rights on several tenants",
        why "A credential that leaks at one customer opens the others.",
        how "Privileges of users are compared with the tenants' stores. Users who may read the master database are the platform's own and none.",
        remedy "Give each tenant a user of its own: flowbit isolation grants.";
    GRANT_GONE = "I31" "rights-vanished" Warning None, "rights on stores that do not exist",
        why "The next tenant of that name is theirs to read.",
        how "Privileges and roles that name a store of the naming rule which no organization has.",
        remedy "Take them away, or drop the user.";
    UNDESCRIBED = "I32" "collection-undescribed" Warning None, "shared collections of tenants' data that the description does not know",
        why "What is not described is not renamed, not deleted and not exported with its tenant.",
        how "Collections of the master database that are nobody's, in which documents carry a tenant key or refer to tenants' accounts and documents.",
        remedy "Add it to [[keyed]] (shared layout) or move the documents into the tenants' stores.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_numbered_and_named_once() {
        let ids: Vec<&str> = all().iter().map(|rule| rule.id).collect();
        let expected: Vec<String> = (1..=ids.len()).map(|n| format!("I{n:02}")).collect();
        assert_eq!(ids, expected);
        let names: std::collections::BTreeSet<&str> = all().iter().map(|rule| rule.name).collect();
        assert_eq!(names.len(), ids.len());
        assert_eq!(Rule::find("i07").map(|rule| rule.name), Some("reference-crossing"));
        assert_eq!(Rule::find("Key-Null").map(|rule| rule.id), Some("I02"));
        assert!(Rule::find("I99").is_none());
    }

    #[test]
    fn every_fault_of_a_rule_is_told() {
        for rule in all().iter().chain(super::super::probes::all()) {
            assert!(rule.fault.is_none_or(|code| fault(code).is_some()), "{}", rule.id);
        }
        assert_eq!(fault("b19").map(|(code, _)| code), Some("B19"));
    }

    #[test]
    fn only_a_slip_is_taken_for_another_rule() {
        let meant = |word: &str| meant(word, all().iter().copied());
        for (word, rule) in [("I7", "I07"), ("i007", "I07"), ("IO7", "I07"), ("key-mising", "key-missing")] {
            assert_eq!(meant(word), Some(rule), "{word}");
        }
        for word in ["I99", "I33", "B99", "P01", "x", "", "é7", "nothing-like-it"] {
            assert_eq!(meant(word), None, "{word}");
        }
    }
}
