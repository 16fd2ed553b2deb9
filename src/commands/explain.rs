//! `flowbit explain`

use serde_json::json;

use super::Done;
use crate::error::{self, Code, Error, Result, code};
use crate::ui::{Block, Report, Table};

/// Explain an error code.
///
/// Without a code, lists all of them.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  flowbit explain E0302\n  flowbit explain")]
pub struct Args {
    /// The code, as it stands in an error
    #[arg(value_name = "CODE")]
    code: Option<String>,
}

pub(super) fn run(args: &Args) -> Result<Done> {
    let Some(wanted) = &args.code else {
        let rows = error::all()
            .iter()
            .map(|c| vec![c.id.to_owned(), c.class.exit().to_string(), c.title.to_owned()])
            .collect();
        let data: Vec<_> = error::all().iter().map(|c| data(c)).collect();
        let report = Report::new("flowbit.explain.list/1", &data).named(error::all().iter().map(|c| c.id));
        return Ok(report.show(Block::Table(Table { head: vec!["code", "exit#", "what"], rows })).into());
    };
    let found = error::find(wanted).ok_or_else(|| {
        Error::new(&code::CODE_NOT_FOUND, format!("there is no error code {wanted:?}")).next("flowbit explain")
    })?;
    Ok(Report::new("flowbit.explain/1", &data(found))
        .named([found.id])
        .show(Block::Heading(format!("{}: {} (exit {})", found.id, found.title, found.class.exit())))
        .line("")
        .line(found.text)
        .into())
}

fn data(code: &Code) -> serde_json::Value {
    json!({ "code": code.id, "class": code.class.word(), "exit": code.class.exit(), "title": code.title, "text": code.text })
}
