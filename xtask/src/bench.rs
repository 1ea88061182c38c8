//! `cargo xtask bench`: how fast `hedgerow run` is, beside the least that a script of Node.js needs for the same.

mod contestants;
mod machine;
mod material;
mod measure;
mod report;

use crate::{Error, Verdict, output, public_apps, workspace};
use contestants::{Contestant, GeoIpApp};
use material::Material;
use measure::{Medians, Usage};
use std::path::PathBuf;
use std::time::Duration;

const HELP: &str = "Builds hedgerow for release and measures it beside a script of Node.js; prints tables in Markdown.

Usage: cargo xtask bench [--count N] [--rounds R]

Options:
  --count N   how many events a run takes [default: 20000]
  --rounds R  how often each run is measured, in turns [default: 5]

What is measured and how: benches/README.md. Needs `node`, and npm once for the GeoIP app.

Environment:
  HEDGEROW_CACHE  folder into which the GeoIP app is installed [default: $HOME/.cache/hedgerow]

Exit codes: 0 hedgerow's first event is out in less than half of the time that Node.js takes; 1 it is not; 2 a run failed.";

/// The first event has to be out in less than this part of Node's time.
const START_UP_BAR: f64 = 0.5;

/// A start takes milliseconds, so more of them are measured than of the long runs.
const STARTS_PER_ROUND: usize = 4;

#[derive(Debug, PartialEq, Eq)]
struct Options {
    count: u64,
    rounds: usize,
}

/// Runs the command; see the help text above.
pub fn run(arguments: &[String]) -> Result<Verdict, Error> {
    if arguments.iter().any(|argument| argument == "--help" || argument == "-h") {
        output::line(HELP);
        return Ok(Verdict::Passed);
    }
    let options = parse(arguments).map_err(|problem| Error::new(format!("{problem}\n\n{HELP}")))?;
    let hedgerow = build()?;
    let geoip = GeoIpApp::in_folder(public_apps::install_listed("@posthog/geoip-plugin")?);
    let material = Material::write(options.count)?;
    let contestants = contestants::all(&hedgerow, &geoip, &material);

    output::line(machine::facts()?);
    let throughput = measure_throughput(&contestants, &options, &material)?;
    output::line(report::throughput(options.count, &throughput));
    let (one_app, node) = contestants::with_one_app(&hedgerow, &material);
    let starts = measure_starts(&one_app, &node, options.rounds * STARTS_PER_ROUND, &material)?;
    output::line(report::start_up(&starts, START_UP_BAR));
    Ok(if starts.ratio() < START_UP_BAR { Verdict::Passed } else { Verdict::Failed })
}

fn parse(arguments: &[String]) -> Result<Options, String> {
    let mut options = Options { count: 20_000, rounds: 5 };
    for pair in arguments.chunks(2) {
        let [name, value] = pair else { return Err(format!("`{}` needs a value", pair[0])) };
        let number: u32 =
            value.parse().ok().filter(|number| *number > 0).ok_or(format!("`{name} {value}`: not a number above 0"))?;
        match name.as_str() {
            "--count" => options.count = number.into(),
            "--rounds" => options.rounds = number as usize,
            unknown => return Err(format!("unexpected argument `{unknown}`")),
        }
    }
    Ok(options)
}

fn build() -> Result<PathBuf, Error> {
    output::step("cargo build --release -p hedgerow");
    if !workspace::succeeds(workspace::cargo().args(["build", "--release", "-p", "hedgerow"]))? {
        return Err(Error::new("hedgerow does not build for release; see above"));
    }
    Ok(workspace::target_folder()?.join("release").join(format!("hedgerow{}", std::env::consts::EXE_SUFFIX)))
}

/// Every contestant with the medians of its runs. They take turns, so that what else the machine does hits all alike.
fn measure_throughput(
    contestants: &[Contestant],
    options: &Options,
    material: &Material,
) -> Result<Vec<(String, Medians)>, Error> {
    let mut usages: Vec<Vec<Usage>> = contestants.iter().map(|_| Vec::new()).collect();
    for round in 1..=options.rounds {
        output::step(format_args!("round {round} of {}", options.rounds));
        for (contestant, usages) in contestants.iter().zip(&mut usages) {
            let usage = measure::whole_run(contestant.over(&material.events), material, options.count)?;
            output::line(format_args!("{}: {:.2} s", contestant.name, usage.wall.as_secs_f64()));
            usages.push(usage);
        }
    }
    let names = contestants.iter().map(|contestant| contestant.name.clone());
    Ok(names.zip(usages.iter().map(|usages| Medians::of(usages))).collect())
}

/// The medians of the times to the first event.
struct Starts {
    count: usize,
    hedgerow: Duration,
    node: Duration,
}

impl Starts {
    fn ratio(&self) -> f64 {
        self.hedgerow.as_secs_f64() / self.node.as_secs_f64()
    }
}

fn measure_starts(
    hedgerow: &Contestant,
    node: &Contestant,
    count: usize,
    material: &Material,
) -> Result<Starts, Error> {
    output::step(format_args!("{count} starts each"));
    let (mut of_hedgerow, mut of_node) = (Vec::new(), Vec::new());
    for _ in 0..count {
        of_hedgerow.push(measure::until_first_line(hedgerow.over(&material.one_event))?);
        of_node.push(measure::until_first_line(node.over(&material.one_event))?);
    }
    Ok(Starts { count, hedgerow: measure::median(of_hedgerow), node: measure::median(of_node) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn options_are_read() {
        assert_eq!(parse(&[]), Ok(Options { count: 20_000, rounds: 5 }));
        assert_eq!(parse(&words("--count 10 --rounds 7")), Ok(Options { count: 10, rounds: 7 }));
    }

    #[test]
    fn nonsense_is_refused_by_name() {
        for (line, part) in [
            ("--count", "`--count` needs"),
            ("--count 0", "`--count 0`"),
            ("--rounds x", "`--rounds x`"),
            ("--speed 1", "`--speed`"),
        ] {
            let problem = parse(&words(line)).unwrap_err();
            assert!(problem.contains(part), "{problem}");
        }
    }

    #[test]
    fn the_ratio_is_of_hedgerow_to_node() {
        let starts = Starts { count: 1, hedgerow: Duration::from_millis(10), node: Duration::from_millis(40) };
        assert!((starts.ratio() - 0.25).abs() < 1e-9);
    }
}
