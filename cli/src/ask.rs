//! Asking the person at the terminal.

use crate::exit::Unusable;
use std::io::{BufRead, IsTerminal, Write, stderr, stdin};

/// Whether the person says yes. `otherwise` is how to do without a person.
///
/// # Errors
/// When nobody is there to be asked.
pub fn agrees(question: &str, otherwise: &str) -> Result<bool, Unusable> {
    if !stdin().is_terminal() {
        return Err(Unusable::new(format_args!("nobody is here to be asked; {otherwise}")));
    }
    let mut stderr = anstream::stderr().lock();
    // A terminal that is gone answers nothing, which is no yes.
    drop(write!(stderr, "{question} [y/N] ").and_then(|()| stderr.flush()));
    let mut answer = String::new();
    let read = stdin().lock().read_line(&mut answer);
    read.map_err(|error| Unusable::new(format_args!("the answer cannot be read: {error}")))?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// A secret: typed without being shown on a terminal, otherwise the whole of stdin without the end of its last line.
///
/// # Errors
/// When it cannot be read.
pub fn secret(prompt: &str) -> Result<String, Unusable> {
    let failed = |error: std::io::Error| Unusable::new(format_args!("the secret cannot be read: {error}"));
    if stdin().is_terminal() && stderr().is_terminal() {
        return rpassword::prompt_password(prompt).map_err(failed);
    }
    let text = std::io::read_to_string(stdin().lock()).map_err(failed)?;
    let text = text.strip_suffix('\n').map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text));
    Ok(text.to_owned())
}
