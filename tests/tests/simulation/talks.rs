//! How talks begin, go on frame by frame, and end.

use crate::talk::Side;
use crate::talk::Talk;
use crate::world::Event;
use crate::world::World;
use record::envelope::Statement;
use replica::admit::Verdict;
use replica::bounds::IN_VAIN_MAX;
use replica::bounds::PUT_STATEMENTS_MAX;
use replica::order::Bucket;
use replica::order::Place;
use replica::sync::answerer::Answer;
use replica::sync::answerer::Answerer;
use replica::sync::answerer::Took;
use replica::sync::asker::Action;
use replica::sync::asker::Asker;
use replica::sync::report::Agreement;
use replica::tree::ShortPlace;
use std::collections::VecDeque;

/// Talks that a node leads at once.
const TALKS_MAX: usize = 3;
/// Nothing came for so long, in milliseconds: the talk is given up.
const IDLE_MILLISECONDS: u64 = 30_000;
/// Bytes of a frame.
const FRAME_BYTES_MAX: usize = 1024 * 1024;
/// Frames that wait at an answering end before the stream is given up.
const INBOX_FRAMES_MAX: usize = 256;

/// Frames of one talk, whatever a peer does: these networks hold fewer than 2,000 heads.
const TALK_FRAMES_MAX: u64 = 20_000;
/// Statements that one talk may make an honest node look at: those it may take in vain, those it may be given, and
/// those that stand.
const TALK_STATEMENTS_MAX: u64 = IN_VAIN_MAX + PUT_STATEMENTS_MAX + 10_000;

impl World {
    /// Begins the talks that are due.
    pub(crate) fn wake(&mut self, town: usize) {
        let time = self.time();
        let Some(process) = &mut self.nodes[town].process else { return };
        process.wake_at = None;
        let room = TALKS_MAX.saturating_sub(process.talking);
        let due = process.agenda.due(time, room);
        process.talking += due.len();
        for peer in due {
            self.begin(town, peer);
        }
        if room > 0 {
            self.plan_wake(town);
        }
    }

    fn begin(&mut self, town: usize, peer: usize) {
        let salt = self.dice.bytes();
        let node = &self.nodes[town];
        let Some(process) = &node.process else { return };
        let (instance, began) = (node.disk.instance, node.now(self.now));
        let agenda = &process.agenda;
        let asker =
            Asker::new(instance, process.replica.view(), salt, agenda.agreement(peer), agenda.give_max(peer));
        let answering = match self.nodes.get(peer) {
            None => self.liars[peer - self.nodes.len()].answerer(),
            // Where it is gone, and the news has not come here yet, the first frame finds nobody.
            Some(other) => {
                let there = other.process.as_ref().unwrap_or(process);
                Answerer::new(other.disk.instance, there.replica.view())
            }
        };
        *self.tally.begun.entry((town, peer)).or_default() += 1;
        let talk = self.talk(town, peer, began, Some(asker), answering);
        self.drive(talk);
    }

    pub(crate) fn talk(
        &mut self,
        asker: usize,
        answerer: usize,
        began: record::moment::Moment,
        asking: Option<Asker>,
        answering: Answerer,
    ) -> Talk {
        self.tally.talks += 1;
        let id = self.tally.talks;
        self.after(IDLE_MILLISECONDS, Event::Idle { talk: id, frames: 0 });
        Talk {
            id,
            asker,
            answerer,
            began,
            asking,
            answering,
            to_asker: VecDeque::new(),
            to_answerer: VecDeque::new(),
            admitted: VecDeque::new(),
            arrives: [0; 2],
            frames: 0,
            opened: 0,
            busy: false,
            turns: 0,
        }
    }

    /// Sends a frame to one end.
    pub(crate) fn post(&mut self, talk: &mut Talk, to: Side, bytes: Vec<u8>) {
        if bytes.len() > FRAME_BYTES_MAX {
            self.broken(format!("a frame of {} bytes", bytes.len()));
        }
        talk.frames += 1;
        self.tally.frames += 1;
        if !self.is_liar(talk.asker) && !self.is_liar(talk.answerer) {
            *self.tally.between.entry((talk.asker, talk.answerer)).or_default() += 1;
        }
        let arrives = self.now + self.delay();
        let arrives = arrives.max(talk.arrives[to as usize] + 1);
        talk.arrives[to as usize] = arrives;
        let lost = !self.quiet && self.dice.percent(self.plan.frame_loss);
        if lost || !self.wires.reach(talk.asker, talk.answerer) {
            self.at(arrives, Event::Cut { talk: talk.id });
        } else {
            self.at(arrives, Event::Frame { talk: talk.id, to, bytes });
        }
    }

    /// Does what the asking side wants done until it has to wait.
    pub(crate) fn drive(&mut self, mut talk: Talk) {
        loop {
            let node = &self.nodes[talk.asker];
            let (now, run) = (node.now(self.now), node.run);
            let (Some(process), Some(asking)) = (&node.process, &mut talk.asking) else { return };
            match asking.step(process.replica.keeper(), &process.refusals, now) {
                Err(error) => return self.over(talk, Some(error.to_string())),
                Ok(Action::Send(frame)) => self.post(&mut talk, Side::Answerer, frame),
                Ok(Action::Receive) => match talk.to_asker.pop_front() {
                    None => break,
                    Some(frame) => {
                        if let Err(error) = asking.receive(&frame) {
                            return self.over(talk, Some(error.to_string()));
                        }
                    }
                },
                Ok(Action::Admit(statements)) => {
                    talk.opened += statements.len() as u64;
                    self.queue_up(talk.asker, run, talk.id, Side::Asker, statements);
                }
                Ok(Action::Settle) => match talk.admitted.pop_front() {
                    None => break,
                    Some((taken, view)) => {
                        if let Some(process) = &mut self.nodes[talk.asker].process {
                            asking.admitted(&taken, view, &mut process.refusals);
                        }
                    }
                },
                Ok(Action::Done) => return self.over(talk, None),
            }
        }
        self.talks.insert(talk.id, talk);
    }

    /// The one loop of a node takes one batch after the other, and each takes its time.
    fn queue_up(&mut self, town: usize, run: u32, talk: u64, at: Side, statements: Vec<Vec<u8>>) {
        let slow = self.dice.between(1, 40);
        let cost = 1 + slow + statements.len() as u64 * slow / 8;
        let now = self.now;
        let Some(process) = &mut self.nodes[town].process else { return };
        process.busy_until = process.busy_until.max(now) + cost;
        let until = process.busy_until;
        self.at(until, Event::Admit { node: town, run, talk, at, statements });
    }

    /// A batch has come to its turn.
    pub(crate) fn admit(&mut self, town: usize, talk: u64, at: Side, statements: &[Vec<u8>]) {
        let opened: Option<Vec<Statement>> = statements.iter().map(|bytes| self.mint.open(bytes)).collect();
        let Some(opened) = opened else {
            if let Some(talk) = self.talks.remove(&talk) {
                self.over(talk, Some("the peer gives what is no statement".to_owned()));
            }
            return;
        };
        let places: Vec<ShortPlace> = opened
            .iter()
            .map(|opened| ShortPlace::of(&Place { issued: opened.content().issued, id: opened.id() }))
            .collect();
        let node = &mut self.nodes[town];
        let now = node.now(self.now);
        let Some(process) = &mut node.process else { return };
        let verdicts = match process.admit(opened, now, &self.mint) {
            Ok(verdicts) => verdicts,
            Err(what) => return self.broken(format!("{}: {what}", self.nodes[town].name)),
        };
        let view = process.replica.view();
        self.tell_released(town);
        let Some(mut talk) = self.talks.remove(&talk) else { return };
        match at {
            Side::Asker => {
                let taken: Vec<(ShortPlace, Verdict)> = places.into_iter().zip(verdicts).collect();
                talk.admitted.push_back((taken, view));
                self.drive(talk);
            }
            Side::Answerer => {
                let took = Took::of(&verdicts);
                talk.busy = false;
                if took.admitted > 0 {
                    self.hurry_all(town, Some(talk.asker));
                }
                let frame = talk.answering.took(took);
                self.plan_wake(town);
                self.post(&mut talk, Side::Asker, frame);
                self.answer(talk);
            }
        }
    }

    /// A frame has come.
    pub(crate) fn frame(&mut self, talk: u64, to: Side, bytes: Vec<u8>) {
        let Some(mut talk) = self.talks.remove(&talk) else { return };
        match (to, self.is_liar(talk.peer(to))) {
            (Side::Asker, false) => {
                talk.to_asker.push_back(bytes);
                self.drive(talk);
            }
            (Side::Answerer, false) => {
                talk.to_answerer.push_back(bytes);
                self.answer(talk);
            }
            (Side::Asker, true) => self.pester_on(talk),
            (Side::Answerer, true) => {
                let at = talk.answerer - self.nodes.len();
                let (mint, dice) = (&mut self.mint, &mut self.dice);
                for reply in self.liars[at].reply(&mut talk.answering, &bytes, mint, dice) {
                    self.post(&mut talk, Side::Asker, reply);
                }
                self.talks.insert(talk.id, talk);
            }
        }
    }

    /// A liar that asks says its next sentences.
    pub(crate) fn pester_on(&mut self, mut talk: Talk) {
        let at = talk.asker - self.nodes.len();
        talk.turns += 1;
        match self.liars[at].ask(talk.turns, &mut self.mint, &mut self.dice) {
            None => self.over(talk, Some("it has had its fun".to_owned())),
            Some(frames) => {
                for frame in frames {
                    self.post(&mut talk, Side::Answerer, frame);
                }
                self.talks.insert(talk.id, talk);
            }
        }
    }

    /// The answering side reads on.
    fn answer(&mut self, mut talk: Talk) {
        if talk.to_answerer.len() > INBOX_FRAMES_MAX {
            return self.over(talk, Some("the peer speaks and does not listen".to_owned()));
        }
        while !talk.busy
            && let Some(frame) = talk.to_answerer.pop_front()
        {
            let (time, draw) = (self.time(), self.dice.fraction());
            let node = &mut self.nodes[talk.answerer];
            let (now, run) = (node.now(self.now), node.run);
            let Some(process) = &mut node.process else {
                return self.over(talk, Some("nobody is there".to_owned()));
            };
            if Answerer::is_greeting(&frame) {
                talk.answering.look(process.replica.view());
            }
            let answer = talk.answering.answer(&frame, process.replica.keeper(), &process.segments);
            if let Some(greeted) = talk.answering.greeted()
                && greeted.equal
            {
                let agreement = Agreement { instance: greeted.instance, at: now };
                process.agenda.found_equal(talk.asker, time, agreement, draw);
            }
            match answer {
                Err(error) => return self.over(talk, Some(error.to_string())),
                Ok(Answer::Send(reply)) => self.post(&mut talk, Side::Asker, reply),
                Ok(Answer::Admit(statements)) => {
                    talk.busy = true;
                    talk.opened += statements.len() as u64;
                    self.queue_up(talk.answerer, run, talk.id, Side::Answerer, statements);
                }
            }
        }
        self.talks.insert(talk.id, talk);
    }

    /// Whether the talk has gone on since it was looked at last.
    pub(crate) fn idle(&mut self, id: u64, frames: u64) {
        let Some(talk) = self.talks.get(&id) else { return };
        if talk.frames != frames {
            let frames = talk.frames;
            return self.after(IDLE_MILLISECONDS, Event::Idle { talk: id, frames });
        }
        if let Some(talk) = self.talks.remove(&id) {
            self.over(talk, Some("nothing comes any more".to_owned()));
        }
    }

    /// A talk has ended, early if there is a reason.
    pub(crate) fn over(&mut self, talk: Talk, why: Option<String>) {
        self.tally.failed += u64::from(why.is_some());
        if talk.frames > TALK_FRAMES_MAX || talk.opened > TALK_STATEMENTS_MAX {
            self.broken(format!("a talk of {} frames and {} statements", talk.frames, talk.opened));
        }
        let (time, draw) = (self.time(), self.dice.fraction());
        let (one, other) = (self.name(talk.asker), self.name(talk.answerer));
        let (Some(asking), false) = (&talk.asking, self.is_liar(talk.asker)) else {
            self.tell(|| format!("{one} has pestered {other}: {why:?}"));
            return;
        };
        let report = asking.report().clone();
        let news = report.asks > 1 || why.is_some() || !report.equal;
        if news {
            self.tell(|| {
                let end = why.as_deref().unwrap_or(if report.equal { "equal" } else { "not equal" });
                format!(
                    "{one} has talked with {other}: {end}; agreed {}, lacked {}, taken {}, given {}, unwanted {}, \
                     withheld {}, refused {}, asks {}",
                    report.agreed,
                    report.lacked,
                    report.taken,
                    report.given,
                    report.unwanted,
                    report.withheld,
                    report.refused,
                    report.asks
                )
            });
        }
        let own = Bucket::land(self.nodes[talk.asker].name.land());
        let caught_up = why.is_none() && asking.has_all(own);
        if report.taken > 0 {
            self.hurry_all(talk.asker, Some(talk.answerer));
        }
        let Some(process) = &mut self.nodes[talk.asker].process else { return };
        process.talking -= 1;
        process.agenda.ended(talk.answerer, time, talk.began, &report, why.is_some(), draw);
        if caught_up && std::mem::take(&mut process.locked) {
            self.nodes[talk.asker].set_back = false;
            self.tell(|| format!("{one} has seen its own heads at {other} and may sign again"));
        }
        if self.dice.percent(5.0) {
            self.nodes[talk.asker].note_agreements();
        }
        self.plan_wake(talk.asker);
    }

    /// What came another way than by gossip is not gossiped: the peers hear in a talk that they lack something.
    pub(crate) fn hurry_all(&mut self, town: usize, but: Option<usize>) {
        let time = self.time();
        if let Some(process) = self.nodes[town].process.as_mut().filter(|_| self.plan.eager) {
            process.agenda.hurry_all(but, time);
            self.plan_wake(town);
        }
    }

    /// The same, where something that had waited was let in.
    pub(crate) fn tell_released(&mut self, town: usize) {
        let process = self.nodes[town].process.as_mut();
        if process.is_some_and(|process| std::mem::take(&mut process.released)) {
            self.hurry_all(town, None);
        }
    }

    /// All talks of somebody who is gone, or of two who cannot hear each other.
    pub(crate) fn cut(&mut self, among: impl Fn(&Talk) -> bool, why: &str) {
        let cut: Vec<u64> = self.talks.values().filter(|talk| among(talk)).map(|talk| talk.id).collect();
        for id in cut {
            if let Some(talk) = self.talks.remove(&id) {
                self.over(talk, Some(why.to_owned()));
            }
        }
    }
}
