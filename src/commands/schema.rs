//! `flowbit schema`

use clap::ValueEnum;

use super::Done;
use crate::domain::schema;
use crate::error::{Result, io};

/// Print the JSON Schema of a file that flowbit reads.
///
/// Editors that know JSON Schema complete and check the file with it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flowbit schema > flowbit.schema.json
  flowbit schema description | jq '.properties | keys'
  flowbit schema seed > seed.schema.json            # of the manifest of a seed set, seed.toml
  flowbit schema fixtures > fixtures.schema.json    # of its files with documents, *.json
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
    /// The manifest of a seed set, seed.toml
    Seed,
    /// The documents of a seed set, *.json
    Fixtures,
}

pub(super) fn run(args: &Args) -> Result<Done> {
    let schema = match args.what {
        What::Description => schema::description(),
        What::Seed => schema::manifest(),
        What::Fixtures => schema::fixtures(),
    };
    let text = serde_json::to_string_pretty(&schema).map_err(|e| io("writing the schema", e.into()))?;
    Ok(Done::Text(format!("{text}\n")))
}
