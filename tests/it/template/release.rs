//! The release that a stack says it is of, which `hedgerow doctor` compares.

use super::Template;

#[test]
fn a_stack_names_the_release_that_it_is_of() {
    let template = Template::read();
    assert_eq!(template.root["Outputs"]["Release"]["Value"], env!("CARGO_PKG_VERSION"));
}
