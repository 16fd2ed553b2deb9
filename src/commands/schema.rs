//! `flowbit schema`

use clap::ValueEnum;

use super::Done;
use crate::domain::schema;
use crate::error::{Result, io};

/// Print the JSON Schema of a file that flowbit reads.
///
/// Editors that know JSON Schema complete and check flowbit.toml with it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit schema > flowbit.schema.json
  flowbit schema description | jq '.properties | keys'
  sed -i '1i #:schema ./flowbit.schema.json' flowbit.toml   # for editors with Taplo")]
pub struct Args {
    /// The file
    #[arg(value_name = "WHAT", value_enum, default_value_t = What::Description)]
    what: What,
}

/// Files that have a schema.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum What {
    /// The platform description, flowbit.toml
    Description,
}

pub(super) fn run(args: &Args) -> Result<Done> {
    let What::Description = args.what;
    let text = serde_json::to_string_pretty(&schema::description()).map_err(|e| io("writing the schema", e.into()))?;
    Ok(Done::Text(format!("{text}\n")))
}
