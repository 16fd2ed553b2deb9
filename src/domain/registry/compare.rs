//! Two registries, possibly in two shapes: which tenants and screens one has and the other has not.

use serde::Serialize;

use super::{Registry, Screen};

/// A difference.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// What became of it, from the first registry to the second.
    pub change: Change,
    /// What is different: the entry of a tenant, or a screen.
    pub what: What,
    /// The tenant, as the first registry calls it, or the second where it is new.
    pub tenant: String,
    /// The screen.
    pub screen: Option<String>,
    /// How it was.
    pub before: Option<Screen>,
    /// How it is.
    pub after: Option<Screen>,
}

/// What became of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// Only the second registry has it.
    Added,
    /// Only the first registry has it.
    Removed,
    /// Both have it, with other contents.
    Changed,
}

impl Change {
    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            Change::Added => "added",
            Change::Removed => "removed",
            Change::Changed => "changed",
        }
    }
}

/// What a difference is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// A tenant's entry.
    Tenant,
    /// A screen.
    Screen,
}

/// What is different between two registries. `slug` is the platform's naming rule: one shape knows a tenant by its name
/// and another one by its slug.
pub fn compare(before: &Registry, after: &Registry, slug: &dyn Fn(&str) -> String) -> Vec<Difference> {
    let mut differences = Vec::new();
    let (olds, mut news) = (before.tenants(), after.tenants());
    let said = Said::by(before, after);
    let pairs = pair_tenants(before, &olds, after, &mut news, slug);
    for (old, new) in olds.iter().zip(&pairs) {
        let screens = before.screens(old).unwrap_or_default();
        match new {
            Some(new) => {
                let others = after.screens(new).unwrap_or_default();
                compare_screens(said, old, &screens, others, &mut differences);
            }
            None => of_tenant(Change::Removed, old, screens, &mut differences),
        }
    }
    for new in news {
        let screens = after.screens(&new).unwrap_or_default();
        of_tenant(Change::Added, &new, screens, &mut differences);
    }
    differences
}

/// For each tenant of the first registry the one of the second; those that are found leave `news`. What is called the
/// same exactly comes before what only the rule makes the same.
fn pair_tenants(
    before: &Registry,
    olds: &[String],
    after: &Registry,
    news: &mut Vec<String>,
    slug: &dyn Fn(&str) -> String,
) -> Vec<Option<String>> {
    let mut pairs: Vec<Option<String>> = vec![None; olds.len()];
    let slugs = |names: Vec<String>| -> Vec<String> {
        names.iter().map(|name| slug(name)).filter(|slug| !slug.is_empty()).collect()
    };
    for exactly in [true, false] {
        for (old, pair) in olds.iter().zip(&mut pairs).filter(|(_, pair)| pair.is_none()) {
            let mine = before.aliases(old);
            let mine = if exactly { mine } else { slugs(mine) };
            let at = news.iter().position(|new| {
                let theirs = after.aliases(new);
                let theirs = if exactly { theirs } else { slugs(theirs) };
                mine.iter().any(|name| theirs.contains(name))
            });
            *pair = at.map(|at| news.remove(at));
        }
    }
    pairs
}

fn of_tenant(change: Change, tenant: &str, screens: Vec<Screen>, differences: &mut Vec<Difference>) {
    let of = |what, screen: Option<Screen>| {
        let title = screen.as_ref().map(|screen| screen.title().to_owned());
        let (before, after) = if change == Change::Added { (None, screen) } else { (screen, None) };
        Difference { change, what, tenant: tenant.to_owned(), screen: title, before, after }
    };
    differences.push(of(What::Tenant, None));
    differences.extend(screens.into_iter().map(|screen| of(What::Screen, Some(screen))));
}

fn compare_screens(
    said: Said,
    tenant: &str,
    olds: &[Screen],
    mut news: Vec<Screen>,
    differences: &mut Vec<Difference>,
) {
    let mut push = |change, before: Option<&Screen>, after: Option<Screen>| {
        let title = before.or(after.as_ref()).map(|screen| screen.title().to_owned());
        differences.push(Difference {
            change,
            what: What::Screen,
            tenant: tenant.to_owned(),
            screen: title,
            before: before.cloned(),
            after,
        });
    };
    let mut pairs: Vec<Option<Screen>> = vec![None; olds.len()];
    // By name first: a screen that moved to another's old address is still itself.
    for same in [same_name as fn(&Screen, &Screen) -> bool, same_url] {
        for (old, pair) in olds.iter().zip(&mut pairs).filter(|(_, pair)| pair.is_none()) {
            *pair = news.iter().position(|new| same(old, new)).map(|at| news.remove(at));
        }
    }
    for (old, pair) in olds.iter().zip(pairs) {
        match pair {
            None => push(Change::Removed, Some(old), None),
            Some(new) if said.differs(old, &new) => push(Change::Changed, Some(old), Some(new)),
            Some(_) => {}
        }
    }
    news.into_iter().for_each(|new| push(Change::Added, None, Some(new)));
}

fn same_name(a: &Screen, b: &Screen) -> bool {
    let names = |screen: &Screen| -> Vec<String> {
        let all = [Some(screen.name.clone()), screen.key.clone(), screen.id.clone()];
        all.into_iter().flatten().filter(|name| !name.is_empty()).collect()
    };
    let theirs = names(b);
    names(a).iter().any(|name| theirs.contains(name))
}

fn same_url(a: &Screen, b: &Screen) -> bool {
    !a.url.is_empty() && a.url == b.url
}

/// What both files say of screens: what a file says nowhere is no difference to one that does.
#[derive(Debug, Clone, Copy)]
struct Said {
    icon: bool,
    description: bool,
}

impl Said {
    fn by(before: &Registry, after: &Registry) -> Self {
        let said = |of: fn(&Screen) -> bool| {
            [before, after]
                .into_iter()
                .all(|file| file.tenants().iter().any(|tenant| file.screens(tenant).unwrap_or_default().iter().any(of)))
        };
        Self { icon: said(|screen| screen.icon.is_some()), description: said(|screen| screen.description.is_some()) }
    }

    /// Whether two screens that are one say different things.
    fn differs(self, a: &Screen, b: &Screen) -> bool {
        let other = |x: &str, y: &str| !x.is_empty() && !y.is_empty() && x != y;
        // One shape calls by its key what another one calls by its name.
        let renamed = other(&a.name, &b.name) && !a.is_called(&b.name) && !b.is_called(&a.name);
        renamed
            || other(&a.url, &b.url)
            || (self.icon && a.icon != b.icon)
            || (self.description && a.description != b.description)
    }
}
