//! What a set says of a document that is already there: which of its fields are the platform's to write, which fill in
//! the words of a set, and which are stated as they are.

use super::Target;
use super::shapes::{PASSWORD, described, path_of_word, tenancy, words};
use crate::domain::description::Description;
use crate::domain::fields::Source;
use crate::domain::template::{Template, Var};

/// How the documents of a collection are restated.
#[derive(Debug, Clone, Default)]
pub struct Outline {
    /// Words of a set, with the fields that they fill in.
    pub words: Vec<(&'static str, String)>,
    /// Fields of the platform's shape that a set states.
    pub stated: Vec<String>,
    /// Fields that are written anew: whose the document is, its identifiers, the hash of a password.
    pub anew: Vec<String>,
    /// Names that a set cannot give to a field of its own here.
    taken: Vec<&'static str>,
    /// Fields inside documents that are stated by their paths, because the platform writes their neighbours or others
    /// refer to them.
    by_path: Vec<String>,
    /// What the description says of references: field, collection and field it leads to, whether as text.
    references: Vec<(String, String, String, bool)>,
    /// Whether the compiler of sets knows them, too.
    decided: bool,
}

/// A reference that the description knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pointer<'a> {
    /// The collection that it leads to.
    pub collection: &'a str,
    /// The field of that.
    pub field: &'a str,
    /// Whether it is the text of an identifier.
    pub as_text: bool,
    /// Whether a set need not say so.
    pub decided: bool,
}

impl Outline {
    /// The outline of a collection of documents that others refer to by these fields.
    pub fn of(target: &Target, platform: &Description, collection: &str, referred: &[String]) -> Self {
        let shape = described(target, platform);
        let mut outline = Self { anew: tenancy(target, platform, &shape), ..Self::default() };
        for (word, var) in words(target) {
            let path = path_of_word(target, platform, word);
            let fills = |(_, source): &&(String, Source)| only(source) == Some(*var);
            let path = shape.iter().find(fills).map_or(path, |(path, _)| path.as_str());
            outline.words.push((word, path.to_owned()));
        }
        for (path, source) in &shape {
            let fresh = matches!(only(source), Some(Var::AccountId | Var::Hash));
            let own_word = outline.words.iter().any(|(word, filled)| filled == path || word == path);
            if fresh && !outline.anew.contains(path) {
                outline.anew.push(path.clone());
            } else if !own_word && !outline.anew.contains(path) {
                outline.stated.push(path.clone());
            }
        }
        outline.taken = outline.words.iter().map(|(word, _)| *word).chain(["_key", "_only"]).collect();
        if *target == Target::Accounts {
            outline.taken.push(PASSWORD);
        }
        let dotted = shape.iter().map(|(path, _)| path).chain(referred).filter(|path| path.contains('.'));
        outline.by_path = dotted.cloned().collect();
        let own = platform.references.iter().filter(|reference| reference.collection == collection);
        let parts = own.filter_map(|own| {
            let (to, field) = own.to.split_once('.')?;
            Some((own.field.clone(), to.to_owned(), field.to_owned(), own.as_string))
        });
        outline.references = parts.collect();
        outline.decided = *target != Target::Store;
        outline
    }

    /// Whether a field, by its path, is written anew or filled in by a word.
    pub fn is_written(&self, path: &str) -> bool {
        path == "_id"
            || self.anew.iter().any(|anew| anew == path)
            || self.stated.iter().any(|stated| stated == path)
            || self.words.iter().any(|(_, filled)| filled == path)
    }

    /// Whether the fields of the document at this path are stated one by one.
    pub fn opens(&self, path: &str) -> bool {
        self.by_path.iter().any(|inner| inner.strip_prefix(path).is_some_and(|rest| rest.starts_with('.')))
    }

    /// Whether a set can state a field of this name.
    pub fn can_state(&self, name: &str) -> bool {
        let plain = !name.is_empty() && !name.contains(['.', '\0']) && !name.starts_with('$');
        plain && name != "_id" && !self.taken.contains(&name)
    }

    /// Where a field leads, as far as the description says it.
    pub fn pointer(&self, path: &str) -> Option<Pointer<'_>> {
        let (_, collection, field, as_text) = self.references.iter().find(|(own, ..)| own == path)?;
        Some(Pointer { collection, field, as_text: *as_text, decided: self.decided })
    }
}

fn only(source: &Source) -> Option<Var> {
    match source {
        Source::Template(template) => Template::only(template),
        Source::Constant(_) => None,
    }
}

/// The fields, named by their last part, in which a platform says whose a document is, and how.
pub fn tenant_names(platform: &Description) -> Vec<(String, Var)> {
    let shapes = [Target::Accounts, Target::Audit]
        .into_iter()
        .chain(platform.keyed.iter().map(|keyed| Target::Named(keyed.collection.clone())));
    let mut names: Vec<(String, Var)> = Vec::new();
    for (path, source) in shapes.flat_map(|target| described(&target, platform)) {
        let last = path.rsplit('.').next().unwrap_or_default().to_owned();
        if let Some(var @ (Var::Name | Var::Slug)) = only(&source)
            && !names.contains(&(last.clone(), var))
        {
            names.push((last, var));
        }
    }
    names
}
