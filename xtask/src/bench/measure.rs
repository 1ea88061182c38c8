//! One measured run of a child process, and the medians of several.

use super::material::Material;
use crate::Error;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// What one run took.
#[derive(Debug, Clone, Copy)]
pub struct Usage {
    /// From before the start of the process to its end.
    pub wall: Duration,
    /// Of all its threads, the kernel's work for them included.
    pub cpu: Duration,
    /// The most memory it had resident at once.
    pub peak_bytes: u64,
}

/// The medians of several runs, each figure's own.
#[derive(Debug, Clone, Copy)]
pub struct Medians(Usage);

impl Medians {
    /// The medians of these runs, of which there is at least one.
    pub fn of(usages: &[Usage]) -> Self {
        Self(Usage {
            wall: median(usages.iter().map(|usage| usage.wall).collect()),
            cpu: median(usages.iter().map(|usage| usage.cpu).collect()),
            peak_bytes: median(usages.iter().map(|usage| usage.peak_bytes).collect()),
        })
    }

    /// The figures.
    pub fn usage(self) -> Usage {
        self.0
    }
}

/// The middle one, of an even number the upper of the two.
pub fn median<T: Ord + Copy>(mut values: Vec<T>) -> T {
    values.sort_unstable();
    values[values.len() / 2]
}

/// Runs a command to its end. It has to succeed and to write `lines` lines.
pub fn whole_run(mut command: Command, material: &Material, lines: u64) -> Result<Usage, Error> {
    command.stdin(Stdio::null());
    command.stdout(File::create(material.output())?).stderr(File::create(material.messages())?);
    let started = Instant::now();
    let child = spawn(&mut command)?;
    let (status, usage) = wait_with_usage(&child)?;
    let wall = started.elapsed();
    if !status.success() {
        let messages = std::fs::read_to_string(material.messages())?;
        return Err(Error::new(format!("{command:?} ended with {status} and said:\n{messages}")));
    }
    let mut written = 0;
    for line in BufReader::with_capacity(1 << 20, File::open(material.output())?).split(b'\n') {
        line?;
        written += 1;
    }
    if written != lines {
        return Err(Error::new(format!("{command:?} wrote {written} events of {lines}; what does it drop?")));
    }
    let cpu = duration(usage.ru_utime) + duration(usage.ru_stime);
    Ok(Usage { wall, cpu, peak_bytes: u64::try_from(usage.ru_maxrss).unwrap_or(0) * MAXRSS_UNIT_BYTES })
}

/// The time from before the start of the process until its first line of output is here.
pub fn until_first_line(mut command: Command) -> Result<Duration, Error> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let started = Instant::now();
    let mut child = spawn(&mut command)?;
    let mut output = BufReader::new(child.stdout.take().expect("it was asked for above"));
    let mut line = String::new();
    let read = output.read_line(&mut line);
    let elapsed = started.elapsed();
    io::copy(&mut output, &mut io::sink())?;
    let status = child.wait()?;
    match read {
        Ok(_) if line.ends_with('\n') && status.success() => Ok(elapsed),
        _ => Err(Error::new(format!("{command:?} ended with {status} and the output {line:?}"))),
    }
}

fn spawn(command: &mut Command) -> Result<Child, Error> {
    command.spawn().map_err(|error| Error::new(format!("cannot run {command:?}: {error}; is it installed?")))
}

/// What `ru_maxrss` counts in.
const MAXRSS_UNIT_BYTES: u64 = if cfg!(target_os = "macos") { 1 } else { 1024 };

/// Waits for a child; the standard library's own way does not tell what it used. The child must not be waited for again.
fn wait_with_usage(child: &Child) -> Result<(ExitStatus, libc::rusage), Error> {
    let pid = libc::pid_t::try_from(child.id()).expect("a process id came from a pid_t");
    let mut status = 0;
    // SAFETY: `rusage` is a plain struct of numbers, for which zeros are valid.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: both pointers are valid for the call, and the process is an own child that nobody has waited for.
    if unsafe { libc::wait4(pid, &raw mut status, 0, &raw mut usage) } == -1 {
        return Err(io::Error::last_os_error().into());
    }
    Ok((ExitStatus::from_raw(status), usage))
}

fn duration(time: libc::timeval) -> Duration {
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    Duration::from_secs(seconds) + Duration::from_micros(u64::try_from(time.tv_usec).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_run_is_measured_and_its_lines_are_counted() {
        let material = Material::write(1).expect("the folder for temporary files takes files");
        let usage = whole_run(shell("echo a; echo b"), &material, 2).expect("two lines");
        assert!(usage.peak_bytes > 0 && !usage.wall.is_zero());
        assert!(whole_run(shell("echo a"), &material, 2).unwrap_err().to_string().contains("1 events of 2"));
        let failed = whole_run(shell("echo why >&2; exit 3"), &material, 0).unwrap_err();
        assert!(failed.to_string().contains("why"), "{failed}");
    }

    #[test]
    fn the_first_line_has_to_come() {
        assert!(until_first_line(shell("echo a; echo b")).is_ok());
        assert!(until_first_line(shell("exit 0")).is_err());
        assert!(until_first_line(shell("echo a; exit 1")).is_err());
    }

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(vec![9, 1, 5]), 5);
        assert_eq!(median(vec![4, 1, 3, 2]), 3);
    }
}
