//! The doors between the rooms of `src/`: who may use whom, which outside crates, and who may print, exit or run programs.
//!
//! Reads source text only, by a small lexer: comments, string literals and `#[cfg(test)]` modules do not count. What it
//! cannot see are macros that write paths, and re-exports.

// Clippy takes a function beside a test for one of the program.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// Each room with the rooms it may use. `store::node` is one module of a room. `lib.rs` and `main.rs` may use all.
const ROOMS: &[(&str, &[&str])] = &[
    ("error", &[]),
    ("domain", &["error"]),
    ("layout", &["domain", "error"]),
    ("store", &["domain", "error"]),
    ("journal", &["domain", "store", "error"]),
    ("web", &["domain", "error"]),
    ("ops", &["domain", "layout", "journal", "store", "web", "error"]),
    ("config", &["domain", "error"]),
    ("local", &["store::node", "error"]),
    ("ui", &["domain", "error"]),
    ("commands", &["config", "domain", "error", "journal", "layout", "local", "ops", "store", "ui", "web"]),
];

/// Outside crates that stay in some rooms. `lib` and `main` stand for the files.
const CRATES: &[(&str, &[&str])] = &[
    ("mongodb", &["store"]),
    ("ureq", &["web"]),
    ("rustls", &["web"]),
    ("clap", &["commands", "lib", "main"]),
    ("comfy_table", &["ui"]),
    ("indicatif", &["ui"]),
    ("dialoguer", &["ui"]),
];

/// Macros that write to the terminal.
const PRINTING: &[&str] = &["print", "println", "eprint", "eprintln", "dbg"];
const MAY_PRINT: &[&str] = &["ui"];

/// The end of a path, what it stands for, and where it may stand. A bare `Command::new` needs an import, and it is the
/// import that is found.
const DEEDS: &[([&str; 2], &str, &[&str])] = &[
    (["process", "exit"], "ending the process", &["main"]),
    (["process", "Command"], "running programs", &["local"]),
    (["process", "*"], "a glob over std::process", &[]),
];

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Violation {
    /// Relative to the root.
    file: PathBuf,
    line: usize,
    rule: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file.display(), self.line, self.rule)
    }
}

#[derive(Debug, Default)]
struct Report {
    files: usize,
    /// Uses of a room by another; zero would mean that nothing was looked at.
    doors: usize,
    violations: BTreeSet<Violation>,
}

/// Checks all `*.rs` below `root`, which is laid out like `src/`.
fn check(root: &Path) -> Report {
    let mut report = Report::default();
    for file in sources(root) {
        let text = fs::read_to_string(root.join(&file)).unwrap();
        report.files += 1;
        check_file(&file, &text, &mut report);
    }
    report
}

/// All source files, relative to the root.
fn sources(root: &Path) -> BTreeSet<PathBuf> {
    let (mut found, mut open) = (BTreeSet::new(), vec![root.to_owned()]);
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.insert(path.strip_prefix(root).unwrap().to_owned());
            }
        }
    }
    found
}

/// The names of the modules from the room down to this file: `ops/org/rename.rs` → ops, org, rename.
fn module_path(file: &Path) -> Vec<String> {
    let mut parts: Vec<String> =
        file.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if parts.last().is_some_and(|last| last == "mod") {
        parts.pop();
    }
    parts
}

fn check_file(file: &Path, text: &str, report: &mut Report) {
    let modules = module_path(file);
    let room = modules[0].as_str();
    let is_root = modules.len() == 1 && matches!(room, "lib" | "main");
    let mut complain = |line: usize, rule: String| {
        report.violations.insert(Violation { file: file.to_owned(), line, rule });
    };
    let allowed = ROOMS.iter().find(|(name, _)| *name == room).map(|(_, allowed)| *allowed);
    if allowed.is_none() && !is_root {
        complain(1, format!("{room} is not a room in the table"));
        return;
    }
    let tokens = without_tests(lex(&blank(text)));
    // `lib.rs` and `main.rs` are the crate itself: from there `super` does not lead anywhere.
    let depth = if is_root { 0 } else { modules.len() };
    for used in paths(&tokens, depth) {
        let Used { line, ref path, macro_call, depth } = used;
        let first = path[0].as_str();
        let supers = path.iter().take_while(|segment| *segment == "super").count();
        if supers > 0 && supers >= depth {
            complain(line, format!("{room} is left through super"));
        }
        if first == "crate" && !is_root && path.get(1).is_none_or(|other| other != room) {
            report.doors += 1;
            if !may_use(room, allowed.unwrap_or(&[]), &path[1..]) {
                complain(line, format!("{room} uses {}", path.join("::")));
            }
        }
        if let Some((_, rooms)) = CRATES.iter().find(|(name, _)| *name == first)
            && !rooms.contains(&room)
        {
            complain(line, format!("{room} uses the crate {first}"));
        }
        if macro_call && PRINTING.contains(&path[path.len() - 1].as_str()) && !MAY_PRINT.contains(&room) {
            complain(line, format!("{room} prints with {}!", path[path.len() - 1]));
        }
        for (end, what, rooms) in DEEDS {
            if path.windows(2).any(|pair| pair == end) && !rooms.contains(&room) {
                complain(line, format!("{what} in {room}"));
            }
        }
    }
}

fn may_use(room: &str, allowed: &[&str], path: &[String]) -> bool {
    // What `lib.rs` defines beside the rooms is for the commands, which it calls.
    let Some(first) = path.first() else { return false };
    if room == "commands" && !ROOMS.iter().any(|(name, _)| name == first) {
        return first != "*";
    }
    allowed.iter().any(|door| {
        let door: Vec<&str> = door.split("::").collect();
        path.len() >= door.len() && path.iter().zip(&door).all(|(segment, wanted)| segment == wanted)
    })
}

#[derive(Debug, Clone, PartialEq)]
struct Token {
    text: String,
    line: usize,
}

impl Token {
    fn is_name(&self) -> bool {
        self.text.starts_with(|c: char| c.is_alphabetic() || c == '_')
    }
}

/// A path as it is used, each member of a group on its own.
struct Used {
    path: Vec<String>,
    /// Of its last segment.
    line: usize,
    macro_call: bool,
    /// How many `super` lead from here to the crate.
    depth: usize,
}

/// Keywords after which a `::` begins a path instead of continuing one.
const BEFORE_PATHS: &[&str] =
    &["use", "as", "return", "in", "dyn", "impl", "mut", "match", "if", "while", "for", "else"];

/// All paths in the text. A single name counts as a path where it is imported or called as a macro.
fn paths(tokens: &[Token], file_depth: usize) -> Vec<Used> {
    let (mut used, mut at) = (Vec::new(), 0);
    let (mut braces, mut modules) = (0_usize, Vec::new());
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    while at < tokens.len() {
        match text(at) {
            "{" => braces += 1,
            "}" => {
                braces = braces.saturating_sub(1);
                modules.pop_if(|opened| *opened == braces);
            }
            "mod" if text(at + 2) == "{" => modules.push(braces),
            _ => {}
        }
        let continues = at >= 2
            && text(at - 1) == "::"
            && (text(at - 2) == ">" || tokens[at - 2].is_name() && !BEFORE_PATHS.contains(&text(at - 2)));
        if !tokens[at].is_name() || continues || BEFORE_PATHS.contains(&text(at)) {
            at += 1;
            continue;
        }
        let imported = at > 0 && ["use", "crate"].contains(&text(at - 1));
        let mut found = Vec::new();
        let end = tree(tokens, at, &mut Vec::new(), &mut found);
        let macro_call = text(end) == "!" && text(end + 1) != "=";
        for (path, line) in found {
            if path.len() > 1 || macro_call || imported {
                used.push(Used { path, line, macro_call, depth: file_depth + modules.len() });
            }
        }
        at = end;
    }
    used
}

/// Reads one path, or the tree of a grouped import, and returns where it ends.
fn tree(tokens: &[Token], mut at: usize, prefix: &mut Vec<String>, found: &mut Vec<(Vec<String>, usize)>) -> usize {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    let outer = prefix.len();
    loop {
        if text(at) == "{" {
            at += 1;
            while at < tokens.len() && text(at) != "}" {
                // A group of an import holds names, globs, groups and commas; whatever else is there is passed over.
                at = if tokens[at].is_name() || matches!(text(at), "*" | "{") {
                    tree(tokens, at, prefix, found)
                } else {
                    at + 1
                };
                if text(at) == "as" {
                    at += 2;
                }
            }
            at += 1;
            break;
        }
        prefix.push(text(at).to_owned());
        let line = tokens[at].line;
        at += 1;
        let goes_on = text(at) == "::"
            && tokens.get(at + 1).is_some_and(|next| next.is_name() || matches!(next.text.as_str(), "{" | "*"));
        if !goes_on {
            // `a::b::{self}` is `a::b`.
            let whole = prefix.len() - usize::from(prefix.len() > 1 && prefix[prefix.len() - 1] == "self");
            found.push((prefix[..whole].to_vec(), line));
            break;
        }
        at += 1;
    }
    prefix.truncate(outer);
    at
}

/// Leaves out `#[cfg(test)] mod name { … }`, with other attributes between or not.
fn without_tests(tokens: Vec<Token>) -> Vec<Token> {
    const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let starts = |at: usize| tokens[at..].iter().map(|t| t.text.as_str()).take(7).eq(MARK);
    let (mut kept, mut at) = (Vec::new(), 0);
    while at < tokens.len() {
        if starts(at) {
            let mut next = at + MARK.len();
            while next < tokens.len() && tokens[next].text == "#" {
                next = after_pair(&tokens, next + 1, "[", "]");
            }
            if tokens.get(next).is_some_and(|t| t.text == "mod") && tokens.get(next + 2).is_some_and(|t| t.text == "{")
            {
                at = after_pair(&tokens, next + 2, "{", "}");
                continue;
            }
        }
        kept.push(tokens[at].clone());
        at += 1;
    }
    kept
}

/// The place after the bracket that closes the one at `at`.
fn after_pair(tokens: &[Token], mut at: usize, open: &str, close: &str) -> usize {
    let mut depth = 0_usize;
    while at < tokens.len() {
        depth += usize::from(tokens[at].text == open);
        depth -= usize::from(tokens[at].text == close);
        at += 1;
        if depth == 0 {
            break;
        }
    }
    at
}

/// Names, `::`, and every other character by itself.
fn lex(text: &str) -> Vec<Token> {
    let (mut tokens, mut line) = (Vec::new(), 1);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if c == '\n' {
            line += 1;
        }
        if c.is_whitespace() {
            continue;
        }
        let mut token = String::from(c);
        if c.is_alphanumeric() || c == '_' {
            while let Some(next) = rest.next_if(|next| next.is_alphanumeric() || *next == '_') {
                token.push(next);
            }
        } else if c == ':' {
            token.extend(rest.next_if_eq(&':'));
        }
        tokens.push(Token { text: token, line });
    }
    tokens
}

/// Replaces comments and literals by spaces. Lines stay where they are.
fn blank(text: &str) -> String {
    let source: Vec<char> = text.chars().collect();
    let (mut clean, mut at) = (String::new(), 0);
    while at < source.len() {
        let in_name = at > 0 && (source[at - 1].is_alphanumeric() || source[at - 1] == '_');
        let end = literal_or_comment(&source[at..], in_name);
        if end == 0 {
            clean.push(source[at]);
            at += 1;
        } else {
            let end = (at + end).min(source.len());
            clean.extend(source[at..end].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    clean
}

/// The length of the comment or literal that begins here; zero when none does.
fn literal_or_comment(at: &[char], in_name: bool) -> usize {
    let find = |from: usize, end: &[char]| {
        at[from..]
            .windows(end.len())
            .position(|window| window == end)
            .map_or(at.len(), |found| from + found + end.len())
    };
    match at {
        ['/', '/', ..] => at.iter().position(|c| *c == '\n').unwrap_or(at.len()),
        ['/', '*', ..] => block_comment(at),
        ['"', ..] => quoted(at, '"'),
        ['\'', '\\', ..] => quoted(at, '\''),
        ['\'', _, '\'', ..] => 3,
        ['r', rest @ ..] if !in_name => raw_string(rest).map_or(0, |(start, end)| find(1 + start, &end)),
        ['b' | 'c', 'r', rest @ ..] if !in_name => raw_string(rest).map_or(0, |(start, end)| find(2 + start, &end)),
        _ => 0,
    }
}

/// Block comments nest.
fn block_comment(at: &[char]) -> usize {
    let (mut depth, mut i) = (0_usize, 0);
    while i < at.len() {
        match at[i..] {
            ['/', '*', ..] => (depth, i) = (depth + 1, i + 2),
            ['*', '/', ..] => (depth, i) = (depth - 1, i + 2),
            _ => i += 1,
        }
        if depth == 0 {
            break;
        }
    }
    i
}

fn quoted(at: &[char], quote: char) -> usize {
    let mut i = 1;
    while i < at.len() && at[i] != quote {
        i += if at[i] == '\\' { 2 } else { 1 };
    }
    i + 1
}

/// After the `r`: the length of the opening, and the closing that belongs to it. `r#name` is no string.
fn raw_string(rest: &[char]) -> Option<(usize, Vec<char>)> {
    let hashes = rest.iter().take_while(|c| **c == '#').count();
    let closing = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    (rest.get(hashes) == Some(&'"')).then_some((hashes + 1, closing))
}

#[test]
fn the_doors_are_kept() {
    let report = check(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let lines: Vec<String> = report.violations.iter().map(ToString::to_string).collect();
    assert!(lines.is_empty(), "{}", lines.join("\n"));
    assert!(report.files >= 2 && report.doors > 0, "nothing was checked: {report:?}");
}

/// A tree of files that is gone when the test is over.
struct Planted(PathBuf);

impl Planted {
    fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let root = std::env::temp_dir().join(format!("flowbit-architecture-{}-{name}", std::process::id()));
        for (file, text) in files {
            let path = root.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Self(root)
    }
}

impl Drop for Planted {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn found(name: &str, files: &[(&str, &str)]) -> Vec<String> {
    check(&Planted::new(name, files).0).violations.iter().map(ToString::to_string).collect()
}

#[test]
fn every_kind_of_violation_is_found_once_where_it_stands() {
    for (case, (file, text, expected)) in [
        ("domain/a.rs", "\nuse crate::store::Store;", "2: domain uses crate::store::Store"),
        ("error/mod.rs", "fn f() {\n    crate::domain::g()\n}", "2: error uses crate::domain::g"),
        ("layout/a.rs", "use crate::{\n    domain::X,\n    store::{Y},\n};", "3: layout uses crate::store::Y"),
        ("layout/a.rs", "use {std::fs, crate::ops};", "1: layout uses crate::ops"),
        ("store/a.rs", "use crate::ops::org::{self as tree};", "1: store uses crate::ops::org"),
        ("journal/a.rs", "use crate::layout::*;", "1: journal uses crate::layout::*"),
        ("ops/a.rs", "use crate::*;", "1: ops uses crate::*"),
        ("ops/a.rs", "use crate as all;", "1: ops uses crate"),
        ("ops/a.rs", "use crate::{self as all};", "1: ops uses crate"),
        ("ops/a.rs", "use crate::run;", "1: ops uses crate::run"),
        ("config/a.rs", "fn f(_: &mut crate::ui::Ui) {}", "1: config uses crate::ui::Ui"),
        ("ui/a.rs", "type T = Vec<crate::journal::Op>;", "1: ui uses crate::journal::Op"),
        ("local/a.rs", "use crate::store::{node, collection};", "1: local uses crate::store::collection"),
        ("local/a.rs", "use crate::store;", "1: local uses crate::store"),
        ("commands/a.rs", "use crate::*;", "1: commands uses crate::*"),
        ("commands/org/a.rs", "use mongodb::Client;", "1: commands uses the crate mongodb"),
        ("domain/a.rs", "use ::mongodb::{Client};", "1: domain uses the crate mongodb"),
        ("ops/a.rs", "use mongodb as driver;", "1: ops uses the crate mongodb"),
        ("lib.rs", "fn f() -> Option<mongodb::Client> { None }", "1: lib uses the crate mongodb"),
        ("ops/a.rs", "#[derive(Debug, clap::Args)]\nstruct A;", "1: ops uses the crate clap"),
        ("commands/a.rs", "use comfy_table::Table;", "1: commands uses the crate comfy_table"),
        ("ops/a.rs", "use indicatif::ProgressBar;", "1: ops uses the crate indicatif"),
        ("local/a.rs", "fn f() { dialoguer::Confirm::new(); }", "1: local uses the crate dialoguer"),
        ("ops/a.rs", "fn f() {\n    println!(\"x\");\n}", "2: ops prints with println!"),
        ("commands/a.rs", "fn f() { eprintln!(); }", "1: commands prints with eprintln!"),
        ("main.rs", "fn main() { print!(\"x\") }", "1: main prints with print!"),
        ("store/a.rs", "fn f() { std::eprint!(\"x\") }", "1: store prints with eprint!"),
        ("domain/a.rs", "fn f(x: u8) -> u8 { dbg!(x) }", "1: domain prints with dbg!"),
        ("lib.rs", "fn f() { std::process::exit(1) }", "1: ending the process in lib"),
        ("ui/a.rs", "use std::process::{id, exit};", "1: ending the process in ui"),
        ("ops/a.rs", "fn f() { std::process::Command::new(\"ls\"); }", "1: running programs in ops"),
        ("ui/a.rs", "use tokio::process::{\n    Child,\n    Command,\n};", "3: running programs in ui"),
        ("config/a.rs", "use std::process::*;", "1: a glob over std::process in config"),
        ("domain/mod.rs", "use super::ops;", "1: domain is left through super"),
        ("domain/a.rs", "use super::super::ops;", "1: domain is left through super"),
        ("ops/org/a.rs", "fn f() { super::super::super::ui::g() }", "1: ops is left through super"),
        ("domain/a.rs", "use super::{b, super::ops};", "1: domain is left through super"),
        ("domain/a.rs", "mod b { use super::super::super::ops; }", "1: domain is left through super"),
        ("cellar/a.rs", "fn f() {}", "1: cellar is not a room in the table"),
        ("attic.rs", "fn f() {}", "1: attic is not a room in the table"),
        ("ops/a.rs", "#[cfg(test)]\nmod tests {}\nfn f() { print!() }", "3: ops prints with print!"),
        ("ops/a.rs", "const Q: char = '\"'; fn f<'a>() { dbg!() } // \"", "1: ops prints with dbg!"),
        ("ops/a.rs", "/* /* */ */ fn f() { r#try(r#\"\"\"#); dbg!() }", "1: ops prints with dbg!"),
    ]
    .into_iter()
    .enumerate()
    {
        let clean = ("domain/clean.rs", "use crate::error::Error;");
        assert_eq!(found(&format!("planted-{case}"), &[clean, (file, text)]), [format!("{file}:{expected}")], "{text}");
    }
}

#[test]
fn all_violations_of_a_tree_are_found() {
    let files = [
        ("domain/a.rs", "use crate::{store::X, ui};\nuse clap::Parser;"),
        ("store/b.rs", "fn f() { println!() }"),
        ("cellar.rs", "use mongodb::Client;"),
    ];
    let expected = [
        "cellar.rs:1: cellar is not a room in the table",
        "domain/a.rs:1: domain uses crate::store::X",
        "domain/a.rs:1: domain uses crate::ui",
        "domain/a.rs:2: domain uses the crate clap",
        "store/b.rs:1: store prints with println!",
    ];
    assert_eq!(found("all", &files), expected);
}

#[test]
fn a_clean_tree_is_clean() {
    let clean = [
        ("main.rs", "use clap::Parser;\nfn main() { std::process::exit(flowbit::run()) }"),
        ("lib.rs", "mod ops;\nuse crate::{commands, ui::Ui};\npub(crate) struct Settled;"),
        ("error.rs", "//! use crate::store;\npub struct Error; // println!()"),
        ("domain/mod.rs", "pub mod org;\npub use self::org::Org;\nuse crate::{error::Error, domain::org};"),
        ("domain/org.rs", "use super::name;\nmod inner { use super::super::name; }\n"),
        ("layout/mod.rs", "/* crate::store /* crate::ui */ */ use crate::domain::Org;"),
        ("store/mod.rs", "use mongodb::{Client, options::*};\nuse crate::domain::mongodb::Name;"),
        ("journal/mod.rs", "const A: &str = \"crate::ops \\\" println!\"; const B: &str = r#\"dbg!(\" crate::ui\"#;"),
        ("ops/org/rename.rs", "use super::super::plan;\nuse crate::{domain::Org, layout, journal::{self, Op}, store};"),
        ("config/mod.rs", "fn f(print: bool) -> bool { let clap = print; clap != false }"),
        ("local/mod.rs", "use std::process::{Command, Stdio};\nuse crate::store::node::{self, Node};"),
        ("ui/mod.rs", "use dialoguer::Confirm;\nfn f() { println!(\"{}\", crate::domain::X); eprintln!() }"),
        (
            "commands/org/rename.rs",
            "use crate::{Settled, config, local, ops, store, ui};\nuse clap::{Args, Command};\n",
        ),
        (
            "ops/tested.rs",
            "fn f() {}\n#[cfg(test)]\n#[allow(unused)]\nmod tests {\n  use mongodb::X;\n  fn f() { println!(\"}\") }\n}\n",
        ),
    ];
    let planted = Planted::new("clean", &clean);
    let report = check(&planted.0);
    assert_eq!(report.violations, BTreeSet::new());
    assert_eq!((report.files, report.doors), (clean.len(), 17));
}
