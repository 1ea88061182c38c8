//! What is handed to SAM, and what is refused before anything is built.

use super::*;

fn parsed(words: &[&str]) -> Result<Deployment, String> {
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    Deployment::parse(&words).map_err(|error| error.to_string())
}

#[test]
fn without_options_the_stack_of_the_config_file_is_deployed_to_the_account() {
    let deployment = parsed(&[]).expect("nothing has to be given");
    assert_eq!(deployment.build_arguments(), ["build", "--parameter-overrides", "Architecture=\"arm64\""]);
    let expected = ["deploy", "--stack-name", "hedgerow", "--parameter-overrides", "Architecture=\"arm64\""];
    assert_eq!(deployment.deploy_arguments(), expected);
    let config = std::fs::read_to_string(workspace::root().join("samconfig.toml")).expect("there is one");
    assert!(config.contains("stack_name = \"hedgerow\""));
}

#[test]
fn what_is_built_is_what_is_deployed() {
    let deployment =
        parsed(&["--parameter", "Architecture=x86_64", "--stack", "my-stack", "--yes"]).expect("it is right");
    assert_eq!(deployment.build_arguments()[2..], ["Architecture=\"x86_64\""]);
    let expected = ["deploy", "--stack-name", "my-stack", "--no-confirm-changeset", "--parameter-overrides"];
    assert_eq!(deployment.deploy_arguments()[..5], expected);
    assert_eq!(deployment.deploy_arguments()[5..], ["Architecture=\"x86_64\""]);
}

#[test]
fn an_emulator_gets_this_processor_and_its_own_key_and_asks_nothing() {
    let deployment = parsed(&["--endpoint", "http://127.0.0.1:1"]).expect("it is right");
    let processor = if cfg!(target_arch = "x86_64") { "x86_64" } else { "arm64" };
    assert_eq!(deployment.parameters, [("Architecture".to_owned(), processor.to_owned())]);
    assert!(deployment.deploy_arguments().contains(&"--no-confirm-changeset".to_owned()));
    let mut command = Command::new("sam");
    let variables: Vec<_> = deployment.to_endpoint(&mut command).get_envs().collect();
    for (name, value) in
        [("AWS_ENDPOINT_URL", Some("http://127.0.0.1:1")), ("AWS_ACCESS_KEY_ID", Some("test")), ("AWS_PROFILE", None)]
    {
        assert!(variables.contains(&(name.as_ref(), value.map(AsRef::as_ref))), "{name}: {variables:?}");
    }
    assert!(deployment.what_next().contains("AWS_ENDPOINT_URL=http://127.0.0.1:1"));
}

#[test]
fn an_account_is_whose_the_environment_says_and_its_region_too() {
    let mut command = Command::new("sam");
    assert_eq!(in_region(&mut command, None).get_envs().count(), 0);
    let variables: Vec<_> = in_region(&mut command, Some("eu-central-1".to_owned())).get_envs().collect();
    assert_eq!(variables, [("AWS_DEFAULT_REGION".as_ref(), Some("eu-central-1".as_ref()))]);
}

#[test]
fn values_keep_their_spaces_commas_and_quotes() {
    let deployment =
        parsed(&["--parameter", "SubnetIds=a,b", "--parameter", "PostHogToken=a \"b"]).expect("it is right");
    assert_eq!(deployment.build_arguments()[2..4], ["SubnetIds=\"a,b\"", "PostHogToken=\"a \\\"b\""]);
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_is_built() {
    for (words, part) in [
        (&["--parameter", "Scle=small"] as &[&str], "no parameter `Scle`"),
        (&["--parameter", "Scale"], "write NAME=VALUE"),
        (&["--parameter", "NotifyEmail=a\\b"], "backslash"),
        (&["--parameter"], "needs a value"),
        (&["--stack", "under_score"], "`under_score` cannot be"),
        (&["--stack", ""], "cannot be"),
        (&["--stack", "a123456789b123456789c123456789d123456789e123456789"], "49 characters"),
        (&["now"], "`now`"),
    ] {
        let error = parsed(words).expect_err("it is wrong");
        assert!(error.contains(part), "{words:?}: {error}");
    }
}

#[test]
fn parameters_are_those_of_the_template() {
    let template = std::fs::read_to_string(workspace::root().join("template.yaml")).expect("there is one");
    let names = parameters_of(&template);
    for name in ["Architecture", "Scale", "NotifyEmail", "LogRetentionDays"] {
        assert!(names.contains(&name), "{name}");
    }
    assert!(!names.contains(&"Concurrency") && !names.contains(&"Type"), "{names:?}");
}
