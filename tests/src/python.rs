//! The second implementation in Python: its environment, made once, and its command.

use crate::stamp::InstallError;
use crate::stamp::once;
use crate::stamp::run;
use crate::stamp::target;
use crate::stamp::text;
use crate::stamp::workspace;
use std::path::PathBuf;
use std::process::Command;

const NEEDED: &str = "Python 3.10 or newer with its venv module";

/// The command `verify.py`, in an environment that has what `requirements.txt` asks for.
pub fn verify() -> Result<Command, InstallError> {
    let folder = workspace().join("tests/python");
    let requirements = folder.join("requirements.txt");
    let environment = target().join("python-venv");
    let python: PathBuf = environment.join("bin/python");
    let version = run(Command::new("python3").arg("--version"), NEEDED)? + &text(&requirements)?;
    once("python-venv", &version, &python, || {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment), NEEDED)?;
        let mut pip = Command::new(&python);
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]);
        run(pip.arg(&requirements), NEEDED).map(drop)
    })?;
    let mut command = Command::new(&python);
    command.env("PYTHONDONTWRITEBYTECODE", "1").arg(folder.join("verify.py"));
    Ok(command)
}
