//! Passwords, hashes, tokens and roles, as the accounts have them. Values are never read here, only their kinds.

use bson::{Bson, Document, doc};

use super::mend::{call, json, rewrite, script};
use super::rules::{HASH, ROLE, SECRET};
use super::tally::{Group, Tally};
use super::{Exam, Severity, count, ids};
use crate::domain::description::HashScheme;
use crate::domain::plan::Namespace;
use crate::domain::template::Var;

pub(super) fn examine(exam: &mut Exam<'_>, ns: &Namespace, tally: &Tally) {
    hashes(exam, ns, &tally.hashes);
    tokens(exam, ns, &tally.tokens);
    roles(exam, ns, &tally.roles);
}

fn hashes(exam: &mut Exam<'_>, ns: &Namespace, groups: &[Group]) {
    let account = &exam.house.platform.account;
    let Some(path) = account.fields.path_of(Var::Hash) else { return };
    let expected = match account.hash {
        HashScheme::Bcrypt { .. } => "bcrypt",
        HashScheme::BcryptSha256 { .. } => "bcrypt-sha256",
        HashScheme::Argon2id { .. } => "argon2",
    };
    for group in groups {
        let Some(kind) = group.value.as_str().filter(|kind| *kind != expected) else { continue };
        let place = format!("{ns} {path}");
        let shown = ids(&group.ids);
        let filter = Bson::from(doc! { "$in": group.ids.clone() });
        let these = Document::from_iter([("_id".to_owned(), filter)]);
        let accounts = count(group.n, "account");
        if kind == "clear" {
            let evidence = format!("{accounts} with a text that is no hash of any known kind: {shown}");
            let hashed = "{\"$not\": {\"$regex\": \"^([$]|scrypt:|pbkdf2|[{])\"}, \"$type\": \"string\"}";
            let unset = call(ns, &format!("updateMany({{{0}: {hashed}}}, {{\"$unset\": {{{0}: 1}}}})", json(path)));
            exam.found(&SECRET, place, evidence, format!("{unset}   # then let them choose a new password"));
            continue;
        }
        let evidence = match kind {
            "2y" => format!("{accounts} with a $2y$ hash, which Node's bcrypt refuses: {shown}"),
            "missing" => format!("{accounts} without a hash: nobody can log in with them: {shown}"),
            "binary" => format!("{accounts} with a hash as binary data, which some backends do not take: {shown}"),
            "no text" => format!("{accounts} with a hash that is no text: {shown}"),
            other => format!("{accounts} with a hash of the kind {other}, and the platform checks {expected}: {shown}"),
        };
        let repair = if kind == "2y" && expected == "bcrypt" { same_hash(ns, path) } else { look_at(exam, ns, &these) };
        exam.found(&HASH, place, evidence, repair);
    }
}

/// `$2y$` and `$2b$` mean the same to everybody who takes both.
fn same_hash(ns: &Namespace, path: &str) -> String {
    let rest = format!("{{\"$concat\": [{{\"$literal\": \"$2b$\"}}, {{\"$substrBytes\": [\"${path}\", 4, -1]}}]}}");
    call(
        ns,
        &format!("updateMany({{{0}: {{\"$regex\": \"^[$]2y[$]\"}}}}, [{{\"$set\": {{{0}: {rest}}}}}])", json(path)),
    )
}

/// Shows accounts without their hashes.
pub(super) fn look_at(exam: &Exam<'_>, ns: &Namespace, filter: &Document) -> String {
    let filter = script(&Bson::Document(filter.clone()));
    let hidden = exam.house.platform.account.fields.path_of(Var::Hash).unwrap_or("password");
    call(ns, &format!("find({filter}, {{{}: 0}}).limit(20)", json(hidden)))
}

fn tokens(exam: &mut Exam<'_>, ns: &Namespace, groups: &[Group]) {
    for group in groups {
        let Some(path) = group.value.as_str() else { continue };
        let evidence = format!(
            "{} with what looks like a signed token, in clear: whoever reads the database can use it: {}",
            count(group.n, "account"),
            ids(&group.ids)
        );
        // As a pipeline it goes through arrays, and takes away nothing beside the token.
        let unset = format!("updateMany({{{0}: {{\"$regex\": \"^eyJ\"}}}}, [{{\"$unset\": {0}}}])", json(path));
        exam.found(&SECRET, format!("{ns} {path}"), evidence, call(ns, &unset));
    }
}

/// B27: a role that no route accepts.
fn roles(exam: &mut Exam<'_>, ns: &Namespace, groups: &[Group]) {
    let account = &exam.house.platform.account;
    let Some(path) = account.fields.path_of(Var::Role) else { return };
    let known: Vec<&str> = account.roles.iter().map(String::as_str).chain([account.admin_role.as_str()]).collect();
    for group in groups {
        let is = group.value.as_str();
        if is.is_some_and(|role| known.contains(&role)) {
            continue;
        }
        let fold = |role: &str| role.to_lowercase().replace(['_', '-', ' '], "");
        let meant = is.and_then(|role| known.iter().find(|other| fold(other) == fold(role)));
        let place = format!("{ns} {path}");
        let accounts = count(group.n, "account");
        let shown = ids(&group.ids);
        match (is, meant) {
            (Some(role), Some(meant)) => {
                let evidence = format!("{accounts} with the role {role:?}, which is spelled {meant:?}: {shown}");
                exam.found(&ROLE, place, evidence, rewrite(ns, path, &group.value, &Bson::from(*meant)));
            }
            // Where not every role is described, an unknown one may be right.
            (Some(_), None) if account.roles.is_empty() => {}
            (Some(role), None) => {
                let evidence =
                    format!("{accounts} with the role {role:?}; the platform knows {}: {shown}", known.join(", "));
                exam.found(
                    &ROLE,
                    place,
                    evidence,
                    look_at(exam, ns, &Document::from_iter([(path.to_owned(), group.value.clone())])),
                );
            }
            (None, _) => {
                let evidence = format!("{accounts} whose role is no text: {shown}");
                let filter =
                    Document::from_iter([(path.to_owned(), Bson::from(doc! { "$not": { "$type": "string" } }))]);
                exam.found_as(Severity::Warning, &ROLE, place, evidence, look_at(exam, ns, &filter));
            }
        }
    }
}
