//! Packages of PyPI at fixed versions, in the cache folder: the emulator of AWS, and the tools that deploy.

use crate::{Error, output, workspace};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where packages are, once they are installed.
pub enum PythonPackages {
    /// A virtual environment, with a Python of its own.
    Environment(PathBuf),
    /// A folder of packages for the machine's Python: where Python came without the parts that make an environment.
    Packages(PathBuf),
}

impl PythonPackages {
    /// The packages, each as `name==version`, installed together below the folder `name` of the cache if they are not there yet.
    pub fn find_or_make(name: &str, packages: &[&str]) -> Result<Self, Error> {
        let folder = workspace::cache_folder()?.join(name).join(packages.join("+").replace("==", "-"));
        let (environment, folder_of_packages) = (folder.join("environment"), folder.join("packages"));
        // Written last: a folder without it is what an interrupted installation left.
        let complete = folder.join("complete");
        if !complete.is_file() {
            if folder.exists() {
                std::fs::remove_dir_all(&folder)?;
            }
            std::fs::create_dir_all(&folder)?;
            output::line(format_args!("installing {} into {}", packages.join(" and "), folder.display()));
            if !make_environment(&environment, packages)? {
                if environment.exists() {
                    std::fs::remove_dir_all(&environment)?;
                }
                let target = [OsStr::new("--target"), folder_of_packages.as_os_str()];
                install(Command::new("python3").args(["-m", "pip"]), &target, packages)?;
            }
            std::fs::write(complete, "")?;
        }
        Ok(if environment.is_dir() { Self::Environment(environment) } else { Self::Packages(folder_of_packages) })
    }

    /// A command that runs a Python which finds the packages.
    pub fn python(&self) -> Command {
        match self {
            Self::Environment(folder) => Command::new(folder.join("bin/python")),
            Self::Packages(folder) => {
                let mut command = Command::new("python3");
                command.env("PYTHONPATH", folder);
                command
            }
        }
    }

    /// Lets a command find the programs of the packages, before any others of their names, and Python under them the packages.
    pub fn lend_to<'a>(&self, command: &'a mut Command) -> Result<&'a mut Command, Error> {
        let (Self::Environment(folder) | Self::Packages(folder)) = self;
        if let Self::Packages(packages) = self {
            command.env("PYTHONPATH", packages);
        }
        Ok(command.env("PATH", path_with(&folder.join("bin"), &std::env::var_os("PATH").unwrap_or_default())?))
    }
}

/// The value of `PATH` with a folder in front.
fn path_with(folder: &Path, path: &OsStr) -> Result<OsString, Error> {
    let folders = std::iter::once(folder.to_owned()).chain(std::env::split_paths(path));
    std::env::join_paths(folders).map_err(|error| Error::new(format!("{}: {error}", folder.display())))
}

/// Makes a virtual environment with the packages. `false` if this Python cannot make one: Debian's has no `ensurepip`.
fn make_environment(folder: &Path, packages: &[&str]) -> Result<bool, Error> {
    let mut venv = Command::new("python3");
    let output = venv.args(["-m", "venv"]).arg(folder).stdin(Stdio::null()).output();
    if !output.map_err(|error| no_python(&error))?.status.success() {
        return Ok(false);
    }
    install(Command::new(folder.join("bin/python")).args(["-m", "pip"]), &[], packages)?;
    Ok(true)
}

fn install(pip: &mut Command, options: &[&OsStr], packages: &[&str]) -> Result<(), Error> {
    pip.args(["install", "--quiet", "--disable-pip-version-check", "--no-input"]).args(options).args(packages);
    if workspace::succeeds(pip)? {
        return Ok(());
    }
    Err(Error::new(format!(
        "pip did not install {}; is PyPI reachable, and is Python 3.10 or later with pip or venv there?",
        packages.join(" and ")
    )))
}

/// Says that Python is what is missing.
pub fn no_python(error: &std::io::Error) -> Error {
    Error::new(format!("cannot run python3: {error}; Python 3.10 or later is needed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_of_the_packages_come_first() {
        let path = path_with(Path::new("/cache/bin"), "/usr/bin:/bin".as_ref()).expect("no folder has a colon");
        assert_eq!(path, "/cache/bin:/usr/bin:/bin");
        assert!(path_with(Path::new("/with:colon"), "/bin".as_ref()).is_err());
    }

    #[test]
    fn a_command_gets_the_packages() {
        let mut command = Command::new("sam");
        PythonPackages::Packages("/cache/packages".into()).lend_to(&mut command).expect("no folder has a colon");
        let variable = |name: &str| {
            let value = command.get_envs().find(|(key, _)| *key == name).and_then(|(_, value)| value);
            value.map(|value| value.to_string_lossy().into_owned()).unwrap_or_default()
        };
        assert_eq!(variable("PYTHONPATH"), "/cache/packages");
        assert!(variable("PATH").starts_with("/cache/packages/bin:"));
    }
}
