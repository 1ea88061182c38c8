//! Which queue brought a message, told by the queue's name.

use runtime_core::ports::delayed_queue::Lane;

/// The names of the four queues of a stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queues {
    names: Vec<(String, Lane)>,
}

/// Where a message comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// One of our queues.
    Queue(Lane),
    /// A queue that holds what a queue of ours gave up.
    DeadLetters(Lane),
}

impl Queues {
    /// The queues at these URLs (`https://sqs.REGION.amazonaws.com/ACCOUNT/NAME`).
    pub fn at_urls<'a>(urls: impl IntoIterator<Item = (Lane, &'a str)>) -> Self {
        let names = urls.into_iter().map(|(lane, url)| (last_part(url, '/').to_owned(), lane)).collect();
        Self { names }
    }

    /// The source with this ARN. A queue that is none of the four is a dead-letter queue; `given_up_by` is the ARN of the queue
    /// that moved the message there, as SQS says it (`DeadLetterQueueSourceArn`). Where SQS does not say it, the queue is the one
    /// whose name the dead-letter queue's begins with. Where that does not tell either it is [`Lane::Events`], in which nothing is
    /// believed.
    pub fn source(&self, arn: &str, given_up_by: Option<&str>) -> Source {
        if let Some(lane) = self.lane_of(arn) {
            return Source::Queue(lane);
        }
        let lane = given_up_by.and_then(|arn| self.lane_of(arn)).or_else(|| self.lane_by_beginning(arn));
        Source::DeadLetters(lane.unwrap_or(Lane::Events))
    }

    fn lane_of(&self, arn: &str) -> Option<Lane> {
        let name = last_part(arn, ':');
        self.names.iter().find(|(known, _)| known == name).map(|(_, lane)| *lane)
    }

    /// `stack-EventsDeadLetterQueue-1A2B`, as CloudFormation names it, begins as `stack-events` does.
    fn lane_by_beginning(&self, arn: &str) -> Option<Lane> {
        let name = last_part(arn, ':').to_ascii_lowercase();
        let known = self.names.iter().filter(|(known, _)| name.starts_with(&known.to_ascii_lowercase()));
        known.max_by_key(|(known, _)| known.len()).map(|(_, lane)| *lane)
    }
}

fn last_part(text: &str, separator: char) -> &str {
    text.rsplit(separator).next().unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queues() -> Queues {
        Queues::at_urls([
            (Lane::Events, "https://sqs.eu-west-1.amazonaws.com/123456789012/stack-events"),
            (Lane::Continuations, "https://sqs.eu-west-1.amazonaws.com/123456789012/stack-continuations"),
            (Lane::Exports, "https://sqs.eu-west-1.amazonaws.com/123456789012/stack-exports"),
            (Lane::Jobs, "http://127.0.0.1:4566/000000000000/stack-jobs"),
        ])
    }

    fn source(name: &str, given_up_by: Option<&str>) -> Source {
        let arn = |name: &str| format!("arn:aws:sqs:eu-west-1:123456789012:{name}");
        queues().source(&arn(name), given_up_by.map(arn).as_deref())
    }

    #[test]
    fn a_queue_is_known_by_its_name() {
        assert_eq!(source("stack-events", None), Source::Queue(Lane::Events));
        assert_eq!(source("stack-continuations", None), Source::Queue(Lane::Continuations));
        assert_eq!(source("stack-exports", Some("stack-jobs")), Source::Queue(Lane::Exports));
        assert_eq!(source("stack-jobs", None), Source::Queue(Lane::Jobs));
    }

    #[test]
    fn another_queue_holds_what_one_of_ours_gave_up() {
        assert_eq!(source("anything", Some("stack-jobs")), Source::DeadLetters(Lane::Jobs));
        assert_eq!(source("stack-ExportsDeadLetterQueue-1A2B", None), Source::DeadLetters(Lane::Exports));
        assert_eq!(source("stack-jobs-dead", Some("unknown")), Source::DeadLetters(Lane::Jobs));
    }

    #[test]
    fn nothing_is_believed_of_a_queue_that_nobody_knows() {
        assert_eq!(source("anything", None), Source::DeadLetters(Lane::Events));
        assert_eq!(source("", Some("")), Source::DeadLetters(Lane::Events));
    }
}
