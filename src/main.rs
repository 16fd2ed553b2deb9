//! Arguments, environment and streams in; exit status out.

use std::process::ExitCode;

fn main() -> ExitCode {
    flowbit::run(std::env::args_os(), std::env::vars_os())
}
