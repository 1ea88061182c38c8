//! The figures as tables in Markdown.

use super::Starts;
use super::measure::Medians;
use std::time::Duration;

/// A row per contestant and, below the first two, the ratio of the first to the second.
pub fn throughput(count: u64, medians: &[(String, Medians)]) -> String {
    let mut table = format!("\nThroughput: {count} events, whole process, medians.\n\n");
    table += "| run | events/s | wall s | CPU us an event | peak MB |\n|---|---:|---:|---:|---:|\n";
    for (row, (name, of_row)) in medians.iter().enumerate() {
        let usage = of_row.usage();
        let (rate, wall) = (per_second(count, usage.wall), usage.wall.as_secs_f64());
        let (cpu, peak) = (micros_each(count, usage.cpu), megabytes(usage.peak_bytes));
        table += &format!("| {name} | {rate:.0} | {wall:.2} | {cpu:.1} | {peak:.1} |\n");
        if let (1, [(_, first), ..]) = (row, medians) {
            let first = first.usage();
            let wall = first.wall.as_secs_f64() / wall;
            let cpu = first.cpu.as_secs_f64() / usage.cpu.as_secs_f64();
            let peak = megabytes(first.peak_bytes) / peak;
            table += &format!("| first / second | {:.2} | {wall:.2} | {cpu:.2} | {peak:.2} |\n", 1.0 / wall);
        }
    }
    table
}

/// The times to the first event, and their ratio beside the bar.
pub fn start_up(starts: &Starts, bar: f64) -> String {
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
    let ratio = starts.ratio();
    let verdict = if ratio < bar { "met" } else { "MISSED" };
    format!(
        "\nStart-up: from the start of the process to its first final event on stdout, medians of {} each.\n\n\
         | hedgerow ms | Node `vm` ms | hedgerow / Node | bar |\n|---:|---:|---:|---|\n\
         | {:.1} | {:.1} | {ratio:.2} | < {bar}: {verdict} |\n",
        starts.count,
        milliseconds(starts.hedgerow),
        milliseconds(starts.node),
    )
}

#[expect(clippy::cast_precision_loss, reason = "shown with few digits")]
fn per_second(count: u64, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}

fn micros_each(count: u64, time: Duration) -> f64 {
    1e6 / per_second(count, time)
}

#[expect(clippy::cast_precision_loss, reason = "shown with few digits")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::super::measure::Usage;
    use super::*;

    fn medians(wall_ms: u64, cpu_ms: u64, peak_bytes: u64) -> Medians {
        let (wall, cpu) = (Duration::from_millis(wall_ms), Duration::from_millis(cpu_ms));
        Medians::of(&[Usage { wall, cpu, peak_bytes }])
    }

    #[test]
    fn the_ratio_stands_below_the_pair() {
        let rows = [("a".to_owned(), medians(500, 400, 10_000_000)), ("b".to_owned(), medians(1000, 800, 40_000_000))];
        let table = throughput(1000, &rows);
        assert!(table.contains("| a | 2000 | 0.50 | 400.0 | 10.0 |\n"), "{table}");
        assert!(table.ends_with("| first / second | 2.00 | 0.50 | 0.50 | 0.25 |\n"), "{table}");
    }

    #[test]
    fn a_bar_is_met_or_missed() {
        let starts =
            |hedgerow| Starts { count: 3, hedgerow: Duration::from_millis(hedgerow), node: Duration::from_millis(40) };
        assert!(start_up(&starts(10), 0.5).contains("| 10.0 | 40.0 | 0.25 | < 0.5: met |"));
        assert!(start_up(&starts(20), 0.5).contains("MISSED"));
    }
}
