//! What the towns do: publish, revise, retract, vouch, change keys, and make up for thefts.

use crate::mint::KeyName;
use crate::mint::Saying;
use crate::mint::attestation;
use crate::mint::body;
use crate::plan::LIARS;
use crate::plan::TOWNS;
use crate::world::Deed;
use crate::world::Event;
use crate::world::World;
use record::attestation::Attestation;
use record::attestation::KIND;
use record::envelope::Statement;
use record::name::Name;
use record::statement::RecordId;
use record::statement::Said;
use replica::admit::Verdict;
use replica::keeper::Keeper;
use replica::order::Head;
use replica::order::HeadKey;
use replica::order::Rank;
use replica::order::Set;

/// Statements that a thief signs.
const STOLEN_MAX: u64 = 4;
/// Until an attester that cannot sign now tries again, in milliseconds.
const AGAIN_MILLISECONDS: u64 = 15_000;

impl World {
    fn name_of(&self, peer: usize) -> Name {
        match TOWNS.iter().take(self.nodes.len()).chain(&LIARS).nth(peer) {
            Some(name) => name.parse().unwrap(),
            None => panic!("nobody has the number {peer}"),
        }
    }

    /// The newest key of a town that its own node believes.
    fn signing_key(&mut self, town: usize) -> Option<KeyName> {
        let process = self.nodes[town].process.as_ref().filter(|process| !process.locked)?;
        let (name, trust) = (self.nodes[town].name.clone(), process.replica.trust());
        let standing = trust.standing(&name)?;
        for (epoch, vouched) in standing.epochs().iter().rev() {
            for other in [true, false] {
                let key = KeyName { name: name.clone(), epoch: *epoch, other };
                if *epoch >= standing.floor() && vouched.attestation.keys.contains(&self.mint.public(&key)) {
                    return Some(key);
                }
            }
        }
        None
    }

    /// Signs with the key of a town, keeps its own copy, lets it in, brings it to the disk, and tells the others.
    fn publish(&mut self, town: usize, saying: Saying) -> bool {
        let statement = self.mint.seal(saying);
        let node = &mut self.nodes[town];
        let now = node.now(self.now);
        let Some(process) = &mut node.process else { return false };
        let content = statement.content();
        node.disk.own.insert(HeadKey::of(content), statement.clone());
        let verdict = match process.admit(vec![statement.clone()], now, &self.mint) {
            Ok(verdicts) => verdicts.into_iter().next().unwrap(),
            Err(what) => {
                self.broken(format!("{}: {what}", self.name(town)));
                return false;
            }
        };
        process.heard.insert(statement.id());
        if !self.plan.gossip && self.plan.eager {
            process.agenda.hurry_all(None, std::time::Duration::from_millis(self.now));
        }
        node.flush();
        self.tally.signed += 1;
        self.tell(|| format!("{}: {verdict:?}", said(&statement)));
        if verdict == Verdict::Admitted {
            self.spread(town, None, statement.bytes());
        }
        self.plan_wake(town);
        true
    }

    /// A new record, a new version of one, or the end of one.
    pub(crate) fn act(&mut self, town: usize) {
        let Some(key) = self.signing_key(town) else {
            self.tally.refused_to_sign += 1;
            return;
        };
        let node = &self.nodes[town];
        let issued = node.now(self.now);
        let own: Vec<HeadKey> = node.disk.own.keys().filter(|key| key.set == Set::Records).cloned().collect();
        let (record, said) = match self.dice.below(10) {
            0..4 if !own.is_empty() => (own[self.dice.index(own.len())].record, body("Anders")),
            4 if !own.is_empty() => {
                (own[self.dice.index(own.len())].record, Said::Retracted("ended".parse().unwrap()))
            }
            _ => (RecordId::from_bytes(self.dice.bytes()), body("Mängelmelder")),
        };
        let head = HeadKey { set: Set::Records, publisher: key.name.clone(), record };
        let version = self.next_version(town, &head, key.epoch);
        self.publish(town, Saying { key, record, kind: "measure", version, issued, said });
    }

    /// One more than what stands here and what was signed here, and never one that was signed before.
    fn next_version(&mut self, town: usize, head: &HeadKey, epoch: u64) -> u64 {
        let node = &self.nodes[town];
        let own = node.disk.own.get(head).map_or(0, |own| own.content().version);
        let process = node.process.as_ref().unwrap();
        let standing = process.replica.keeper().head(head).unwrap();
        let standing = standing.filter(|head| head.rank.epoch == epoch).map_or(0, |head| head.rank.version);
        let next = own.max(standing).saturating_add(1).min(u64::MAX - 1_000);
        let fresh = self.mint.fresh(head, epoch, next);
        // A peer that had not heard of the last ones cannot tell of them.
        self.tally.repeated += u64::from(fresh != next);
        fresh
    }

    /// Says two things at once, one to these and one to those.
    pub(crate) fn equivocate(&mut self, town: usize) {
        let Some(key) = self.signing_key(town) else { return };
        let issued = self.nodes[town].now(self.now);
        let record = RecordId::from_bytes(self.dice.bytes());
        let head = HeadKey { set: Set::Records, publisher: key.name.clone(), record };
        let version = self.next_version(town, &head, key.epoch);
        let saying = Saying { key, record, kind: "measure", version, issued, said: body("Ja") };
        let other = self.mint.seal(Saying { said: body("Nein"), ..saying.clone() });
        self.tell(|| format!("{} at the same time", said(&other)));
        self.publish(town, saying);
        for to in self.wires.neighbours(town) {
            self.whisper(town, to, other.bytes());
        }
    }

    /// Vouches for somebody, or tries again.
    pub(crate) fn vouch(&mut self, deed: Deed) {
        let Deed::Attest { by, subject, epoch, raise, other } = deed else { return };
        let again = |world: &mut World| {
            if !world.quiet {
                world.after(AGAIN_MILLISECONDS, Event::Happen(deed));
            }
        };
        let Some(mut key) = self.signing_key(by) else { return again(self) };
        let subject_name = self.name_of(subject);
        let process = self.nodes[by].process.as_ref().unwrap();
        let trust = process.replica.trust();
        if by == subject {
            let newest = trust.standing(&subject_name).and_then(|standing| standing.newest().cloned());
            let before = newest.map_or(1, |newest| newest.attestation.epoch);
            if before + 1 != epoch {
                return;
            }
            key.epoch = before;
        } else if !trust.vouched(&key.name, key.epoch).is_some_and(|vouched| vouched.attestation.may_attest) {
            return again(self);
        }
        let floor_before = trust.standing(&subject_name).map_or(1, |standing| standing.floor());
        let floor = if raise { epoch } else { floor_before.min(epoch) };
        let subject_key = KeyName { name: subject_name.clone(), epoch, other };
        let keys = vec![self.mint.public(&subject_key)];
        let may_attest = by == subject || subject_name.as_str() == "th.shk";
        let attestation = attestation(&subject_name, epoch, floor, may_attest, keys);
        let record = Attestation::record_id(&subject_name, epoch);
        let head = HeadKey { set: Set::Trust, publisher: key.name.clone(), record };
        let version = self.next_version(by, &head, key.epoch);
        let issued = self.nodes[by].now(self.now);
        let said = Said::Body(attestation.to_body());
        self.publish(by, Saying { key, record, kind: KIND, version, issued, said });
    }

    /// Who vouches for somebody: most of the time the nearest name above.
    fn attester(&mut self, peer: usize) -> usize {
        let name = self.name_of(peer);
        let above: Vec<usize> =
            (0..self.nodes.len()).filter(|town| self.nodes[*town].name.is_above(&name)).collect();
        match above.as_slice() {
            [] => peer,
            [only] => *only,
            [far, .., near] => {
                if self.dice.percent(80.0) {
                    *near
                } else {
                    *far
                }
            }
        }
    }

    fn newest_epoch(&self, town: usize) -> u64 {
        let process = self.nodes.iter().find_map(|node| node.process.as_ref());
        let trust = process.map(|process| process.replica.trust());
        let newest =
            trust.and_then(|trust| Some(trust.standing(&self.name_of(town))?.newest()?.attestation.epoch));
        newest.unwrap_or(0)
    }

    /// The first attestations, of the liars as well: an honest authority may be mistaken in somebody.
    pub(crate) fn attest_all(&mut self) {
        for peer in 2..self.nodes.len() + self.liars.len() {
            if peer >= self.nodes.len() && self.dice.percent(50.0) {
                continue;
            }
            let by = self.attester(peer);
            let wait = self.dice.between(0, 60_000);
            let deed = Deed::Attest { by, subject: peer, epoch: 1, raise: false, other: false };
            self.after(wait, Event::Happen(deed));
            if self.dice.percent(10.0) && self.plan.thefts > 0 {
                // The anchor vouches for another key: of two attesters the shorter name wins.
                let anchor = usize::from(self.name_of(peer).land() == "sh");
                let wait = self.dice.between(0, self.plan.active);
                let deed = Deed::Attest { by: anchor, subject: peer, epoch: 1, raise: false, other: true };
                self.after(wait, Event::Happen(deed));
            }
        }
    }

    /// A planned change of keys: nothing is signed anew.
    pub(crate) fn rotate(&mut self, town: usize) {
        let (by, epoch) = (self.attester(town), self.newest_epoch(town) + 1);
        if epoch > 1 {
            self.vouch(Deed::Attest { by, subject: town, epoch, raise: false, other: false });
        }
    }

    /// A thief signs; some minutes later the floor is raised, and the town signs its records anew.
    pub(crate) fn steal(&mut self, town: usize) {
        let Some(key) = self.signing_key(town) else { return };
        let (by, epoch) = (self.attester(town), key.epoch + 1);
        self.tell(|| format!("the keys of {} are stolen", key.name));
        let own: Vec<RecordId> = self.nodes[town]
            .disk
            .own
            .keys()
            .filter(|own| own.set == Set::Records)
            .map(|own| own.record)
            .collect();
        for _ in 0..self.dice.between(1, STOLEN_MAX) {
            let record = match own.as_slice() {
                [] => RecordId::from_bytes(self.dice.bytes()),
                own => self.dice.pick(own),
            };
            let head = HeadKey { set: Set::Records, publisher: key.name.clone(), record };
            let version = self.mint.fresh(&head, key.epoch, 1 << 63);
            let issued = self.nodes[town].now(self.now);
            let said_body = body("Alles gratis");
            let saying =
                Saying { key: key.clone(), record, kind: "measure", version, issued, said: said_body };
            let statement = self.mint.seal(saying);
            self.tell(|| format!("the thief: {}", said(&statement)));
            let (to, wait) = (self.dice.index(self.nodes.len()), self.delay());
            for from in self.wires.neighbours(to).into_iter().take(1) {
                self.after(wait, Event::Gossip { from, to, bytes: statement.bytes().clone() });
            }
        }
        let wait = self.dice.between(10_000, 120_000);
        let deed = Deed::Attest { by, subject: town, epoch, raise: true, other: false };
        self.after(wait, Event::Happen(deed));
        for minutes in 1..4 {
            self.after(wait + minutes * 60_000, Event::Happen(Deed::Republish(town)));
        }
    }

    /// Signs anew what fell with an epoch.
    pub(crate) fn republish(&mut self, town: usize) {
        let Some(key) = self.signing_key(town) else { return };
        let process = self.nodes[town].process.as_ref().unwrap();
        let floor = process.replica.trust().standing(&key.name).map_or(1, |standing| standing.floor());
        let fallen: Vec<Statement> = self.nodes[town]
            .disk
            .own
            .values()
            .filter(|own| own.content().epoch < floor)
            .filter(|own| {
                Attestation::read(own.content()).is_ok_and(|a| a.subject != key.name)
                    || own.content().kind.as_str() != KIND
            })
            .cloned()
            .collect();
        for old in fallen {
            let content = old.content().clone();
            let head = HeadKey::of(&content);
            let kind = if head.set == Set::Trust { KIND } else { "measure" };
            let version = self.next_version(town, &head, key.epoch);
            let issued = self.nodes[town].now(self.now);
            let saying = Saying {
                key: key.clone(),
                record: content.record,
                kind,
                version,
                issued,
                said: content.said,
            };
            self.publish(town, saying);
        }
    }

    /// A node lets its own statements in again where they, or newer ones, stand no more and would be believed.
    pub(crate) fn mend(&mut self, town: usize) {
        let node = &mut self.nodes[town];
        let now = node.now(self.now);
        let Some(process) = &mut node.process else { return };
        let outranks = |head: Head, own: &Statement| {
            let content = own.content();
            head.rank < Rank { epoch: content.epoch, version: content.version, id: own.id() }
        };
        let lacking: Vec<Statement> = node
            .disk
            .own
            .iter()
            .filter(|(key, own)| {
                let head = process.replica.keeper().head(key).unwrap();
                head.is_none_or(|head| outranks(head, own))
            })
            .filter(|(_, own)| process.believes(own))
            .map(|(_, own)| own.clone())
            .collect();
        for statement in lacking {
            let Some(process) = &mut self.nodes[town].process else { return };
            match process.admit(vec![statement.clone()], now, &self.mint) {
                Err(what) => return self.broken(format!("{}: {what}", self.name(town))),
                Ok(verdicts) if verdicts == [Verdict::Admitted] => {
                    self.tell(|| format!("{} stands again", said(&statement)));
                    self.spread(town, None, statement.bytes());
                }
                Ok(_) => {}
            }
        }
    }
}

/// A statement in a line of the story.
pub(crate) fn said(statement: &Statement) -> String {
    let content = statement.content();
    let what = match Attestation::read(content) {
        Ok(attestation) => format!(
            "vouches for {} in epoch {} with floor {}",
            attestation.subject, attestation.epoch, attestation.floor
        ),
        Err(_) if content.is_retracted() => "retracts".to_owned(),
        Err(_) => "says".to_owned(),
    };
    let record = content.record.to_string();
    format!(
        "{} {what} ({:.8} as {record:.8} {}/{}, issued {})",
        content.publisher,
        statement.id(),
        content.epoch,
        content.version,
        content.issued
    )
}
