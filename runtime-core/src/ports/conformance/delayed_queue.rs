//! The suite of [`DueWork`].

use super::done;
use crate::event::TeamId;
use crate::ports::clock::Timestamp;
use crate::ports::delayed_queue::{DelayedMessage, DueWork, Lane};

/// Checks an empty `queue`. Times are arguments of the port, so there is no clock.
pub async fn run(queue: &dyn DueWork) {
    hands_out_what_is_due(queue).await;
    leases(queue).await;
    sends_an_id_once(queue).await;
    keeps_lane_and_team(queue).await;
}

async fn hands_out_what_is_due(queue: &dyn DueWork) {
    assert_eq!(done(queue.waiting().await, "waiting"), (0, None), "an empty queue");
    assert_eq!(take(queue, 1_000, 10).await, Vec::<String>::new(), "nothing to take from an empty queue");
    for (id, not_before) in [("late", 300), ("early", 100), ("middle", 200)] {
        done(queue.send(message(id, not_before)).await, "send");
    }
    assert_eq!(
        done(queue.waiting().await, "waiting"),
        (3, Some(Timestamp(100))),
        "three wait, the first is due at 100"
    );
    assert_eq!(take(queue, 99, 10).await, Vec::<String>::new(), "nothing is due before its time");
    assert_eq!(take(queue, 200, 10).await, ["early", "middle"], "what is due at its very time, earliest first");
    assert_eq!(take(queue, 400, 0).await, Vec::<String>::new(), "a limit of 0");
    let taken = done(queue.take(Timestamp(400), Timestamp(1_400), 1).await, "take");
    assert_eq!(taken, [message("late", 300)], "the message comes back whole");
    for id in ["late", "early", "middle"] {
        done(queue.finish(id).await, "finish");
    }
    assert_eq!(done(queue.waiting().await, "waiting"), (0, None), "finished messages do not wait");
    for (id, not_before) in [("2", 20), ("1", 10), ("3", 30)] {
        done(queue.send(message(id, not_before)).await, "send");
    }
    assert_eq!(take(queue, 100, 2).await, ["1", "2"], "at most `limit`, the earliest");
    assert_eq!(take(queue, 100, 2).await, ["3"], "the rest");
    for id in ["1", "2", "3"] {
        done(queue.finish(id).await, "finish");
    }
}

async fn leases(queue: &dyn DueWork) {
    done(queue.send(message("leased", 100)).await, "send");
    assert_eq!(take(queue, 100, 10).await, ["leased"], "due");
    assert_eq!(take(queue, 1_099, 10).await, Vec::<String>::new(), "leased to somebody else until 1100");
    let waiting = done(queue.waiting().await, "waiting");
    assert_eq!(waiting, (1, Some(Timestamp(1_100))), "a leased message is not finished; it is due when the lease ends");
    assert_eq!(take(queue, 1_100, 10).await, ["leased"], "handed out again when the lease has ended");
    done(queue.finish("leased").await, "finish");
    done(queue.finish("leased").await, "finish of what is finished");
    done(queue.finish("never sent").await, "finish of what never was");
    assert_eq!(take(queue, 1_000_000, 10).await, Vec::<String>::new(), "never handed out after finish");
}

async fn sends_an_id_once(queue: &dyn DueWork) {
    done(queue.send(message("once", 500)).await, "send");
    let other = DelayedMessage { body: "{}".to_owned(), ..message("once", 50) };
    done(queue.send(other.clone()).await, "send of an id that waits");
    assert_eq!(done(queue.waiting().await, "waiting"), (1, Some(Timestamp(500))), "the second send changes nothing");
    assert_eq!(take(queue, 500, 10).await, ["once"], "one message");
    done(queue.send(other).await, "send of an id that is leased");
    assert_eq!(take(queue, 500, 10).await, Vec::<String>::new(), "a leased id counts as waiting");
    done(queue.finish("once").await, "finish");
    assert_eq!(done(queue.waiting().await, "waiting"), (0, None), "nothing is left");
}

async fn keeps_lane_and_team(queue: &dyn DueWork) {
    for lane in [Lane::Events, Lane::Continuations, Lane::Exports, Lane::Jobs] {
        for team in [None, Some(TeamId(2)), Some(TeamId(i64::MAX))] {
            let sent = DelayedMessage { lane, team, ..message("whole", 100) };
            done(queue.send(sent.clone()).await, "send");
            let taken = done(queue.take(Timestamp(100), Timestamp(200), 10).await, "take");
            assert_eq!(taken, [sent], "lane and team come back");
            done(queue.finish("whole").await, "finish");
        }
    }
}

/// Takes with a lease of 1 second and returns the ids.
async fn take(queue: &dyn DueWork, now: i64, limit: usize) -> Vec<String> {
    let taken = done(queue.take(Timestamp(now), Timestamp(now + 1_000), limit).await, "take");
    taken.into_iter().map(|message| message.id).collect()
}

fn message(id: &str, not_before: i64) -> DelayedMessage {
    DelayedMessage {
        id: id.to_owned(),
        lane: Lane::Jobs,
        team: None,
        not_before: Timestamp(not_before),
        body: format!("{{\"job\":\"{id}\"}}"),
    }
}
