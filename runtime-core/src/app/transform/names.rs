//! Names that an app declares and generated code or the host needs: the app's own are renamed.

use std::collections::HashSet;

use oxc::{
    semantic::{Scoping, SymbolId},
    str::Ident,
};

/// Global names of the host that generated code uses; no binding of an app may hide them, wherever it stands.
const HOST_NAMES: [&str; 2] = ["__hedgerow", "__hedgerow_await"];

/// Names that an app may declare at the top of a module but that must keep their meaning in our script: what a module's own
/// `exports`, `module` and `require` hide must stay the host's (case 30), generated code uses `Object`, and a script cannot
/// declare the last three at all.
const TOP_LEVEL_NAMES: [&str; 7] = ["exports", "module", "require", "Object", "undefined", "NaN", "Infinity"];

/// Every name that occurs in a program, to find new ones.
pub(super) struct Names(HashSet<String>);

impl Names {
    pub(super) fn new(scoping: &Scoping) -> Self {
        let declared = scoping.symbol_names().map(str::to_owned);
        let free = scoping.root_unresolved_references().keys().map(|name| name.to_string());
        Self(declared.chain(free).collect())
    }

    /// `_base`, or with more underscores a name that occurs nowhere.
    pub(super) fn fresh(&mut self, base: &str) -> String {
        let mut name = format!("_{base}");
        while !self.0.insert(name.clone()) {
            name.insert(0, '_');
        }
        name
    }
}

/// Gives new names to the app's bindings that would collide; the printer uses them for declarations and references alike.
pub(super) fn rename_reserved(scoping: &mut Scoping, names: &mut Names) {
    let root = scoping.root_scope_id();
    let collides = |id: &SymbolId| {
        let name = scoping.symbol_name(*id);
        HOST_NAMES.contains(&name) || (scoping.symbol_scope_id(*id) == root && TOP_LEVEL_NAMES.contains(&name))
    };
    let colliding: Vec<SymbolId> = scoping.symbol_ids().filter(collides).collect();
    for id in colliding {
        let name = names.fresh(scoping.symbol_name(id));
        scoping.set_symbol_name(id, Ident::from(name.as_str()));
    }
}
