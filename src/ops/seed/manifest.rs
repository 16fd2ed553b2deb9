//! The manifest of a snapshot, by hand: people read it before they use the set.

use super::snapshot::Snapshot;
use super::sources::Source;
use crate::domain::Description;
use crate::domain::seed::Target;
use crate::domain::seed::mask::Tally;
use crate::ops::detect::toml::{key_text, one_line, quoted};

/// Lines of comments about one matter.
const TOLD: usize = 40;

/// The text of `seed.toml`.
pub(super) fn text(snapshot: &Snapshot, sources: &[Source], platform: &Description, as_of: &str) -> String {
    let mut out = format!(
        "# A snapshot of {}, taken {as_of}.\n# Identifiers are references, whose the documents are is left to the organization they are written into.\n",
        one_line(&snapshot.org)
    );
    tally(&mut out, "Masked", "nothing", &snapshot.counted.masked);
    tally(&mut out, "Lead to no document of the snapshot", "no identifier", &snapshot.counted.dangling);
    tally(&mut out, "Left out, because a set cannot state them", "no field", &snapshot.counted.unstated);
    out.push_str(&format!(
        "version = 1\nname = {}\ntitle = {}\nplatforms = [{}]\nlayouts = [{}]\nas_of = {}\n",
        quoted(&snapshot.set),
        quoted(&format!("A snapshot of {}", one_line(&snapshot.org))),
        quoted(&platform.platform),
        quoted(platform.layout.word()),
        quoted(as_of),
    ));
    if let Some(admin) = &snapshot.admin {
        out.push_str(&format!("admin = {}\n", quoted(admin)));
    }
    for (index, source) in sources.iter().enumerate() {
        out.push_str(&format!(
            "\n[[collection]]\nname = {}\ninto = {}\nfiles = [{}]\n",
            quoted(&source.name),
            quoted(source.into()),
            quoted(&file_name(source))
        ));
        let lacking = snapshot.counted.lacking.iter().filter(|(part, _)| *part == index).map(|(_, field)| field);
        let mut fields: Vec<String> = lacking
            // Where a document says nothing, the platform's shape would.
            .map(|field| format!("{} = {{ maybe = 0.0, of = \"\" }}\n", key_text(field)))
            .collect();
        if source.target == Target::Accounts {
            fields.push("password = \"generated\"\n".to_owned());
        }
        if !fields.is_empty() {
            out.push_str("[collection.fields]\n");
            out.push_str(&fields.concat());
        }
    }
    out
}

/// The file of a collection.
pub(super) fn file_name(source: &Source) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let name: String = source.name.chars().map(|c| if plain(c) { c } else { '_' }).collect();
    format!("{name}.jsonl")
}

fn tally(out: &mut String, what: &str, nothing: &str, tally: &Tally) {
    if tally.total() == 0 {
        out.push_str(&format!("# {what}: {nothing}.\n"));
        return;
    }
    out.push_str(&format!("# {what}:\n"));
    let rows: Vec<_> = tally.rows().collect();
    for (field, rule, n) in rows.iter().take(TOLD) {
        out.push_str(&format!("#   {} ({rule}): {n}\n", one_line(field)));
    }
    if rows.len() > TOLD {
        out.push_str(&format!("#   and {} more fields\n", rows.len() - TOLD));
    }
}
