//! The picture in the words of a description, each section with what it rests on.

use bson::{Bson, Document};

use super::picture::{AccountPicture, Picture, RecordPicture, Section, TrailPicture};
use super::toml::{
    document_text, hash_text, index_list, key_text, one_line, quoted, state_text, steps, value_text, words,
};
use crate::domain::Layout;
use crate::domain::description::{AccountPlace, IdType, IndexShape, TokenShape};
use crate::domain::fields::Source;

/// Lines of a description.
struct Page<'a> {
    picture: &'a Picture,
    lines: Vec<String>,
}

/// The description as text. `like` is the preset that it equals, with that preset's tokens as a hint.
pub(super) fn text(picture: &Picture, like: Option<(&str, Option<&TokenShape>)>) -> String {
    let mut page = Page { picture, lines: Vec::new() };
    page.head(like.map(|(name, _)| name));
    page.naming();
    if let Some(record) = &picture.organization {
        page.table("organization", Section::Organization);
        page.record(record, "organization", Some(("collection", &record.collection)));
        page.fields(record, "organization");
    } else {
        page.lines.push(String::new());
        page.comment("no records of organizations: a tenant exists because documents carry its key");
    }
    page.account(&picture.account);
    page.store();
    page.keyed();
    page.references();
    page.audit();
    page.tickets();
    page.registry();
    page.token(like.and_then(|(_, token)| token));
    page.lines.push(String::new());
    page.lines.join("\n")
}

impl Page<'_> {
    fn comment(&mut self, text: &str) {
        self.lines.push(format!("# {}", one_line(text)));
    }

    fn set(&mut self, key: &str, value: &str) {
        self.lines.push(format!("{key} = {value}"));
    }

    /// A gap, what is known of the section, and its head.
    fn table(&mut self, name: &str, section: Section) {
        self.lines.push(String::new());
        self.evidence(section);
        self.lines.push(format!("[{name}]"));
    }

    fn evidence(&mut self, section: Section) {
        let notes = &self.picture.notes;
        for finding in notes.findings.iter().filter(|finding| finding.section == section) {
            let word = finding.certainty.word();
            let line = format!("{word}: {} is {}: {}", finding.what, finding.value, finding.evidence);
            self.lines.push(format!("# {}", one_line(&line)));
        }
        for (_, gap) in notes.unknown.iter().filter(|(of, _)| *of == section) {
            self.lines.push(format!("# unknown: {}", one_line(gap)));
        }
    }

    fn head(&mut self, like: Option<&str>) {
        let picture = self.picture;
        self.comment(&format!("What `flowbit init` made out by looking at the database {}.", picture.master));
        self.comment("sure: everything that was seen says so. guessed: it fits, something else might too; check it.");
        self.comment("unknown: could not be told from the data.");
        if let Some(like) = like {
            self.comment(&format!("It is like the preset {like}: the same collections and fields."));
        }
        self.evidence(Section::Top);
        self.set("version", "1");
        self.set("platform", &quoted(&picture.master));
        self.set("layout", &quoted(picture.layout.word()));
        self.set("master_database", &quoted(&picture.master));
        self.lines.push(String::new());
        self.comment(
            "unknown: the platform's own environment variables. With their names its operators need no others:",
        );
        self.comment("[env]");
        self.comment("uri = \"MONGO_URI\"");
        self.comment("master_database = \"MASTER_DB_NAME\"");
    }

    fn naming(&mut self) {
        let picture = self.picture;
        self.table("naming", Section::Naming);
        self.set("name", &steps(&picture.name_steps));
        self.set("slug", &steps(&picture.slug_steps));
        if let Some(allowed) = &picture.allowed {
            self.set("allowed", &quoted(allowed));
        }
        let stores =
            picture.organization.as_ref().is_some_and(|o| o.fields.values().any(|v| v.as_str() == Some("{store}")));
        if stores && picture.layout == Layout::Collection {
            self.comment("guessed: many backends derive the collection's name again when they rename; then flowbit warns where the");
            self.comment("stored name is another");
            self.set("derived_again", "true");
        }
    }

    /// The keys of a record's table before its fields.
    fn record(&mut self, record: &RecordPicture, word: &str, collection: Option<(&str, &str)>) {
        if let Some((key, name)) = collection {
            self.set(key, &quoted(name));
        }
        if record.id_type == IdType::Uuid && word != "audit" {
            self.set("id_type", "\"uuid\"");
        }
        if let Some(state) = &record.state {
            self.set("state", &state_text(state));
        }
        if let Some(touch) = &record.touch {
            self.set("touch", &quoted(touch));
        }
        self.indexes(&record.indexes);
    }

    fn indexes(&mut self, indexes: &[IndexShape]) {
        if !indexes.is_empty() {
            self.set("indexes", &index_list(indexes));
        }
    }

    fn fields(&mut self, record: &RecordPicture, word: &str) {
        self.lines.push(String::new());
        self.lines.push(format!("[{word}.fields]"));
        for (path, value) in &record.fields {
            if let Some(text) = value_text(value) {
                self.set(&key_text(path), &text);
            }
        }
        for (path, why) in &record.left_out {
            self.comment(&format!("left out: {} ({why})", key_text(path)));
        }
    }

    fn account(&mut self, account: &AccountPicture) {
        self.table("account", Section::Account);
        match account.place {
            AccountPlace::Master => {}
            AccountPlace::Store => self.set("place", "\"store\""),
            AccountPlace::Organization => self.set("place", "\"organization\""),
        }
        self.record(&account.record, "account", Some(("collection", &account.record.collection)));
        if !account.unique_email && account.place == AccountPlace::Master {
            self.comment(&format!("indexes = [{{ keys = {{ {} = 1 }}, unique = true }}]   # would keep one address from having two accounts", key_text(&account.email)));
        }
        if !account.forbidden.is_empty() {
            let one = |keys: &Document| format!("{{ keys = {}, ttl = true }}", document_text(keys));
            let all: Vec<String> = account.forbidden.iter().map(one).collect();
            self.set("forbidden_indexes", &format!("[{}]", all.join(", ")));
        }
        self.set("lower_case_email", if account.lower_case_email { "true" } else { "false" });
        self.set("admin_role", &quoted(&account.admin_role));
        if account.roles.is_empty() {
            self.comment("roles = []   # unknown: every role that the backend accepts");
        } else {
            self.set("roles", &words(&account.roles));
        }
        self.set("hash", &hash_text(account.hash));
        self.fields(&account.record, "account");
        for (kind, fields) in &account.copies {
            self.lines.push(String::new());
            self.lines.push("[[account.copies]]".to_owned());
            if let Some(kind) = kind {
                self.set("collection", &quoted(kind));
            }
            self.set("fields", &document_text(fields));
        }
    }

    fn store(&mut self) {
        let store = &self.picture.store;
        if store.collection.is_none() && store.database.is_none() {
            return;
        }
        self.table("store", Section::Store);
        if let Some(collection) = &store.collection {
            self.set("collection", &quoted(collection));
        }
        if let Some(database) = &store.database {
            self.set("database", &quoted(database));
        }
        if store.kinds.is_empty() {
            self.indexes(&store.indexes);
        }
        for (kind, indexes) in &store.kinds {
            self.lines.push(String::new());
            self.lines.push("[[store.kinds]]".to_owned());
            self.set("name", &quoted(kind));
            self.indexes(indexes);
        }
        if let Some((exists, fields)) = &store.marker {
            self.lines.push(String::new());
            self.lines.push("[store.marker]".to_owned());
            self.set("exists", &quoted(exists));
            self.set("fields", &document_text(fields));
        }
    }

    fn keyed(&mut self) {
        if self.picture.keyed.is_empty() {
            return;
        }
        self.lines.push(String::new());
        self.evidence(Section::Keyed);
        for (n, keyed) in self.picture.keyed.iter().enumerate() {
            if n > 0 {
                self.lines.push(String::new());
            }
            self.lines.push("[[keyed]]".to_owned());
            self.set("collection", &quoted(&keyed.collection));
            self.set("key", &quoted(&keyed.key));
            self.set("fields", &document_text(&keyed.fields));
            self.indexes(&keyed.indexes);
        }
    }

    fn references(&mut self) {
        if self.picture.references.is_empty() {
            return;
        }
        self.lines.push(String::new());
        self.evidence(Section::References);
        for (n, reference) in self.picture.references.iter().enumerate() {
            if n > 0 {
                self.lines.push(String::new());
            }
            self.lines.push("[[reference]]".to_owned());
            self.set("collection", &quoted(&reference.collection));
            self.set("field", &quoted(&reference.field));
            self.set("to", &quoted(&reference.to));
            if reference.as_string {
                self.set("as_string", "true");
            }
        }
    }

    fn audit(&mut self) {
        match &self.picture.audit {
            Some(audit) => {
                self.table("audit", Section::Audit);
                self.record(&audit.record, "audit", Some(("collection", &audit.record.collection)));
                self.paths(audit);
                self.fields(&audit.record, "audit");
            }
            None => {
                self.lines.push(String::new());
                self.evidence(Section::Audit);
                for line in [
                    "[audit]",
                    "collection = \"audit_logs\"",
                    "[audit.fields]",
                    "action = \"{action}\"",
                    "userId = \"{actor}\"",
                    "timestamp = \"{now}\"",
                    "details = \"{details}\"",
                ] {
                    self.comment(line);
                }
            }
        }
    }

    /// Where the backend's own entries say more than flowbit's do.
    fn paths(&mut self, audit: &TrailPicture) {
        let one = |path: &Option<String>| path.as_deref().map(quoted);
        let many = |paths: &[String]| (!paths.is_empty()).then(|| words(paths));
        let all = [
            ("actor", one(&audit.actor)),
            ("target", many(&audit.target)),
            ("target_kind", one(&audit.target_kind)),
            ("before", one(&audit.before)),
            ("after", one(&audit.after)),
            ("personal", many(&audit.personal)),
        ];
        for (key, value) in all {
            if let Some(value) = value {
                self.set(key, &value);
            }
        }
    }

    fn tickets(&mut self) {
        let Some(tickets) = &self.picture.tickets else { return };
        self.table("tickets", Section::Tickets);
        self.set("collection", &quoted(&tickets.collection));
        self.set("title", &quoted(&tickets.title));
        for (key, list) in [("statuses", &tickets.statuses), ("priorities", &tickets.priorities)] {
            if !list.is_empty() {
                self.set(key, &words(list));
            }
        }
    }

    fn registry(&mut self) {
        match &self.picture.registry {
            Some(file) => {
                self.table("registry", Section::Registry);
                self.set("file", &quoted(file));
            }
            None => {
                self.lines.push(String::new());
                self.evidence(Section::Registry);
                self.comment("[registry]");
                self.comment("file = \"registry.json\"");
            }
        }
    }

    /// Tokens cannot be seen in a database: a form to fill in, or the preset's where the platform is like one.
    fn token(&mut self, hint: Option<&TokenShape>) {
        self.lines.push(String::new());
        self.comment("unknown: tokens cannot be seen in a database. What the backend signs, and the name of the variable with its key:");
        self.comment("[token]");
        let Some(token) = hint else {
            for line in [
                "algorithm = \"HS256\"",
                "secret_env = \"JWT_SECRET\"",
                "expires = 3600",
                "claims = { sub = \"{account.id:string}\", role = \"{role}\" }",
            ] {
                self.comment(line);
            }
            return;
        };
        let claims: Document = token
            .claims
            .iter()
            .map(|(path, source)| match source {
                Source::Template(template) => (path.to_owned(), Bson::String(template.as_str().to_owned())),
                Source::Constant(value) => (path.to_owned(), value.clone()),
            })
            .collect();
        self.comment(&format!("algorithm = {}", quoted(token.algorithm.word())));
        if let Some(name) = &token.secret_env {
            self.comment(&format!("secret_env = {}", quoted(name)));
        }
        self.comment(&format!("expires = {}", token.expires));
        self.comment(&format!("claims = {}", document_text(&claims)));
    }
}
