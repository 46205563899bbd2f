//! The command line: one binary, one verb a command, the same three global options everywhere.

use crate::commands;
use crate::commands::Call;
use crate::config::Role;
use crate::folder::Folder;
use clap::CommandFactory as _;
use clap::Parser;
use clap::Subcommand;
use record::kind::Lang;
use std::path::PathBuf;
use std::process::ExitCode;

/// The network in which municipalities share what works.
#[derive(Debug, Parser)]
#[command(name = "allmende", version, max_term_width = 100)]
pub struct Cli {
    /// The data folder of the node.
    #[arg(long, global = true, env = "ALLMENDE_DIR", default_value = "./allmende-data", value_name = "DIR")]
    dir: PathBuf,
    /// Print one JSON document on standard output; messages go to standard error.
    #[arg(long, global = true)]
    json: bool,
    /// The language of messages.
    #[arg(long, global = true, default_value = "de", value_parser = ["de", "en"])]
    lang: String,
    #[command(subcommand)]
    command: Command,
}

/// What can be done.
#[derive(Debug, Subcommand)]
enum Command {
    /// Make the data folder of a node: keys, configuration, token.
    Init(commands::init::Init),
    /// Make or install the network document.
    Network {
        #[command(subcommand)]
        command: commands::network::Network,
    },
    /// Run the node until it is told to stop (the daemon).
    Run(commands::run::Run),
    /// Print a request to be attested, and the short code to read out by phone.
    Request,
    /// Vouch for a municipality: its request text (or a file with it) and the code it read out.
    Attest(commands::attest::Attest),
    /// Change this node's key as planned: a new epoch, nothing is signed again.
    Rotate(commands::rotate::Rotate),
    /// Take trust back from a name below this node's own: end its keys, or after a theft everything it said.
    Revoke(commands::revoke::Revoke),
    /// Write a commented draft to fill in: all fields of a kind, with help and the words to choose from.
    New(commands::new::New),
    /// Publish drafts (TOML, YAML, JSON) or ready-signed statements (.cose).
    Publish(commands::publish::Publish),
    /// Withdraw a record: a version without body takes its place everywhere.
    Retract(commands::publish::Retract),
    /// Make a record physically gone here and now, one's own or another's, and keep it out.
    Erase(commands::erase::Erase),
    /// Sign the own records again, after a new epoch.
    Republish,
    /// Take in foreign files; taking them in again updates, never duplicates.
    Import {
        #[command(subcommand)]
        command: commands::import::Import,
    },
    /// Write everything that stands out as JSON lines.
    Export(commands::export::Export),
    /// Check statement files, without a network.
    Verify(commands::verify::Verify),
    /// Search records.
    Search(commands::search::Search),
    /// Show one record: PUBLISHER/RECORD.
    Show(commands::search::Show),
    /// How the node is doing: heads, fingerprints, peers, refusals.
    Status,
    /// List peers, or add one.
    Peers {
        #[command(subcommand)]
        command: Option<commands::peers::Peers>,
    },
    /// Tokens for writing over the API.
    Token {
        #[command(subcommand)]
        command: commands::token::Token,
    },
    /// Write everything that this node cannot get again elsewhere into one file; the node may run meanwhile.
    Backup(commands::backup::Backup),
    /// Make a data folder from a backup, after checking every byte and signature of it.
    Restore(commands::restore::Restore),
    /// Look the data folder over and say in words what is wrong.
    Doctor(commands::doctor::Doctor),
    /// Start a small federation of real nodes on this machine, with practice records.
    Demo(commands::demo::Demo),
    /// Print shell completions.
    Completions {
        /// For which shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page.
    Man,
}

/// Parses, does, and answers with the exit code: 0 done, 1 refused or failed, 2 wrong usage.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let lang = Lang::parse(&cli.lang).unwrap_or(Lang::De);
    let call = Call { folder: Folder::at(&cli.dir), json: cli.json, lang };
    match run(cli.command, &call) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let word = call.say("Fehler", "error");
            eprintln!("{word}: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command, call: &Call) -> anyhow::Result<()> {
    match command {
        Command::Init(init) => init.run(call),
        Command::Network { command } => command.run(call),
        Command::Run(run) => run.run(call),
        Command::Request => commands::attest::request(call),
        Command::Attest(attest) => attest.run(call),
        Command::Rotate(rotate) => rotate.run(call),
        Command::Revoke(revoke) => revoke.run(call),
        Command::New(new) => new.run(call),
        Command::Publish(publish) => publish.run(call),
        Command::Retract(retract) => retract.run(call),
        Command::Erase(erase) => erase.run(call),
        Command::Republish => commands::publish::republish(call),
        Command::Import { command } => command.run(call),
        Command::Export(export) => export.run(call),
        Command::Verify(verify) => verify.run(call),
        Command::Search(search) => search.run(call),
        Command::Show(show) => show.run(call),
        Command::Status => commands::status::run(call),
        Command::Peers { command } => commands::peers::run(command, call),
        Command::Token { command } => command.run(call),
        Command::Backup(backup) => backup.run(call),
        Command::Restore(restore) => restore.run(call),
        Command::Doctor(doctor) => doctor.run(call),
        Command::Demo(demo) => demo.run(call),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "allmende", &mut std::io::stdout());
            Ok(())
        }
        Command::Man => Ok(clap_mangen::Man::new(Cli::command()).render(&mut std::io::stdout())?),
    }
}

/// Keeps the role's name in one place for the commands.
pub(crate) type RoleArgument = Role;
