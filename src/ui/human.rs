//! What people see: lines, facts and tables.

use comfy_table::{CellAlignment, ContentArrangement, presets};

/// A piece of what people see.
#[derive(Debug, Clone)]
pub enum Block {
    /// A line of text; empty for a gap.
    Line(String),
    /// A heading.
    Heading(String),
    /// Names and values, aligned.
    Facts(Vec<(String, String)>),
    /// Rows under a head.
    Table(Table),
}

/// Rows under a head. A column whose head ends in `#` holds numbers and is set to the right.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// The head.
    pub head: Vec<&'static str>,
    /// The rows.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// The head without the mark for numbers.
    pub fn names(&self) -> Vec<&'static str> {
        self.head.iter().map(|name| name.trim_end_matches('#')).collect()
    }

    fn draw(&self, width: Option<u16>) -> String {
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING);
        match width {
            Some(width) => table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width),
            // A pipe or a file gets whole lines, whatever their length.
            None => table.set_content_arrangement(ContentArrangement::Disabled),
        };
        table.set_header(self.names().iter().map(|name| name.to_uppercase()));
        for row in &self.rows {
            table.add_row(row.iter().map(|cell| visible(cell)));
        }
        for (i, name) in self.head.iter().enumerate() {
            if let Some(column) = table.column_mut(i) {
                column.set_padding((0, 2));
                if name.ends_with('#') {
                    column.set_cell_alignment(CellAlignment::Right);
                }
            }
        }
        table.to_string().lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
    }
}

impl Block {
    /// The text of the block; `bold` marks headings where colour is on.
    pub fn draw(&self, width: Option<u16>, bold: &dyn Fn(&str) -> String) -> String {
        match self {
            Block::Line(text) => visible(text),
            Block::Heading(text) => bold(&visible(text)),
            Block::Facts(facts) => {
                let longest = facts.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
                let lines: Vec<String> = facts
                    .iter()
                    .map(|(name, value)| format!("  {name:longest$}  {}", visible(value)).trim_end().to_owned())
                    .collect();
                lines.join("\n")
            }
            Block::Table(table) => table.draw(width),
        }
    }
}

/// Text from a database as a terminal may see it: control characters would move the cursor or hide what is there.
pub fn visible(text: &str) -> String {
    text.chars()
        .flat_map(|c| if c.is_control() && c != '\n' { c.escape_default().collect::<Vec<_>>() } else { vec![c] })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown_not_obeyed() {
        assert_eq!(visible("a\x1b[2Jb"), "a\\u{1b}[2Jb");
    }

    #[test]
    fn numbers_stand_to_the_right() {
        let table = Table {
            head: vec!["name", "documents#"],
            rows: vec![vec!["a".into(), "7".into()], vec!["b".into(), "1000".into()]],
        };
        assert_eq!(table.draw(None), "NAME  DOCUMENTS\na             7\nb          1000");
    }
}
