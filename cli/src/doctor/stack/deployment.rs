//! How a stack was deployed.

use super::super::check::{Check, Question};
use adapter_stack::Deployment;

const STATUS: Question = Question { name: "stack", asks: "did its last deployment succeed?" };
const RELEASE: Question = Question { name: "release", asks: "is it of the release of this command?" };
const OUTPUTS: Question = Question { name: "outputs", asks: "does it say where everything is?" };

/// What its description tells.
pub fn checks(deployment: &Deployment, release: &str) -> Vec<Check> {
    vec![status(deployment), releases(deployment, release), outputs(deployment)]
}

fn status(deployment: &Deployment) -> Check {
    let status = deployment.status.as_str();
    let found = match deployment.reason.as_deref().filter(|reason| !reason.is_empty()) {
        Some(reason) => format!("{status}: {reason}"),
        None => status.to_owned(),
    };
    if status.ends_with("_IN_PROGRESS") {
        STATUS.warning(found, "wait until it has ended, then look again")
    } else if status == "UPDATE_ROLLBACK_COMPLETE" {
        STATUS.warning(
            found,
            "the last deployment failed, and the one before it runs: see the stack's events in CloudFormation",
        )
    } else if status.ends_with("FAILED") || status.contains("ROLLBACK") || status.starts_with("DELETE") {
        STATUS.failed(found, "see the stack's events in CloudFormation, mend what they name, and deploy again")
    } else {
        STATUS.ok(found)
    }
}

fn releases(deployment: &Deployment, ours: &str) -> Check {
    let advice =
        "deploy the release of this command (docs/operations.md, Upgrade), or use the command of the stack's release";
    match deployment.release.as_deref() {
        Some(release) if release == ours => RELEASE.ok(format!("both are {ours}")),
        Some(release) => RELEASE.warning(format!("the stack is {release}, this command is {ours}"), advice),
        None => RELEASE.warning(format!("the stack does not say; this command is {ours}"), advice),
    }
}

fn outputs(deployment: &Deployment) -> Check {
    if deployment.missing_outputs.is_empty() {
        return OUTPUTS.ok("all are there");
    }
    let missing = deployment.missing_outputs.join(", ");
    OUTPUTS
        .failed(format!("it has no {missing}"), "it is no stack of hedgerow, or of an earlier release: deploy this one")
}

#[cfg(test)]
mod tests {
    use super::super::super::check::Verdict;
    use super::*;

    #[test]
    fn a_deployment_that_failed_is_told() {
        for (word, verdict) in [
            ("CREATE_COMPLETE", Verdict::Ok),
            ("UPDATE_COMPLETE", Verdict::Ok),
            ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", Verdict::Warning),
            ("UPDATE_ROLLBACK_COMPLETE", Verdict::Warning),
            ("UPDATE_ROLLBACK_FAILED", Verdict::Failed),
            ("ROLLBACK_COMPLETE", Verdict::Failed),
            ("DELETE_COMPLETE", Verdict::Failed),
        ] {
            let deployment = Deployment { status: word.to_owned(), ..Deployment::default() };
            assert_eq!(status(&deployment).verdict, verdict, "{word}");
        }
    }

    #[test]
    fn another_release_and_missing_outputs_are_told() {
        let deployment = Deployment {
            release: Some("0.9.0".to_owned()),
            missing_outputs: vec!["Bucket", "KeyArn"],
            ..Deployment::default()
        };
        assert_eq!(releases(&deployment, "0.9.0").verdict, Verdict::Ok);
        assert_eq!(releases(&deployment, "1.0.0").verdict, Verdict::Warning);
        assert_eq!(outputs(&deployment).found, "it has no Bucket, KeyArn");
    }
}
