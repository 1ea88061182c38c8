//! `hedgerow logs`: what apps and functions have logged, and what they log from now on.
//!
//! `follow` says what is asked for next and what of the answer is new, `show` writes lines.

mod follow;
mod show;

use crate::arguments::{LogsArguments, PlaceArguments};
use crate::console;
use crate::exit::{Outcome, Unusable};
use crate::records::Records;
use follow::Follower;
use runtime_core::ports::app_logs::{LineQuery, LinesOf};
use show::Show;
use std::io;

/// Runs the command.
pub async fn logs(arguments: &LogsArguments) -> Result<Outcome, Unusable> {
    refuse_what_a_folder_has_not(arguments)?;
    let records = Records::open(&arguments.place).await?;
    let query = query(arguments, &records)?;
    let show = Show { names: &records.names, json: arguments.json };
    let found = records.logs.read(&query).await.map_err(Unusable::new)?;
    if found.is_cut {
        let limit = query.limit;
        console::note(format_args!("there are more than {limit} lines, these are the newest; give --limit N"));
    }
    let written = found.lines.iter().try_for_each(|line| show.write(line));
    if arguments.follow {
        let mut follower = Follower::new(query, records.clock.as_ref());
        follower.take(found.lines);
        if written.is_err() {
            return Ok(Outcome::Success);
        }
        tokio::select! {
            () = follow::follow(&records, follower, &show) => {}
            // Without a handler Ctrl-C ends the process by itself.
            Ok(()) = tokio::signal::ctrl_c() => {}
        }
    } else if found.lines.is_empty() && !arguments.json {
        tell_nothing(&arguments.place);
    }
    Ok(Outcome::Success)
}

fn query(arguments: &LogsArguments, records: &Records) -> Result<LineQuery, Unusable> {
    let of = match &arguments.app {
        _ if arguments.system => LinesOf::Functions,
        Some(app) => LinesOf::App(records.names.installation(app)?),
        None => LinesOf::AllApps,
    };
    Ok(LineQuery {
        of,
        least_level: arguments.level.map(Into::into),
        since: arguments.since.time(records.clock.now()),
        search: arguments.search.clone(),
        function: arguments.function.clone(),
        limit: arguments.limit.get(),
    })
}

fn refuse_what_a_folder_has_not(arguments: &LogsArguments) -> Result<(), Unusable> {
    if arguments.place.state.is_some() && (arguments.system || arguments.function.is_some()) {
        let message = "--system and --function are for --stack; a state folder has what apps log, and no functions";
        return Err(Unusable::new(message));
    }
    Ok(())
}

fn tell_nothing(place: &PlaceArguments) {
    let hint = if place.stack.is_some() {
        "CloudWatch has a line some seconds after it was written; an app's log_level keeps lines out"
    } else {
        "`hedgerow run --state DIR` writes them; an app's log_level keeps lines out"
    };
    console::note(format_args!("there are no such lines; give an earlier --since, or fewer filters ({hint})"));
}

/// Whether somebody still reads what is written.
type Written = io::Result<()>;
