//! The presets, as a user gets them.

use crate::world::{Ran, bare};

#[test]
fn every_preset_can_be_written_out_and_used() {
    let home = tempfile::tempdir().unwrap();
    let names = Ran::from(bare(home.path()).args(["init", "-o", "name"]).output().unwrap()).ok().stdout;
    assert_eq!(names, "flowbit\ntickets\ntickets-fastapi\ntenant-databases\ninventory\norg-collections\n");
    for name in names.lines() {
        let file = format!("{name}.toml");
        Ran::from(bare(home.path()).args(["init", "--preset", name, "--out", &file]).output().unwrap()).ok();
        let shown =
            Ran::from(bare(home.path()).args(["--config", &file, "config", "show", "--json"]).output().unwrap())
                .ok()
                .json();
        let platform = shown["data"].as_array().unwrap().iter().find(|row| row["key"] == "platform").unwrap().clone();
        assert_eq!(platform["value"], name);
        let again =
            Ran::from(bare(home.path()).args(["init", "--preset", name, "--out", &file, "--json"]).output().unwrap());
        again.fails(2, "E0101");
    }
}
