//! The native of `units.js`: a unit of the imports bundle as a function.

use crate::node::{compiled, registry};
use rquickjs::{Ctx, Exception, Function, Object, Result};

/// Adds `unit(name)`, which gives `{ evaluate, parameters }`.
pub(super) fn natives(object: &Object<'_>) -> Result<()> {
    registry::native(object, "unit", unit)
}

#[expect(clippy::needless_pass_by_value, reason = "a native takes its arguments as the engine converts them, by value")]
fn unit<'js>(ctx: Ctx<'js>, name: String) -> Result<Object<'js>> {
    let Some(bundle) = registry::imports(&ctx)? else {
        let message = format!(
            "the import '{name}' needs the imports bundle, which is not here: build it with `cargo xtask imports` and name it \
             with --imports or HEDGEROW_IMPORTS"
        );
        return Err(Exception::throw_message(&ctx, &message));
    };
    let unit = bundle
        .unit(&name)
        .map_err(|error| Exception::throw_message(&ctx, &format!("the import '{name}' cannot be loaded: {error}")))?;
    let evaluate: Function = compiled::evaluate_unit(&ctx, &unit)?
        .into_function()
        .ok_or_else(|| Exception::throw_message(&ctx, &format!("the unit {name} is not a function")))?;
    // Without a prototype, so that a setter that an app puts on Object.prototype does not see it.
    let object = Object::new_proto(ctx, None)?;
    object.set("evaluate", evaluate)?;
    object.set("parameters", unit.parameters.clone())?;
    Ok(object)
}
