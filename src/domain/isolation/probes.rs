//! The catalogue of probes: what is tried on the platform's running backend, and what it means when it works.

use super::rules::Rule;
use crate::domain::severity::Severity;

macro_rules! probes {
    ($($name:ident = $id:literal $word:literal $severity:ident $fault:expr, $title:literal,
        why $why:literal, how $how:literal, remedy $remedy:literal;)*) => {
        $(#[doc = $title] pub static $name: Rule = Rule {
            id: $id, name: $word, severity: Severity::$severity, fault: $fault, title: $title, why: $why, how: $how, remedy: $remedy,
        };)*
        /// Every probe, in order.
        pub fn all() -> &'static [&'static Rule] {
            static ALL: &[&Rule] = &[$(&$name),*];
            ALL
        }
    };
}

/// The probe of this identifier or name, in any case.
pub fn find(word: &str) -> Option<&'static Rule> {
    all().iter().copied().find(|probe| probe.id.eq_ignore_ascii_case(word) || probe.name.eq_ignore_ascii_case(word))
}

probes! {
    READ = "P01" "read-foreign" Error Some("B18"), "read another tenant's document by its identifier",
        why "Whoever learns or guesses an identifier reads what is not theirs.",
        how "The first tenant's token asks for the second tenant's canary; a leak is when its marker comes back.",
        remedy "Ask the database for both, identifier and tenant: { _id, tenant key }.";
    UPDATE = "P02" "update-foreign" Error Some("B18"), "change another tenant's document",
        why "One tenant closes, rewrites or hides what belongs to another.",
        how "The first tenant's token changes the second tenant's canary; a leak is when the canary is another in the database.",
        remedy "Put the tenant into the filter of the update, not only into a look before it.";
    DELETE = "P03" "delete-foreign" Error Some("B18"), "delete another tenant's document",
        why "One tenant destroys what belongs to another.",
        how "The first tenant's token deletes the second tenant's canary; a leak is when it is gone from the database.",
        remedy "Put the tenant into the filter of the delete.";
    LIST = "P04" "list-foreign" Error None, "find another tenant's document in one's own list",
        why "Everybody sees everything, without trying.",
        how "The first tenant lists its documents; a leak is when the second tenant's marker is among them.",
        remedy "Put the tenant into the filter of the list.";
    SEARCH = "P05" "search-foreign" Error None, "find another tenant's document by a word in it",
        why "A search over all tenants shows, or at least counts, what others wrote.",
        how "The first tenant searches for a word that only the second tenant's canary has.",
        remedy "Put the tenant in front of the search, and of its index.";
    MOVE = "P06" "move-into" Error None, "give one's own document to another tenant by an update",
        why "A body that is written as it comes lets people choose whose their documents are: they plant what they like with others.",
        how "The first tenant's token sends the second tenant's key, and its canary's identifier, in the body of an update of its own canary.",
        remedy "Write only the fields that the route knows; never the tenant key and the identifier.";
    PLANT = "P07" "create-into" Error None, "make a document in another tenant",
        why "Strangers write into a tenant: into its lists, its reports, its mail.",
        how "The first tenant's token makes a document with the second tenant's key in the body.",
        remedy "Take the tenant from the token, and ignore what the body says.";
    NO_CLAIM = "P08" "claim-missing" Error None, "use a token without a tenant",
        why "A filter of { tenant: undefined } is no filter: drivers leave it out, and all tenants come back.",
        how "A token that is signed well and lacks the claims of the tenant asks for the second tenant's canary and for the list.",
        remedy "Refuse tokens whose tenant is missing.";
    NULL_CLAIM = "P09" "claim-null" Error Some("B17"), "use a token whose tenant is null",
        why "Null finds every document without a key, or none is filtered at all.",
        how "A token that is signed well and has null in the claims of the tenant asks for the second tenant's canary and for the list.",
        remedy "Refuse tokens whose tenant is no text.";
    OBJECT_CLAIM = "P10" "claim-operator" Error None, "use a token whose tenant is an operator of a query",
        why "{ $ne: null } as tenant is every tenant.",
        how "Tokens that are signed well and have { $ne: null } or { $gt: \"\" } in the claims of the tenant ask for the second tenant's canary and for the list.",
        remedy "Refuse tokens whose tenant is no text; compare with $eq.";
    SPELLING = "P11" "claim-spelling" Error Some("B17"), "use a token whose tenant is spelt otherwise",
        why "Where case and white space do not count, a new tenant called almost alike opens the other's documents.",
        how "Tokens that are signed well and have the second tenant's key in another case, or with white space around it, ask for its canary and for the list.",
        remedy "Compare keys to the letter, and refuse new tenants that differ in case or white space only.";
    QUERY = "P12" "query-operator" Error None, "ask for another tenant in the query string",
        why "Parsers make objects of ?key[$ne]=x: the filter says what the caller wants.",
        how "The list with the tenant key as a parameter: the second tenant's, [$ne] and [$gt].",
        remedy "Build filters from known parameters that are texts; set the tenant last.";
    BODY = "P13" "body-operator" Error None, "send operators of a query instead of texts",
        why "A password of { $ne: null } is every password.",
        how "Searches with operators and the second tenant's key in the body; a log-in as the second tenant's account with an operator as password.",
        remedy "Refuse bodies in which a text is expected and something else comes.";
    ROLE = "P14" "role-lower" Error None, "do what another role may",
        why "Everybody of a tenant does what only its administrators should.",
        how "An account of the first tenant with another role asks the routes that are described for one role only.",
        remedy "Ask for the role in the route, not only in the screen.";
    ROLE_CLAIM = "P15" "role-raised" Warning Some("B14"), "keep a role that was taken away",
        why "The backend believes the role in the token: whoever is made less stays what they were until it ends.",
        how "A token of the same account says the route's role, which the account does not have.",
        remedy "Read the role again, or keep tokens short.";
    EXPIRED = "P16" "expired" Error None, "use a token that has ended",
        why "A token that was lost, or of somebody who left, opens doors for ever.",
        how "A token of the second tenant's own account that ended an hour ago asks for its canary.",
        remedy "Have the library check `exp`.";
    UNSIGNED = "P17" "alg-none" Error None, "use a token that nobody signed",
        why "Everybody makes tokens for everybody.",
        how "The claims of the second tenant's account with alg `none`, in several spellings, and no signature.",
        remedy "Name the one algorithm that counts when tokens are verified.";
    OTHER_KEY = "P18" "other-key" Error None, "use a token that somebody else signed",
        why "Everybody makes tokens for everybody: signatures are not looked at.",
        how "The claims of the second tenant's account, signed with a random key.",
        remedy "Verify tokens; decoding them is not enough.";
    NOBODY = "P19" "account-unknown" Error Some("B14"), "use a token of an account that never existed",
        why "Tokens of deleted accounts keep working: who was let go still reads everything.",
        how "A token of the second tenant that is signed well and names an account that is not there.",
        remedy "Look the account up at each request.";
    DISABLED = "P20" "account-disabled" Error Some("B14"), "use a token of an account that is not in force",
        why "Who was locked out is not.",
        how "A token of an account of the second tenant that is disabled in the database.",
        remedy "Look at the account's state at each request.";
    HEADER = "P21" "header-over-claim" Error None, "name another tenant in the header",
        why "The header is the caller's word: everybody is in every tenant.",
        how "The first tenant's token with the second tenant in the header asks for its canary and for the list.",
        remedy "Compare the header with the token, and refuse what differs.";
    CLAIM = "P22" "claim-against-header" Error None, "be taken for the tenant in the header with another's token",
        why "The header decides whose documents are shown, whatever the token says: each tenant's people are let into each.",
        how "The second tenant's token with the first tenant in the header asks for the first tenant's canary.",
        remedy "Compare the header with the token, and refuse what differs.";
    NEIGHBOUR = "P23" "id-neighbour" Error None, "guess an identifier from one's own",
        why "Identifiers that are made one after the other are no secret: one's own leads to those of others.",
        how "The first tenant's token asks for the identifier after that of its own canary; it is that of the second tenant's.",
        remedy "Ask the database for both, identifier and tenant: { _id, tenant key }. Identifiers are names, and no keys.";
    ARRAY = "P24" "id-array" Error None, "send several identifiers where one belongs",
        why "The look sees the first, the database takes all, or the last.",
        how "The second tenant's identifier beside one's own: in the path, and as a second and as an array parameter.",
        remedy "Refuse what is no single identifier.";
    OPERATOR = "P25" "id-operator" Error None, "send an operator of a query as identifier",
        why "{ $in: [...] } and { $ne: null } find what one identifier would not.",
        how "Operators in the path, and as parameters of read and list.",
        remedy "Make an ObjectId, or a text, of every identifier before it goes into a filter.";
    WEBHOOK = "P26" "webhook-foreign" Error Some("B20"), "change another tenant's document through the webhook",
        why "One secret for all, and no tenant that is compared: whoever has it changes every tenant's documents.",
        how "The webhook with its secret is told about the second tenant's canary, as the first tenant where it can be said.",
        remedy "A secret for each tenant, and the tenant in the filter.";
    WEBHOOK_OPEN = "P27" "webhook-no-secret" Error Some("B20"), "use the webhook without its secret",
        why "Everybody who knows the address changes documents.",
        how "The webhook without the header is told about the second tenant's canary.",
        remedy "Refuse calls without the secret, also where none is configured.";
    WEBHOOK_GUESS = "P28" "webhook-wrong-secret" Error Some("B20"), "use the webhook with a wrong secret",
        why "A secret that is not compared is none.",
        how "The webhook with random and empty secrets is told about the second tenant's canary.",
        remedy "Compare the whole secret, in constant time.";
    NO_TOKEN = "P29" "no-token" Error Some("B25"), "do it without any token",
        why "Everybody reads, changes and deletes.",
        how "Every route asks for, changes and deletes the second tenant's canary without a token.",
        remedy "Put the check of tokens in front of all routes, and list those that need none.";
    EXISTENCE = "P30" "existence-told" Warning None, "learn which identifiers exist",
        why "An answer that differs for what is there and what is not tells about other tenants' documents.",
        how "The first tenant's token asks for the second tenant's canary and for an identifier that nobody has; the status is compared.",
        remedy "Answer 404 to both.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probes_are_numbered_and_named_once() {
        let ids: Vec<&str> = all().iter().map(|probe| probe.id).collect();
        let expected: Vec<String> = (1..=ids.len()).map(|n| format!("P{n:02}")).collect();
        assert_eq!(ids, expected);
        let names: std::collections::BTreeSet<&str> = all().iter().map(|probe| probe.name).collect();
        assert_eq!(names.len(), ids.len());
        assert!(all().iter().all(|probe| Rule::find(probe.name).is_none()), "no probe is called like a rule");
        assert_eq!(find("p04").map(|probe| probe.name), Some("list-foreign"));
    }
}
