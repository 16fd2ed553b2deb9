//! Where a tenant lives: names of collections and whose they are. Pure.

pub mod collection;
