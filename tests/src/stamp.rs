//! Work that one test does once for all others: install a tool's packages, and remember what was installed.

use std::fs;
use std::fs::File;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

/// Why a tool that a test needs is not there.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// The program could not be started.
    #[error("{program} cannot be started ({source}): the tests need it, install {needed}")]
    Absent {
        /// What was called.
        program: String,
        /// What to install.
        needed: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// The program ran and failed.
    #[error("`{command}` failed:\n{output}")]
    Failed {
        /// What was called.
        command: String,
        /// All it printed.
        output: String,
    },
    /// A file of ours could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// The root of the workspace.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The folder that cargo builds into; what tests install stays there.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace().join("target"), PathBuf::from)
}

/// Does the work unless it was done for the same `version` before and what it made is still there. Tests run
/// in processes of their own, so a lock file makes the others wait.
pub fn once(
    name: &str,
    version: &str,
    made: &Path,
    work: impl FnOnce() -> Result<(), InstallError>,
) -> Result<(), InstallError> {
    let file = |ending: &str| target().join(format!("{name}.{ending}"));
    let at = |path: &Path| {
        let path = path.to_owned();
        move |source| InstallError::File { path, source }
    };
    fs::create_dir_all(target()).map_err(at(&target()))?;
    let lock = File::create(file("lock")).map_err(at(&file("lock")))?;
    lock.lock().map_err(at(&file("lock")))?;
    let stamp = file("stamp");
    if made.exists() && fs::read_to_string(&stamp).is_ok_and(|done| done == version) {
        return Ok(());
    }
    work()?;
    fs::write(&stamp, version).map_err(at(&stamp))
}

/// Runs a program to its end; what it printed is its output, or part of the error.
pub fn run(command: &mut Command, needed: &'static str) -> Result<String, InstallError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|source| InstallError::Absent { program, needed, source })?;
    let printed =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    if output.status.success() {
        Ok(printed)
    } else {
        Err(InstallError::Failed { command: format!("{command:?}"), output: printed })
    }
}

/// The text of a file in the workspace.
pub fn text(path: &Path) -> Result<String, InstallError> {
    fs::read_to_string(path).map_err(|source| InstallError::File { path: path.to_owned(), source })
}
