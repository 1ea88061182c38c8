//! Apps that have `binding`, which no app outside these tests has.

mod natives;
mod nothing;
mod stage;
mod turns;

use rquickjs::{Ctx, Result};

/// Gives the apps of this crate's own tests a global `binding`.
pub(crate) fn give_to_app(ctx: &Ctx<'_>) -> Result<()> {
    ctx.globals().set("binding", crate::node::load(ctx, "node/binding")?)
}
