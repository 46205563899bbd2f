//! `allmende restore`: a backup becomes a data folder again, whole and checked, or nothing does.

use crate::backup::ErasedHead;
use crate::backup::reading::Checked;
use crate::commands::Call;
use crate::commands::backup::is_empty_or_absent;
use crate::commands::passphrase::Passphrase;
use crate::commands::publish::progress;
use crate::erasures::Ledger;
use crate::folder::Folder;
use crate::vault::Vault;
use anyhow::Context as _;
use anyhow::bail;
use record::envelope::Statement;
use record::moment::Moment;
use replica::admit::Verdict;
use replica::order::Head;
use replica::order::HeadKey;
use replica::order::Rank;
use replica::order::Set;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::path::PathBuf;

/// From where, and to where.
#[derive(Debug, clap::Args)]
pub(crate) struct Restore {
    /// The backup.
    file: PathBuf,
    /// The folder to make, if it is not the one that --dir names; it must be empty or not there.
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// A newer ledger of erasures (erasures.txt of the lost folder, or of a later backup): what it names does not come back.
    #[arg(long, value_name = "FILE")]
    erasures: Option<PathBuf>,
    #[command(flatten)]
    passphrase: Passphrase,
}

impl Restore {
    pub(crate) fn run(self, call: &Call) -> anyhow::Result<()> {
        let target = self.data.clone().unwrap_or_else(|| call.folder.root().to_owned());
        if !is_empty_or_absent(&target)? {
            bail!(
                "{} {}",
                target.display(),
                call.say(
                    "ist nicht leer; es wurde nichts geändert. Wählen Sie mit --data einen anderen Ordner.",
                    "is not empty; nothing was changed. Choose another folder with --data."
                )
            );
        }
        let checked = Checked::read(&self.file)?;
        let keys = match &checked.keys {
            Some(sealed) => sealed.open(&self.passphrase.ask(call, 0)?)?,
            None => BTreeMap::new(),
        };
        let beside = beside(&target)?;
        let restored = self.fill(&checked, &Folder::at(&beside), &keys);
        let refused = match restored {
            Ok(refused) => refused,
            Err(error) => {
                let _ = std::fs::remove_dir_all(&beside);
                return Err(error);
            }
        };
        place(&beside, &target)?;
        let lacks: Vec<&str> =
            ["key.pem", "peer.pem"].into_iter().filter(|name| !keys.contains_key(*name)).collect();
        let done = serde_json::json!({
            "folder": target, "publisher": checked.header.publisher, "made": checked.header.made,
            "statements": checked.end.statements, "change": checked.end.change, "refused": refused, "lacks": lacks,
        });
        call.print(&done, || told(call, &target, &checked, &refused, &lacks));
        Ok(())
    }

    /// Makes everything in a folder beside the target. Answers what no longer stands, by reason.
    fn fill(
        &self,
        checked: &Checked,
        folder: &Folder,
        keys: &BTreeMap<String, String>,
    ) -> anyhow::Result<BTreeMap<String, u64>> {
        folder.create()?;
        checked.files(&mut |name, content| {
            let path = folder.root().join(name);
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent)?;
            }
            std::fs::write(&path, content)
                .with_context(|| format!("{} cannot be written", path.display()))?;
            Ok(File::open(&path)?.sync_all()?)
        })?;
        for (name, text) in keys {
            Folder::write_secret(&folder.root().join(name), text.as_bytes())?;
        }
        if let Some(newer) = &self.erasures {
            let newer = Ledger::open(newer)?;
            Ledger::open(&folder.erasures())?.join(&newer)?;
        }
        let mut vault = Vault::open(folder)?;
        let refused = take_in(checked, &mut vault)?;
        vault.bring_own()?;
        for head in &checked.erased {
            vault.replica.keep_blank(erased(head)?)?;
        }
        vault.replica.flush()?;
        Ok(refused)
    }
}

/// Lets all statements of a backup in: attestations first, those of shorter names before, so that nothing has to wait.
/// Answers what does not stand, by reason.
pub(crate) fn take_in(checked: &Checked, vault: &mut Vault) -> anyhow::Result<BTreeMap<String, u64>> {
    let mut refused = BTreeMap::new();
    let mut admit = |vault: &mut Vault, statements: Vec<Statement>| -> anyhow::Result<()> {
        for outcome in vault.admit(statements)? {
            if let Verdict::Held(why) | Verdict::Refused(why) = outcome.verdict {
                *refused.entry(why.code().to_owned()).or_insert(0) += 1;
            }
        }
        Ok(())
    };
    admit(vault, attestations(checked)?)?;
    let progress = progress(usize::try_from(checked.end.statements).unwrap_or(usize::MAX));
    checked.statements(&mut |bundle| {
        progress.inc(bundle.len() as u64);
        let records = bundle.into_iter().filter(|statement| Set::of(statement.content()) == Set::Records);
        admit(vault, records.collect())
    })?;
    progress.finish_and_clear();
    vault.replica.flush()?;
    // A newer version may have come before the older one that was read first.
    refused.remove("superseded");
    Ok(refused)
}

/// The attestations of a backup in the order in which they lean on each other.
pub(crate) fn attestations(checked: &Checked) -> anyhow::Result<Vec<Statement>> {
    let mut attestations = Vec::new();
    checked.statements(&mut |bundle| {
        attestations
            .extend(bundle.into_iter().filter(|statement| Set::of(statement.content()) == Set::Trust));
        Ok(())
    })?;
    attestations.sort_by_key(|statement| {
        let content = statement.content();
        (content.publisher.depth(), content.epoch, content.version)
    });
    Ok(attestations)
}

fn erased(head: &ErasedHead) -> anyhow::Result<Head> {
    let damaged = || format!("the erased head {}/{} cannot be read", head.publisher, head.record);
    let key = HeadKey {
        set: Set::Records,
        publisher: head.publisher.parse().with_context(damaged)?,
        record: head.record.parse().with_context(damaged)?,
    };
    let id = head.id.parse().with_context(damaged)?;
    let issued = Moment::from_seconds(head.issued).with_context(damaged)?;
    Ok(Head { key, rank: Rank { epoch: head.epoch, version: head.version, id }, issued })
}

/// A folder that is not there yet, on the same disk as the target.
fn beside(target: &Path) -> anyhow::Result<PathBuf> {
    let mut name = target.as_os_str().to_owned();
    name.push(format!(".restoring-{}", std::process::id()));
    let beside = PathBuf::from(name);
    match is_empty_or_absent(&beside)? {
        true => Ok(beside),
        false => bail!("{} is in the way; remove it first", beside.display()),
    }
}

/// Puts the whole in place.
fn place(beside: &Path, target: &Path) -> anyhow::Result<()> {
    let placed = || -> std::io::Result<()> {
        if target.exists() {
            std::fs::remove_dir(target)?;
        }
        File::open(beside)?.sync_all()?;
        std::fs::rename(beside, target)?;
        let parent = target.parent().filter(|parent| !parent.as_os_str().is_empty());
        File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
    };
    placed().with_context(|| format!("{} cannot be put in place as {}", beside.display(), target.display()))
}

fn told(
    call: &Call,
    target: &Path,
    checked: &Checked,
    refused: &BTreeMap<String, u64>,
    lacks: &[&str],
) -> String {
    let mut lines = vec![format!(
        "{} {} ({}, {}): {} {}, {} {}",
        call.say("Wiederhergestellt in", "Restored in"),
        target.display(),
        checked.header.publisher,
        checked.header.made,
        checked.end.statements,
        call.say("Erklärungen", "statements"),
        call.say("bis Änderung Nr.", "up to change no."),
        checked.end.change,
    )];
    for (reason, count) in refused {
        lines.push(format!("{} {reason}: {count}", call.say("gilt nicht mehr", "stands no more")));
    }
    if !lacks.is_empty() {
        let back = call.say(
            "Diese Schlüssel waren nicht in der Sicherung; legen Sie sie vor dem Start in den Ordner:",
            "These keys were not in the backup; put them into the folder before you start:",
        );
        lines.push(format!("{back} {}", lacks.join(", ")));
    }
    lines.push(
        call.say(
            "Tokens sind nicht darin: legen Sie neue mit `allmende token add` an.",
            "Tokens are not in it: make new ones with `allmende token add`.",
        )
        .to_owned(),
    );
    lines.join("\n")
}
